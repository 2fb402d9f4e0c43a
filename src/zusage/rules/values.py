"""Stored values as people read them: dates in full, phone numbers and amounts grouped."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from zusage.policy.page import Page
from zusage.policy.types import Policy
from zusage.rules import phones
from zusage.rules.money import grouped

DAY_OF_MONTH = {
    "de": "am {}. des Monats",
    "fr": "le {} du mois",
    "it": "il {} del mese",
    "en": "day {} of the month",
}


def shown(policy: Policy, language: str, field: str, value: str) -> str:
    """A stored (normalised) `value` of `field` for a reader of `language`; kinds not named here stay as they are."""
    declared = policy.fields.get(field)
    kind = declared.kind if declared else ""
    try:
        if kind == "date-of-birth":
            page = Page(policy, language)  # type: ignore[arg-type]
            return page.day(date.fromisoformat(value))
        if kind == "phone":
            return phones.shown(value)
        if kind in ("amount", "amount-or-zero"):
            return grouped(Decimal(value))
        if kind == "day-of-month":
            return DAY_OF_MONTH[language].format(int(value))
    except (ValueError, ArithmeticError):
        # Kept under other rules than today's: shown as it is.
        return value
    return value
