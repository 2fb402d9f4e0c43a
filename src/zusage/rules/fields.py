"""One entry of a form into what is kept, by the rule of its kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from zusage.policy.types import Kind
from zusage.rules import amounts, dates, days, emails, phones, postcodes, references, text
from zusage.rules.problems import Problem

Value = str | tuple[str, ...]

LONGEST_NAME = 100
LONGEST_LINE = 150
LONGEST_TEXT = 10_000

_CLEANERS: dict[Kind, Callable[[str], Value]] = {
    "name": lambda raw: text.line(raw, longest=LONGEST_NAME),
    "line": lambda raw: text.line(raw, longest=LONGEST_LINE),
    "postcode": postcodes.postcode,
    "email": emails.email,
    "phone": phones.phone,
    "reference": lambda raw: _one_or_several(references.references(raw)),
    "references": references.references,
    "amount": lambda raw: str(amounts.amount(raw)),
    "amount-or-zero": lambda raw: str(amounts.amount(raw, zero=True)),
    "day-of-month": lambda raw: str(days.day_of_month(raw)),
    "text": lambda raw: text.paragraph(raw, longest=LONGEST_TEXT),
}


def clean(kind: Kind, raw: str, today: date) -> Value:
    """What is kept of an entry of `kind`: normalised. Problems: those of its rule."""
    if kind == "date-of-birth":
        return dates.birth_date(raw, today).isoformat()
    return _CLEANERS[kind](raw)


def correction(kind: Kind, raw: str, today: date, before: str) -> Value:
    """What is kept in place of `before`. Problems: missing; value-same where it is what is there; those of the rule."""
    if not raw.strip():
        raise Problem("missing")
    new = clean(kind, raw, today)
    if new == before:
        raise Problem("value-same")
    return new


def _one_or_several(found: tuple[str, ...]) -> Value:
    """One reference is asked for; whoever writes several at once isn't sent away."""
    return found[0] if len(found) == 1 else found
