"""``zusage import-cases``: case files from a creditor's or the agency's own software."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from zusage.actions.cases_file import Result, import_file
from zusage.rules.cases.mapping import PLAIN, BadMapping, Names, mapping
from zusage.rules.cases.source import Unreadable

SHOWN = 50
"""Rejected rows that the terminal shows."""


class Command(BaseCommand):
    help = (
        "Bring cases in from CSV (comma, semicolon or tab, with a header) or JSON Lines: new, changed, closed ones. "
        "docs/import.md has the columns. A row that can't be taken is told with its line and the reason; the others "
        "go in. The same file again changes nothing; broken off, it goes on where it was. "
        "Exit status: 0 done, 1 some rows were rejected, 2 could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--mapping",
            type=Path,
            metavar="FILE.toml",
            help="which of its columns is which of ours, and constants",
        )
        parser.add_argument("--dry-run", action="store_true", help="only check and count; no case is stored")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        names = _mapping(options["mapping"]) if options["mapping"] else PLAIN
        try:
            with _progress(path) as tell:
                result = import_file(path, names, dry_run=options["dry_run"], tell=tell)
        except Unreadable as why:
            raise CommandError(f"{path}: {why}", returncode=2) from None
        if options["json"]:
            self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_in_words(result, options["dry_run"])))
        if result.rejected_count:
            sys.exit(1)


def _mapping(path: Path) -> Names:
    try:
        return mapping(path.read_text(encoding="utf-8"))
    except OSError:
        raise CommandError(f"The mapping {path} can't be read.", returncode=2) from None
    except UnicodeDecodeError:
        raise CommandError(f"The mapping {path} isn't UTF-8.", returncode=2) from None
    except BadMapping as why:
        raise CommandError(str(why), returncode=2) from None


def _in_words(result: Result, is_dry: bool) -> Iterator[str]:
    if result.resumed_at:
        yield f"Went on after line {result.resumed_at}; the counts are of the whole file."
    if result.encoding == "cp1252":
        yield "The file isn't UTF-8; it was read as Windows-1252: look at a name with an umlaut."
    yield "Would be:" if is_dry else "Done:"
    for what in ("imported", "updated", "unchanged"):
        yield f"  {getattr(result, what):>9,}  {what}"
    yield f"  {result.rejected_count:>9,}  rejected"
    for line, reason in result.rejected[:SHOWN]:
        yield f"line {line}: {reason}"
    if result.rejected_count > SHOWN:
        yield f"… and {result.rejected_count - SHOWN:,} more; --json tells the first {len(result.rejected):,}."


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal that somebody watches; nothing where nobody does."""
    if not sys.stderr.isatty() or not path.is_file():
        yield lambda number: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("importing"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("importing", total=path.stat().st_size)
        yield lambda number: bar.update(task, advance=number)
