"""Counts of one log, and of how many sources each came from, as far as that matters: until there are `k` of them.

A source is an address. It is known here by a hash under a key that was drawn for this log and is forgotten with it,
held in memory only, and dropped for a value as soon as `k` sources have come with it.
"""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import date
from itertools import compress, islice

from zusage.visits.logs.lines import Columns, read, whole_lines
from zusage.visits.logs.values import COLUMNS, DAYS, DIMENSIONS
from zusage.visits.publish import monday_of

BLOCK = 64 * 1024
"""Lines are counted so many bytes at a time: what is made of them stays in the processor's cache."""
MOST_CELLS = 50_000
"""Values that are told apart in a log, each week and dimension by itself. Beyond, the rarest half joins ``other``."""
MOST_WEEKS = 1_000
MOST_FIELDS = 100_000
MOST_BYTES = 16 * 1024 * 1024
"""Different fields, as they were written, that are held until they are read; more, or longer ones, and all are read."""

Sources = tuple[int, ...] | None
"""Hashes of the addresses that a value came from; None once there were `k`."""


class Cell:
    """One value of one dimension in one week."""

    __slots__ = ("count", "sources")

    def __init__(self, count: int = 0, sources: Sources = ()) -> None:
        self.count, self.sources = count, sources

    def add(self, other: Cell, k: int) -> None:
        """Count the other's lines as this one's."""
        self.count += other.count
        if self.sources is not None and other.sources is not None:
            together = {*self.sources, *other.sources}
            self.sources = tuple(together) if len(together) < k else None
        else:
            self.sources = None


class Week:
    """The cells of a week: by dimension and value. `rest` is what no longer has a name."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[str, Cell]] = {dimension: {} for dimension in DIMENSIONS}
        self.rest: dict[str, Cell] = {dimension: Cell() for dimension in DIMENSIONS}
        self.forget()

    def forget(self) -> None:
        """Drop the fields as they were written: they mustn't outlive the counting."""
        # By field: how often it came since it was last read; its cells, while one of them lacks sources.
        self.times: tuple[Counter[str], ...] = tuple(Counter() for _ in COLUMNS)
        self.lacking: tuple[dict[str, tuple[Cell, ...]], ...] = tuple({} for _ in COLUMNS)
        self.held = 0

    def count(self, heads: list[str], columns: tuple[list[str], ...], k: int, key: str) -> None:
        """Count lines of this week. A field is read when it is new; sources are looked at while its cells lack some."""
        for column, fields in enumerate(columns):
            times, lacking = self.times[column], self.lacking[column]
            before = len(times)
            times.update(fields)
            if len(times) > before:
                self._welcome(column, list(islice(reversed(times), len(times) - before)))
            if not lacking:
                continue
            here = list(map(lacking.__contains__, fields))
            for field, head in compress(zip(fields, heads, strict=True), here):
                lacks = False
                source = hash(key + head.split(None, 1)[0])
                for cell in lacking.get(field, ()):
                    known = cell.sources
                    if known is None:
                        continue
                    if source in known:
                        lacks = True
                    elif len(known) < k - 1:
                        cell.sources = (*known, source)
                        lacks = True
                    else:
                        cell.sources = None
                if not lacks:
                    lacking.pop(field, None)

    def _welcome(self, column: int, fields: list[str]) -> None:
        """Fields that are new: their cells, made where they are new too."""
        named, lacking = COLUMNS[column], self.lacking[column]
        for field in fields:
            self.held += len(field)
            found = []
            for dimension, value in named[field]:
                cells = self.cells[dimension]
                cell = cells.get(value)
                if cell is None:
                    cell = cells[value] = Cell()
                if cell.sources is not None:
                    found.append(cell)
            if found:
                lacking[field] = tuple(found)

    def flush(self) -> None:
        """Bring the cells up to date, and forget the fields."""
        for named, times in zip(COLUMNS, self.times, strict=True):
            for field, number in times.items():
                for dimension, value in named[field]:
                    self.cells[dimension][value].count += number
        self.forget()

    def add(self, other: Week, k: int) -> None:
        """Add what another process counted in the same week."""
        for dimension in DIMENSIONS:
            for value, cell in other.cells[dimension].items():
                self.cells[dimension].setdefault(value, Cell()).add(cell, k)
            self.rest[dimension].add(other.rest[dimension], k)


class Tally:
    """What one log holds: lines, those rejected by reason, and the cells of each week and dimension.

    Several processes that were forked from one may each count a part of a log with the same `key` and be added up.
    """

    def __init__(self, k: int, kind: str, key: str = "") -> None:
        self.k, self.kind = k, kind
        self.key = key or secrets.token_hex(16)
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        self.accepted = 0
        self.rejected: Counter[str] = Counter()
        self.weeks: dict[date, Week] = {}

    def nothing_yet(self) -> None:
        """Set all counts to nothing, and keep what is known of fields and sources: for another part of the same log."""
        self.flush()
        self.accepted = 0
        self.rejected.clear()
        for week in self.weeks.values():
            for cell in (
                *week.rest.values(),
                *(cell for cells in week.cells.values() for cell in cells.values()),
            ):
                cell.count = 0

    @property
    def number(self) -> int:
        """Lines, accepted or not."""
        return self.accepted + sum(self.rejected.values())

    def lines(self, text: bytes) -> None:
        """Count whole lines, each with its end."""
        for block in whole_lines(text, BLOCK):
            self._block(block)

    def _block(self, block: bytes) -> None:
        columns, rejected = read(block, self.kind)
        self.rejected.update(rejected)
        weeks: dict[date | None, set[str]] = {}
        for written in set(columns.days):
            day = DAYS[written]
            weeks.setdefault(day and monday_of(day), set()).add(written)
        for week, days in weeks.items():
            self._week(week, columns if len(weeks) == 1 else columns.only(days))
        fields = sum(len(times) for week in self.weeks.values() for times in week.times)
        if fields > MOST_FIELDS or sum(week.held for week in self.weeks.values()) > MOST_BYTES:
            self.flush()

    def _week(self, week: date | None, columns: Columns) -> None:
        heads, days, requests, referrers, agents = columns
        if week is None or (week not in self.weeks and len(self.weeks) >= MOST_WEEKS):
            self.rejected["too many weeks" if week else "no such day"] += len(heads)
            return
        self.accepted += len(heads)
        # What comes only once in a log stands behind the question mark, or behind the host: it isn't looked at.
        requests = [field.partition("?")[0] if "?" in field else field for field in requests]
        referrers = [field[:end] if (end := field.find("/", 8)) > 0 else field for field in referrers]
        self.weeks.setdefault(week, Week()).count(
            heads, (days, requests, referrers, agents), self.k, self.key
        )

    def flush(self) -> None:
        """Bring the cells up to date, and drop names where there are too many."""
        for week in self.weeks.values():
            week.flush()
        self._tidy()

    def _tidy(self) -> None:
        named = [
            (cell.sources is None, cell.count, when, dimension, value)
            for when, week in self.weeks.items()
            for dimension, cells in week.cells.items()
            for value, cell in cells.items()
        ]
        if len(named) <= MOST_CELLS:
            return
        named.sort()
        for _, _, when, dimension, value in named[: len(named) - MOST_CELLS // 2]:
            week = self.weeks[when]
            week.rest[dimension].add(week.cells[dimension].pop(value), self.k)

    def finish(self) -> Tally:
        """Leave nothing but counts and sources; itself."""
        self.flush()
        return self

    def add(self, other: Tally) -> None:
        """Add what another process counted of the same log."""
        self.accepted += other.accepted
        self.rejected.update(other.rejected)
        for when, week in other.weeks.items():
            self.weeks.setdefault(when, Week()).add(week, self.k)
        self._tidy()
