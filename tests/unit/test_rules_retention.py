from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.policy.types import Retention, Start, Unit
from zusage.rules.retention import expires, over


def kept(length: int, unit: Unit, start: Start = "received") -> Retention:
    return Retention(
        id="test",
        length=length,
        unit=unit,
        start=start,
        ground="",
        then="delete",
        confirmed=True,
        dpv="dpv:StorageDuration",
    )


@pytest.mark.parametrize(
    ("retention", "start", "last"),
    [
        (kept(45, "days"), date(2026, 1, 1), date(2026, 2, 15)),
        (kept(1, "months"), date(2026, 1, 31), date(2026, 2, 28)),
        (kept(1, "months"), date(2028, 1, 31), date(2028, 2, 29)),
        (kept(1, "months"), date(2026, 2, 28), date(2026, 3, 28)),
        (kept(12, "months"), date(2026, 12, 31), date(2027, 12, 31)),
        (kept(1, "years"), date(2028, 2, 29), date(2029, 2, 28)),
        (kept(4, "years"), date(2028, 2, 29), date(2032, 2, 29)),
        (kept(10, "years", "financial-year-end"), date(2026, 3, 5), date(2036, 12, 31)),
        (kept(10, "years", "financial-year-end"), date(2026, 12, 31), date(2036, 12, 31)),
        (kept(6, "months", "closed"), date(2026, 8, 31), date(2027, 2, 28)),
        (kept(10, "minutes", "shown"), date(2026, 12, 31), date(2027, 1, 1)),
        (kept(10_000, "years"), date(2026, 1, 1), date.max),
        (kept(10**12, "days"), date(2026, 1, 1), date.max),
        (kept(1, "months"), date.max, date.max),
    ],
)
def test_the_last_day(retention: Retention, start: date, last: date) -> None:
    assert expires(retention, start) == last
    assert not over(retention, start, last)
    assert last == date.max or over(retention, start, last + timedelta(days=1))


@given(
    st.dates(),
    st.dates(),
    st.integers(0, 5000),
    st.sampled_from(["minutes", "days", "months", "years"]),
    st.sampled_from(["received", "closed", "financial-year-end", "given", "shown"]),
)
def test_later_things_never_expire_sooner(
    one: date, other: date, length: int, unit: Unit, start: Start
) -> None:
    retention = kept(length, unit, start)
    earlier, later = sorted((one, other))
    assert earlier <= expires(retention, earlier) <= expires(retention, later)
    assert expires(retention, earlier) <= expires(kept(length + 1, unit, start), earlier)


@given(st.dates(max_value=date(2900, 1, 1)), st.integers(0, 500), st.integers(0, 500))
def test_twelve_months_are_a_year(start: date, years: int, months: int) -> None:
    assert expires(kept(12 * years, "months"), start) == expires(kept(years, "years"), start)
    last = expires(kept(months, "months"), start)
    assert (last.year * 12 + last.month) - (start.year * 12 + start.month) == months
