"""Counts of one log, and of how many sources each came from, as far as that matters: until there are `k` of them.

A source is an address. It is known here by a hash under a key that was drawn for this log and is forgotten with it,
held in memory only, and dropped for a value as soon as `k` sources have come with it.
"""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import date, timedelta
from itertools import compress, islice

from zusage.visits.logs.lines import Columns, read, whole_lines
from zusage.visits.logs.values import COLUMNS, DAYS, DIMENSIONS

BLOCK = 128 * 1024
"""Lines are counted so many bytes at a time: what is made of them stays in the processor's cache."""
MOST_CELLS = 50_000
"""Values that are told apart in a log, each week and dimension by itself. Beyond, the rarest half joins ``other``."""
MOST_WEEKS = 1_000
MOST_FIELDS = 50_000
MOST_BYTES = FLUSH_BYTES = 16 * 1024 * 1024
"""Fields as they were written are held by so many, or so long, in a column; and read whenever so much was counted."""

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

    def count(self, heads: list[str], columns: tuple[list[str], ...], k: int, key: bytes) -> None:
        """Count lines of this week. A field is read when it is new; sources are looked at while its cells lack some."""
        for column, fields in enumerate(columns):
            times, lacking = self.times[column], self.lacking[column]
            before = len(times)
            times.update(fields)
            for field in islice(reversed(times), len(times) - before):
                self._welcome(column, field)
            if not lacking:
                continue
            for field, head in compress(
                zip(fields, heads, strict=True), list(map(lacking.__contains__, fields))
            ):
                source = hash(key + head.split(None, 1)[0].encode("latin-1"))
                lacks = False
                for cell in lacking.get(field, ()):
                    known = cell.sources
                    if known is not None and source not in known:
                        known = cell.sources = (*known, source) if len(known) < k - 1 else None
                    lacks = lacks or known is not None
                if not lacks:
                    lacking.pop(field, None)

    def _welcome(self, column: int, field: str) -> None:
        """A field that is new since the last flush: its cells, made where they are new too."""
        found = tuple(
            self.cells[dimension].setdefault(value, Cell()) for dimension, value in COLUMNS[column][field]
        )
        if any(cell.sources is not None for cell in found):
            self.lacking[column][field] = found

    def flush(self) -> None:
        """Bring the cells up to date, and forget fields where there are too many of them."""
        for column, times in enumerate(self.times):
            read = COLUMNS[column]
            for field, number in times.items():
                if number:
                    for dimension, value in read[field]:
                        self.cells[dimension].setdefault(value, Cell()).count += number
            if len(times) > MOST_FIELDS or sum(map(len, times)) > MOST_BYTES:
                times.clear()
                self.lacking[column].clear()
            else:
                self.times[column].subtract(times)

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

    def __init__(self, k: int, kind: str, key: bytes = b"") -> None:
        self.k, self.kind = k, kind
        self.key = key or secrets.token_bytes(16)
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        self.accepted = 0
        self.rejected: Counter[str] = Counter()
        self.weeks: dict[date, Week] = {}
        self._unread = 0

    def empty(self) -> Tally:
        """One for another part of the same log."""
        return Tally(self.k, self.kind, self.key)

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
            weeks.setdefault(day and monday(day), set()).add(written)
        for week, days in weeks.items():
            self._week(week, columns if len(weeks) == 1 else columns.only(days))
        self._unread += len(block)
        if self._unread >= FLUSH_BYTES:
            self.flush()

    def _week(self, week: date | None, columns: Columns) -> None:
        heads, days, requests, referrers, agents = columns
        if week is None or (week not in self.weeks and len(self.weeks) >= MOST_WEEKS):
            self.rejected["too many weeks" if week else "no such day"] += len(heads)
            return
        self.accepted += len(heads)
        # Nobody reads on beyond a question mark, and most of what comes only once in a log stands there.
        requests = [field.partition("?")[0] if "?" in field else field for field in requests]
        referrers = [field.partition("?")[0] if "?" in field else field for field in referrers]
        self.weeks.setdefault(week, Week()).count(
            heads, (days, requests, referrers, agents), self.k, self.key
        )

    def flush(self) -> None:
        """Bring the cells up to date, and drop names where there are too many."""
        self._unread = 0
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
        for week in self.weeks.values():
            week.forget()

    def finish(self) -> Tally:
        """Leave nothing but counts and sources; itself."""
        self.flush()
        for week in self.weeks.values():
            week.forget()
        return self

    def add(self, other: Tally) -> None:
        """Add what another process counted of the same log."""
        self.accepted += other.accepted
        self.rejected.update(other.rejected)
        for when, week in other.weeks.items():
            self.weeks.setdefault(when, Week()).add(week, self.k)
        self._tidy()


def monday(day: date) -> date:
    """The first day of its ISO week."""
    return day - timedelta(days=day.weekday())
