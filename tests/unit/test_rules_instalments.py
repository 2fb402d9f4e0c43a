"""Plans of instalments: what always holds, whatever is owed and wished; then the reference rules by example."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zusage.policy.plans import Band, Terms
from zusage.rules import instalments
from zusage.rules.days import in_month
from zusage.rules.holidays import Calendar, is_free
from zusage.rules.instalments import LONGEST, Reason, Verdict, Wish, judge, shares, standing
from zusage.rules.problems import Problem

CENT, FIVE = Decimal("0.01"), Decimal("0.05")
ZURICH = Calendar("CH", "ZH")
CALENDARS = (ZURICH, Calendar("CH", "TI"), Calendar("DE", "BY"))
TODAY = date(2026, 11, 30)  # a Monday


def band(up_to: str | None, smallest: str = "0", share: str = "0", most: int | None = None) -> Band:
    return Band(Decimal(up_to) if up_to else None, False, Decimal(smallest), Decimal(share), most)


HOUSE = Terms(
    (
        Band(Decimal(200), True, Decimal(0), Decimal(0), None),
        band("1000", smallest="100", most=4),
        band(None, share="10"),
    ),
    first_days=30,
    missed_in_row=2,
    grace_days=5,
)


def amounts(most: str = "99999999.99") -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal("0.05"), Decimal(most), places=2)


def dates(year: int = 2024) -> st.SearchStrategy[date]:
    return st.dates(date(year, 1, 1), date(2040, 12, 31))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Rules of one to three bands: any that a tenant could write, and many that none would."""
    bounds = sorted(draw(st.sets(amounts("5000"), max_size=2)))
    bands = tuple(
        Band(
            bound,
            draw(st.booleans()),
            draw(st.one_of(st.just(Decimal(0)), amounts("500"))),
            Decimal(draw(st.integers(0, 100))),
            draw(st.none() | st.integers(1, 60)),
        )
        for bound in (*bounds, None)
    )
    return Terms(bands, draw(st.integers(1, 60)), 2, 5)


@st.composite
def judged(draw: st.DrawFn) -> tuple[Decimal, Wish, date, Terms, Calendar, Decimal, Verdict]:
    """A wish and what was said to it; balances and rates small ones mostly, as debts are."""
    size = draw(st.sampled_from(("300", "3000", "99999999.99")))
    balance, rate, today = draw(amounts(size)), draw(amounts(size)), draw(dates())
    first = draw(st.none() | st.dates(today + timedelta(days=1), today + timedelta(days=90)))
    wish = Wish(rate, draw(st.integers(1, 31)), first)
    rules, calendar, unit = (
        draw(st.one_of(st.just(HOUSE), terms())),
        draw(st.sampled_from(CALENDARS)),
        draw(st.sampled_from((CENT, FIVE))),
    )
    return balance, wish, today, rules, calendar, unit, judge(balance, wish, today, rules, calendar, unit)


@given(judged())
def test_what_always_holds_of_a_plan(
    case: tuple[Decimal, Wish, date, Terms, Calendar, Decimal, Verdict],
) -> None:
    balance, wish, today, rules, calendar, unit, verdict = case
    total = instalments.units(balance, unit) * unit
    band = rules.band(balance)
    assert verdict.allowed is not bool(verdict.reasons)
    assert 1 <= len(verdict.instalments) <= LONGEST
    for plan in (verdict.instalments, verdict.nearest_instalments):
        assert [one.number for one in plan] == list(range(1, len(plan) + 1))
        assert all(
            one.due > today and one.due.weekday() < 5 and not is_free(one.due, calendar) for one in plan
        )
        assert all(before.due < after.due for before, after in pairwise(plan))
        assert all(one.amount > 0 and one.amount % unit == 0 for one in plan)
    if verdict.nearest is None:
        assert verdict.nearest_instalments == ()
        return
    plan = verdict.nearest_instalments
    assert sum(one.amount for one in plan) == total
    assert all(one.amount >= min(band.smallest, total) for one in plan)
    assert plan[-1].amount <= plan[0].amount + unit
    assert len({one.amount for one in plan[:-1]}) <= 1
    assert len(plan) <= (band.most or LONGEST)
    assert len(plan) == 1 or plan[0].amount >= total * band.share / 100
    assert not band.single or len(plan) == 1
    assert plan[0].due <= today + timedelta(days=rules.first_days)
    again = judge(balance, verdict.nearest, today, rules, calendar, unit)
    assert again.allowed and again.instalments == plan and again.nearest == verdict.nearest
    assert not verdict.allowed or (verdict.nearest == wish and plan == verdict.instalments)


@given(amounts("60"), amounts("60"), terms(), st.sampled_from((CENT, FIVE)))
def test_no_allowed_rate_is_nearer_than_the_nearest(
    balance: Decimal, rate: Decimal, rules: Terms, unit: Decimal
) -> None:
    found = judge(balance, Wish(rate, 15), TODAY, rules, ZURICH, unit).nearest
    assume(found)
    assert found
    here = instalments.units(rate, unit)
    limits = instalments._limits(instalments.units(balance, unit), rules.band(balance), unit)
    whole = instalments.units(balance, unit)
    allowed = [one for one in range(1, whole + 1) if not instalments._reasons(whole, one, limits)]
    nearest = min([abs(one - here) for one in allowed] + ([0] if here > whole else []))
    assert abs(instalments.units(found.rate, unit) - here) == nearest


@given(st.integers(1, 31), dates(2024), st.sampled_from(CALENDARS))
def test_every_month_has_its_payment(day: int, today: date, calendar: Calendar) -> None:
    """Each payment but the first is the wished day of its month, or the month's last, moved to the next bank day."""
    plan = judge(Decimal(1200), Wish(Decimal(120), day), today, HOUSE, calendar, CENT).instalments
    begin = plan[1].due if plan[1].due.day >= min(day, 28) else plan[1].due - timedelta(days=15)
    for at, one in enumerate(plan[1:]):
        month = begin.year * 12 + begin.month - 1 + at
        named = in_month(month // 12, month % 12 + 1, day)
        assert one.due == instalments.bank_day(named, calendar)


@pytest.mark.parametrize(
    "balance, rate, reasons, amounts, nearest",
    [
        ("150", "150", [], ["150"], "150"),
        ("150", "50", ["single-payment"], ["50", "50", "50"], "150.00"),
        ("200.00", "500", [], ["200"], "500"),
        ("420.50", "105.15", [], ["105.15", "105.15", "105.15", "105.05"], "105.15"),
        ("420.50", "100", ["last-too-small", "too-many"], ["100"] * 4 + ["20.50"], "105.13"),
        ("1000", "250", [], ["250"] * 4, "250"),
        ("900", "90", ["rate-too-small", "too-many"], ["90"] * 10, "225.00"),
        ("1000.01", "100", ["share-too-small"], ["100"] * 10 + ["0.01"], "100.01"),
        ("2000", "300", [], ["300"] * 6 + ["200"], "300"),
        ("250", "160", ["last-too-small"], ["160", "90"], "150.00"),
        ("250", "200", ["last-too-small"], ["200", "50"], "150.00"),  # as near as all at once: the lower one
        ("250", "150.01", ["last-too-small"], ["150.01", "99.99"], "150.00"),
        ("250", "210", ["last-too-small"], ["210", "40"], "250.00"),
    ],
)
def test_the_reference_rules(
    balance: str, rate: str, reasons: list[Reason], amounts: list[str], nearest: str
) -> None:
    verdict = judge(Decimal(balance), Wish(Decimal(rate), 15), TODAY, HOUSE, ZURICH, CENT)
    assert list(verdict.reasons) == reasons
    assert [one.amount for one in verdict.instalments] == [Decimal(one) for one in amounts]
    assert verdict.nearest == Wish(Decimal(nearest), 15)


@pytest.mark.parametrize(
    "today, wish, dues, nearest",
    [
        # The 31st: the last of each month. 31 January 2027 is a Sunday, 28 February too.
        ("2026-12-07", Wish(Decimal(250), 31), "2026-12-31 2027-02-01 2027-03-01 2027-03-31", None),
        # 25 and 26 December are holidays, and the 27th is a Sunday.
        ("2026-11-30", Wish(Decimal(250), 25), "2026-12-28 2027-01-25 2027-02-25 2027-03-25", None),
        # The 30th is today, and the next one is 30 days off.
        ("2026-11-30", Wish(Decimal(250), 30), "2026-12-30 2027-02-01 2027-03-01 2027-03-30", None),
        # The next 15th is 31 days off: the first payment a day earlier, the others on the 15th.
        ("2027-03-15", Wish(Decimal(250), 15), "2027-04-14 2027-05-18 2027-06-15 2027-07-15", None),
        # A first day of its own: the second payment is on the 3rd that isn't just after it.
        (
            "2026-11-30",
            Wish(Decimal(250), 3, date(2026, 12, 21)),
            "2026-12-21 2027-02-03 2027-03-03 2027-04-05",
            None,
        ),
        (
            "2026-11-30",
            Wish(Decimal(250), 3, date(2027, 1, 4)),
            "2027-01-04 2027-02-03 2027-03-03 2027-04-05",
            Wish(Decimal(250), 3, date(2026, 12, 30)),
        ),
    ],
)
def test_dates(today: str, wish: Wish, dues: str, nearest: Wish | None) -> None:
    verdict = judge(Decimal(1000), wish, date.fromisoformat(today), HOUSE, ZURICH, CENT)
    assert [one.due.isoformat() for one in verdict.instalments] == dues.split()
    assert verdict.nearest == (nearest or wish)
    assert verdict.reasons == (("first-too-late",) if nearest else ())


def test_where_no_bank_opens_in_time_the_rules_allow_nothing() -> None:
    rules = Terms(HOUSE.bands, 1, 2, 5)
    verdict = judge(Decimal(1000), Wish(Decimal(250), 5), date(2026, 12, 4), rules, ZURICH, CENT)  # a Friday
    assert (verdict.allowed, verdict.reasons, verdict.nearest) == (False, ("first-too-late",), None)


def test_a_plan_that_rested_goes_on_with_the_next_wished_day() -> None:
    dues = instalments.following(30, TODAY, 3, ZURICH)
    assert [due.isoformat() for due in dues] == ["2026-12-30", "2027-02-01", "2027-03-01"]
    assert instalments.following(1, TODAY, 0, ZURICH) == ()


def test_a_creditors_holidays_are_those_of_the_agency() -> None:
    wish = Wish(Decimal(250), 6)  # 6 January: a holiday in Bavaria and Ticino, none in Zurich
    where = {
        calendar.region: judge(Decimal(1000), wish, TODAY, HOUSE, calendar, CENT).instalments[1].due.day
        for calendar in CALENDARS
    }
    assert where == {"ZH": 6, "TI": 7, "BY": 7}


@pytest.mark.parametrize(
    "balance, code",
    [
        ("0", "amount-zero"),
        ("-5", "amount-negative"),
        ("1E12", "amount-too-large"),
        ("1.005", "amount-decimals"),
        ("NaN", "amount-unclear"),
        ("0.02", "amount-zero"),
    ],
)
def test_amounts_that_are_none(balance: str, code: str) -> None:
    good = Decimal(1000)
    with pytest.raises(Problem, match=code):
        judge(Decimal(balance), Wish(good, 1), TODAY, HOUSE, ZURICH, FIVE)
    if balance != "0.02":  # a rate is brought to the unit; a debt of less than half of one is none
        with pytest.raises(Problem, match=code):
            judge(good, Wish(Decimal(balance), 1), TODAY, HOUSE, ZURICH, FIVE)


@pytest.mark.parametrize(
    "wish, code",
    [
        (Wish(Decimal(1), 0), "day-range"),
        (Wish(Decimal(1), 32), "day-range"),
        (Wish(Decimal(1), 1, TODAY), "date-past"),
        (Wish(Decimal(1), 1, date.max), "date-impossible"),
    ],
)
def test_days_that_are_none(wish: Wish, code: str) -> None:
    with pytest.raises(Problem, match=code):
        judge(Decimal(1000), wish, TODAY, HOUSE, ZURICH, CENT)


def test_a_wish_of_centuries_is_answered_at_once() -> None:
    rules = Terms((band(None, most=10_000),), 30, 2, 5)
    verdict = judge(Decimal("99999999.99"), Wish(CENT, 31), TODAY, rules, ZURICH, CENT)
    assert len(verdict.instalments) == LONGEST and verdict.reasons == ("too-many",)
    assert len(verdict.nearest_instalments) == LONGEST
    assert sum(one.amount for one in verdict.nearest_instalments) == Decimal("99999999.99")


@given(st.lists(amounts("5000"), min_size=1, max_size=8), st.integers(0, 100), st.sampled_from((CENT, FIVE)))
def test_shares_add_up(balances: list[Decimal], percent: int, unit: Decimal) -> None:
    total = (sum(balances, Decimal(0)) * percent / 100).quantize(CENT)
    parts = shares(total, balances, unit)
    assert sum(parts) == total and all(part >= 0 for part in parts)
    whole = sum(balances)
    assert all(
        abs(part - total * balance / whole) <= unit for part, balance in zip(parts, balances, strict=True)
    )


def test_shares_of_equal_and_empty_debts() -> None:
    ten = Decimal(10)
    assert shares(ten, [ten, ten, ten], CENT) == (Decimal("3.34"), Decimal("3.33"), Decimal("3.33"))
    sevenths = [Decimal(1), Decimal(2), Decimal(4)]  # 14.28…, 28.57…, 57.14… hundredths
    assert shares(Decimal(1), sevenths, CENT) == (Decimal("0.14"), Decimal("0.29"), Decimal("0.57"))
    assert shares(ten, [ten, Decimal(0)], CENT) == (ten, Decimal(0))
    assert shares(Decimal(0), [Decimal(0)], CENT) == (Decimal(0),)
    for wrong, code in ([Decimal(0)], "amount-zero"), ([Decimal(-1), ten], "amount-negative"):
        with pytest.raises(Problem, match=code):
            shares(ten, wrong, CENT)


def stand(*paid: str, today: str, grace: int = 5) -> instalments.Standing:
    """Where a plan of three times 100, due on the first of each month, stands after `paid` for each."""
    plan = [
        instalments.Paid(date(2027, month, 1), Decimal(100), Decimal(one))
        for month, one in enumerate(paid, 1)
    ]
    return standing(plan, date.fromisoformat(today), Terms(HOUSE.bands, 30, 2, grace))


def test_missed_after_the_days_of_grace_alone() -> None:
    assert stand("0", "0", "0", today="2026-12-31").due_unpaid == ()
    due = stand("99.99", "0", "0", today="2027-01-06")
    assert (due.due_unpaid, due.missed, due.ends, due.done) == ((1,), (), False, False)
    assert stand("99.99", "0", "0", today="2027-01-07").missed == (1,)
    assert stand("0", "0", "0", today="2027-01-02", grace=0).missed == (1,)


def test_two_missed_in_a_row_end_the_plan() -> None:
    assert stand("0", "0", "0", today="2027-02-06").ends is False
    ended = stand("0", "0", "0", today="2027-02-07")
    assert (ended.in_row, ended.ends, ended.missed) == (2, True, (1, 2))
    parted = stand("0", "100", "0", today="2027-04-01")
    assert (parted.in_row, parted.ends, parted.missed) == (1, False, (1, 3))


def test_what_was_paid_beyond_counts_for_the_others() -> None:
    early = stand("0", "200", "0", today="2027-02-07")
    assert (early.missed, early.done, early.over) == ((), False, 0)
    whole = stand("0", "0", "310.50", today="2027-03-01")
    assert (whole.done, whole.over, whole.due_unpaid) == (True, Decimal("10.50"), ())
