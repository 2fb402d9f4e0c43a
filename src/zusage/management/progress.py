"""How far long work is, for whoever watches a terminal; nothing where nobody does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def counting(what: str) -> Iterator[Callable[[str, int], None]]:
    """Call what this gives with a table's name and a number of rows; the line on the terminal adds them up."""
    if not sys.stderr.isatty():
        yield lambda table, number: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None)

        def add(table: str, number: int) -> None:
            shown.advance(task, number)
            done = int(shown.tasks[task].completed)
            shown.update(task, description=f"{what}: {done:,} rows, {table}")

        yield add
