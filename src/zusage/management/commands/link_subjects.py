"""``zusage link-subjects``: propose to a human which files may be one person's."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from zusage.actions.linking import CouldNotCompare, Linked, TooLarge, link_subjects
from zusage.management.progress import counting
from zusage.models import COLLECTION
from zusage.processing import listed

INSTALL = (
    "Comparing all files needs Splink and DuckDB: install zusage with its extra, pip install 'zusage[link]'."
)
MEMORY = (
    "There is not memory enough to compare all files, and nothing may be written to a disk for it. Use a machine with "
    "more memory, or --limit. What was proposed before is as it was."
)


class Command(BaseCommand):
    help = (
        "Compare all case files and propose which may be one person's, so that an answer about access finds all of "
        "them. A proposal is for a human: the protection officer sees it at a request, looks, and decides. What was "
        "decided stays so; other proposals are made anew each time. Everything is compared in memory, nothing is "
        "written but the proposals. Exit status: 0 done, 2 could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count, and propose nothing")
        parser.add_argument("--limit", type=_people, metavar="N", help="compare the first N people alone")
        parser.add_argument("--json", action="store_true", help="the counts, for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        if not listed(COLLECTION):
            raise CommandError("The policy declares no purpose collection: there are no files.", returncode=2)
        try:
            with counting("Comparing") as progress:
                found = link_subjects(options["limit"], not options["dry_run"], progress)
        except CouldNotCompare as lacking:
            broke = f"The comparison broke off ({lacking}). Nothing was changed."
            raise CommandError(broke if str(lacking) else INSTALL, returncode=2) from None
        except TooLarge:
            raise CommandError(MEMORY, returncode=2) from None
        self.stdout.write(json.dumps(asdict(found)) if options["json"] else _said(found, options["dry_run"]))


def _people(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _said(found: Linked, dry: bool) -> str:
    lines = [
        f"{found.compared:>9}  people compared",
        f"{found.left_out:>9}  left out: blocked, erased, firms, without a name",
        f"{found.found:>9}  pairs that may be one person",
    ]
    return "\n".join(lines if dry else [*lines, f"{found.proposed:>9}  proposed"])
