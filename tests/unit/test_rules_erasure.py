"""What may go and what stays, on request and by the calendar: as rules that hold for any policy."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from zusage.policy.types import Retention
from zusage.rules.erasure import Fate, Held, LegalHold, latest_start, on_request, parts
from zusage.rules.retention import expires, over

TODAY = date(2026, 11, 25)

retentions = st.builds(
    Retention,
    id=st.just("one"),
    length=st.integers(1, 400),
    unit=st.sampled_from(["minutes", "days", "months", "years"]),
    start=st.sampled_from(["received", "closed", "financial-year-end", "made"]),
    ground=st.just("OR 958f"),
    then=st.just("delete"),
    confirmed=st.booleans(),
    dpv=st.just("dpv:StorageDuration"),
    statutory=st.booleans(),
)
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
helds = st.builds(
    Held,
    purpose=st.sampled_from(["contact", "collection", "rights"]),
    category=st.sampled_from(["", "date-of-birth", "phone"]),
    retention=retentions,
    start=st.none() | days,
    pursued=st.booleans(),
)
holds = st.lists(st.builds(LegalHold, st.sampled_from(["", "contact", "collection"]), days), max_size=3)


@given(held=st.lists(helds, max_size=5), held_back=holds, today=days)
def test_everything_held_has_a_fate_and_every_stay_a_reason(held, held_back, today):
    fates = on_request(held, held_back, today)
    assert [fate.held for fate in fates] == held
    for fate in fates:
        one = fate.held
        stopped = [hold for hold in held_back if hold.purpose in ("", one.purpose)]
        if stopped:
            assert fate.why == "hold" and fate.until == max(hold.review_on for hold in stopped)
        elif one.pursued:
            assert fate.why == "claims" and not fate.blocked
        elif not one.retention.statutory:
            assert fate.goes  # nothing but a statute keeps what its person wants gone
        elif one.start is None:
            assert fate.why == "statute" and fate.until is None and fate.ground
        else:
            assert fate.goes == (today > expires(one.retention, one.start))
        if not fate.goes and fate.until and fate.why == "statute":
            assert fate.until >= today


@given(retention=retentions, today=days)
def test_the_latest_start_is_the_boundary_of_what_is_over(retention, today):
    boundary = latest_start(retention, today)
    if boundary > date.min:
        assert over(retention, boundary, today)
    assert not over(retention, boundary + timedelta(days=1), today)


@given(retention=retentions, start=days, today=days)
def test_what_the_boundary_takes_is_what_is_over(retention, start, today):
    assert (start <= latest_start(retention, today)) == over(retention, start, today)


def period(**changes: object) -> Retention:
    given = {
        "id": "one", "length": 10, "unit": "years", "start": "financial-year-end", "ground": "OR 958f",
        "then": "delete", "confirmed": True, "dpv": "dpv:StorageDuration", "statutory": True,
    }  # fmt: skip
    return Retention(**{**given, **changes})  # type: ignore[arg-type]


def test_vouchers_stay_ten_years_from_the_end_of_the_year_and_the_date_of_birth_goes():
    closed = date(2026, 3, 4)
    voucher = Held("collection", "", period(), closed)
    details = Held("collection", "date-of-birth", period(statutory=False, length=12, unit="months"), closed)
    stays, goes = on_request([voucher, details], [], TODAY)
    assert (stays.why, stays.until, stays.ground, stays.blocked) == (
        "statute",
        date(2036, 12, 31),
        "OR 958f",
        True,
    )
    assert goes.goes
    assert parts([stays, goes], ["name", "date-of-birth"]) == ["date-of-birth"]


def test_a_statute_whose_period_is_over_keeps_nothing():
    assert on_request([Held("collection", "", period(), date(2010, 1, 1))], [], TODAY)[0].goes


def test_the_whole_purpose_goes_with_its_key_where_nothing_of_it_stays():
    goes, stays = Fate(Held("p", "", period(), None), ""), Fate(Held("p", "phone", period(), None), "statute")
    assert parts([goes], ["name"]) is None
    # The rest goes, and one category with a period of its own stays: each other category by itself.
    assert parts([goes, stays], ["name", "phone", "email"]) == ["name", "email"]
    assert parts([stays], ["name", "phone"]) == []
