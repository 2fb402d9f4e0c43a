"""Stored values as people read them: dates in full, phone numbers and amounts grouped."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils import dateformat, translation

from zusage.policy.types import Policy
from zusage.rules import phones
from zusage.web.words import say


def shown(policy: Policy, language: str, field: str, value: str) -> str:
    """A stored (normalised) `value` of `field` for a page in `language`; kinds not named here stay as they are."""
    declared = policy.fields.get(field)
    kind = declared.kind if declared else ""
    try:
        if kind == "date-of-birth":
            with translation.override(language):
                return dateformat.format(date.fromisoformat(value), say(language, "date.full"))
        if kind == "phone":
            return phones.shown(value)
        if kind == "amount":
            return f"{Decimal(value):,.2f}".replace(",", "’")
        if kind == "day-of-month":
            return say(language, "date.day", day=int(value))
    except (ValueError, ArithmeticError):
        # Kept under other rules than today's: shown as it is.
        return value
    return value
