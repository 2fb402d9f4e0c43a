"""``zusage add-user NAME --role ROLE``: an account for somebody who works here."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from zusage.actions import staff
from zusage.actions.base import Conflict
from zusage.models import Staff
from zusage.policy.types import LANGUAGES
from zusage.rules.problems import Problem
from zusage.web.words import say


class Command(BaseCommand):
    help = (
        "Make an account for the office and print its one-time password, which is replaced at the first sign-in. "
        "Exit status: 0 made, 1 the name is taken or can't be used, 2 could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name to sign in with, at most 60 characters")
        parser.add_argument("--role", required=True, choices=[role for role, _ in Staff.ROLES])
        parser.add_argument(
            "--language", default="de", choices=LANGUAGES, help="of the office's pages (default: de)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            name = staff.user_name(options["name"])
            password = staff.hire(staff.OPERATOR, name, options["role"], options["language"])
        except Problem as problem:
            self._refuse(say("en", f"problem.{problem.code}", **problem.params))
        except Conflict as conflict:
            self._refuse(say("en", f"conflict.{conflict.reason}"))
        else:
            self.stdout.write(f"{options['role']} {name} {password}")

    def _refuse(self, why: str) -> None:
        self.stderr.write(why)
        sys.exit(1)
