"""What stands in the fields of a bank's file, read: amounts, days, references, and which way money went."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from zusage.rules.camt.events import Fields
from zusage.rules.camt.shapes import Code, Kind

LARGEST = Decimal(10) ** 12
"""Of any amount that a bank tells. A payment has the bound of all money here (`rules.money`)."""

_AMOUNT = re.compile(r"\+?([0-9]{1,18})(?:\.([0-9]{0,5}))?")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?")
_NO_NAME = frozenset(("", "NOTPROVIDED", "NOTAVAILABLE", "NONREF", "NONE"))
"""What stands where a bank or payer has no reference."""


def booked_on(fields: Fields) -> str:
    """The day of an entry, as it is written."""
    return first(fields, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")


def money_told(fields: Fields, path: str) -> tuple[str, str]:
    """An amount as it is written, and its currency."""
    return first(fields, path), first(fields, f"{path}@Ccy")


def first(fields: Fields, *paths: str) -> str:
    """The first value of the first path that has one."""
    return next((fields[path][0] for path in paths if fields.get(path)), "")


def named(reference: str) -> str:
    """A reference; empty for the words that stand where there is none."""
    return "" if reference.upper() in _NO_NAME else reference


def compact(iban: str) -> str:
    """An IBAN in one piece."""
    return iban.replace(" ", "").upper()


def amount_of(told: str) -> Decimal | Code:
    """The amount with two decimals, or what is wrong with it."""
    if not told:
        return "amount-missing"
    found = _AMOUNT.fullmatch(told)
    if not found:
        return "amount-negative" if told.startswith("-") else "amount-unclear"
    if (found[2] or "")[2:].strip("0"):
        return "amount-decimals"
    amount = Decimal(f"{found[1]}.{(found[2] or '')[:2]:0<2}")
    if amount > LARGEST:
        return "amount-too-large"
    return amount or "amount-zero"


def day_of(told: str) -> date | Code:
    """The day, whichever time goes with it, or what is wrong with it."""
    found = _DAY.fullmatch(told)
    if not found:
        return "date-unclear" if told else "date-missing"
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        return "date-unclear"


def kind_of(direction: str, entry: Fields, payment: Fields) -> Kind:
    """A credit is a payment; a debit takes one back where the bank says so, and else is none of a debtor's."""
    is_reversal = first(entry, "RvslInd").lower() in ("true", "1")
    if direction == "CRDT":
        return "other" if is_reversal else "payment"
    is_return = is_reversal or any(path.startswith("RtrInf/") for path in payment)
    return "returned" if is_return else "other"


def has_charges(fields: Fields) -> bool:
    """Whether the bank says that it kept something back."""
    return any(path.startswith("Chrgs/") and values for path, values in fields.items())
