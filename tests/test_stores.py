"""The four stores: which URL means which, how SQLite and PostgreSQL are set, and which table is where."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ON_POSTGRES
from tests.houses import inside, leave
from tests.server import command
from zusage.environment import EnvironmentProblem
from zusage.stores import ALIASES, Router, database

NAME = "ZUSAGE_DATA_URL"


@pytest.mark.parametrize(
    "url, path",
    [
        ("sqlite:////srv/zusage/data.sqlite3", "/srv/zusage/data.sqlite3"),
        ("sqlite:///data.sqlite3", "data.sqlite3"),
        ("sqlite:////srv/with%20space/d.sqlite3", "/srv/with space/d.sqlite3"),
    ],
)
def test_sqlite(url, path):
    found = database(NAME, url)
    assert (found["ENGINE"], found["NAME"]) == ("zusage.sqlite", path)
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize(
    "url, expected",
    [
        (
            "postgresql://zusage:p%40ss%2Fword@db.example:5433/zusage",
            {
                "HOST": "db.example",
                "PORT": "5433",
                "USER": "zusage",
                "PASSWORD": "p@ss/word",
                "NAME": "zusage",
            },
        ),
        ("postgres://zusage@db.example/zusage", {"HOST": "db.example", "PORT": "", "PASSWORD": ""}),
        (
            "postgresql://zusage@/zusage?host=%2Frun%2Fpostgresql",
            {"HOST": "/run/postgresql", "NAME": "zusage"},
        ),
        ("postgresql://zusage@[::1]:5432/zusage", {"HOST": "::1", "PORT": "5432"}),
    ],
)
def test_postgresql(url, expected):
    found = database(NAME, url)
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    "url",
    [
        "", "nonsense", "mysql://u:hidden@h/d", "sqlite://data", "sqlite:///", "sqlite://host/data", "postgresql://",
        "postgresql://hidden@host", "postgresql://u:hidden@host:port/d", "postgresql://u:hidden@host:99999/d",
        "postgresql://u:hidden@[::1/d", "file:///etc/passwd", "//hidden",
    ],
)  # fmt: skip
def test_what_names_no_store_is_refused_without_being_shown(url):
    with pytest.raises(EnvironmentProblem, match=NAME) as problem:
        database(NAME, url)
    assert "hidden" not in str(problem.value)
    assert problem.value.__suppress_context__ or problem.value.__context__ is None


@given(st.text(max_size=60))
def test_any_text_is_a_store_or_a_problem(url):
    try:
        assert database(NAME, url)["NAME"]
    except EnvironmentProblem as problem:
        assert NAME in str(problem)


def test_each_table_is_in_one_store_and_no_relation_crosses():
    router = Router()
    for model in apps.get_models():
        home = router.db_for_write(model)
        allowed = [
            alias
            for alias in ALIASES
            if router.allow_migrate(alias, model._meta.app_label, model._meta.model_name)
        ]
        assert allowed == [home] == [router.db_for_read(model)], model
        for field in model._meta.get_fields():
            if field.is_relation and field.related_model is not None:
                assert router.db_for_read(field.related_model) == home, f"{model.__name__}.{field.name}"
    stores = {model.__name__: router.db_for_write(model) for model in apps.get_models()}
    assert {stores[name] for name in ("DataKey", "RootKey", "Tombstone")} == {"keys"}
    assert stores["Entry"] == "protocol" and stores["Outbox"] == stores["Submission"] == "default"


@pytest.mark.django_db
def test_the_tables_are_where_they_belong_and_nowhere_else():
    router = Router()
    for alias in ALIASES:
        there = set(connections[alias].introspection.table_names())
        ours = {
            model._meta.db_table
            for model in apps.get_models(include_auto_created=True)
            if router.db_for_write(model) == alias
        }
        assert there - {"django_migrations"} == ours, alias


BACK = """
from django.core.management import call_command
from zusage.protocol.models import Entry
call_command("migrate", "protocol", "0001", database="protocol", verbosity=0)
described = connections["protocol"].introspection.get_table_description(
    connections["protocol"].cursor(), Entry._meta.db_table)
call_command("migrate", "vault", "0004", verbosity=0)
MatchKey.objects.bulk_create(
    MatchKey(digest=bytes([n]) * 12, subject_id=uuid.UUID(int=n % 3), purpose="collection", name="email")
    for n in range(7))
keys = map(rows.writer(MatchKey), MatchKey.objects.values_list(*rows.columns(MatchKey)))
say([[one.name for one in described], sorted(one.decode() for one in keys)])
"""
NOW = """
from zusage.protocol.models import Entry
keys = map(rows.writer(MatchKey), MatchKey.objects.values_list(*rows.columns(MatchKey)))
with connections["default"].cursor() as cursor:
    described = connections["default"].introspection.get_constraints(cursor, MatchKey._meta.db_table)
say([
    Entry.objects.filter(recipient="").count(),
    sorted(one.decode() for one in keys),
    sorted(one["columns"] for one in described.values() if one["index"] or one["primary_key"]),
])
"""


def test_one_store_that_is_behind_is_brought_up_to_date(house):
    """Each is asked by itself; the three others have nothing to do."""
    environment = house(ready=True)
    try:
        columns, keys = inside(environment, BACK)
        assert "recipient" not in columns and len(keys) == 7
        assert command(environment, "migrate-stores").returncode == 0
        lines, still, trees = inside(environment, NOW)
        assert lines == 0 and still == keys
        # A later migration of this table may not bring Django's own form of it back.
        assert trees == [["digest", "subject_id"] if ON_POSTGRES else ["digest"], ["subject_id"]]
    finally:
        leave()


SQLITE = {
    "journal_mode": "wal",
    "synchronous": 2,
    "secure_delete": 1,
    "trusted_schema": 0,
    "foreign_keys": 1,
    "temp_store": 2,
}


@pytest.mark.django_db
@pytest.mark.parametrize("alias", ALIASES)
def test_each_store_keeps_what_it_says(alias):
    """On PostgreSQL whatever the server's default is: the one of the tests has it switched off."""
    with connections[alias].cursor() as cursor:
        if ON_POSTGRES:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
        else:
            found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in SQLITE}
            assert found == SQLITE
