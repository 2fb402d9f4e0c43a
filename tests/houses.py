"""Houses of their own as the tests of backups need them: filled, erased from, looked into, from a process inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.server import ROOT, surroundings

HEAD = """
import json, sys, uuid
import django
django.setup()
from django.db import connections
from zusage.backup import rows
from zusage.models import *
from zusage.stores import ALIASES
from zusage.vault import api as vault
from zusage.vault.models import *
from tests import make
def say(what): print(json.dumps(what, default=str), flush=True)
"""

FILL = """
people = []
for number in range(given["number"]):
    purpose = ("contact", "enquiry", "payment")[number % 3]
    receipt = make.receipt_of(purpose, message=f"Brief von Person {number}")
    people.append(receipt)
say(people)
"""

# All that stands in a house, row by row, as a backup would have it; and what each subject can still read.
LOOK = """
tables = {}
for alias in ALIASES:
    for model in rows.tables(alias):
        write = rows.writer(model)
        found = model._base_manager.using(alias).values_list(*rows.columns(model))
        tables[rows.label(model)] = sorted(write(row).decode() for row in found)
read = {}
for submission in Submission.objects.all():
    me = vault.Actor.subject(submission.subject_id)
    values = list(submission.values.all())
    opened = vault.open_many(values, submission.purpose, me)
    read[str(submission.subject_id)] = {
        row.field: one["value"]
        for row, one in zip(values, opened)
        if not isinstance(one, vault.Refused) and "value" in one
    }
say({"tables": tables, "read": read})
"""

ERASE = """
for subject, purpose, category in given["parts"]:
    vault.shred(uuid.UUID(subject), "request", vault.Actor.system("test"), [vault.Part(purpose, category)])
say(None)
"""

# Tables that a backup, a restore or a look itself adds something to.
OF_THE_WORK = frozenset(
    {"protocol.Outbox", "protocol.Entry", "protocol.Expired", "protocol.Seal", "vault.BackupPlace"}
)


LOOP = """
import sys, json
exec(json.loads(sys.stdin.readline()))
from zusage.vault import keys
for asked in sys.stdin:
    code, given = json.loads(asked)
    exec(code, {**globals(), "given": given})
    # Whatever happens to the stores meanwhile: this process remembers nothing, and holds nothing open.
    keys.root_key.cache_clear()
    keys._reserve.clear()
    connections.close_all()
"""

_running: dict[str, subprocess.Popen[str]] = {}


def inside(environment: Mapping[str, str], code: str, **given: Any) -> Any:
    """Run `code` in the house's own process, which stays for the next time; what it says."""
    name = json.dumps(sorted(environment.items()))
    process = _running.get(name)
    if process is None:
        around = surroundings({**environment, "DJANGO_SETTINGS_MODULE": "zusage.settings"})
        around["PYTHONPATH"] = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
        process = subprocess.Popen(
            [sys.executable, "-c", LOOP],
            env=around, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        _running[name] = process
        _ask(process, HEAD)
    return json.loads(_ask(process, [code, given], answer=True))


def leave() -> None:
    """Every house's own process ends."""
    while _running:
        _, process = _running.popitem()
        assert process.stdin is not None
        process.stdin.close()
        process.wait(20)


def _ask(process: subprocess.Popen[str], what: object, answer: bool = False) -> str:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(what) + "\n")
    process.stdin.flush()
    said = process.stdout.readline() if answer else ""
    assert said or not answer, "the code failed: see standard error"
    return said


def filled(environment: Mapping[str, str], number: int = 6) -> list[str]:
    """A house with so many letters, each from a person of their own; the receipts, in that order."""
    return inside(environment, FILL, number=number)


def look(environment: Mapping[str, str]) -> dict[str, Any]:
    """``tables``: every row of each; ``read``: what each subject could read, by field."""
    return inside(environment, LOOK)


def erase(environment: Mapping[str, str], subject: str, purpose: str = "", category: str = "") -> None:
    """As an erasure by request."""
    inside(environment, ERASE, parts=[[subject, purpose, category]])


def subject_of(looked: dict[str, Any], message: str) -> str:
    """Whose letter that is."""
    return next(subject for subject, values in looked["read"].items() if values.get("message") == message)


SEALING = ('["signing"', '["protocol-seal"')
"""The beginnings of the rows of the keys that seal the protocol."""


def rows_without(looked: dict[str, Any], *subjects: str) -> dict[str, list[str]]:
    """All rows but those that name one of `subjects`, and those that backups and restores write themselves."""
    names = [name for one in subjects for name in (one, one.replace("-", ""))]
    names += SEALING  # made when the protocol is first sealed, which is at any time
    return {
        table: [row for row in held if not any(name in row for name in names)]
        for table, held in looked["tables"].items()
        if table not in OF_THE_WORK
    }


def rows_of(looked: dict[str, Any], subject: str) -> dict[str, list[str]]:
    """The rows that name a subject, by table."""
    found = {
        table: [row for row in held if subject.replace("-", "") in row or subject in row]
        for table, held in looked["tables"].items()
    }
    return {table: held for table, held in found.items() if held}
