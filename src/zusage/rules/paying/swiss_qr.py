"""What a Swiss QR code says: SIX, Implementation Guidelines for the QR-bill, version 2.3.

Structured address of the creditor, no alternative schemes, and no debtor: who pays is for the payer's bank to say, not
for a slip of paper that may lie about.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NamedTuple

from zusage.policy.payee import latin, plain
from zusage.policy.plans import Account
from zusage.policy.types import Controller
from zusage.rules.paying.payable import payable

COUNTRIES: Final = ("CH", "LI")
"""Whose IBANs a Swiss QR code may bear."""

_HOUSE = re.compile(r"(?P<street>.*\S) (?P<house>[0-9]+ ?[A-Za-z]?(?:[-/][0-9]+ ?[A-Za-z]?)?)")
_BOX = re.compile(r"postfach|case postale|casella postale|p\.? ?o\.? box", re.IGNORECASE)
# Basic Latin, Latin-1, Latin Extended-A, and a few single ones.


class Address(NamedTuple):
    """The creditor's, as the code wants it: the number apart from the street."""

    name: str
    street: str
    house: str
    postcode: str
    town: str
    country: str


def payload(
    account: Account, holder: Controller, amount: Decimal, currency: str, reference: str, message: str = ""
) -> str:
    """The text of the code, lines parted by CR and LF.

    `reference`: compact; QRR for a QR-IBAN, SCOR for another, or empty for none, which a QR-IBAN doesn't allow.
    ValueError for whatever the standard has no place for: another country's account, another currency than the
    account's, an amount of three decimals, a name of 80 letters, letters of other scripts.
    """
    from qrbill import QRBill  # takes its time to load: not at each start of a process

    who = address(holder)
    _check(account, currency, (*who, message))
    bill = QRBill(
        account=account.iban,
        creditor={
            "name": who.name,
            "street": who.street,
            "house_num": who.house,
            "pcode": who.postcode,
            "city": who.town,
            "country": who.country,
        },
        amount=payable(amount),
        currency=currency,
        reference_number=reference or None,
        additional_information=message,
    )
    return str(bill.qr_data())


def address(holder: Controller) -> Address:
    """Who is paid: `holder`, with the house number taken out of its street."""
    street, house = plain(holder.street), ""
    parted = _HOUSE.fullmatch(street)
    if parted and not _BOX.match(street):
        street, house = parted["street"], parted["house"].replace(" ", "")
    return Address(plain(holder.name), street, house, holder.postcode, plain(holder.town), holder.country)


def _check(account: Account, currency: str, texts: tuple[str, ...]) -> None:
    if not account.iban.startswith(COUNTRIES):
        raise ValueError("A Swiss QR code needs an account in Switzerland or Liechtenstein.")
    if currency != account.currency:
        raise ValueError(f"The account takes {account.currency}, not {currency}.")
    if not all(latin(text) for text in texts):
        raise ValueError("A Swiss QR code takes Latin letters only.")
