"""The day of the month on which somebody wants to pay."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from zusage.rules import text
from zusage.rules.problems import Problem

_WRITTEN = re.compile(r"(?:am |le |il |the )?(-?[0-9]{1,9}) ?(?:\.|°|er|e|st|nd|rd|th)?", re.IGNORECASE)


def day_of_month(raw: str) -> int:
    """1 to 31. Problems: missing, digits-other, day-unclear, day-range, and those of text."""
    entry = text.entry(raw, 20)
    text.only_ascii_digits(entry)
    found = _WRITTEN.fullmatch(entry)
    if not found:
        raise Problem("day-unclear")
    day = int(found[1])
    if not 1 <= day <= 31:
        raise Problem("day-range")
    return day


def in_month(year: int, month: int, day: int) -> date:
    """`day` of a month; the month's last where it has no such day: "the 31st" is the 30th of April."""
    return date(year, month, min(day, monthrange(year, month)[1]))
