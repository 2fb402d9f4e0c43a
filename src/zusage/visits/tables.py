"""The tables of a period as they are published: the page, the plots, CSV and JSON show these and nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from zusage.visits.models import PORTAL, Choice, Count, Pending, View
from zusage.visits.period import Asked
from zusage.visits.publish import OTHER, TOTAL, Week, monday_of, publish, summed

BY_DAY = 8
"""Up to so many weeks, visits are shown day by day."""
SETTLED = timedelta(days=8)
"""From its Monday on: a day after the week's end nothing that was under way is left to come in."""
WEEK = "week"
SHOWN = ("page", "referrer_host", "hour", "browser", "system", "robot", "choice", "topic")


class Line(NamedTuple):
    """One number of a table. `running`: of the week that isn't over, rounded down.

    None: a week with fewer than k, or a day that isn't shown by itself.
    """

    value: str
    number: int | None
    running: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """`over_time`: WEEK or TOTAL (by day), the tables' dimension; `tables` by dimension, in the order of the page.

    `total`: page views in all weeks that show any. `small`: weeks with fewer than k. `running`: whether the last week
    isn't over.
    """

    total: int
    over_time: str
    tables: dict[str, list[Line]]
    small: int
    running: bool

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look at."""
        return not self.total and not self.small


def published(asked: Asked, k: int, today: date) -> Published:
    """What is shown for `asked`."""
    weeks = _weeks(asked, k, today)
    by_day = len(weeks) <= BY_DAY
    over_time = TOTAL if by_day else WEEK
    lines = _days(weeks, today) if by_day else _totals(weeks)
    tables = {over_time: lines}
    sums = summed(weeks)
    for dimension in SHOWN:
        cells = sums.get(dimension, {})
        found = [Line(value, number) for value, number in cells.items()]
        if dimension == "hour":
            found.sort(key=lambda line: (line.value == OTHER, line.value))
        if found:
            tables[dimension] = found
    total = sum(week.total or 0 for week in weeks)
    small = sum(week.total is None for week in weeks)
    return Published(total, over_time, tables, small, not weeks[-1].complete)


def _weeks(asked: Asked, k: int, today: date) -> list[Week]:
    until = asked.last + timedelta(days=6)
    rows = Count.objects.filter(source=asked.source, day__range=(asked.first, until))
    counts: dict[date, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for day, dimension, value, number in rows.values_list("day", "dimension", "value", "count").iterator():
        monday = monday_of(day)
        # A log's days may lack their names already, where few sources stand behind them.
        cell = day.isoformat() if dimension == TOTAL and value != OTHER else value
        counts[monday][dimension][cell] += number
    unsettled = _unsettled(asked, until)
    return [
        publish(monday, counts.get(monday, {}), k, today - monday >= SETTLED and monday not in unsettled)
        for monday in asked.mondays
    ]


def _unsettled(asked: Asked, until: date) -> set[date]:
    """Weeks of which something still waits for its evaluation."""
    if asked.source != PORTAL:
        return set()
    pending = Pending.objects.filter(week__range=(asked.first, asked.last)).values_list("week", flat=True)
    raw = (
        table.objects.filter(day__range=(asked.first, until)).values_list("day", flat=True).distinct()
        for table in (View, Choice)
    )
    return {*pending.distinct(), *(monday_of(day) for days in raw for day in days)}


def _totals(weeks: Iterable[Week]) -> list[Line]:
    return [Line(iso_week(week.monday), week.total, not week.complete) for week in weeks]


def _days(weeks: Iterable[Week], today: date) -> list[Line]:
    """Each day, and after a week what its days have that are too small to be told apart."""
    lines = []
    for week in weeks:
        cells = week.tables.get(TOTAL, {})
        days = [week.monday + timedelta(days=n) for n in range(7)]
        for day in days:
            # Where something is hidden, a day without a number is one of those that it hides.
            hides = OTHER in cells or week.total is None or (not week.complete and week.total > 0)
            missing = None if hides else 0
            if day <= today:
                lines.append(Line(day.isoformat(), cells.get(day.isoformat(), missing), not week.complete))
        if OTHER in cells:
            lines.append(Line(iso_week(week.monday), cells[OTHER], not week.complete))
    return lines


def iso_week(monday: date) -> str:
    """``2026-W41``."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"
