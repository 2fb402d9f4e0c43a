"""The shape of a tenant's rules for plans of instalments, and of the accounts that money is paid to.

Amounts are `Decimal` in the currency of the debt: the figures are the same for CHF and EUR.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Currency = Literal["CHF", "EUR"]
QR_IIDS = range(30000, 32000)
"""Bank numbers (IID) that mark a QR-IBAN: only it goes with a QR reference (SIX, Swiss Payment Standards)."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the agency: `iban` without spaces.

    `reference_prefix`: the digits that the bank wants the QR references to begin with; empty: none.
    """

    iban: str
    currency: Currency
    bank: str
    reference_prefix: str = ""

    @property
    def qr(self) -> bool:
        """Whether this is a QR-IBAN, which goes with QR references alone (QRR)."""
        iid = self.iban[4:9]
        return self.iban[:2] in ("CH", "LI") and iid.isdecimal() and int(iid) in QR_IIDS

    @property
    def shown(self) -> str:
        """The IBAN in groups of four, as on paper."""
        return " ".join(self.iban[at : at + 4] for at in range(0, len(self.iban), 4))


@dataclass(frozen=True, slots=True)
class Band:
    """What goes for balances up to `up_to`, and above the band before; None: for all that are larger.

    `single`: to be paid at once. Else each instalment has at least `smallest` and at least `share` percent of the
    balance, and there are at most `most` of them; None: as many as follow from that.
    """

    up_to: Decimal | None
    single: bool
    smallest: Decimal
    share: Decimal
    most: int | None


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of instalments: `bands` from the smallest balances to the largest, the last without a bound.

    The first payment is due within `first_days`. Whoever misses `missed_in_row` in a row ends the plan; missed is what
    isn't paid `grace_days` after it was due. The end is announced `end_days` ahead. `cash`: Swiss amounts are rounded
    to five centimes.
    """

    bands: tuple[Band, ...]
    first_days: int
    missed_in_row: int
    grace_days: int
    cash: bool = False
    end_days: int = 14

    def band(self, balance: Decimal) -> Band:
        """The band of `balance`."""
        return next((one for one in self.bands if one.up_to is None or balance <= one.up_to), self.bands[-1])


@dataclass(frozen=True, slots=True)
class Plans:
    """The tenant's rules, and those of creditors that have their own, by `folded` name."""

    terms: Terms
    creditors: Mapping[str, Terms]

    def terms_of(self, creditor: str) -> Terms:
        """The rules for claims of `creditor`, however its name is written."""
        return self.creditors.get(folded(creditor), self.terms)


def folded(name: str) -> str:
    """A creditor's name in one form: capitals, accents' encoding and spaces make no difference."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
