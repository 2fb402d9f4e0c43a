"""Due dates for a calendar (RFC 5545). A telephone shows them to whoever looks over a shoulder: they say "appointment".

No debt, no amount, no agency, neither in words nor in ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from zusage.policy.types import Language

if TYPE_CHECKING:
    from icalendar import Event

SUMMARY: Final[dict[Language, str]] = {
    "de": "Termin",
    "fr": "Rendez-vous",
    "it": "Appuntamento",
    "en": "Appointment",
}
REMINDERS: Final = (3, 0)
"""Days before, on each of which the calendar reminds: a transfer takes a working day or two."""
REMIND_AT: Final = timedelta(hours=9)


def ics(
    dates: Mapping[int, date],
    seed: str,
    language: Language,
    now: datetime,
    reminders: tuple[int, ...] = REMINDERS,
) -> bytes:
    """A calendar with one whole day for each of `dates`, and reminders at nine that many days before.

    `dates`: by the instalments' numbers. With `seed`, the plan's id, a number gives the entry's id: a calendar that
    reads a later file moves its entries and doubles none. `now` has a time zone.
    """
    from icalendar import Calendar  # takes its time to load: not at each start of a process

    found = Calendar()
    found.add("version", "2.0")
    found.add("prodid", "-//Calendar//EN")
    for number, day in dates.items():
        found.add_component(_event(day, f"{seed}/{number}", SUMMARY[language], now, reminders))
    return bytes(found.to_ical())


def _event(day: date, seed: str, summary: str, now: datetime, reminders: tuple[int, ...]) -> Event:
    from icalendar import Alarm, Event

    event = Event()
    event.add("uid", hashlib.sha256(seed.encode()).hexdigest()[:32])
    event.add("dtstamp", now)
    event.add("dtstart", day)
    event.add("summary", summary)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")  # the day stays free
    for before in reminders:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", summary)
        alarm.add("trigger", REMIND_AT - timedelta(days=before))
        event.add_component(alarm)
    return event
