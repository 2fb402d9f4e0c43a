"""``zusage sweep``: delete and block what is past its period; or say beforehand what that would be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from zusage.actions.sweep import sweep
from zusage.actions.traces import wipe
from zusage.backup.places import export_tombstones
from zusage.policy.load import load
from zusage.queries.periods import counts
from zusage.tenant import folder, policy

Counts = dict[str, int]


class Command(BaseCommand):
    help = (
        "Delete and block what is past its period, a rule for each purpose and each category with a period of its own. "
        "Killed in the middle, it goes on at the next start. The worker does it daily."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count, by rule; nothing is changed")
        parser.add_argument("--json", action="store_true", help="the counts by rule, for machines")
        parser.add_argument(
            "--policy",
            metavar="FOLDER",
            help="with --dry-run: beside today's counts those under this policy, before it is put in force",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["policy"] and not options["dry_run"]:
            raise CommandError("--policy only looks: add --dry-run.", returncode=2)
        if not options["dry_run"]:
            self._say(options, sweep(), "Deleted or blocked")
            export_tombstones()
            wipe()
            return
        today = timezone.localdate()
        now = counts(policy(), today)
        if not options["policy"]:
            self._say(options, now, "Would be deleted or blocked")
            return
        other = folder(options["policy"])
        if not Path(other).is_dir():
            raise CommandError(f"There is no policy in {options['policy']}.", returncode=2)
        self._compare(options, now, counts(load(other), today))

    def _say(self, options: dict[str, Any], found: Counts, title: str) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        self.stdout.write(f"{title}, by rule:")
        for rule, number in found.items():
            self.stdout.write(f"  {number:>9}  {rule}")
        self.stdout.write(f"  {sum(found.values()):>9}  in all")

    def _compare(self, options: dict[str, Any], now: Counts, then: Counts) -> None:
        rules = list(dict.fromkeys([*now, *then]))
        if options["json"]:
            both = {rule: {"now": now.get(rule, 0), "then": then.get(rule, 0)} for rule in rules}
            self.stdout.write(json.dumps(both))
            return
        self.stdout.write(
            "Would be deleted or blocked today, by rule: under the policy in force, under the other."
        )
        for rule in rules:
            mark = "" if now.get(rule) == then.get(rule) else "  <- differs"
            self.stdout.write(f"  {_cell(now, rule):>9}  {_cell(then, rule):>9}  {rule}{mark}")


def _cell(found: Counts, rule: str) -> str:
    return str(found[rule]) if rule in found else "no rule"
