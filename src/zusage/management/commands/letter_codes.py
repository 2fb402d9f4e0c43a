"""``zusage letter-codes``: codes for the agency's letters, printed once."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from zusage.actions.rights import letter_codes
from zusage.actions.rights.letter_codes import Made
from zusage.models import RIGHTS
from zusage.processing import listed
from zusage.rules import receipts
from zusage.rules.problems import Problem
from zusage.rules.references import reference
from zusage.web.words import say

BATCH = 200


class Command(BaseCommand):
    help = (
        "Make a code for each case file and print it with the reference, this once: on a letter, the two together say "
        "who somebody is. Earlier codes of the same file end. Exit status: 0 made, 1 a reference is unknown or its "
        "file may not be opened (the others are done), 2 could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "--case",
            nargs="+",
            metavar="REFERENCE",
            help="for these case files; a single - reads the references from standard input, one a line",
        )
        which.add_argument("--all-open", action="store_true", help="for every case file that is open")
        parser.add_argument("--json", action="store_true", help="for machines (default: CSV)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not listed(RIGHTS):
            self.stderr.write("The policy declares no purpose rights: nobody could use a code.")
            sys.exit(2)
        self.failed = False
        write = self._json if options["json"] else self._csv
        write(_all_open() if options["all_open"] else self._named(options["case"]))
        if self.failed:
            sys.exit(1)

    def _named(self, given: list[str]) -> Iterator[Made]:
        lines = sys.stdin.read().splitlines() if given == ["-"] else given
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                wanted = reference(line)
            except Problem as problem:
                self._fail(number, line, say("en", f"problem.{problem.code}", **problem.params))
                continue
            found = letter_codes.cases_of(wanted)
            made = letter_codes.make(found) if len(found) == 1 else []
            if not found:
                self._fail(number, line, "There is no case file with this reference.")
            elif len(found) > 1:
                self._fail(
                    number, line, "Several case files look alike. Write it exactly as the file has it."
                )
            elif not made:
                self._fail(number, line, "This case file is blocked or erased.")
            yield from made

    def _fail(self, number: int, line: str, why: str) -> None:
        self.failed = True
        self.stderr.write(f"line {number}: {line.strip()!r}: {why}")

    def _csv(self, codes: Iterable[Made]) -> None:
        table = csv.writer(self.stdout, lineterminator="\n")
        table.writerow(("reference", "code", "until"))
        for made in codes:
            table.writerow(_row(made).values())

    def _json(self, codes: Iterable[Made]) -> None:
        self.stdout.write(json.dumps([_row(made) for made in codes], indent=2))


def _all_open() -> Iterator[Made]:
    """File by file of those that are open; blocked ones get no letter and so no code."""
    ids = letter_codes.open_cases()
    for batch in _batches(ids):
        yield from letter_codes.make(batch)


def _batches(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _row(made: Made) -> dict[str, str]:
    return {
        "reference": made.reference,
        "code": receipts.grouped(made.code),
        "until": made.last_day.isoformat(),
    }
