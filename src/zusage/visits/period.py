"""Which weeks and which counts somebody asks for, out of an address that may say anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from zusage.visits.models import LOG, PORTAL
from zusage.visits.publish import monday_of

SOURCES = (PORTAL, LOG)
SHORTCUTS = (4, 13, 52)
USUAL = 13
MOST = 260
"""Weeks at once: five years."""
EARLIEST = date(2000, 1, 3)
FORMS = ("csv", "json")
_DAY = re.compile(r"[0-9]{4}-(?:[0-9]{2}-[0-9]{2}|W[0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """`first` and `last`: Mondays. `weeks`: the shortcut that was taken, or 0. `form`: of a file, or "" for the page.

    `typed`: what stood in the fields. `problems`: by field, why it can't be; the rest isn't to be used then.
    """

    source: str
    first: date
    last: date
    weeks: int
    form: str
    typed: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def mondays(self) -> list[date]:
        """Each week's first day."""
        return [self.first + timedelta(weeks=n) for n in range((self.last - self.first).days // 7 + 1)]


def asked(query: Mapping[str, str], today: date) -> Asked:
    """Read ``from``, ``to`` (a day, or a week such as 2026-W41), ``weeks``, ``source``, ``form``; each may lack.

    A day stands for its whole week. Never raises: what can't be is in `problems`.
    """
    typed = {name: query.get(name, "").strip() for name in ("from", "to", "weeks", "source", "form")}
    problems: dict[str, str] = {}
    last = _monday(typed["to"], "to", today, problems) or monday_of(today)
    weeks = 0
    if not typed["from"] and (typed["weeks"] or not typed["to"]):
        weeks = _shortcut(typed["weeks"], problems)
    first = _monday(typed["from"], "from", today, problems) or last - timedelta(weeks=(weeks or USUAL) - 1)
    if not problems and first > last:
        problems["to"] = "reversed"
    if not problems and (last - first).days // 7 >= MOST:
        problems["from"] = "too-long"
    source, form = typed["source"] or PORTAL, typed["form"]
    if source not in SOURCES:
        problems["source"] = "source"
    if form not in ("", *FORMS):
        problems["form"] = "form"
    return Asked(source, first, last, weeks, form, typed, problems)


def _shortcut(text: str, problems: dict[str, str]) -> int:
    if text and text not in map(str, SHORTCUTS):
        problems["weeks"] = "weeks"
        return USUAL
    return int(text or USUAL)


def _monday(text: str, name: str, today: date, problems: dict[str, str]) -> date | None:
    """The Monday of what was typed; None where nothing was, or nothing that can be."""
    if not text:
        return None
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError:
        problems[name] = "not-a-day"
        return None
    if day < EARLIEST:
        problems[name] = "too-early"
    elif monday_of(day) > monday_of(today):
        problems[name] = "future"
    else:
        return monday_of(day)
    return None
