"""Which code pays to an account: a Swiss QR code for an account in Switzerland or Liechtenstein, else SEPA's."""

from __future__ import annotations

from decimal import Decimal

from zusage.papers.api import Scheme
from zusage.policy.plans import Account, Currency
from zusage.policy.types import Controller
from zusage.rules.paying import epc, swiss_qr


def scheme(account: Account) -> Scheme:
    """How a payment to `account` is asked for."""
    return "swiss" if account.iban.startswith(swiss_qr.COUNTRIES) else "sepa"


def payload(account: Account, holder: Controller, amount: Decimal, currency: Currency, reference: str) -> str:
    """What the code says that pays `amount`. ValueError where the standard has no place for it."""
    make = swiss_qr.payload if scheme(account) == "swiss" else epc.payload
    return make(account, holder, amount, currency, reference)


def address_lines(holder: Controller) -> tuple[str, ...]:
    """Name, street and town as they are printed beside a code; the country only where it isn't Switzerland."""
    country = "" if holder.country == "CH" else f"{holder.country}-"
    lines = (holder.name, holder.street, f"{country}{holder.postcode} {holder.town}")
    return tuple(line for line in lines if line)
