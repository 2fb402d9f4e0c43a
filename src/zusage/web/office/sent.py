"""What a form of the office sent, read as the actions want it."""

from __future__ import annotations

import re
import secrets
from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from zusage.rules import text
from zusage.rules.problems import Problem

LONGEST_LETTER = 10_000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


def letter(request: HttpRequest, name: str) -> str:
    """A letter or note that may not be empty. Raises Problem."""
    body = text.paragraph(request.POST.get(name, ""), longest=LONGEST_LETTER)
    if not body:
        raise Problem("missing")
    return body


def text_or_nothing(request: HttpRequest) -> str:
    """What stands in the entry `text`; an action that needs something refuses the empty one. Raises Problem."""
    return text.paragraph(request.POST.get("text", ""), longest=LONGEST_LETTER)


def day(request: HttpRequest, name: str) -> date:
    """A day as browsers send it, or as people write it: 2026-12-25, 25.12.2026. Problems: missing, date-unclear."""
    entry = text.entry(request.POST.get(name, ""), 20)
    for pattern in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(entry.replace(" ", ""), pattern).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    raise Problem("date-unclear")


def moment(request: HttpRequest, name: str) -> datetime | None:
    """A moment as browsers send it, or as people write it: 2026-12-25T14:30, 25.12.2026 14:30; None for nothing.

    It is a moment of the house's own clock. Problem: moment-unclear.
    """
    entry = text.entry(request.POST.get(name, ""), 30) if request.POST.get(name, "").strip() else ""
    if not entry:
        return None
    for pattern in (
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
        "%d.%m.%Y %H:%M",
        "%d.%m.%Y, %H.%M",
        "%d/%m/%Y %H:%M",
    ):
        try:
            return timezone.make_aware(datetime.strptime(entry, pattern))  # noqa: DTZ007  (it gets its zone here)
        except ValueError:
            continue
    raise Problem("moment-unclear")


def token(request: HttpRequest) -> str:
    """The page's token, by which the same page sent twice is known; a new one where there is none."""
    sent = request.POST.get("form_token", "")
    return sent if _TOKEN.fullmatch(sent) else secrets.token_urlsafe(16)


def seen(request: HttpRequest) -> int:
    """How many letters the page showed; -1, which fits nowhere, where it doesn't say."""
    sent = request.POST.get("seen", "")[:9]
    return int(sent) if sent.isascii() and sent.isdigit() else -1


def uuid(raw: str) -> UUID | None:
    """An id; None for anything else."""
    try:
        return UUID(raw) if raw else None
    except ValueError:
        return None
