"""The shape of a schedule: a paper of instalments, and for each that is open what pays it.

Like all papers it takes ready words: dates and amounts in the paper's language, codes as the text they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zusage.papers.shape import Section, Sender
from zusage.policy.types import Language

Scheme = Literal["swiss", "sepa"]
"""How a payment is asked for: by a Swiss QR-bill, or by a code of the European Payments Council."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table. `note`: a word on what became of it, such as "paid"; mostly empty."""

    number: str
    due: str
    amount: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """What pays one instalment.

    `number`: its place among all lines, from 1; `title`: the same in words. `figures`: until when and how much, two at
    most; `about`: what else is worth knowing. `payload`: what its code says, to the letter. The rest is what stands
    beside the code, in the form that the standards want: `account` and `reference` in their groups, `holder` in lines,
    `amount` with two decimals and spaces between thousands. `alt`: what a screen reader says in place of the code.
    """

    number: int
    title: str
    figures: tuple[tuple[str, str], ...]
    payload: str
    account: str
    holder: tuple[str, ...]
    reference: str
    currency: str
    amount: str
    alt: str
    bank: str = ""
    about: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """The schedule, then a slip for each instalment that is still to be paid.

    `total`: the sum's row beneath the table, its words and the amount. `sections` follow the table; `slips_lead` stands
    before the slips. ValueError without a line.
    """

    language: Language
    title: str
    sender: Sender
    scheme: Scheme
    lines: tuple[Line, ...]
    total: tuple[str, str]
    caption: str
    date: str = ""
    lead: str = ""
    about: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    slips_title: str = ""
    slips_lead: str = ""
    slips: tuple[Slip, ...] = ()

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("a schedule needs a title")
        if not self.lines:
            raise ValueError("a schedule needs an instalment")
