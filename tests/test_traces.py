"""After an erasure neither key nor ciphertext is left in any file of the stores: searched by bytes.

On PostgreSQL the write-ahead log is left out: it keeps what was written until the server recycles its files, as
`docs/operating.md` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import ON_POSTGRES
from tests.server import asked, command
from tests.test_bytes import checkpoint

MAKE = """
import django, json
django.setup()
from tests.make import rights_request, submission, clerk
from tests.test_sweep import FILE
from zusage.actions import mailbox, office
from zusage.actions.cases import open_case
from zusage.models import *
from zusage.vault import api as vault
from zusage.vault.models import *
from datetime import date
kept = submission("contact")
sent = submission("contact", case_reference="ZH-2026-83417")
mailbox.ask_notice(sent.subject_id, "nur.quirlinde@benachrichtigung.example")
office.answer(clerk(), sent.pk, "Amtsantwort", "one-page", 0)
case = open_case(vault.Actor.system("test"), date(2025, 1, 1), FILE)
Case.objects.filter(pk=case.pk).update(state="closed", closed_on=date(2025, 11, 1))
request = rights_request("deletion", about=[sent.subject_id, case.subject_id])
def sealed(subject):
    values = [bytes(row.value) for row in SubmissionValue.objects.filter(submission__subject_id=subject)]
    values += [bytes(row.body) for row in Message.objects.filter(subject_id=subject)]
    values += [bytes(row.notice_email) for row in Mailbox.objects.filter(subject_id=subject) if row.notice_email]
    values += [bytes(row.digest) for row in BlindIndex.objects.filter(subject_id=subject)]
    return values
keys = [bytes(row.wrapped) for row in DataKey.objects.filter(subject_id=sent.subject_id)]
case = Case.objects.get()
print(json.dumps({
    "request": str(request.pk),
    "keys": [one.hex() for one in keys],
    "gone": [one.hex() for one in (*sealed(sent.subject_id), bytes(case.date_of_birth))],
    "kept": [one.hex() for one in (*sealed(kept.subject_id)[:3], bytes(case.debtor_name))],
}))
"""
ERASE = """
import django, sys, time, uuid
django.setup()
from tests.make import officer
from zusage.actions.rights.erase import erase
from zusage.actions.traces import wipe
erase(officer(), uuid.UUID(sys.argv[1]))
until = time.monotonic() + 30
while not wipe():  # the server's own housekeeping may be in the way for a moment
    assert time.monotonic() < until
print("null")
"""
AGE = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from zusage.models import Submission
Submission.objects.filter(purpose="contact", received_at__lt=timezone.now()).update(
    received_at=timezone.now() - timedelta(days=48))
print("null")
"""


def files(folders: Iterable[Path]) -> Iterator[bytes]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and "pg_wal" not in path.parts:
                try:
                    yield path.read_bytes()
                except FileNotFoundError:
                    continue


@pytest.fixture
def found(tmp_path, store_folders):
    """Which of some byte strings stand in a file of the stores."""

    def look(wanted: Iterable[str]) -> set[str]:
        if ON_POSTGRES:
            checkpoint()
        contents = list(files([tmp_path, *(folder / "data" for folder in store_folders)]))
        return {one for one in wanted if any(bytes.fromhex(one) in content for content in contents)}

    return look


@pytest.mark.usefixtures("db")
def test_after_an_erasure_neither_key_nor_ciphertext_is_in_a_file(house, found):
    environment = house(ready=True)
    made = asked(environment, MAKE)
    everything = {*made["keys"], *made["gone"], *made["kept"]}
    assert len(made["keys"]) == 2 and len(made["gone"]) > 10
    assert found(everything) == everything, "the search finds what is there"
    if ON_POSTGRES:  # as its own housekeeping does: what the planner keeps of values, no deletion reaches
        for store in ("DATA", "KEYS"):
            with psycopg.connect(environment[f"ZUSAGE_{store}_URL"], autocommit=True) as database:
                database.execute("ANALYZE")
    asked(environment, ERASE, str(made["request"]))
    left = found(everything)
    assert left & set(made["keys"]) == set(), "the keys are what an erasure rests on"
    if ON_POSTGRES:  # pages keep torn ciphertext until they are written anew: without its key it says nothing
        left -= set(made["gone"])
    assert left == set(made["kept"])


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite overwrites what is deleted, whoever reads")
@pytest.mark.usefixtures("db")
def test_a_wipe_waits_for_whoever_still_sees_the_keys(house):
    """VACUUM keeps rows that an older snapshot can see: a wipe that says it is done mustn't have kept them."""
    environment = house()
    assert command(environment, "migrate-stores").returncode == 0
    made = asked(environment, MAKE)
    with psycopg.connect(environment["ZUSAGE_KEYS_URL"]) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM vault_datakey")
        code = ERASE.replace("while not wipe():", "assert not wipe()\nwhile False:")
        asked(environment, code, str(made["request"]))
    with psycopg.connect(environment["ZUSAGE_KEYS_URL"]) as after:
        left = after.execute("SELECT count(*) FROM vault_datakey").fetchone()
    assert left is not None and left[0] > 0


@pytest.mark.usefixtures("db")
def test_after_a_sweep_neither_key_nor_ciphertext_is_in_a_file(house, found):
    environment = house(ready=True)
    made = asked(environment, MAKE)
    asked(environment, AGE)
    assert found(made["gone"]) == set(made["gone"])
    done = command(environment, "sweep", "--json")
    # The open request about one of them stops the sweep: whoever asks shall get an answer.
    assert (done.returncode, json.loads(done.stdout)["contact"]) == (0, 1), done.stderr
    assert found([*made["keys"], *made["gone"]]) == {*made["keys"], *made["gone"]}
    # The other one is gone; on PostgreSQL its pages may keep torn ciphertext, whose key is gone.
    assert made["kept"][-1] in found(made["kept"])
    if not ON_POSTGRES:
        assert found(made["kept"]) == {made["kept"][-1]}
