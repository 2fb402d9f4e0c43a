"""Which numbers are shown: whole weeks, nothing below k, nothing that follows from the rest.

Pure, and the only way to the page, to CSV and to JSON. A week is published once and for all by its own counts; a
longer period is the sum of its published weeks. So whatever anybody computes from two periods, they could have
added up from single weeks, in which no number below k stands.

The running week is rounded down to multiples of k, so that looking again an hour later shows no single visit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

OTHER = "other"
"""The cell that takes up all that are too small to be shown; an evaluation leaves it by the same name."""
TOTAL = "day"
"""The dimension that counts every page view once, by day: what all of PARTS add up to."""
PARTS = ("hour", "page", "browser", "system", "referrer_host")
ROBOT = "robot"
"""Visits by people, which are the week's total, and beside them those by robots."""

Cells = Mapping[str, int]
"""How often each value of one dimension came in one week. Under OTHER, what has no name."""


@dataclass(frozen=True, slots=True)
class Week:
    """What is published of one week. `tables`: by dimension, then value; without what is hidden, and without zeros.

    `total`: page views; None where there were fewer than k, and then there are no tables.
    """

    monday: date
    complete: bool
    total: int | None = 0
    tables: Mapping[str, Cells] = field(default_factory=dict)


def monday_of(day: date) -> date:
    """The Monday of the ISO week of `day`."""
    return day - timedelta(days=day.weekday())


def publish(monday: date, counts: Mapping[str, Cells], k: int, complete: bool) -> Week:
    """What may be shown of a week. `counts`: its cells by dimension. `complete`: they won't change any more.

    A part that adds up to less than the week's total has the difference in its other cell: else it could be had by
    subtraction. ValueError for a k below 1 or a negative count.
    """
    if k < 1 or any(number < 0 for cells in counts.values() for number in cells.values()):
        raise ValueError("k is at least 1, and no count is negative")
    total = sum(counts.get(TOTAL, {}).values()) or max(
        (sum(counts.get(part, {}).values()) for part in PARTS), default=0
    )
    if not total and not any(map(any_at_all, counts.values())):
        return Week(monday, complete)
    if total < k:
        return Week(monday, complete, None)
    tables = {}
    for dimension, cells in counts.items():
        unnamed = max(0, total - sum(cells.values())) if dimension in PARTS else 0
        shown = _beside(cells, total, k) if dimension == ROBOT else suppressed(cells, k, unnamed)
        tables[dimension] = shown if complete else rounded(shown, k)
    return Week(
        monday,
        complete,
        total if complete else total - total % k,
        {dimension: cells for dimension, cells in tables.items() if cells},
    )


def any_at_all(cells: Cells) -> bool:
    """Whether anything was counted there."""
    return any(cells.values())


def suppressed(cells: Cells, k: int, unnamed: int = 0) -> dict[str, int]:
    """`cells` without any number in 1..k-1, the sum kept; nothing at all where the whole is below k.

    What is below k goes into OTHER, to which `unnamed` belongs from the start. Where that is still below k, it would
    show a small cell after all: the smallest of the others joins it, and so on. Largest first, OTHER last.
    """
    rest = unnamed + sum(number for value, number in cells.items() if value == OTHER or number < k)
    shown = sorted(
        ((value, number) for value, number in cells.items() if value != OTHER and number >= k),
        key=lambda cell: (-cell[1], cell[0]),
    )
    while 0 < rest < k and shown:
        rest += shown.pop()[1]
    if 0 < rest < k:
        return {}
    return {**dict(shown), **({OTHER: rest} if rest else {})}


def _beside(cells: Cells, total: int, k: int) -> dict[str, int]:
    """The table of robots. Where the total leaves them out, it shows the people by itself: robots stand alone then."""
    people = next((value for value, number in cells.items() if number == total), None)
    if people is None or sum(cells.values()) == total:
        return suppressed(cells, k)
    alone = suppressed({value: number for value, number in cells.items() if value != people}, k)
    return {people: total, **alone}


def rounded(cells: Cells, k: int) -> dict[str, int]:
    """`cells` rounded down to multiples of `k`, without those that are nothing then."""
    return {value: number - number % k for value, number in cells.items() if number >= k}


def summed(weeks: Iterable[Week]) -> dict[str, dict[str, int]]:
    """The tables of a period: its published weeks added up. Largest first, OTHER last."""
    sums: dict[str, Counter[str]] = {}
    for week in weeks:
        for dimension, cells in week.tables.items():
            sums.setdefault(dimension, Counter()).update(cells)
    return {dimension: in_order(cells) for dimension, cells in sums.items()}


def in_order(cells: Cells) -> dict[str, int]:
    """Largest first, then by value; OTHER last, whatever its size."""
    return dict(sorted(cells.items(), key=lambda cell: (cell[0] == OTHER, -cell[1], cell[0])))
