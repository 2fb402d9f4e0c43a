"""Instalments: what a wish for a plan comes to, whether the rules allow it, and if not, the nearest that they do.

One instalment a calendar month, all of the wished rate but the last, which takes what is left. Dates only, no moments:
daylight saving can't move them. Whoever pays all at once may, whatever the smallest instalment is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from itertools import count, islice
from typing import Literal, NamedTuple

from zusage.policy.plans import Band, Terms
from zusage.rules import holidays
from zusage.rules.days import in_month
from zusage.rules.money import ZERO, checked
from zusage.rules.problems import Problem

LONGEST = 600
"""Instalments: fifty years. More are allowed by no rules, and shown by no page."""
APART = 15
"""Days at least between a first payment on a day of its own and the second, which is on the wished day."""


Reason = Literal[
    "rate-too-small", "share-too-small", "too-many", "single-payment", "last-too-small", "first-too-late"
]


@dataclass(frozen=True, slots=True)
class Wish:
    """`rate` a month on `day` (1 to 31; 31 is the last of each month). `first`: a day of its own for the first one."""

    rate: Decimal
    day: int
    first: date | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """The `number`th payment, counted from 1, due on a bank day."""

    number: int
    due: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a wish is allowed, and why not.

    `instalments`: what the wish itself would be, allowed or not, at most LONGEST of them. `nearest`: the allowed wish
    that is nearest, with its instalments; of an allowed wish, itself. None only where no wish at all is allowed.
    """

    allowed: bool
    reasons: tuple[Reason, ...]
    instalments: tuple[Instalment, ...]
    nearest: Wish | None
    nearest_instalments: tuple[Instalment, ...]


def judge(
    balance: Decimal, wish: Wish, today: date, terms: Terms, calendar: holidays.Calendar, unit: Decimal
) -> Verdict:
    """What `wish` for a debt of `balance` comes to under `terms`, proposed `today`; amounts in steps of `unit`.

    `balance` and rate are brought to the unit first (half of one upwards). Without a `first` day, the first payment is
    on the next wished day, or earlier where that is too far ahead. Problems: amount-… of balance and rate, day-range;
    date-past where `first` isn't ahead, date-impossible where it is in another century.
    """
    _check(balance, wish, today)
    whole, rate = units(balance, unit), units(wish.rate, unit)
    if whole == 0:
        raise Problem("amount-zero")
    limits = _limits(whole, terms.band(balance), unit)
    latest = _bank_day_until(today + timedelta(days=terms.first_days), today, calendar)
    first = wish.first or _first(wish.day, today, latest)
    reasons = _reasons(whole, rate, limits)
    if latest is None or first > latest:
        reasons += ("first-too-late",)
    made = _instalments(whole, max(rate, 1), wish.day, first, calendar, unit)
    if not reasons:
        return Verdict(True, (), made, wish, made)
    if latest is None:
        return Verdict(False, reasons, made, None, ())
    rate = _nearest_rate(whole, rate, limits)
    nearest = Wish(rate * unit, wish.day, latest if first > latest else wish.first)
    plan = _instalments(whole, rate, wish.day, min(first, latest), calendar, unit)
    return Verdict(False, reasons, made, nearest, plan)


def following(day: int, today: date, many: int, calendar: holidays.Calendar) -> tuple[date, ...]:
    """`many` due dates on `day` of each month, all of them after `today`: for a plan that goes on after a rest."""
    return tuple(islice(_dates(day, _first(day, today, None), calendar), many))


def units(amount: Decimal, unit: Decimal) -> int:
    """`amount` in whole units, half of one upwards."""
    return int((amount / unit).to_integral_value(ROUND_HALF_UP))


def least_rate(balance: Decimal, share: Decimal, unit: Decimal) -> Decimal:
    """The smallest rate that is `share` percent of `balance` or more, in steps of `unit`."""
    return _upwards(units(balance, unit) * unit * share / 100, unit) * unit


def bank_day(day: date, calendar: holidays.Calendar) -> date:
    """`day`, or the next day on which banks are open: no Saturday, no Sunday, no holiday."""
    while day.weekday() >= 5 or holidays.is_free(day, calendar):
        day += timedelta(days=1)
    return day


@dataclass(frozen=True, slots=True)
class _Limits:
    """What a band asks of a balance, in units: each instalment, the rate as a share, how many; or all at once."""

    smallest: int
    share: int
    most: int
    single: bool


def _limits(whole: int, band: Band, unit: Decimal) -> _Limits:
    smallest, share = (
        min(whole, max(1, _upwards(amount, unit)))
        for amount in (band.smallest, least_rate(whole * unit, band.share, unit))
    )
    return _Limits(smallest, share, min(band.most or LONGEST, LONGEST), band.single)


def _upwards(amount: Decimal, unit: Decimal) -> int:
    """`amount` in whole units, upwards."""
    return int((amount / unit).to_integral_value(ROUND_CEILING))


def _reasons(whole: int, rate: int, limits: _Limits) -> tuple[Reason, ...]:
    """Why `rate` isn't allowed; the date is another matter."""
    if rate >= whole:
        return ()
    if limits.single:
        return ("single-payment",)
    rate = max(rate, 0)
    many, last = _parted(whole, rate) if rate else (LONGEST + 1, 0)
    found: list[Reason] = []
    if rate < limits.smallest:
        found.append("rate-too-small")
    elif last < limits.smallest:
        found.append("last-too-small")
    if rate < limits.share:
        found.append("share-too-small")
    if many > limits.most:
        found.append("too-many")
    return tuple(found)


def _nearest_rate(whole: int, rate: int, limits: _Limits) -> int:
    """The allowed rate that is nearest to `rate`, the lower of two; all at once is always allowed.

    For each number of instalments, the allowed rates are one interval: at least a share that makes them that many, at
    most what leaves the smallest instalment for the last.
    """
    nearest = whole
    for many in range(2, 1 if limits.single else limits.most + 1):
        lowest = max(limits.smallest, limits.share, -(-whole // many))
        highest = (whole - limits.smallest) // (many - 1)
        if lowest <= highest:
            nearest = min(nearest, min(max(rate, lowest), highest), key=lambda one: (abs(one - rate), one))
    return nearest


def _parted(whole: int, rate: int) -> tuple[int, int]:
    """How many instalments of `rate` make `whole`, and what the last one is."""
    many = -(-whole // rate)
    return many, whole - (many - 1) * rate


def _instalments(
    whole: int, rate: int, day: int, first: date, calendar: holidays.Calendar, unit: Decimal
) -> tuple[Instalment, ...]:
    many, last = _parted(whole, min(rate, whole))
    dates = islice(_dates(day, first, calendar), min(many, LONGEST))
    return tuple(
        Instalment(number, due, (last if number == many else rate) * unit)
        for number, due in enumerate(dates, start=1)
    )


def _dates(day: int, first: date, calendar: holidays.Calendar) -> Iterator[date]:
    """`first`, then `day` of each month, from the first that comes APART days later; moved to bank days; endless."""
    due = bank_day(first, calendar)
    yield due
    for month in count(first.year * 12 + first.month - 1):
        named = in_month(month // 12, month % 12 + 1, day)
        if named >= due + timedelta(days=APART):
            yield bank_day(named, calendar)


def _first(day: int, today: date, latest: date | None) -> date:
    """The next `day` after `today`; the `latest` first day, where that is earlier."""
    named = in_month(today.year, today.month, day)
    if named <= today:
        following = today.replace(day=1) + timedelta(days=31)
        named = in_month(following.year, following.month, day)
    return min(named, latest or named)


def _bank_day_until(day: date, after: date, calendar: holidays.Calendar) -> date | None:
    """The last bank day up to `day`; None if there is none later than `after`."""
    while day > after and day != bank_day(day, calendar):
        day -= timedelta(days=1)
    return day if day > after else None


def _check(balance: Decimal, wish: Wish, today: date) -> None:
    for amount in (balance, wish.rate):
        if checked(amount) == 0:
            raise Problem("amount-zero")
    if not 1 <= wish.day <= 31:
        raise Problem("day-range")
    if wish.first and wish.first <= today:
        raise Problem("date-past")
    if wish.first and wish.first.year > today.year + 100:
        raise Problem("date-impossible")


class Paid(NamedTuple):
    """An instalment and what came in for it."""

    due: date
    amount: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a plan stands. Numbers of instalments, counted from 1.

    `due_unpaid`: due and not wholly paid, `missed`: those whose days of grace are over. `in_row`: the longest row of
    missed ones. `ends`: so long a row ends the plan. `done`: all is paid; `over`: what came in beyond.
    """

    due_unpaid: tuple[int, ...]
    missed: tuple[int, ...]
    in_row: int
    ends: bool
    done: bool
    over: Decimal


def standing(instalments: Sequence[tuple[date, Decimal, Decimal]], today: date, terms: Terms) -> Standing:
    """Where a plan of `instalments` (due, amount, paid; in their order) stands `today`.

    What was paid for one beyond its amount counts for the first that are open: nobody misses what is paid already.
    """
    spare = sum((max(paid - amount, ZERO) for _, amount, paid in instalments), ZERO)
    open_, due_unpaid, missed = False, [], []
    in_row = longest = 0
    for number, (due, amount, paid) in enumerate(instalments, start=1):
        lacking = max(amount - paid, ZERO)
        used = min(spare, lacking)
        spare, lacking = spare - used, lacking - used
        late = bool(lacking) and today > due + timedelta(days=terms.grace_days)
        in_row = in_row + 1 if late else 0
        longest, open_ = max(longest, in_row), open_ or bool(lacking)
        if lacking and due <= today:
            due_unpaid.append(number)
        if late:
            missed.append(number)
    ends = longest >= terms.missed_in_row
    return Standing(tuple(due_unpaid), tuple(missed), longest, ends, not open_, spare)


def shares(total: Decimal, balances: Sequence[Decimal], unit: Decimal) -> tuple[Decimal, ...]:
    """`total` parted in proportion to `balances`, in steps of `unit`; their sum is `total` exactly.

    The steps that are left over go to the largest remainders, the first of equal ones. Problems: amount-negative;
    amount-zero, where there is something to part and nothing to part it by.
    """
    if total < 0 or any(balance < 0 for balance in balances):
        raise Problem("amount-negative")
    whole = sum(balances, ZERO)
    if not whole:
        if total:
            raise Problem("amount-zero")
        return tuple(ZERO for _ in balances)
    exact = [total * balance / whole for balance in balances]
    parts = [one // unit * unit for one in exact]
    for at in sorted(range(len(parts)), key=lambda at: parts[at] - exact[at]):
        step = min(unit, total - sum(parts, ZERO))
        parts[at] += step
    return tuple(parts)
