"""Cases come in from files: new, the same again, changed, closed, of people known already, broken off, hostile.

After each change, what subjects are found by is exactly what follows from what stands in their files.
"""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from bench.people import COLUMNS, cases
from tests import make
from tests.houses import HEAD
from tests.server import ROOT, asked, command, surroundings
from zusage.actions import cases_import, cases_reader
from zusage.actions.cases import open_case, reindex
from zusage.actions.cases_file import MOST_REJECTED, rules
from zusage.actions.cases_import import IMPORT, house_keys, take
from zusage.actions.rights import rectify
from zusage.actions.sweep import sweep
from zusage.models import Case, ImportRun, Subject, TermFrequency
from zusage.protocol.models import Outbox
from zusage.rules.cases.checked import check
from zusage.rules.cases.source import Record
from zusage.rules.matching.blocks import stored
from zusage.rules.matching.person import debtor
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.index import key_digest
from zusage.vault.models import BlindIndex, DataKey, MatchKey, Restriction

pytestmark = pytest.mark.django_db

NADINE = {
    "reference": "ZH-2026-10041", "creditor": "Velohaus Tössfeld AG", "debtor_number": "K4711", "first_name": "Nadine",
    "last_name": "Oberholzer", "former_names": "Kuratli", "date_of_birth": "17.3.1984",
    "addresses": "Lindenweg 4, 8400 Winterthur", "phones": "079 000 01 07", "emails": "nadine@example.ch",
    "principal": "1250.50", "fees": "25", "currency": "CHF", "status": "open", "opened_on": "2026-01-05",
    "closed_on": "",
}  # fmt: skip


def as_csv(*rows: dict[str, str], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def bring(
    folder: Path, content: str | bytes, *more: Any, name: str = "cases.csv", code: int = 0
) -> dict[str, Any]:
    """What ``import-cases --json`` prints of a file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = io.StringIO()
    try:
        call_command("import_cases", path, "--json", *more, stdout=out)
        ended = 0
    except SystemExit as end:
        ended = int(end.code or 0)
    assert ended == code, out.getvalue()
    return json.loads(out.getvalue())


def counts(found: dict[str, Any]) -> tuple[int, int, int, int]:
    return found["imported"], found["updated"], found["unchanged"], len(found["rejected"])


def plain(case: Case) -> dict[str, str]:
    case = Case.objects.get(pk=case.pk)
    return vault.open(case, "collection", vault.Actor.subject(case.subject_id))


def found_by_what_stands_in_them(subjects: Iterable[UUID] = ()) -> None:
    """Each subject's match keys are those of its files, and nobody else has any."""
    wanted = set(subjects) or set(Case.objects.values_list("subject_id", flat=True))
    for subject in wanted:
        known = [
            {**plain(case), "debtor_kind": case.debtor_kind}
            for case in Case.objects.filter(subject_id=subject)
        ]
        blocks = stored(debtor([one for one in known if len(one) > 1]))
        there = {(bytes(one.digest), one.name) for one in MatchKey.objects.filter(subject_id=subject)}
        assert there == {(key_digest(name, form), name) for name, form in blocks}
    assert not MatchKey.objects.exclude(subject_id__in=Case.objects.values("subject_id")).exists()


def acts() -> list[str]:
    return sorted(Outbox.objects.exclude(act="open").values_list("act", flat=True))


def test_a_case_comes_in_changes_closes_and_opens_again(tmp_path):
    assert counts(bring(tmp_path, as_csv(NADINE))) == (1, 0, 0, 0)
    case = Case.objects.get()
    assert (case.state, case.opened_on, case.closed_on, case.debtor_kind) == (
        "open",
        date(2026, 1, 5),
        None,
        "person",
    )
    assert plain(case)["balance"] == "CHF 1275.50" and plain(case)["phones"] == "+41790000107"
    assert acts() == ["open-case"] and DataKey.objects.filter(subject_id=case.subject_id).count() == 1
    found_by_what_stands_in_them()
    keys = MatchKey.objects.count()
    # The same again, in another order, writing and file: nothing is opened, nothing changes.
    again = {**dict(reversed(NADINE.items())), "phones": "0041 79 000 01 07"}
    assert counts(bring(tmp_path, as_csv(again, delimiter=";"))) == (0, 0, 1, 0)
    assert (
        not Outbox.objects.filter(actor_id="import", act="open").exists() and MatchKey.objects.count() == keys
    )
    # Another content: what differs is stored, and what is found by it follows.
    changed = {
        **NADINE,
        "reference": "zh 2026/10041",
        "emails": "",
        "phones": "079 000 01 08",
        "last_name": "Ober",
    }
    assert counts(bring(tmp_path, as_csv(changed))) == (0, 1, 0, 0)
    assert "emails" not in plain(case) and plain(case)["debtor_name"] == "Ober"
    assert acts() == ["open-case", "update-case"]
    found_by_what_stands_in_them()
    # Columns that the file doesn't have stay.
    few = {one: changed[one] for one in ("reference", "creditor", "first_name", "last_name", "opened_on")}
    closing = {**few, "status": "closed"}
    assert counts(bring(tmp_path, as_csv(closing))) == (0, 1, 0, 0)
    case.refresh_from_db()
    assert (case.state, case.closed_on) == ("closed", timezone.localdate())
    assert plain(case)["phones"] == "+41790000108" and plain(case)["principal"] == "1250.50"
    assert counts(bring(tmp_path, as_csv({**few, "status": "open"}))) == (0, 1, 0, 0)
    case.refresh_from_db()
    assert (case.state, case.closed_on) == ("open", None)
    assert acts() == ["close-case", "open-case", "reopen-case", "update-case"]
    assert Case.objects.count() == Subject.objects.count() == 1


def test_a_closed_case_goes_when_its_period_is_over(tmp_path):
    bring(
        tmp_path, as_csv({**NADINE, "status": "closed", "opened_on": "2010-01-05", "closed_on": "2011-02-03"})
    )
    subject = Case.objects.get().subject_id
    sweep()
    assert not Case.objects.exists() and not DataKey.objects.filter(subject_id=subject).exists()
    assert not MatchKey.objects.exists() and not BlindIndex.objects.exists()


def test_one_debtor_number_is_one_subject_unless_somebody_else_has_it(tmp_path):
    twin = {**NADINE, "reference": "ZH-2", "creditor": "Kupferhammer AG", "emails": "n.ober@example.ch"}
    peter = {**NADINE, "reference": "ZH-3", "first_name": "Peter", "date_of_birth": "1.2.1950"}
    assert counts(bring(tmp_path, as_csv(NADINE, twin, peter))) == (3, 0, 0, 0)
    subjects = list(Case.objects.order_by("pk").values_list("subject_id", flat=True))
    assert len(set(subjects)) == Subject.objects.count() == 2
    later = {**twin, "reference": "ZH-4", "phones": "079 000 01 09", "date_of_birth": ""}
    other = {**later, "reference": "ZH-5", "creditor": "Ganz anders AG"}
    assert counts(bring(tmp_path, as_csv(later, other))) == (2, 0, 0, 0)
    shared = max(subjects, key=subjects.count)
    # Without a date of birth only a file of the same creditor is surely the same debtor's.
    assert Case.objects.filter(subject_id=shared).count() == 3 and Subject.objects.count() == 3
    found_by_what_stands_in_them()


def test_a_reference_in_use_for_somebody_else_is_rejected(tmp_path):
    peter = {
        **NADINE,
        "first_name": "Peter",
        "last_name": "Muster",
        "former_names": "",
        "date_of_birth": "1.2.1950",
    }
    found = bring(tmp_path, as_csv(NADINE, NADINE, peter), code=1)
    assert counts(found) == (1, 0, 1, 1) and found["rejected"][0]["line"] == 4
    before = plain(Case.objects.get())
    found = bring(tmp_path, as_csv(peter, {**NADINE, "reference": "17.03.1984"}), code=1)
    assert counts(found) == (0, 0, 0, 2) and plain(Case.objects.get()) == before
    said = " ".join(one["reason"] for one in found["rejected"])
    assert "in use for a debtor of another name" in said and "looks like a date" in said
    for value in ("Peter", "Muster", "1950", "10041", "1984"):
        assert value not in said


def test_what_was_corrected_by_right_and_what_was_erased_stay_so(tmp_path):
    bring(tmp_path, as_csv(NADINE))
    case = Case.objects.get()
    officer, request = make.staff("officer"), make.rights_request("rectification", about=[case.subject_id])
    rectify.change(officer, request.pk, "zusage.case", str(case.pk), "debtor_name", "Oberholz", "Ausweis")
    found_by_what_stands_in_them()
    vault.shred(
        case.subject_id, "retention", vault.Actor.system("sweep"), [vault.Part("collection", "phone")]
    )
    found_by_what_stands_in_them()
    changed = {**NADINE, "phones": "079 000 01 08", "emails": "neu@example.ch"}
    assert counts(bring(tmp_path, as_csv(changed))) == (0, 1, 0, 0)
    now = plain(case)
    assert now["debtor_name"] == "Oberholz" and "phones" not in now and now["emails"] == "neu@example.ch"
    found_by_what_stands_in_them()


def test_who_is_blocked_stays_as_they_are(tmp_path):
    bring(tmp_path, as_csv(NADINE))
    case = Case.objects.get()
    keys = MatchKey.objects.count()
    Restriction.objects.create(subject_id=case.subject_id, kind="restriction", purpose="")
    assert counts(bring(tmp_path, as_csv(NADINE))) == (0, 0, 1, 0)
    found = bring(tmp_path, as_csv({**NADINE, "emails": "neu@example.ch"}), code=1)
    assert "is blocked" in found["rejected"][0]["reason"] and plain(case)["emails"] == "nadine@example.ch"
    # What can't be looked at keeps its rows, but for those made of what is gone.
    reindex(case.subject_id, gone=())
    assert MatchKey.objects.count() == keys
    reindex(case.subject_id, gone=["email"])
    assert MatchKey.objects.count() == keys - 1 and not MatchKey.objects.filter(name="email").exists()


def test_rows_of_an_index_never_outlive_what_they_were_made_of(tmp_path):
    """By row and by value: a case of a subject that stays goes; a category of a case is past its period."""
    old = {
        **NADINE,
        "reference": "ZH-2",
        "emails": "alt@example.ch",
        "closed_on": "2010-02-03",
        "status": "closed",
    }
    old["opened_on"] = "2009-01-01"
    bring(tmp_path, as_csv(NADINE, old))
    subject = Subject.objects.get().pk
    assert MatchKey.objects.filter(digest=key_digest("email", "alt@example.ch"), subject_id=subject).exists()
    sweep()
    assert Case.objects.count() == 1
    assert not MatchKey.objects.filter(digest=key_digest("email", "alt@example.ch")).exists()
    found_by_what_stands_in_them([subject])
    vault.shred(subject, "request", vault.Actor.system("test"))
    assert not MatchKey.objects.exists() and not BlindIndex.objects.exists()


def test_a_case_opened_by_hand_is_found_and_known_to_an_import(tmp_path):
    values = {"reference": "ZH-2026-10041", "debtor_name": "Nadine Oberholzer", "date_of_birth": "1984-03-17"}
    case = open_case(vault.Actor.system("test"), date(2026, 1, 5), values)
    found_by_what_stands_in_them()
    assert counts(bring(tmp_path, as_csv(NADINE))) == (0, 1, 0, 0)
    assert plain(case)["debtor_first_name"] == "Nadine"
    found_by_what_stands_in_them()


def test_many_at_once_with_names_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(cases_reader, "LONG", 0)  # read and checked by a second process
    rows = list(cases(1500, seed=3))
    content = "\n".join(json.dumps({name: value for name, value in row.items() if value}) for row in rows)
    dry = bring(tmp_path, content, "--dry-run", name="cases.ndjson")
    assert dry["imported"] == 1500 and not Case.objects.exists() and not ImportRun.objects.exists()
    assert counts(bring(tmp_path, content, name="cases.ndjson")) == (1500, 0, 0, 0)
    assert counts(bring(tmp_path, content, name="cases.ndjson")) == (0, 0, 1500, 0)
    assert Case.objects.count() == Outbox.objects.filter(act="open-case").count() == 1500
    # Firms, and who has no date of birth, share a subject only where their creditor is the same.
    certain = {row["debtor_number"] for row in rows if row["date_of_birth"]}
    unsure = {(row["debtor_number"], row["creditor"]) for row in rows if not row["date_of_birth"]}
    assert Subject.objects.count() == len(certain) + len(unsure)
    found_by_what_stands_in_them(set(Case.objects.values_list("subject_id", flat=True)[:40]))
    least = min(TermFrequency.objects.exclude(term="").values_list("number", flat=True))
    assert least >= policy().limits.smallest_cell


HEADER = "reference,creditor,opened_on,last_name,first_name,town\n"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("", "a.csv", "empty"),
        (" \n\n", "a.csv", "empty"),
        ("reference,creditor".encode("utf-16"), "a.csv", "UTF-16"),
        (b"\x00\x01\x02" * 500, "a.csv", "UTF-16"),
        ("Oberholzer,Nadine,1984\n", "a.csv", "names no column"),
        ("reference,creditor,opened_on,name,name\n", "a.csv", "name twice"),
        ('[{"reference": "1"}]', "a.json", "one list"),
    ],
)
def test_files_that_cannot_be_read_at_all(tmp_path, content, name, said):
    with pytest.raises(CommandError, match=said) as caught:
        bring(tmp_path, content, name=name)
    assert caught.value.returncode == 2 and "Oberholzer" not in str(caught.value)
    assert not ImportRun.objects.exists()


def test_a_folder_and_nothing_at_all(tmp_path):
    for path, said in (
        (tmp_path, "folder"),
        (tmp_path / "none.csv", "no such file"),
        (Path("/dev/null"), "file"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("import_cases", path)
    with pytest.raises(CommandError, match="can't be read"):
        call_command("import_cases", tmp_path, "--mapping", tmp_path / "none.toml")


def test_bad_rows_are_told_and_the_rest_goes_in(tmp_path):
    good = "{},A,2026-01-05,Müller,Zoë,Bern\n"
    bad = [
        "x" * 100_000 + "\n",
        "1,A\n",
        '2,A,2026-01-05,"Müller,Zoë,Bern\n',
        "3,A,2026-01-05,M\x00ller,Z,B\n",
    ]
    content = HEADER + good.format(10) + "".join(bad) + good.format(11)
    found = bring(
        tmp_path, content.encode() + b"4,A,2026-01-05,M\xfcller,Z,B\n" + good.format(12).encode(), code=1
    )
    assert counts(found) == (3, 0, 0, 5) and [one["line"] for one in found["rejected"]] == [3, 4, 5, 6, 8]
    assert "ller" not in json.dumps(found)
    # The encoding of old programs, where no letter in the whole file is UTF-8.
    latin = (HEADER + good.format(20)).encode("cp1252")
    assert counts(bring(tmp_path, latin)) == (1, 0, 0, 0)
    assert any(plain(case)["debtor_name"] == "Müller" for case in Case.objects.all())
    many = bring(tmp_path, HEADER + "1\n" * (MOST_REJECTED + 5), code=1)
    assert len(many["rejected"]) == MOST_REJECTED and many["rejected_count"] == MOST_REJECTED + 5


def test_killed_in_the_middle_it_goes_on_where_it_was(house, tmp_path):
    number = 3000
    environment = house(ready=True)
    path = tmp_path / "cases.csv"
    with path.open("w", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(cases(number, seed=9))
        file.write("broken\n")
    arguments = [sys.executable, "-m", "zusage.cli", "import-cases", str(path), "--json"]
    process = subprocess.Popen(arguments, env=surroundings(environment), cwd=ROOT, stdout=subprocess.DEVNULL)
    at = 0
    deadline = time.monotonic() + 60
    while not at and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
        at = _line(environment["ZUSAGE_DATA_URL"])
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    broken = asked(environment, HEAD + LOOK)
    assert 0 < broken["cases"] < number, "it wasn't killed in the middle"
    # What is told of and what is there are the same, row for row.
    assert broken["cases"] == broken["imported"] == broken["line"] - 1 == broken["lines"]
    done = command(environment, "import-cases", str(path), "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert counts(found) == (number, 0, 0, 1) and found["rejected"][0]["line"] == number + 2
    after = asked(environment, HEAD + LOOK)
    assert after["cases"] == after["references"] == after["lines"] == number and after["keyless"] == 0
    again = json.loads(command(environment, "import-cases", str(path), "--json").stdout)
    assert counts(again) == (0, 0, number, 1)


def _line(url: str) -> int:
    """How far the import says that it is. Asked without Django, whose start takes longer than all of the import."""
    if url.startswith("sqlite:///"):
        connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"))
    else:
        connection = psycopg.connect(url)
    with closing(connection):
        found = connection.execute("SELECT line FROM zusage_importrun").fetchone()
    return found[0] if found else 0


LOOK = """
run = ImportRun.objects.first()
from zusage.protocol.models import Outbox
subjects = set(Case.objects.values_list("subject_id", flat=True))
keyed = set(DataKey.objects.values_list("subject_id", flat=True))
say({
    "line": run.line if run else 0, "imported": run.imported if run else 0, "cases": Case.objects.count(),
    "references": BlindIndex.objects.filter(name="reference").count(), "keyless": len(subjects - keyed),
    "lines": Outbox.objects.filter(act="open-case").count(),
})
"""


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_take_a_reference_once(monkeypatch):
    look = cases_import._looked_up

    def slowly(name: str, digests: Any) -> Any:
        found = look(name, digests)
        time.sleep(0.4)  # all of them would have looked before the first one writes
        return found

    monkeypatch.setattr(cases_import, "_looked_up", slowly)
    records = [Record(n, n, {**NADINE, "reference": f"ZH-{n}", "debtor_number": ""}) for n in range(40)]
    rows = house_keys().batch(check(records, rules())).rows
    found: list[int] = []

    def work() -> None:
        try:
            found.append(take(IMPORT, rows).imported)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == [0, 0, 40] and Case.objects.count() == 40
