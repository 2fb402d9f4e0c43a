"""Money: a currency and an amount, as it is stored (``CHF 420.50``) and as people read it (``CHF 1’420.50``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from zusage.policy.plans import Currency
from zusage.rules.problems import Problem

LARGEST = Decimal("100000000.00")
"""No amount is larger; a figure beyond is a mistake."""
ZERO = Decimal("0.00")
CENT, FIVE_CENTS = Decimal("0.01"), Decimal("0.05")
_CURRENCIES: dict[str, Currency] = {one: one for one in get_args(Currency)}
_STORED = re.compile(r"([A-Z]{3}) (-?[0-9]{1,40})(?:\.([0-9]{1,40}))?")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of 0 or more, with two decimals."""

    currency: Currency
    amount: Decimal

    def stored(self) -> str:
        """As `money` reads it: ``CHF 1420.50``."""
        return f"{self.currency} {self.amount:.2f}"

    def shown(self) -> str:
        """As people here read it: ``CHF 1’420.50``."""
        return f"{self.currency} {grouped(self.amount)}"


def grouped(amount: Decimal) -> str:
    """An amount without its currency, as people here write it: ``1’420.50``."""
    return f"{amount:,.2f}".replace(",", "’")


def of(currency: str, amount: Decimal) -> Money:
    """`amount` in a currency that is kept as plain text. Problems: amount-unclear for one that isn't known."""
    if currency not in _CURRENCIES:
        raise Problem("amount-unclear")
    return Money(_CURRENCIES[currency], amount)


def money(stored: str) -> Money:
    """What `stored` says. Problems: amount-unclear, amount-negative, amount-decimals, amount-too-large."""
    found = _STORED.fullmatch(stored)
    if not found:
        raise Problem("amount-unclear")
    return of(found[1], checked(Decimal(f"{found[2]}.{found[3] or '00'}")))


def checked(amount: Decimal) -> Decimal:
    """`amount` with two decimals, 0 or more. Problems: as for `money`."""
    if not amount.is_finite():
        raise Problem("amount-unclear")
    if amount < 0:
        raise Problem("amount-negative")
    if amount > LARGEST:
        raise Problem("amount-too-large", limit=f"{LARGEST:,.0f}".replace(",", "'"))
    if amount != round(amount, 2):
        raise Problem("amount-decimals")
    return round(amount, 2)


def unit(currency: str, cash: bool) -> Decimal:
    """The smallest step of amounts: five centimes where Swiss francs are paid in cash, else a hundredth."""
    return FIVE_CENTS if cash and currency == "CHF" else CENT
