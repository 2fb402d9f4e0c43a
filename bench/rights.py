"""What a person's rights cost at 1,000 and at 1,000,000 subjects, on SQLite: the access package, and deletion.

    python -m bench.rights [--subjects 1000 1000000] [--people 15] [--rounds 3]

For each size a store is filled once, under var/bench-rights/, with what a form leaves behind (12 rows a subject, random
ciphertext that nobody opens). Into it come, through the actions, the people who then ask. The sizes are measured in
turns, each in a process of its own; what counts is how their medians compare.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import secrets
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

FOLDER = Path("var/bench-rights")
FIELDS = ("name", "case_reference", "date_of_birth", "phone_day", "message")
STORES = ("data", "keys", "protocol", "visits")


def main() -> int:
    """Print a line per round and size, the medians, and JSON at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument("--people", type=int, default=15, help="how many are measured a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.one, options.people)))
        return 0
    found: dict[int, dict[str, list[float]]] = {number: {} for number in options.subjects}
    for turn in range(options.rounds):
        for number in options.subjects[:: 1 if turn % 2 == 0 else -1]:
            command = [
                sys.executable,
                "-m",
                "bench.rights",
                "--one",
                str(number),
                "--people",
                str(options.people),
            ]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            for name, seconds in json.loads(said.splitlines()[-1]).items():
                found[number].setdefault(name, []).extend(seconds)
            print(f"{number:>9,} subjects  " + "  ".join(_said(found[number])), flush=True)
    medians = {
        str(number): {name: round(statistics.median(all_), 4) for name, all_ in parts.items()}
        for number, parts in found.items()
    }
    few, many = str(min(options.subjects)), str(max(options.subjects))
    factors = {name: round(medians[many][name] / medians[few][name], 2) for name in medians[many]}
    print(json.dumps({"medians_in_seconds": medians, "factors": factors}))
    return 0


def _said(parts: dict[str, list[float]]) -> list[str]:
    return [f"{name} {statistics.median(all_) * 1000:.0f} ms" for name, all_ in parts.items()]


def measured(number: int, people: int) -> dict[str, list[float]]:
    """The seconds of each part, a figure for each person."""
    _begin(FOLDER / str(number))
    if not (FOLDER / str(number) / "filled").exists():
        fill(FOLDER / str(number), number)
    return {**access(people), **deletion(people)}


def access(people: int) -> dict[str, list[float]]:
    """Packages for `people` who ask: as a whole, and its parts."""
    from zusage.actions.rights import access as actions
    from zusage.papers import api as papers
    from zusage.rules.access.paper import paper
    from zusage.rules.access.portable import portable
    from zusage.tenant import policy

    officer, asked = _people(people + 1)
    found: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[..., Any], *given: Any) -> Any:
        before = time.perf_counter()
        result = work(*given)
        found.setdefault(name, []).append(time.perf_counter() - before)
        return result

    actions.deliver(officer, asked.pop())  # fonts, words and statements are there for all that follow
    for count, request in enumerate(asked):
        if count % 3:
            timed("package", actions.deliver, officer, request)
            continue
        package = timed("gather", actions._gather, officer, request)
        timed("pdf", lambda made: papers.generic(paper(made, policy())), package)
        timed("json", portable, package, policy())
        timed("lay", actions._lay, officer, request, package, actions._files(package))
    return found


def deletion(people: int) -> dict[str, list[float]]:
    """Deletions for `people` who ask: what they wrote goes, their closed case loses its details and is blocked."""
    from zusage.actions.rights import erase
    from zusage.models import Case

    officer, asked = _people(people + 1, "deletion")
    Case.objects.filter(subject_id__in=_about(asked)).update(state="closed", closed_on=date(2026, 3, 4))
    erase.erase(officer, asked.pop())
    found = []
    for request in asked:
        before = time.perf_counter()
        erase.erase(officer, request)
        found.append(time.perf_counter() - before)
    return {"deletion": found}


def _about(asked: list[Any]) -> list[Any]:
    from zusage.models import Concern

    return list(Concern.objects.filter(request__in=asked).values_list("about_id", flat=True))


def _people(number: int, right: str = "access") -> tuple[Any, list[Any]]:
    """An officer, and the requests of people with a letter, an answer, a note and a case file each."""
    from tests import make
    from zusage.actions import mailbox, matching, office
    from zusage.actions.cases import open_case
    from zusage.vault import api as vault

    clerk, officer = make.clerk(), make.staff("officer")
    asked = []
    for _ in range(number):
        reference = f"ZH-2026-{random.randrange(10**6):06d}"
        sent = make.submission("payment", case_references=(reference,))  # type: ignore[arg-type]
        values = {
            "reference": reference, "debtor_name": "Nadine Oberholzer", "date_of_birth": "1984-03-17",
            "address": "Lindenweg 4, 8400 Winterthur", "creditor": "Velohaus AG", "balance": "CHF 420.50",
        }  # fmt: skip
        case = open_case(vault.Actor.system("demo"), date(2026, 1, 5), values)
        matching.choose(clerk, sent.pk, case.pk)
        office.note(clerk, sent.pk, "Am Telefon besprochen.", secrets.token_urlsafe(16))
        for turn in range(2):
            office.answer(clerk, sent.pk, "Guten Tag " * 20, secrets.token_urlsafe(16), 2 * turn)
            mailbox.reply(sent.subject_id, sent.pk, "Vielen Dank " * 20, secrets.token_urlsafe(16))
        asked.append(make.rights_request(right, about=[sent.subject_id, case.subject_id]).pk)
    random.shuffle(asked)
    return officer, asked


def _begin(folder: Path) -> None:
    """Django on the stores in `folder`, which are made where they aren't there."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "secrets.json"
    if not secret.exists():
        made = {
            "ZUSAGE_SECRET_KEY": secrets.token_urlsafe(48),
            "ZUSAGE_KEY_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        secret.write_text(json.dumps(made), encoding="utf-8")
    os.environ |= json.loads(secret.read_text(encoding="utf-8"))
    os.environ |= {
        f"ZUSAGE_{store.upper()}_URL": f"sqlite:///{(folder / store).resolve()}.sqlite3" for store in STORES
    }
    os.environ |= {"ZUSAGE_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "zusage.settings"}
    import django
    from django.core.management import call_command

    django.setup()
    for alias in ("default", "keys", "protocol", "visits"):
        call_command("migrate", database=alias, verbosity=0)


def fill(folder: Path, number: int) -> None:
    """`number` subjects with their rows, by the database's own means: random ids, random bytes for ciphertext."""
    day = "'2026-06-01 10:00:00'"
    values = " UNION ALL ".join(
        f"SELECT submission, id, 'payment', '{field}', randomblob(80) FROM ids" for field in FIELDS
    )
    lines = " UNION ALL ".join(
        f"""SELECT lower(hex(randomblob(16))), {day}, '{act}', 'subject', id, 'payment', id,
            'zusage.submission', submission, '' FROM ids"""
        for act in ("submit", "enter-mailbox", "read")
    )
    made = {
        "data": (
            ("zusage_subject", "id, created_at", f"SELECT id, {day} FROM ids ORDER BY id"),
            (
                "zusage_submission",
                "id, subject_id, purpose, language, notice_version, received_at, state",
                f"SELECT submission, id, 'payment', 'de', hex(randomblob(32)), {day}, 'open' FROM ids ORDER BY 1",
            ),
            (
                "zusage_submissionvalue",
                "submission_id, subject_id, purpose, field, value",
                f"SELECT * FROM ({values}) ORDER BY 1, 4",
            ),
            (
                "zusage_mailbox",
                "subject_id, receipt_digest, purpose",
                "SELECT id, randomblob(32), 'mailbox-notice' FROM ids ORDER BY id",
            ),
            (
                "vault_blindindex",
                "subject_id, purpose, name, digest, record_type, record_id",
                "SELECT id, 'payment', 'reference', randomblob(12), 'zusage.submission', submission FROM ids",
            ),
        ),
        "keys": (
            (
                "vault_datakey",
                "subject_id, purpose, wrapped, kek, created_at",
                f"SELECT id, 'payment', randomblob(61), '0123456789abcdef', {day} FROM ids ORDER BY id",
            ),
        ),
        "protocol": (
            (
                "protocol_entry",
                "id, at, act, actor_kind, actor_id, purpose, subject_id, record_type, record_id, recipient",
                f"SELECT * FROM ({lines}) ORDER BY 1",
            ),
        ),
    }
    ids = folder / "ids.sqlite3"
    with closing(sqlite3.connect(ids)) as store:
        store.execute("CREATE TABLE ids (id, submission)")
        store.execute(
            """INSERT INTO ids WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            SELECT lower(hex(randomblob(16))), lower(hex(randomblob(16))) FROM n""",
            [number],
        )
        store.commit()
    for name, tables in made.items():
        with closing(sqlite3.connect(folder / f"{name}.sqlite3", isolation_level=None)) as store:
            store.execute("PRAGMA synchronous = OFF")
            store.execute("PRAGMA cache_size = -1000000")
            store.execute("ATTACH ? AS more", [str(ids)])
            for table, columns, rows in tables:
                store.execute(f"INSERT INTO {table} ({columns}) {rows}")
            store.execute("ANALYZE")
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ids.unlink()
    (folder / "filled").touch()


if __name__ == "__main__":
    sys.exit(main())
