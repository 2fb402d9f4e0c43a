"""``zusage api-token add|list|end``: tokens by which other software brings cases in."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from zusage.actions import tokens
from zusage.actions.base import Conflict
from zusage.actions.staff import OPERATOR, user_name
from zusage.models import COLLECTION, ApiToken
from zusage.rules.problems import Problem
from zusage.tenant import policy

LONGEST_DAYS = 366


class Command(BaseCommand):
    help = (
        "Tokens for the API (POST /api/v1/cases). A new one is shown once; only a keyed hash of it is kept. "
        "Exit status: 0 done, 1 the name is taken, can't be used or is none, 2 could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        add = what.add_parser("add", help="make one and print it")
        add.add_argument("name", help="whose it is, such as the software's name; at most 60 characters")
        add.add_argument(
            "--days", type=_days, required=True, metavar="N", help=f"good for N days, at most {LONGEST_DAYS}"
        )
        add.add_argument(
            "--purpose", default=COLLECTION, help="the only purpose it is good for (default: collection)"
        )
        what.add_parser("list", help="names, purposes and until when; never the tokens")
        end = what.add_parser("end", help="end one, from now on")
        end.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        {"add": self._add, "list": self._list, "end": self._end}[options["what"]](options)

    def _add(self, options: dict[str, Any]) -> None:
        if options["purpose"] not in policy().purposes:
            self._refuse("The policy has no such purpose.")
        try:
            name = user_name(options["name"])
            token = tokens.add(OPERATOR, name, options["purpose"], options["days"])
        except Problem:
            self._refuse("A name has 1 to 60 characters, and none that nobody can see.")
        except Conflict:
            self._refuse(
                "There is a token of this name. Choose another; an ended one keeps its name for the protocol."
            )
        else:
            self.stdout.write(token)

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        for row in ApiToken.objects.order_by("name"):
            state = "ended" if row.ended_at else "over" if row.until <= now else "good"
            until = timezone.localtime(row.ended_at or row.until).strftime("%Y-%m-%d %H:%M")
            self.stdout.write(f"{state:<5} {until}  {row.purpose}  {row.name}")

    def _end(self, options: dict[str, Any]) -> None:
        try:
            tokens.end(OPERATOR, options["name"])
        except ApiToken.DoesNotExist:
            self._refuse("There is no token of this name; `zusage api-token list` shows them.")

    def _refuse(self, why: str) -> None:
        self.stderr.write(why)
        sys.exit(1)


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_DAYS:
        raise ArgumentTypeError(f"must be a number from 1 to {LONGEST_DAYS}")
    return int(text)
