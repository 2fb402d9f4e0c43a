"""A due date in words: «fällig morgen», the day with its weekday, and what about that day matters."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import dateformat, timezone, translation

from zusage.models import RightsRequest
from zusage.rules import clock
from zusage.tenant import policy
from zusage.web.office import wording
from zusage.web.words import say


def deadline(language: str, one: RightsRequest) -> dict[str, Any]:
    """For the template: `words`, `day`, `note` (weekend or holiday, and the last working day before), `urgency`."""
    places = clock.calendars(policy().controller, one.regime)
    found = clock.day(one.due_on, timezone.localdate(), language, places)  # type: ignore[arg-type]
    return {
        "due": found.due,
        "urgency": found.urgency,
        "words": _words(language, found.left),
        "day": weekday(language, found.due),
        "note": _note(language, found),
    }


def weekday(language: str, day: date) -> str:
    """A date in full with its weekday: «Donnerstag, 26. November 2026»."""
    with translation.override(language):
        name = dateformat.format(day, "l")
    # Django writes Italian's days with a capital.
    return f"{name.lower() if language == 'it' else name}, {wording.full(language, day)}"


def _words(language: str, left: int) -> str:
    if left < 0:
        key = "late_one" if left == -1 else "late_many"
        return say(language, f"office.rights.clock.{key}", n=-left)
    if left < 2:
        return say(language, f"office.rights.clock.{('today', 'tomorrow')[left]}")
    return say(language, "office.rights.clock.days", n=left)


def _note(language: str, found: clock.Day) -> str:
    """The holidays on that day, and the last working day before it where it is none itself."""
    if found.left < 0:
        return ""
    parts = [f"{one.name} ({one.country})" for one in found.holidays]
    if found.last_working_day != found.due:
        parts.append(say(language, "office.rights.clock.last", day=weekday(language, found.last_working_day)))
    return ". ".join(parts)
