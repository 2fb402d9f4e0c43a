"""Amounts that a payment code may ask for: both standards have the same bounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

SMALLEST: Final = Decimal("0.01")
LARGEST: Final = Decimal("999999999.99")


def payable(amount: Decimal) -> str:
    """`amount` as codes write it: ``1234.50``. ValueError for one that nobody can pay."""
    if not amount.is_finite() or not SMALLEST <= amount <= LARGEST or amount != round(amount, 2):
        raise ValueError("The amount is from 0.01 to 999999999.99, with at most two decimals.")
    return f"{amount:.2f}"
