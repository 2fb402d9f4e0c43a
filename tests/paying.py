"""Payment codes read as a bank reads them: from the picture of a page, field by field, by the standards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

import pypdfium2
import zxingcpp
from PIL import Image

from tests.tenants import REFERENCE, loaded
from zusage.policy.plans import Account
from zusage.policy.types import Controller, Policy
from zusage.rules.paying import paper, references

QRR = Account("CH1831999000000000001", "CHF", "Musterbank AG, Zürich")
SCOR = Account("CH9300762011623852957", "CHF", "Musterbank AG, Zürich")
EUR = Account("DE93999999990000000001", "EUR", "Musterbank, Frankfurt")
DRAWN = 3
"""Times 72 dots an inch: what a telephone sees of a page, roughly."""

SWISS_FIELDS = (
    "QRType Version Coding IBAN "
    "CrType CrName CrStreet CrHouse CrPostcode CrTown CrCountry "
    "UltType UltName UltStreet UltHouse UltPostcode UltTown UltCountry "
    "Amount Currency "
    "DebType DebName DebStreet DebHouse DebPostcode DebTown DebCountry "
    "RefType Reference Message Trailer"
).split()
"""Swiss Implementation Guidelines QR-bill 2.3, in the order of the code's lines."""
EPC_FIELDS = (
    "ServiceTag Version CharacterSet Identification BIC Name IBAN Amount Purpose Reference Text".split()
)
"""EPC069-12, in the order of the code's lines."""


@dataclass(frozen=True)
class Line:
    """An instalment."""

    number: int
    due: date
    amount: Decimal
    paid: Decimal
    reference: str


def plan(account: Account, *amounts: str, paid: str = "0", cited: tuple[str, ...] = ()) -> paper.Agreed:
    """A plan of these amounts, of whose first `paid` is there already."""
    lines = [
        Line(
            number,
            date(2027 + number // 12, number % 12 + 1, 28),
            Decimal(amount),
            Decimal(paid if number == 1 else "0"),
            references.new_reference(account),
        )
        for number, amount in enumerate(amounts, start=1)
    ]
    terms = policy().plans
    assert terms is not None
    return paper.Agreed(account.currency, account, date(2026, 12, 1), lines, terms.terms, cited)


def policy(**controller: str) -> Policy:
    """The reference tenant, with other entries about the agency."""
    known = loaded(REFERENCE)
    return replace(known, controller=replace(known.controller, **controller))


def drawn(pdf: bytes, scale: float = DRAWN) -> Iterator[Image.Image]:
    """Its pages as pictures."""
    for page in pypdfium2.PdfDocument(pdf):
        yield page.render(scale=scale).to_pil()


@lru_cache(maxsize=2)
def codes(pdf: bytes) -> list[str]:
    """What the codes on its pages say, from top to bottom."""
    found: list[str] = []
    for picture in drawn(pdf):
        seen = zxingcpp.read_barcodes(picture.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
        read = sorted(seen, key=lambda code: code.position.top_left.y)
        found += [code.text for code in read]
    return found


def fields(code: str) -> dict[str, str]:
    """The fields of a code; AssertionError for one that is neither standard's, or has too many lines or too few."""
    if code.startswith("SPC"):
        lines, names = code.split("\r\n"), SWISS_FIELDS
        assert len(lines) == len(names), lines
    else:
        lines, names = code.split("\n"), EPC_FIELDS
        assert 7 <= len(lines) <= len(names), lines
        lines += [""] * (len(names) - len(lines))
    return dict(zip(names, lines, strict=True))


def expected(agreed: paper.Agreed, line: Line, holder: Controller, house: tuple[str, str]) -> dict[str, str]:
    """What the code has to say that pays what is left of `line`. `house`: street and number of the agency."""
    account, amount = agreed.account, f"{line.amount - line.paid:.2f}"
    if account.iban.startswith("DE"):
        values = [
            "BCD",
            "002",
            "1",
            "SCT",
            "",
            holder.name,
            account.iban,
            f"EUR{amount}",
            "",
            line.reference,
            "",
        ]
        return dict(zip(EPC_FIELDS, values, strict=True))
    nobody = [""] * 7
    values = [
        *("SPC", "0200", "1", account.iban),
        *("S", holder.name, *house, holder.postcode, holder.town, holder.country),
        *nobody,
        *(amount, account.currency),
        *nobody,
        *("QRR" if account.qr else "SCOR", line.reference, "", "EPD"),
    ]
    return dict(zip(SWISS_FIELDS, values, strict=True))


def wrong(
    pdf: bytes,
    agreed: paper.Agreed,
    holder: Controller,
    house: tuple[str, str] = ("Musterstrasse", "1"),
) -> list[str]:
    """Where the codes on paper say something else than what was agreed; empty: nowhere."""
    due = [line for line in agreed.lines if line.paid < line.amount]
    read = [fields(code) for code in codes(pdf)]
    if len(read) != len(due):
        return [f"{len(read)} codes for {len(due)} instalments"]
    found: list[str] = []
    for line, code in zip(due, read, strict=True):
        assert isinstance(line, Line)
        for name, value in expected(agreed, line, holder, house).items():
            if code[name] != value:
                found.append(f"{line.number} {name}: {code[name]!r} in place of {value!r}")
    return found
