"""The clock of a request and of a breach: until when, how long at most, when to remind, what day that is.

A term runs from the day after receipt. Days are counted; a month ends on the day of the same number, or on the last
day of a month that has no such day (Art. 3 Reg. 1182/71, BGB 187/188, OR 77). A due date on a Saturday, Sunday or
holiday stays where it is: see decision 0015. `Day` says which day is the last one to work on it.

Every function takes the id of a regime in `law.toml`, and raises KeyError for another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from zusage.policy.law import Right, law, regimes
from zusage.policy.types import Controller, Language
from zusage.rules.holidays import Calendar, Holiday, holidays, is_free
from zusage.rules.holidays import home as home_of
from zusage.rules.problems import Problem
from zusage.rules.retention import later

Urgency = Literal["overdue", "today", "soon", "calm"]
Weekend = Literal["", "saturday", "sunday"]


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """A fee was announced: the last day to confirm, and the due date of the answer if the person does."""

    confirm_by: date
    due: date


@dataclass(frozen=True, slots=True)
class Day:
    """A due date as people see it. `left`: days from today, negative once it is over.

    `last_working_day`: the due date itself, or the last day before it on which the controller works.
    """

    due: date
    left: int
    urgency: Urgency
    weekend: Weekend
    holidays: tuple[Holiday, ...]
    last_working_day: date


def due(received: date, regime: str, right: Right = "access") -> date:
    """The last day to answer or refuse a request that was received on `received`."""
    term = regimes()[regime].term(right)
    return later(received, term.length, term.unit)


def earliest(received: date, names: Iterable[str], right: Right = "access") -> tuple[str, date]:
    """The regime of `names` that is due first, and when; of several the one named first. ValueError for none."""
    return min(((name, due(received, name, right)) for name in names), key=lambda one: one[1])


def extended(received: date, regime: str, right: Right = "access") -> date | None:
    """The latest lawful day after an extension; None where the law sets none and the controller names a day itself.

    Counted from the end of the first term (BGB 190), which is never later than counting from receipt.
    """
    extension = regimes()[regime].extension
    if not extension.length:
        return None
    return later(due(received, regime, right), extension.length, extension.unit)


def put_off(received: date, regime: str, told: date, until: date, right: Right = "access") -> date:
    """`until` as the new due date, if the person is told on `told`.

    Problems: extension-late (the first term is over), extension-not-later (`until` is within it), extension-far.
    """
    first, latest = due(received, regime, right), extended(received, regime, right)
    if told > first:
        raise Problem("extension-late")
    if until <= first:
        raise Problem("extension-not-later", due=_written(first))
    if latest and until > latest:
        raise Problem("extension-far", latest=_written(latest))
    return until


def after_fee(announced: date, regime: str, right: Right = "access") -> FeeTerms | None:
    """The terms once a fee was announced; None where the regime knows no such fee.

    The term to answer starts when the time to confirm is over, however early the person confirms (DSV 19(3)).
    """
    fee = regimes()[regime].fee
    if fee is None:
        return None
    confirm_by = later(announced, fee.confirm_days, "days")
    return FeeTerms(confirm_by, due(confirm_by, regime, right))


def breach_due(noticed: datetime, regime: str) -> datetime | None:
    """When the authority has to know at the latest, in `noticed`'s time zone; None means as soon as possible.

    Hours pass also on weekends and through a change of the clocks. ValueError for a time without a zone.
    """
    if noticed.tzinfo is None:
        raise ValueError("A time without a zone could be any of 24 hours.")
    hours = regimes()[regime].breach.hours
    if not hours:
        return None
    return (noticed.astimezone(UTC) + timedelta(hours=hours)).astimezone(noticed.tzinfo)


def reminders_due(due: date, today: date, already: Collection[int]) -> list[int]:
    """The reminder to send now, as days before `due`, in a list of one, or nothing.

    A missed reminder is caught up by the latest one alone. `already`: those sent for this very due date; after an
    extension it starts empty again.
    """
    passed = [days for days in law().clock.reminders if (due - today).days <= days]
    return [passed[-1]] if passed and passed[-1] not in already else []


def calendars(controller: Controller, regime: str) -> tuple[Calendar, ...]:
    """Whose holidays to show beside a due date: the controller's, who works on it, then the regime's country's."""
    home = home_of(controller)
    abroad = regimes()[regime].country
    return (home,) if abroad == home.country else (home, Calendar(abroad))


def day(due: date, today: date, language: Language, places: tuple[Calendar, ...]) -> Day:
    """`due` as it is shown on `today`. `places`: see `calendars`; work rests on the holidays of the first."""
    return Day(
        due,
        (due - today).days,
        urgency(due, today),
        _weekend(due),
        tuple(found for one in places for found in holidays(due, one, language)),
        last_working_day(due, places[0]),
    )


def urgency(due: date, today: date) -> Urgency:
    """How near `due` is."""
    left = (due - today).days
    if left < 0:
        return "overdue"
    if left == 0:
        return "today"
    return "soon" if left <= law().clock.soon else "calm"


def last_working_day(due: date, calendar: Calendar) -> date:
    """`due`, or the last day before it that is neither Saturday, Sunday nor a holiday."""
    found = due
    while found > date.min and (found.weekday() >= 5 or is_free(found, calendar)):
        found -= timedelta(days=1)
    return found


def _weekend(due: date) -> Weekend:
    weekend: tuple[Weekend, ...] = ("", "", "", "", "", "saturday", "sunday")
    return weekend[due.weekday()]


def _written(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"
