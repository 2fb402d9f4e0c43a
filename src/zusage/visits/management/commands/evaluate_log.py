"""``zusage evaluate-log``: a web server's logs become counts, and may go."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils.module_loading import import_string

from zusage.visits.logs import shown, store
from zusage.visits.logs.files import STANDARD_INPUT, Log, Order, evaluate
from zusage.visits.logs.lines import FORMATS


class Command(BaseCommand):
    help = (
        "Count the lines of a web server's logs by day, page, browser, system and referrer's host, each by itself; "
        "what few addresses stand behind is 'other'. Logs may be packed (gzip, zstd) and rotated; a content counts "
        "once. Exit status: 0 done, even if some lines were rejected; 1 a file could not be read, or not to its end, "
        "or had no line of the format, or was to be deleted and wasn't (the others are done); 2 could not run."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a log; - is standard input")
        parser.add_argument(
            "--delete",
            action="store_true",
            help="remove each log once its counts are on disk; name none that is still being written to",
        )
        parser.add_argument(
            "--format",
            choices=FORMATS,
            default="combined",
            help="combined (default): Apache's and nginx's; common: without referrer and user agent; "
            "nginx: combined with anything after it",
        )
        parser.add_argument("--dry-run", action="store_true", help="only count and show; nothing is stored")
        parser.add_argument(
            "--k",
            type=_at_least_one,
            metavar="N",
            help="name nothing that fewer than N addresses of a log stand behind (default: the policy's "
            "smallest_cell; less than that only with --dry-run)",
        )
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        policy_k = import_string(settings.VISITS["smallest_cell"])()
        k = options["k"] or policy_k
        is_dry = options["dry_run"]
        if k < policy_k and not is_dry:
            raise CommandError(
                f"--k may be less than the policy's {policy_k} only with --dry-run.", returncode=2
            )
        if is_dry and options["delete"]:
            raise CommandError("--delete needs the counts on disk: not with --dry-run.", returncode=2)
        logs = self._evaluate(options, k)
        found = shown.as_json(logs, k, is_dry)
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(shown.in_words(found)))
        if any(log.is_finding for log in logs):
            sys.exit(2 if all(log.state == "unreadable" for log in logs) else 1)

    def _evaluate(self, options: dict[str, Any], k: int) -> list[Log]:
        is_dry = options["dry_run"]
        known = {} if is_dry else store.known()
        order = Order(
            options["format"], k, known, (lambda counted: True) if is_dry else store.keep, options["delete"]
        )
        # Counting may fork: no connection goes along.
        connections.close_all()
        logs: list[Log] = []
        read: set[str] = set()
        with _progress(options["files"]) as progress:
            for name in options["files"]:
                path = os.path.realpath(name) if name != STANDARD_INPUT else name
                if path in read:
                    logs.append(Log(name, "seen-before", notes=["named twice: not counted again"]))
                else:
                    logs.append(evaluate(name, order, progress))
                read.add(path)
        return logs


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("must be a number of 1 or more")
    return int(text)


@contextmanager
def _progress(names: list[str]) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal that somebody watches; nothing where nobody does."""
    if not sys.stderr.isatty():
        yield lambda number: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    sizes = [path.stat().st_size for path in map(Path, names) if path.is_file()]
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("counting", total=sum(sizes) or None)

        def advance(number: int) -> None:
            bar.update(task, advance=number)
            done = bar.tasks[task].completed
            bar.update(task, description=f"{done / 1e6:,.0f} MB counted")
            bar.refresh()

        yield advance
