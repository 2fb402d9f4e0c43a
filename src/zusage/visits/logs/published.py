"""Which counts may leave a log: those that at least `k` sources stand behind. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import date

from zusage.visits.logs.tally import Cell, Tally, Week
from zusage.visits.logs.values import DIMENSIONS
from zusage.visits.publish import OTHER


def shown(cells: dict[str, Cell], rest: Cell, k: int) -> Counter[str]:
    """How often each value came, the most frequent first; what fewer than `k` sources stand behind is ``other``.

    Where all that is ``other`` would come from fewer than `k` itself, the difference to a total would tell it: then
    the least frequent of the others joins it. Where nothing is frequent, there is only ``other``.
    """
    named = sorted(
        ((cell.count, value) for value, cell in cells.items() if cell.sources is None and cell.count),
        key=lambda pair: (-pair[0], pair[1]),
    )
    other = Cell()
    for cell in (rest, *cells.values()):
        if cell is rest or cell.sources is not None:
            other.add(cell, k)
    if other.count and other.sources is not None and named:
        other.add(Cell(named.pop()[0], None), k)
    found = Counter({value: count for count, value in named})
    if other.count:
        found[OTHER] += other.count
    return found


def of_log(tally: Tally) -> dict[str, Counter[str]]:
    """By dimension, what a log shows as a whole."""
    whole = Week()
    for week in tally.weeks.values():
        whole.add(week, tally.k)
    return _tables(whole, tally.k)


def of_weeks(tally: Tally) -> dict[date, dict[str, Counter[str]]]:
    """By Monday and dimension, what each week shows by itself: this is what is stored."""
    return {monday: _tables(week, tally.k) for monday, week in sorted(tally.weeks.items())}


def _tables(week: Week, k: int) -> dict[str, Counter[str]]:
    return {dimension: shown(week.cells[dimension], week.rest[dimension], k) for dimension in DIMENSIONS}
