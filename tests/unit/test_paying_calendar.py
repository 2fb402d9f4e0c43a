"""Due dates for a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar

from tests.tenants import REFERENCE, loaded
from zusage.policy.types import LANGUAGES, Language
from zusage.rules.paying import calendar

DAYS = {1: date(2027, 1, 29), 2: date(2027, 3, 1), 3: date(2027, 3, 31)}
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SEED = "0198f3a2-0000-7000-8000-000000000001"


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_holds_the_days_and_names_no_debt(language: Language) -> None:
    file = calendar.ics(DAYS, SEED, language, NOW)
    read = Calendar.from_ical(file)
    events = read.walk("VEVENT")
    assert [event["DTSTART"].dt for event in events] == list(DAYS.values())
    assert {str(event["SUMMARY"]) for event in events} == {calendar.SUMMARY[language]}
    assert all(event["DTSTAMP"].dt == NOW for event in events)
    reminders = [alarm["TRIGGER"].dt for alarm in events[0].walk("VALARM")]
    assert reminders == [timedelta(days=-3, hours=9), timedelta(hours=9)]
    # All that it says: the one word, and what the format itself needs.
    known = "SUMMARY DTSTART DTSTAMP UID CLASS TRANSP".split()
    assert all(set(event) == set(known) for event in events)
    text = file.decode().casefold()
    policy = loaded(REFERENCE)
    for word in (policy.controller.name, SEED, "zusage", "chf", "rate", "zahl", "pay", "pai", "paga", "debt"):
        assert word.casefold() not in text, word
    assert b"\r\n" in file and max(len(line) for line in file.split(b"\r\n")) <= 75


def test_read_again_it_moves_entries_and_doubles_none() -> None:
    def ids(days: dict[int, date], seed: str = SEED) -> list[str]:
        read = Calendar.from_ical(calendar.ics(days, seed, "de", NOW))
        return [str(event["UID"]) for event in read.walk("VEVENT")]

    assert ids(DAYS) == ids(DAYS | {2: date(2027, 3, 2)})
    assert ids(DAYS)[1:] == ids({2: DAYS[2], 3: DAYS[3]})  # the first is paid by now
    assert len(set(ids(DAYS) + ids(DAYS, "another"))) == 6
    assert ids({}) == []
