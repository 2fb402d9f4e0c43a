"""What the QR code of a SEPA transfer says: European Payments Council, EPC069-12, version 002 of the code.

Version 002 needs no BIC where payer and account are both in the European Economic Area; banks know it from the IBAN.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from zusage.policy.plans import Account
from zusage.policy.types import Controller
from zusage.rules.paying import references
from zusage.rules.paying.payable import payable

LONGEST_NAME: Final = 70
LONGEST_TEXT: Final = 140
LONGEST: Final = 331
"""Bytes of the whole: what a code of version 13 holds."""


def payload(
    account: Account, holder: Controller, amount: Decimal, currency: str, reference: str, text: str = ""
) -> str:
    """The text of the code, lines parted by LF.

    `reference`: a SCOR one, compact; without it, `text` says what is paid. Both at once the standard doesn't allow.
    ValueError for that and for whatever else it has no place for: other money than euros, an amount of three decimals.
    """
    if currency != "EUR" or account.currency != "EUR":
        raise ValueError("A SEPA transfer pays euros to an account in euros.")
    if reference and (text or references.kind(reference) != "SCOR"):
        raise ValueError("A SEPA code takes either a reference by ISO 11649, or a text.")
    if not 1 <= len(holder.name) <= LONGEST_NAME or len(text) > LONGEST_TEXT or "\n" in holder.name + text:
        raise ValueError(
            f"A name has up to {LONGEST_NAME} letters, a text up to {LONGEST_TEXT}, in one line."
        )
    lines = [
        "BCD",
        "002",
        "1",  # UTF-8
        "SCT",
        "",  # BIC
        holder.name,
        account.iban,
        f"EUR{payable(amount)}",
        "",  # purpose code
        reference,
        text,
    ]
    code = "\n".join(lines).rstrip("\n")
    if len(code.encode("utf-8")) > LONGEST:
        raise ValueError(f"A SEPA code has at most {LONGEST} bytes.")
    return code
