"""Visits never meet a person: another database, no relation, no import, and no query that could join them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.utils import DatabaseError

from tests.server import ROOT, command
from zusage.environment import EnvironmentProblem
from zusage.stores import ALIASES, databases

PACKAGE = ROOT / "src" / "zusage"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]


# --- the stores ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["zusage_submission", "zusage_case", "vault_datakey", "protocol_entry"])
def test_no_query_joins_visits_with_a_table_of_another_store(table):
    there = {
        name
        for alias in ALIASES
        if alias != "visits"
        for name in connections[alias].introspection.table_names()
    }
    assert table in there, "the table stands, elsewhere"
    with pytest.raises(DatabaseError), connections["visits"].cursor() as cursor:
        cursor.execute(f"SELECT * FROM visits_view JOIN {table} ON visits_view.id = {table}.id")


@pytest.mark.django_db
def test_nor_from_the_other_side():
    for alias in set(ALIASES) - {"visits"}:
        with pytest.raises(DatabaseError), connections[alias].cursor() as cursor:
            cursor.execute("SELECT * FROM visits_view")


def test_no_column_of_visits_leads_to_another_row():
    for model in apps.get_app_config("visits").get_models():
        for field in model._meta.get_fields(include_hidden=True):
            assert not field.is_relation, field
            assert field.name not in ("subject_id", "address", "ip", "session", "visitor", "user_agent"), (
                field
            )


@pytest.mark.parametrize("store", ["DATA", "KEYS", "PROTOCOL"])
@pytest.mark.parametrize(
    "one, visits, same",
    [
        ("sqlite:///{var}/one.sqlite3", "sqlite:///{var}/one.sqlite3", True),
        ("sqlite:///{var}/one.sqlite3", "sqlite:///{var}/x/../one.sqlite3", True),
        ("sqlite:///{var}/one.sqlite3", "sqlite:///{var}/link.sqlite3", True),
        ("sqlite:///{var}/one.sqlite3", "sqlite:///{var}/two.sqlite3", False),
        ("sqlite:///{var}/visits.sqlite3", "", True),
        ("postgresql://a@h/zusage", "postgresql://b:c@H:5432/zusage", True),
        ("postgresql://a@localhost/zusage", "postgresql://b@127.0.0.1/zusage", True),
        ("postgresql://a@h/zusage", "postgresql://a@h/visits", False),
        ("postgresql://a@h/zusage", "postgresql://a@h:5433/zusage", False),
        ("postgresql://a@/z?host=%2Frun%2Fone", "postgresql://a@/z?host=%2Frun%2Ftwo", False),
    ],
)
def test_a_house_whose_visits_share_a_database_does_not_start(
    monkeypatch, tmp_path, store, one, visits, same
):
    (tmp_path / "one.sqlite3").touch()
    (tmp_path / "link.sqlite3").symlink_to(tmp_path / "one.sqlite3")
    for name in ALIASES.values():
        monkeypatch.delenv(f"ZUSAGE_{name}_URL", raising=False)
    monkeypatch.setenv(f"ZUSAGE_{store}_URL", one.format(var=tmp_path))
    if visits:
        monkeypatch.setenv("ZUSAGE_VISITS_URL", visits.format(var=tmp_path))
    if same:
        with pytest.raises(EnvironmentProblem, match=f"ZUSAGE_VISITS_URL .* ZUSAGE_{store}_URL"):
            databases(tmp_path)
    else:
        assert set(databases(tmp_path)) == set(ALIASES)


def test_and_says_so_plainly(house):
    environment = house()
    environment["ZUSAGE_VISITS_URL"] = environment["ZUSAGE_DATA_URL"]
    done = command(environment, "check")
    assert done.returncode == 2
    assert done.stderr.startswith("zusage: ZUSAGE_VISITS_URL names the same database as ZUSAGE_DATA_URL.")


# --- the code -----------------------------------------------------------------------------------------------------


def contract(name: str) -> dict[str, list[str]]:
    return next(one for one in CONTRACTS if one["name"] == name)


def test_the_room_may_import_no_other_and_the_list_of_others_is_whole():
    rooms = {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or path.joinpath("__init__.py").is_file()
    }
    expected = {f"zusage.{name}" for name in rooms - {"visits"}}
    assert set(contract("Visits know no other room")["forbidden_modules"]) == expected


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("walls")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def walls(copy: Path) -> str:
    """What the keeper of the walls says about the code in `copy`."""
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=copy, env={"PYTHONPATH": str(copy / "src"), "PATH": ""}, capture_output=True, text=True,
    )  # fmt: skip
    return run.stdout + run.stderr


@pytest.mark.parametrize(
    "file, line, broken",
    [
        ("visits/counting.py", "from zusage.models import Submission", "Visits know no other room BROKEN"),
        ("visits/evaluate.py", "import zusage.tenant", "Visits know no other room BROKEN"),
        ("web/public/views.py", "from zusage.visits.models import View", "No other room knows visits BROKEN"),
        ("queries/office.py", "import zusage.visits.writer", "No other room knows visits BROKEN"),
        ("visits/counting.py", "", "0 broken"),
    ],
)
def test_an_import_through_the_wall_is_found(copy, file, line, broken):
    path = copy / "src" / "zusage" / file
    content = path.read_text(encoding="utf-8")
    path.write_text(f"{content}\n{line}\n", encoding="utf-8")
    try:
        assert broken in walls(copy)
    finally:
        path.write_text(content, encoding="utf-8")


def test_what_the_room_is_told_it_is_told_by_settings():
    assert all(isinstance(value, str | list | tuple) for value in settings.VISITS.values())
