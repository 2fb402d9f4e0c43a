"""``zusage letter-codes``: codes for the agency's letters."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.rights import case
from tests.server import command
from zusage.actions.rights.letter_codes import proved
from zusage.models import Case, LetterCode
from zusage.protocol.models import Outbox
from zusage.rules import receipts
from zusage.rules.references import normal
from zusage.vault.models import Restriction

pytestmark = pytest.mark.django_db

GROUPED = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}")


def run(*arguments: str) -> tuple[int, str, str]:
    """The exit code, what was printed, and what was complained of."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("letter_codes", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def opens(reference: str, code: str) -> bool:
    return proved(normal(reference), receipts.normal(code, receipts.LETTER_LENGTH)) is not None


def test_a_code_is_printed_once_and_kept_as_a_hash():
    file = case("ZH-2026-70001")
    status, out, err = run("--case", "zh 2026 70001")
    assert (status, err) == (0, "")
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["reference"] == "ZH-2026-70001" and GROUPED.fullmatch(row["code"])
    assert row["until"] == (timezone.localdate() + timedelta(days=21)).isoformat()
    kept = LetterCode.objects.get()
    assert kept.case == file and kept.subject_id == file.subject_id
    plain = row["code"].replace("-", "")
    assert plain.encode() not in bytes(kept.digest) and len(bytes(kept.digest)) == 32
    assert opens("ZH-2026-70001", row["code"])
    assert [one.act for one in Outbox.objects.filter(record_type="zusage.lettercode").order_by("at")] == [
        "make-letter-code",
        "letter-code",
    ]


def test_the_same_code_of_another_case_has_another_hash():
    one, other = case("ZH-2026-70001"), case("ZH-2026-70002")
    _, out, _ = run("--case", "ZH-2026-70001", "--json")
    code = json.loads(out)[0]["code"]
    row = LetterCode.objects.get(case=one)
    LetterCode.objects.filter(pk=row.pk).update(case=other)  # moved by somebody who can write in the store
    assert not opens("ZH-2026-70002", code)


def test_what_is_wrong_is_named_and_the_others_are_done():
    case("ZH-2026-70001")
    case("ZH-2026-70002")
    blocked = case("ZH-2026-70003")
    Restriction.objects.create(subject_id=blocked.subject_id, kind="restriction")
    given = ("ZH-2026-70001", "ZH-2026-79999", "§§", "ZH-2026-70003", "ZH-2026-70002")
    status, out, err = run("--json", "--case", *given)
    assert status == 1
    assert [one["reference"] for one in json.loads(out)] == ["ZH-2026-70001", "ZH-2026-70002"]
    assert [line.partition(":")[0] for line in err.splitlines()] == ["line 2", "line 3", "line 4"]


def test_two_references_that_look_alike():
    case("ZH-2O26")
    case("ZH-2026")
    status, out, _ = run("--case", "ZH-2026")
    assert status == 0 and out.count("ZH-2026") == 1 and "ZH-2O26" not in out
    status, out, err = run("--case", "ZH.2026")
    assert status == 1 and "look alike" in err and "ZH" not in out


def test_all_that_are_open():
    for number in range(450):
        case(f"ZH-2026-{number:05}")
    closed, blocked = case("ZH-2026-88888"), case("ZH-2026-99999")
    Case.objects.filter(pk=closed.pk).update(state="closed")
    Restriction.objects.create(subject_id=blocked.subject_id, kind="restriction")
    status, out, err = run("--all-open")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (status, err, len(rows)) == (0, "", 450)
    assert len({row["code"] for row in rows}) == 450
    assert all(opens(row["reference"], row["code"]) for row in rows[::50])


def test_references_from_standard_input(monkeypatch):
    case("ZH-2026-70001")
    monkeypatch.setattr("sys.stdin", io.StringIO("ZH-2026-70001\n\nZH-2026-79999\n"))
    status, out, err = run("--case", "-")
    assert status == 1 and "ZH-2026-70001" in out and err.startswith("line 3: ")


@pytest.mark.parametrize(
    "arguments", [(), ("--case",), ("--all-open", "--case", "ZH-1"), ("--nonsense",)], ids=str
)
def test_it_says_how_it_is_used(house, arguments):
    done = command(house(), "letter-codes", *arguments)
    assert done.returncode == 2 and "usage" in done.stderr


def test_as_a_process_of_its_own(house):
    environment = house(ready=True)
    done = command(environment, "letter-codes", "--case", "ZH-2026-79999")
    assert done.returncode == 1 and "no case file" in done.stderr
    empty = command(environment, "letter-codes", "--all-open", "--json")
    assert empty.returncode == 0 and json.loads(empty.stdout) == []
