"""Until when, how long at most, when to remind, and what day that is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from tests.tenants import MINIMAL, REFERENCE, loaded
from zusage.policy.law import RIGHTS, Right, law, regimes
from zusage.policy.types import LANGUAGES, Language
from zusage.rules import clock
from zusage.rules.holidays import Calendar, holidays, is_free
from zusage.rules.problems import Problem

CH, DE, ZH = Calendar("CH"), Calendar("DE"), Calendar("CH", "ZH")
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
REGIMES = st.sampled_from(sorted(regimes()))


@pytest.mark.parametrize(
    ("received", "ch", "de"),
    [
        (date(2026, 3, 5), date(2026, 4, 4), date(2026, 4, 5)),
        (date(2026, 1, 30), date(2026, 3, 1), date(2026, 2, 28)),
        (date(2026, 1, 31), date(2026, 3, 2), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 3, 1), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 3, 30), date(2028, 3, 29)),
        (date(2026, 2, 28), date(2026, 3, 30), date(2026, 3, 28)),
        (date(2026, 8, 31), date(2026, 9, 30), date(2026, 9, 30)),
        (date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1)),
        (date(2026, 12, 31), date(2027, 1, 30), date(2027, 1, 31)),
        (date.max, date.max, date.max),
    ],
)
@pytest.mark.parametrize("right", RIGHTS)
def test_the_due_date(received: date, ch: date, de: date, right: Right) -> None:
    assert clock.due(received, "ch", right) == ch
    assert clock.due(received, "de", right) == de


@given(DAYS)
def test_the_due_date_as_others_reckon_it(received: date) -> None:
    assert (clock.due(received, "ch") - received).days == 30
    assert clock.due(received, "de") == received + relativedelta(months=1)
    assert 28 <= (clock.due(received, "de") - received).days <= 31


@given(DAYS, DAYS, REGIMES)
def test_who_asks_later_is_never_due_sooner(one: date, other: date, regime: str) -> None:
    first, second = sorted((one, other))
    assert clock.due(first, regime) <= clock.due(second, regime)


def test_the_regime_that_is_due_first_counts() -> None:
    assert clock.earliest(date(2026, 1, 31), ["ch", "de"]) == ("de", date(2026, 2, 28))
    assert clock.earliest(date(2026, 3, 5), ["de", "ch"]) == ("ch", date(2026, 4, 4))
    assert clock.earliest(date(2026, 8, 31), ["de", "ch"]) == ("de", date(2026, 9, 30))
    assert clock.earliest(date(2026, 8, 31), ("ch", "de"))[0] == "ch"
    with pytest.raises(ValueError):
        clock.earliest(date(2026, 8, 31), [])
    with pytest.raises(KeyError):
        clock.due(date(2026, 8, 31), "fr")


@pytest.mark.parametrize(
    ("received", "latest"),
    [
        (date(2026, 3, 5), date(2026, 6, 5)),
        # From the end of the first term, 28 February: 30 April would count from receipt.
        (date(2026, 1, 31), date(2026, 4, 28)),
        (date(2028, 1, 31), date(2028, 4, 29)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 30), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2027, 3, 31)),
    ],
)
def test_two_months_more_at_most_under_the_gdpr(received: date, latest: date) -> None:
    assert clock.extended(received, "de") == latest
    assert clock.put_off(received, "de", received, latest) == latest
    with pytest.raises(Problem, match="extension-far") as caught:
        clock.put_off(received, "de", received, latest + timedelta(days=1))
    assert caught.value.params == {"latest": f"{latest.day}.{latest.month}.{latest.year}"}


@given(DAYS)
def test_an_extension_never_reaches_past_three_months_from_receipt(received: date) -> None:
    latest = clock.extended(received, "de")
    assert latest is not None
    assert clock.due(received, "de") < latest <= received + relativedelta(months=3)


def test_in_switzerland_whoever_is_late_names_a_day() -> None:
    assert clock.extended(date(2026, 3, 5), "ch") is None
    assert clock.put_off(date(2026, 3, 5), "ch", date(2026, 4, 4), date(2026, 8, 1)) == date(2026, 8, 1)


@pytest.mark.parametrize("regime", ["ch", "de"])
def test_an_extension_is_told_within_the_first_term_and_ends_after_it(regime: str) -> None:
    received = date(2026, 3, 5)
    first = clock.due(received, regime)
    until = first + timedelta(days=1)
    assert clock.put_off(received, regime, first, until) == until
    with pytest.raises(Problem, match="extension-late"):
        clock.put_off(received, regime, until, until + timedelta(days=9))
    with pytest.raises(Problem, match="extension-not-later") as caught:
        clock.put_off(received, regime, received, first)
    assert caught.value.params["due"] == f"{first.day}.{first.month}.{first.year}"


def test_a_fee_moves_the_term_behind_the_time_to_think() -> None:
    assert clock.after_fee(date(2026, 3, 5), "ch") == clock.FeeTerms(date(2026, 3, 15), date(2026, 4, 14))
    assert clock.after_fee(date(2026, 3, 5), "de") is None


@pytest.mark.parametrize(
    ("noticed", "told"),
    [
        ("2026-03-05T10:30", "2026-03-08T10:30"),
        ("2026-03-27T10:30", "2026-03-30T11:30"),  # the clocks go forward on the 29th: 72 hours have passed
        ("2026-10-24T10:30", "2026-10-27T09:30"),  # and back on the 25th
        ("2026-12-30T23:59", "2027-01-02T23:59"),
    ],
)
def test_72_hours_are_72_hours(noticed: str, told: str) -> None:
    zone = ZoneInfo("Europe/Zurich")
    start, end = (datetime.fromisoformat(one).replace(tzinfo=zone) for one in (noticed, told))
    found = clock.breach_due(start, "de")
    assert found == end
    assert found.tzinfo is zone
    assert clock.breach_due(start, "ch") is None


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)), st.integers(-23, 23))  # noqa: DTZ001
def test_72_hours_wherever_one_is(noticed: datetime, offset: int) -> None:
    there = noticed.replace(tzinfo=timezone(timedelta(hours=offset)))
    found = clock.breach_due(there, "de")
    assert found is not None
    assert found.astimezone(UTC) - there.astimezone(UTC) == timedelta(hours=72)


def test_a_time_without_a_zone_is_refused() -> None:
    for regime in ("ch", "de"):
        with pytest.raises(ValueError):
            clock.breach_due(datetime(2026, 3, 5, 10, 30), regime)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("left", "already", "sent"),
    [
        (30, (), []),
        (11, (), []),
        (10, (), [10]),
        (9, (), [10]),
        (9, (10,), []),
        (5, (10,), [5]),
        (5, (), [5]),
        (2, (10, 5), []),
        (1, (10, 5), [1]),
        (1, (), [1]),
        (0, (10, 5, 1), []),
        (0, (10,), [1]),
        (-40, (), [1]),
        (-40, (1,), []),
    ],
)
def test_reminders(left: int, already: tuple[int, ...], sent: list[int]) -> None:
    due = date(2026, 3, 30)
    assert clock.reminders_due(due, due - timedelta(days=left), set(already)) == sent


@given(DAYS, st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_however_often_the_worker_looks_each_reminder_goes_once_and_in_turn(
    due: date, looks: list[int]
) -> None:
    sent: list[int] = []
    for left in sorted(looks, reverse=True):
        found = clock.reminders_due(due, due - timedelta(days=left), set(sent))
        assert len(found) <= 1
        assert all(left <= one for one in found)
        sent += found
    assert sent == sorted(set(sent), reverse=True)
    assert set(sent) <= set(law().clock.reminders)
    assert (1 in sent) == (min(looks) <= 1), "whoever looks on the last day has been told"


@pytest.mark.parametrize(
    ("left", "urgency"),
    [(-1, "overdue"), (-400, "overdue"), (0, "today"), (1, "soon"), (5, "soon"), (6, "calm"), (400, "calm")],
)
def test_urgency(left: int, urgency: str) -> None:
    due = date(2026, 3, 30)
    day = clock.day(due, due - timedelta(days=left), "de", (CH,))
    assert (day.left, day.urgency) == (left, urgency)


@pytest.mark.parametrize(
    ("due", "places", "weekend", "names", "working"),
    [
        (date(2026, 3, 4), (CH,), "", [], date(2026, 3, 4)),
        (date(2026, 3, 7), (CH,), "saturday", [], date(2026, 3, 6)),
        (date(2026, 3, 8), (CH,), "sunday", [], date(2026, 3, 6)),
        # Easter Monday 2026: Good Friday was free, too, so Thursday
        (date(2026, 4, 6), (CH,), "", ["Ostermontag"], date(2026, 4, 2)),
        (date(2027, 3, 29), (CH,), "", ["Ostermontag"], date(2027, 3, 25)),
        (date(2026, 8, 1), (CH,), "saturday", ["Nationalfeiertag"], date(2026, 7, 31)),
        (date(2025, 8, 1), (CH,), "", ["Nationalfeiertag"], date(2025, 7, 31)),
        (date(2025, 8, 1), (DE,), "", [], date(2025, 8, 1)),
        (date(2027, 1, 1), (CH,), "", ["Neujahrstag"], date(2026, 12, 31)),
        # 1 May: in Zürich, in all of Germany, but in fewer than half of the cantons
        (date(2026, 5, 1), (CH,), "", [], date(2026, 5, 1)),
        (date(2026, 5, 1), (ZH,), "", ["Tag der Arbeit"], date(2026, 4, 30)),
        (date(2026, 5, 1), (ZH, DE), "", ["Tag der Arbeit", "Erster Mai"], date(2026, 4, 30)),
        (date(2026, 5, 1), (CH, DE), "", ["Erster Mai"], date(2026, 5, 1)),
        # cantons
        (date(2026, 1, 6), (Calendar("CH", "TI"),), "", ["Heilige Drei Könige"], date(2026, 1, 5)),
        (date(2026, 1, 6), (ZH,), "", [], date(2026, 1, 6)),
        (date(2026, 6, 23), (Calendar("CH", "JU"),), "", ["Fest der Unabhängigkeit"], date(2026, 6, 22)),
        # Germany, and how it is written here
        (date(2025, 10, 3), (ZH, DE), "", ["Tag der Deutschen Einheit"], date(2025, 10, 3)),
        (date(2026, 11, 18), (Calendar("DE", "SN"),), "", ["Buss- und Bettag"], date(2026, 11, 17)),
        (date(2026, 11, 18), (DE,), "", [], date(2026, 11, 18)),
        # a country whose holidays nobody here knows still has weekends
        (date(2026, 10, 26), (Calendar("AT"),), "", [], date(2026, 10, 26)),
        (date(2026, 10, 25), (Calendar("AT", "9"),), "sunday", [], date(2026, 10, 23)),
    ],
)
def test_what_day_it_is(
    due: date, places: tuple[Calendar, ...], weekend: str, names: list[str], working: date
) -> None:
    day = clock.day(due, due, "de", places)
    assert day.due == due, "a due date stays where the law puts it"
    assert day.weekend == weekend
    assert [one.name for one in day.holidays] == names
    assert day.last_working_day == working


@pytest.mark.parametrize(
    ("day", "place", "names"),
    [
        (date(2025, 8, 1), CH, ("Nationalfeiertag", "Fête nationale", "Festa nazionale", "National Day")),
        (date(2026, 4, 3), DE, ("Karfreitag", "Vendredi saint", "Venerdì Santo", "Good Friday")),
        # neither Swiss nor named in these languages by anybody: its own name
        (
            date(2025, 10, 3),
            DE,
            (
                "Tag der Deutschen Einheit",
                "Tag der Deutschen Einheit",
                "Tag der Deutschen Einheit",
                "German Unity Day",
            ),
        ),
    ],
)
def test_a_holiday_has_its_name_in_the_language(day: date, place: Calendar, names: tuple[str, ...]) -> None:
    found = [holidays(day, place, language) for language in LANGUAGES]
    assert [one.name for (one,) in found] == list(names)
    assert {one.country for (one,) in found} == {place.country}


def test_each_canton_and_land_has_a_calendar() -> None:
    for country, regions in law().regions.items():
        assert len(regions) == {"CH": 26, "DE": 16}[country]
        for region in regions:
            place = Calendar(country, region)
            for always in (date(2026, 1, 1), date(2026, 5, 14), date(2026, 12, 25)):
                assert is_free(always, place), (place, always)


def test_whose_holidays_are_shown() -> None:
    swiss = loaded(REFERENCE).controller
    assert clock.calendars(swiss, "ch") == (ZH,)
    assert clock.calendars(swiss, "de") == (ZH, DE)
    assert clock.calendars(loaded(MINIMAL).controller, "ch") == (CH,)


@given(DAYS, DAYS, st.sampled_from(LANGUAGES), st.sampled_from([CH, ZH, DE, Calendar("DE", "BY")]))
def test_the_last_working_day_is_one(due: date, today: date, language: Language, place: Calendar) -> None:
    day = clock.day(due, today, language, (place,))
    working = day.last_working_day
    assert due - timedelta(days=7) < working <= due
    assert working.weekday() < 5 and not is_free(working, place)
    between = [working + timedelta(days=n) for n in range(1, (due - working).days + 1)]
    assert all(one.weekday() >= 5 or is_free(one, place) for one in between)
    assert bool(day.holidays) == is_free(due, place)
    assert day.left == (due - today).days


@pytest.mark.parametrize("due", [date.min, date.max, date(1700, 1, 1)])
def test_the_ends_of_the_calendar(due: date) -> None:
    day = clock.day(due, due, "fr", (CH, DE))
    assert day.due == due and day.last_working_day <= due
