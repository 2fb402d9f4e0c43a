"""What a bank's file is made of, and what can be wrong with it, as codes. Words for `code`: ``camt.<code>``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

Format = Literal["camt.053", "camt.054"]
Kind = Literal["payment", "returned", "other"]
"""Money that came; money that came and was taken back; anything else, such as what the agency itself paid."""

Code = Literal[
    # the file
    "empty",
    "packed",  # a ZIP or gzip archive
    "not-xml",
    "encoding",  # characters of an encoding that nobody knows, or that don't fit it
    "dtd",  # a document type: nobody needs one here, and entities can blow up a machine
    "truncated",  # it ends in the middle
    "broken",  # XML with a mistake; {detail}: the line
    "overgrown",  # a piece of it is larger, or lies deeper, than any bank writes
    "other-xml",  # XML, but none of these messages
    "intraday",  # camt.052: bookings that may still change
    "too-many",  # more payments than {detail}
    # an entry
    "account-missing",
    "account-foreign",  # an account that isn't the agency's
    "currency",  # not the account's currency
    "amount-missing",
    "amount-unclear",
    "amount-negative",
    "amount-decimals",
    "amount-too-large",
    "direction",  # neither credit nor debit
    "state",  # neither booked nor pending
    "date-missing",
    "date-unclear",
    # what is told; the file goes in
    "amount-zero",
    "sum-only",  # a sum of {detail} payments without the payments
    "sum-differs",  # its payments, which go in, don't add up to it
]
CODES: tuple[Code, ...] = get_args(Code)
TOLD: frozenset[Code] = frozenset(("amount-zero", "sum-only", "sum-differs"))
"""What a human should look at. Everything else refuses the file: nothing of it goes in."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where: the number of the entry (``Ntry``) in the file, from 1; 0 for the file as a whole.

    `place`: the payment within a collective entry, from 1. `detail` fills the words' placeholder. No name, amount or
    reference of the file is in it: a finding may end up in a log.
    """

    code: Code
    entry: int = 0
    place: int = 0
    detail: str = ""

    @property
    def where(self) -> str:
        """Short: ``12``, ``12.3`` (the third payment of the twelfth entry); empty for the file as a whole."""
        return f"{self.entry}.{self.place}" if self.place else str(self.entry or "")


class NotTaken(Exception):
    """The file can't be taken, and nothing of it was. `findings`: why, the first ones, in their order."""

    def __init__(self, *findings: Finding):
        self.findings = findings
        super().__init__(", ".join(one.code for one in findings))


@dataclass(frozen=True, slots=True)
class Booked:
    """A single payment as it was booked.

    `account`: the IBAN that the bank names; `ours`: the agency's account that it came to, which may be a QR-IBAN of the
    same account. `amount` is positive. `bank_reference`: what the bank calls it; empty where it has no name for it.
    `position` tells payments apart that agree in account, bank reference, amount, day and kind, from 0.
    `references`: those of the payment's own fields; `texts`: what somebody typed.
    """

    entry: int
    place: int
    kind: Kind
    account: str
    ours: str
    currency: str
    amount: Decimal
    booked_on: date
    bank_reference: str
    position: int
    references: tuple[str, ...]
    texts: tuple[str, ...]
    payer: str
    payer_account: str

    def identity(self) -> tuple[str, ...]:
        """What it is known by again, in a second file too. Where the bank has no name for it, all that it says."""
        named = (self.bank_reference,) if self.bank_reference else ("", *self.content())
        return (self.account, self.kind, f"{self.currency} {self.amount}", self.booked_on.isoformat(), *named)

    def content(self) -> tuple[str, ...]:
        """What the payer wrote, and who they are."""
        parts = (self.references, self.texts, (self.payer, self.payer_account))
        return tuple("\n".join(one) for one in parts)
