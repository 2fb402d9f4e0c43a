"""``zusage prove``: look whether the promises of the notice are kept."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from zusage.promises.prover import prove, to_run
from zusage.promises.types import Result
from zusage.rules.history import worst
from zusage.tenant import policy

COLOURS = {"kept": "green", "broken": "bold red", "unknown": "yellow"}
CODES = {"kept": 0, "broken": 1, "unknown": 2}


class Command(BaseCommand):
    help = (
        "Look whether the promises of the notice are kept, in the running system: its stores, files, settings and "
        "answers. What is found stands on the public page. Exit status: 0 all kept, 1 any broken, 2 any unknown."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("promise", nargs="*", help="ids of promises (default: all that the notice makes)")
        parser.add_argument("--json", action="store_true", help="a list of {id, state, evidence, at}")
        parser.add_argument("--quick", action="store_true", help="only what is quickly looked at, in seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = options["promise"]
        strangers = [one for one in ids if one not in policy().promises]
        if strangers:
            known = ", ".join(policy().promises)
            raise CommandError(f"The notice doesn't promise '{strangers[0]}'. Known: {known}.", returncode=2)
        results = self._prove(ids, options["quick"])
        if options["json"]:
            self.stdout.write(json.dumps([_plain(one) for one in results], ensure_ascii=False))
        else:
            Console(width=None if sys.stdout.isatty() else 160).print(_table(results))
        code = CODES[worst(one.state for one in results)]
        if code:
            raise SystemExit(code)

    def _prove(self, ids: list[str], quick: bool) -> list[Result]:
        columns = (TextColumn("proving"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        shown = Console(stderr=True)
        with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as bar:
            task = bar.add_task("", total=len(to_run(ids, quick)))

            def tell(name: str) -> None:
                bar.update(task, advance=1, description=name.removeprefix("zusage.promises.probes."))

            return prove(ids, quick=quick, tell=tell)


def _plain(one: Result) -> dict[str, Any]:
    return {
        "id": one.promise,
        "state": one.state,
        "evidence": [asdict(piece) for piece in one.evidence],
        "at": one.at.isoformat(timespec="seconds"),
    }


def _table(results: list[Result]) -> Table:
    table = Table("promise", "state", "looked at", "number", "worst", highlight=False)
    for result in results:
        for number, one in enumerate(result.evidence):
            head = (result.promise, f"[{COLOURS[result.state]}]{result.state}[/]") if not number else ("", "")
            mark = "" if one.state == "kept" else f"[{COLOURS[one.state]}]{one.state}:[/] "
            table.add_row(*head, mark + one.looked_at, f"{one.number:,}", one.worst)
    return table
