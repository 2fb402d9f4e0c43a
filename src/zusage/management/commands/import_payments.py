"""``zusage import-payments``: what a bank reports of the agency's accounts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from zusage.actions.plans.payments_file import SYSTEM, Imported, import_file
from zusage.rules.camt.shapes import Finding, NotTaken
from zusage.vault import api as vault
from zusage.web.words import say

SHOWN = 50
"""Entries that the terminal tells one by one."""
COUNTS = ("matched", "unmatched", "returned", "known", "over", "part", "other", "sums")


class Command(BaseCommand):
    help = (
        "Bring payments in from a bank's file (camt.053, camt.054): each is laid to the instalment whose reference it "
        "bears; one that bears none waits at /office/payments/. The whole file is looked through first, and refused "
        "with the places of what is wrong: then nothing of it is stored. What came in before, by this file or another "
        "one, changes nothing. Exit status: 0 done, 1 payments without a plan or entries to be checked, 2 could not "
        "run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="only check and count; nothing is stored")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        path, is_dry = options["file"], options["dry_run"]
        try:
            result = _import(path, is_dry)
        except NotTaken as why:
            if options["json"]:
                self.stdout.write(json.dumps({"refused": _as_json(why.findings)}, ensure_ascii=False))
            said = "\n".join(f"  {line}" for line in _in_words(why.findings))
            raise CommandError(f"{path}: nothing was stored.\n{said}", returncode=2) from None
        except vault.Undeclared as why:
            raise CommandError(str(why), returncode=2) from None
        if options["json"]:
            self.stdout.write(json.dumps(as_json(result), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_told(result, is_dry)))
        if not result.is_whole:
            sys.exit(1)


def as_json(result: Imported) -> dict[str, object]:
    """The contract: counts by name, and the entries to be checked."""
    counts = {name: getattr(result, name) for name in COUNTS}
    return {
        "format": result.format,
        "entries": result.entries,
        **counts,
        "rejected": _as_json(result.rejected),
    }


def _import(path: Path, is_dry: bool) -> Imported:
    if path.exists() and not path.is_file():
        raise CommandError(
            f"{path} is no file that can be read twice. Save it, and name the file.", returncode=2
        )
    try:
        with path.open("rb") as file:
            return import_file(SYSTEM, file, dry_run=is_dry)
    except FileNotFoundError:
        raise CommandError(f"{path}: there is no such file.", returncode=2) from None
    except OSError:
        raise CommandError(f"{path} can't be read. May this user read it?", returncode=2) from None


def _as_json(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [{"entry": one.where, "code": one.code, "reason": words_of("en", one)} for one in findings]


def words_of(language: str, one: Finding) -> str:
    """What is wrong, and what to do."""
    return say(language, f"camt.{one.code}", detail=one.detail)


def _in_words(findings: Iterable[Finding]) -> Iterator[str]:
    for number, one in enumerate(findings):
        if number == SHOWN:
            yield "… and more; --json tells the first hundred."
            return
        yield f"entry {one.where}: {words_of('en', one)}" if one.where else words_of("en", one)


def _told(result: Imported, is_dry: bool) -> Iterator[str]:
    yield f"{result.format}, entries: {result.entries:,}. {'Would be:' if is_dry else 'Done:'}"
    for name in COUNTS:
        yield f"  {getattr(result, name):>9,}  {say('en', f'office.payments.count_{name}')}"
    yield f"  {len(result.rejected):>9,}  {say('en', 'office.payments.count_rejected')}"
    yield from _in_words(result.rejected)
