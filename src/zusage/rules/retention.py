"""How long a thing may be kept."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from zusage.policy.types import Retention, Unit

_MINUTES_A_DAY = 24 * 60


def expires(retention: Retention, start: date) -> date:
    """The last day on which a thing may be kept whose period starts by what happened on `start`.

    Days are counted from the day after `start`; months and years end on the day of the same number, or on the last
    day of a month that has no such day (OR 77, BGB 188(3)): one year from 29 February ends on 28 February.
    `financial-year-end` starts the period on 31 December of that year. Minutes count as the days they may reach into:
    up to 1440 of them, the day after `start`. A period beyond the calendar ends with the calendar.
    """
    begin = date(start.year, 12, 31) if retention.start == "financial-year-end" else start
    return later(begin, retention.length, retention.unit)


def over(retention: Retention, start: date, today: date) -> bool:
    """Whether the period is over: `today` is past the last day."""
    return today > expires(retention, start)


def later(begin: date, length: int, unit: Unit) -> date:
    """The day on which a period of `length` units ends that what happened on `begin` started: see `expires`."""
    try:
        if unit == "minutes":
            return begin + timedelta(days=-(-length // _MINUTES_A_DAY))
        if unit == "days":
            return begin + timedelta(days=length)
        return _months_later(begin, length * (12 if unit == "years" else 1))
    except (OverflowError, ValueError):
        return date.max


def _months_later(begin: date, months: int) -> date:
    years, month = divmod(begin.month - 1 + months, 12)
    year = begin.year + years
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(begin.day, monthrange(year, month + 1)[1]))
