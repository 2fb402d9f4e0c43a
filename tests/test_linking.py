"""Files of one person under several subjects: proposed by machine, decided by the officer, and by nobody else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests import desk, make
from tests.doors import text
from zusage.actions.base import Conflict
from zusage.actions.cases import open_case
from zusage.actions.linking import comparing, link_subjects
from zusage.actions.linking.opening import LOOKED_AT
from zusage.actions.rights import concerns
from zusage.models import Case, Link
from zusage.protocol.models import Outbox
from zusage.vault import api as vault
from zusage.vault.models import Restriction

pytestmark = pytest.mark.django_db

NADINE = {
    "debtor_first_name": "Nadine", "debtor_name": "Oberholzer", "date_of_birth": "1984-03-17",
    "address": "Lindenweg 4, 8400 Winterthur", "emails": "nadine@example.ch", "phones": "+41443000199",
}  # fmt: skip
PEOPLE = {
    "file": NADINE,
    # Married since, moved, with the e-mail of old.
    "married": {
        **NADINE, "debtor_name": "Keller", "former_names": "Oberholzer", "address": "Dorfstrasse 1, 3000 Bern",
        "phones": "",
    },
    # Nothing but name and date of birth, one letter and one digit off.
    "typo": {**NADINE, "debtor_name": "Oberholtzer", "phones": "", "emails": ""},
    "twin": {**NADINE, "debtor_first_name": "Sabine", "emails": "", "phones": ""},
    "blocked": {**NADINE, "emails": "nadine.oberholzer@example.com"},
    "homonym": {
        **NADINE, "date_of_birth": "1951-11-02", "address": "Seeweg 9, 6000 Luzern", "emails": "", "phones": "",
    },
}  # fmt: skip
STRANGERS = ("Anna Frei", "Bruno Hug", "Carla Moser", "Dario Senn", "Eva Roth", "Fabian Vogt", "Gina Zaugg")


def opened(values: dict[str, str], number: int) -> Case:
    given = {name: value for name, value in values.items() if value}
    return open_case(
        vault.Actor.system("test"), date(2026, 1, 5), {**given, "reference": f"ZH-2026-{number}"}
    )


@pytest.fixture
def files() -> dict[str, Case]:
    """Files of one person, of people like her, and of strangers."""
    found = {name: opened(values, 81000 + at) for at, (name, values) in enumerate(PEOPLE.items())}
    Restriction.objects.create(subject_id=found["blocked"].subject_id, kind="restriction")
    for at, name in enumerate(STRANGERS * 5):
        first, last = name.split()
        born = f"19{50 + at}-05-0{at % 9 + 1}"
        opened({"debtor_first_name": first, "debtor_name": f"{last}{at}", "date_of_birth": born}, 82000 + at)
    opened({"debtor_name": "Velohaus Tössfeld AG"}, 83000)
    return found


def proposed(files: dict[str, Case]) -> dict[str, set[str]]:
    """Who is proposed to be whom."""
    names = {case.subject_id: name for name, case in files.items()}
    found: dict[str, set[str]] = {}
    for one, other in Link.objects.filter(state="proposed").values_list("subject_id", "other_id"):
        found.setdefault(names[one], set()).add(names[other])
    return found


def test_one_persons_files_are_proposed_and_nobody_elses(files: dict[str, Case]) -> None:
    Outbox.objects.all().delete()
    done = link_subjects()
    assert proposed(files)["file"] == {"married", "typo"}
    assert set(proposed(files)) == {"file", "married", "typo"}
    assert done.proposed == len(Link.objects.all()) // 2 and done.left_out == 1
    link = Link.objects.get(subject_id=files["file"].subject_id, other_id=files["married"].subject_id)
    assert "born-exact" in link.agreed and "family-former" in link.agreed and "email-exact" in link.agreed
    assert not any(value in link.agreed for value in NADINE.values())
    # Each opening is on record, for collection, by the part of the house that did it; nobody blocked was opened.
    opens = Outbox.objects.filter(act="open")
    assert set(opens.values_list("actor_kind", "actor_id", "purpose")) == {
        ("system", "linking", "collection")
    }
    about = set(opens.values_list("subject_id", flat=True))
    assert files["file"].subject_id in about and files["blocked"].subject_id not in about
    assert Outbox.objects.filter(act="link").count() == Link.objects.count()
    # Again: what was decided stays, what was proposed is proposed once.
    before = proposed(files)
    link.state = "dismissed"
    link.save()
    Link.objects.filter(subject_id=link.other_id, other_id=link.subject_id).update(state="dismissed")
    link_subjects()
    assert (
        "married" not in proposed(files)["file"] and before["file"] - {"married"} == proposed(files)["file"]
    )


def test_nothing_is_written_but_the_proposals(
    files: dict[str, Case], monkeypatch: Any, tmp_path: Path
) -> None:
    import duckdb

    written: list[str] = []
    sys.addaudithook(lambda event, args: _opened(event, args, written))
    seen: list[Any] = []

    def watched(database: Any, people: Iterable[Any]) -> int:
        found = database.execute(
            "SELECT current_setting('temp_directory'), current_setting('enable_external_access')"
        )
        seen.extend(found.fetchall())
        with pytest.raises(duckdb.Error):
            database.execute(f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'")
        number = fill(database, people)
        seen.append(database.execute("SELECT count(*) FROM people WHERE family = 'oberholzer'").fetchall()[0])
        return number

    fill = comparing._fill
    monkeypatch.setattr(comparing, "_fill", watched)
    monkeypatch.chdir(tmp_path)
    WATCHING.append(True)
    try:
        assert link_subjects(write=False).found >= 2
    finally:
        WATCHING.clear()
    assert seen[0] == ("", False) and seen[1][0] >= 3
    assert not list(tmp_path.iterdir()) and not written, written
    assert not Link.objects.exists()
    # What isn't compared isn't opened: neither the claim nor its reference.
    assert not {"reference", "balance", "creditor"} & set(LOOKED_AT)


WATCHING: list[bool] = []


def _opened(event: str, args: tuple[Any, ...], written: list[str]) -> None:
    """Files opened for writing, while somebody watches."""
    if WATCHING and event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        written.append(str(args[0]))


def test_the_command_says_what_it_found_and_what_it_lacks(files: dict[str, Case], monkeypatch: Any) -> None:
    out = StringIO()
    call_command("link_subjects", "--json", "--limit", "2", "--dry-run", stdout=out)
    assert json.loads(out.getvalue())["compared"] == 2 and not Link.objects.exists()
    out = StringIO()
    call_command("link_subjects", stdout=out)
    assert "people compared" in out.getvalue() and Link.objects.exists()
    before = Link.objects.count()
    monkeypatch.setattr(comparing, "find_spec", lambda name: None)
    with pytest.raises(CommandError, match="zusage\\[link\\]") as lacking:
        call_command("link_subjects")
    assert lacking.value.returncode == 2
    monkeypatch.undo()
    monkeypatch.setattr(
        comparing, "SHUT", (*comparing.SHUT[:1], "SET memory_limit = '1MB'", *comparing.SHUT[1:])
    )
    with pytest.raises(CommandError, match="memory") as small:
        call_command("link_subjects")
    assert small.value.returncode == 2 and Link.objects.count() == before


def test_the_officer_looks_and_decides(files: dict[str, Case]) -> None:
    link_subjects()
    officer = desk.person("officer", "dario")
    client = desk.signed_in(officer)
    mine, married, typo = (files[name].subject_id for name in ("file", "married", "typo"))
    request = make.rights_request("access", about=[mine])
    path = f"/office/rights/{request.pk}/"
    page = text(client.get(path))
    assert "Vielleicht auch diese Person" in page and "früherer Name" in page
    assert "Keller" not in page and "Dorfstrasse" not in page
    Outbox.objects.all().delete()
    for about in ("", "x", str(files["twin"].subject_id)):
        assert client.post(f"{path}proposal/", {"about": about}).status_code == 409
    with pytest.raises(Conflict, match="not-looked-at"):
        concerns.add_concern(officer, request.pk, married)
    assert not Outbox.objects.filter(act="open", subject_id=married).exists()

    assert client.post(f"{path}proposal/", {"about": str(married)}).status_code == 303
    page = text(client.get(path))
    assert "Dorfstrasse 1" in page and "Vorgeschlagene Akte angesehen" in page
    assert client.post(f"{path}concern/", {"about": str(married)}).status_code == 303
    assert client.post(f"{path}proposal/", {"about": str(typo), "dismiss": "yes"}).status_code == 303
    assert "Vielleicht auch diese Person" not in text(client.get(path))
    states = dict(Link.objects.filter(subject_id=mine).values_list("other_id", "state"))
    assert states == {married: "accepted", typo: "dismissed"}
    assert (
        states.items() <= dict(Link.objects.filter(other_id=mine).values_list("subject_id", "state")).items()
    )
    assert set(Link.objects.exclude(state="proposed").values_list("author", flat=True)) == {officer.pk}
    assert set(Outbox.objects.filter(act="rights-candidate").values_list("subject_id", flat=True)) == {
        married
    }
