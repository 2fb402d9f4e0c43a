"""Amounts of money as people write them: `1'250.50`, `1.250,50`, `CHF 100.–`, `Fr. 50`, `50 €`.

The currency is read over: it is the case's, not the writer's. `1.250` and `1,250` mean a thousand to some and a little
over one to others; a wrong guess would be a wrong plan, so the person is asked to write `1250.00` or `1.25`.
"""

from __future__ import annotations

import re
from decimal import Decimal

from zusage.rules import text
from zusage.rules.problems import Problem

LARGEST = Decimal("1000000.00")

_CURRENCY = r"(?:chf|sfr\.?|fr\.?|franken|francs?|franchi|eur|euros?|€)"
_BEFORE = re.compile(rf"^{_CURRENCY} ?(?=[-0-9])", re.IGNORECASE)
_AFTER = re.compile(rf"(?<=[-0-9.]) ?{_CURRENCY}$", re.IGNORECASE)
_DASH_FOR_CENTS = re.compile(r"(?<=[0-9]) ?[.,] ?(?:-{1,2}|=)$")
_APOSTROPHES = str.maketrans("’‘ʼ´`′", "''''''")
_WHOLE = r"[0-9]{1,15}|[0-9]{1,3}(?:'[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+"
_PLAIN = re.compile(rf"({_WHOLE})(?:[.,]([0-9]*))?")
_DOTS_AND_COMMA = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]*)")
_COMMAS_AND_DOT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]*)")
_GROUPS_ONLY = re.compile(r"[0-9]{1,3}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+)")
_NOT_DIGITS = re.compile(r"[^0-9]")


def amount(raw: str, largest: Decimal = LARGEST, zero: bool = False) -> Decimal:
    """The amount with two decimals, more than 0 (`zero`: or 0), at most `largest`.

    Problems: missing, digits-other, amount-…, and those of text.
    """
    entry = text.entry(raw, 40).translate(_APOSTROPHES)
    text.only_ascii_digits(entry)
    entry = _AFTER.sub("", _BEFORE.sub("", entry))
    unsigned = entry.lstrip("- ")
    whole, cents = _parts(_BEFORE.sub("", unsigned))
    if len(cents) > 2:
        raise Problem("amount-decimals")
    value = Decimal(f"{whole}.{cents:0<2}")
    if value == 0 and not zero:
        raise Problem("amount-zero")
    if unsigned != entry and value:
        raise Problem("amount-negative")
    if value > largest:
        raise Problem("amount-too-large", limit=f"{largest:,.0f}".replace(",", "'"))
    return value


def _parts(entry: str) -> tuple[str, str]:
    """Digits before and after the decimal sign."""
    without_dash = _DASH_FOR_CENTS.sub("", entry)
    if _GROUPS_ONLY.fullmatch(without_dash):
        return _groups(without_dash, certain=without_dash != entry)
    if without_dash != entry:
        entry = f"{without_dash}.00"
    for form in (_PLAIN, _DOTS_AND_COMMA, _COMMAS_AND_DOT):
        if found := form.fullmatch(entry):
            return _NOT_DIGITS.sub("", found[1]), found[2] or ""
    raise Problem("amount-unclear")


def _groups(entry: str, certain: bool) -> tuple[str, str]:
    """`1.250`, `1,250,000`, `0.250`. `certain`: a dash stood for the cents, so the sign can only part thousands."""
    separators = len(_NOT_DIGITS.findall(entry))
    if entry.startswith("0"):
        raise Problem("amount-decimals" if separators == 1 else "amount-unclear")
    if separators == 1 and not certain:
        raise Problem("amount-ambiguous")
    return _NOT_DIGITS.sub("", entry), ""
