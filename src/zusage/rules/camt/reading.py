"""A bank's file into payments: what each says, and every mistake with its place. Nothing is decided of plans here."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from zusage.rules import money
from zusage.rules.camt.events import Fields, Reader
from zusage.rules.camt.shapes import TOLD, Booked, Code, Finding, Format, Kind, NotTaken
from zusage.rules.camt.values import (
    amount_of,
    booked_on,
    compact,
    day_of,
    first,
    has_charges,
    kind_of,
    money_told,
    named,
)

MOST = 500_000
"""Payments of one file."""
MOST_FINDINGS = 100
"""Mistakes that are told."""

_BOOKED, _NOT_YET = ("", "BOOK"), ("PDNG", "INFO", "FUTR")
_TEXTS = ("RmtInf/Ustrd", "AddtlTxInf")
_PAYER = tuple(f"RltdPties/{who}/{name}" for who in ("Dbtr", "UltmtDbtr") for name in ("Nm", "Pty/Nm"))
NO_FIELDS: Fields = {}
ZERO = Decimal(0)

Accounts = Mapping[str, str]
"""The agency's accounts: IBAN in one piece -> currency."""


@dataclass(slots=True)
class Checked:
    """What a sound file has in it. `told`: what a human should look at; `sums`: sums without their payments."""

    format: Format
    entries: int = 0
    payments: int = 0
    sums: int = 0
    told: list[Finding] = field(default_factory=list)


def check(stream: BinaryIO, accounts: Accounts) -> Checked:
    """Read the whole file, and keep nothing of it. Raises NotTaken with the first `MOST_FINDINGS` mistakes."""
    reading = Reading(stream, accounts)
    wrong: list[Finding] = []
    told: list[Finding] = []
    payments = sums = 0
    for one in reading:
        if isinstance(one, Booked):
            payments += one.kind != "other"
        elif one.code == "sum-only":
            sums += 1
        else:
            kept = told if one.code in TOLD else wrong
            if len(kept) < MOST_FINDINGS:
                kept.append(one)
    if wrong:
        raise NotTaken(*wrong)
    assert reading.format is not None
    return Checked(reading.format, reading.entries, payments, sums, told)


@dataclass(slots=True)
class _Entry:
    """An entry that is being read: its fields, how many payments it has had, and one whose amount isn't told.

    `wrong`: what is wrong with it as a whole, once it was looked at; that is told once. `total`: what its payments add
    up to; `charged`: the bank kept charges back.
    """

    number: int
    fields: Fields
    places: int = 0
    waiting: Fields | None = None
    wrong: list[Finding] | None = None
    total: Decimal = ZERO
    charged: bool = False


def _sum(entry: _Entry) -> Iterator[Finding]:
    """Whether the payments of an entry add up to it: less would be somebody's money that nobody is told of."""
    direction = first(entry.fields, "CdtDbtInd")
    amount = amount_of(money_told(entry.fields, "Amt")[0])
    if kind_of(direction, entry.fields, NO_FIELDS) == "other" or has_charges(entry.fields):
        return
    if isinstance(amount, Decimal) and amount != abs(entry.total):
        yield Finding("sum-differs", entry.number)


class Reading:
    """The payments and findings of one file, in its order. Raises NotTaken where nothing can be read any more."""

    def __init__(self, stream: BinaryIO, accounts: Accounts) -> None:
        self.entries = 0
        self._reader, self._accounts = Reader(stream), accounts
        self._statement: Fields = NO_FIELDS
        self._seen: Counter[int] = Counter()
        self._booked = 0

    @property
    def format(self) -> Format | None:
        """What it is, once something of it was read."""
        return self._reader.format

    def __iter__(self) -> Iterator[Booked | Finding]:
        entry = _Entry(0, NO_FIELDS)
        before = 0
        for event in self._reader:
            if event.level == "statement":
                if event.is_end and self.entries == before:
                    yield from self._wrong_account(_Entry(0, NO_FIELDS))
                self._statement, before = event.fields, self.entries
                self._seen.clear()
            elif event.level == "entry" and not event.is_end:
                self.entries += 1
                entry = _Entry(self.entries, event.fields)
            elif event.level == "entry":
                yield from self._rest(entry)
            elif event.is_end:
                yield from self._payment(entry, event.fields)

    def _payment(self, entry: _Entry, fields: Fields) -> Iterator[Booked | Finding]:
        """A payment with an amount of its own; a first one without waits for the entry to end."""
        entry.places += 1
        if entry.waiting is not None or (entry.places > 1 and self._amount(fields, entry) is None):
            yield Finding("amount-missing", entry.number, entry.places)
        elif self._amount(fields, entry) is None:
            entry.waiting = fields
        else:
            yield from self._read(entry, fields)

    def _rest(self, entry: _Entry) -> Iterator[Booked | Finding]:
        """What is known only when an entry ends: that it was alone, or had no payment in it."""
        number = first(entry.fields, "NtryDtls/Btch/NbOfTxs")
        if entry.places == 0 and number.isdecimal() and int(number) > 1:
            yield from self._wrong(entry) or [Finding("sum-only", entry.number, detail=number[:9])]
        elif entry.places == 0:
            yield from self._read(entry, NO_FIELDS)
        elif entry.places == 1 and entry.waiting is not None:
            yield from self._read(entry, entry.waiting)
        elif entry.wrong == [] and not entry.charged:
            yield from _sum(entry)

    def _read(self, entry: _Entry, fields: Fields) -> Iterator[Booked | Finding]:
        if first(entry.fields, "Sts/Cd", "Sts").upper() in _NOT_YET:
            return
        if entry.wrong is None:
            yield from self._wrong(entry)
        if entry.wrong:
            return
        told, _ = self._amount(fields, entry) or money_told(entry.fields, "Amt")
        amount = amount_of(told)
        direction = first(fields, "CdtDbtInd") or first(entry.fields, "CdtDbtInd")
        kind = kind_of(direction, entry.fields, fields)
        day = day_of(booked_on(entry.fields))
        assert isinstance(day, date)
        if direction not in ("CRDT", "DBIT"):
            yield Finding("direction", entry.number, entry.places)
        elif isinstance(amount, Decimal) and amount > money.LARGEST and kind != "other":
            yield Finding("amount-too-large", entry.number, entry.places)
        elif isinstance(amount, Decimal):
            entry.total += amount if direction == "CRDT" else -amount
            entry.charged |= has_charges(fields)
            yield self._made(entry, fields, amount, day, kind)
        elif amount != "amount-zero" or kind != "other":  # banks close a quarter with a line of nothing
            yield Finding(amount, entry.number, entry.places)

    def _made(self, entry: _Entry, fields: Fields, amount: Decimal, day: date, kind: Kind) -> Booked:
        self._booked += 1
        if self._booked > MOST:
            raise NotTaken(Finding("too-many", detail=f"{MOST:,}"))
        texts = [text for path in _TEXTS for text in fields.get(path, ())]
        if fields is NO_FIELDS:
            texts = entry.fields.get("AddtlNtryInf", [])
        end_to_end = named(first(fields, "Refs/EndToEndId"))
        references = (*fields.get("RmtInf/Strd/CdtrRefInf/Ref", ()), *([end_to_end] if end_to_end else []))
        ours = self._ours(entry)
        made = Booked(
            entry=entry.number,
            place=entry.places,
            kind=kind,
            account=self._account() or ours,
            ours=ours,
            currency=self._accounts[ours],
            amount=amount,
            booked_on=day,
            bank_reference=named(first(entry.fields, "AcctSvcrRef")) or named(first(fields, "Refs/AcctSvcrRef")),
            position=0,
            references=references,
            texts=tuple(texts),
            payer=first(fields, *_PAYER),
            payer_account=compact(first(fields, "RltdPties/DbtrAcct/Id/IBAN")),
        )  # fmt: skip
        return self._numbered(made)

    def _numbered(self, made: Booked) -> Booked:
        """With its position among those of its statement that are known by the same."""
        short = hashlib.blake2b("\0".join(made.identity()).encode(), digest_size=8).digest()
        same = int.from_bytes(short, "big")
        position = self._seen[same]
        self._seen[same] += 1
        if position:
            object.__setattr__(made, "position", position)
        return made

    def _account(self) -> str:
        """The account that the statement is of."""
        return compact(first(self._statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id"))

    def _ours(self, entry: _Entry) -> str:
        """The agency's account that an entry came to: Swiss banks name its QR-IBAN beside the account's own; or ""."""
        for one in (compact(first(entry.fields, "NtryRef")), self._account()):
            if one in self._accounts:
                return one
        return ""

    def _wrong_account(self, entry: _Entry) -> Iterator[Finding]:
        if not self._ours(entry):
            code: Code = "account-foreign" if self._account() else "account-missing"
            yield Finding(code, entry.number)

    def _wrong(self, entry: _Entry) -> list[Finding]:
        """What is wrong with an entry's account, sum, currency, state and day; kept with it."""
        wrong = list(self._wrong_account(entry))
        told, currency = money_told(entry.fields, "Amt")
        amount = amount_of(told)
        if not isinstance(amount, Decimal) and amount != "amount-zero":
            wrong.append(Finding(amount, entry.number))
        if not wrong and currency != self._accounts[self._ours(entry)]:
            wrong.append(Finding("currency", entry.number))
        if first(entry.fields, "Sts/Cd", "Sts").upper() not in (*_BOOKED, *_NOT_YET):
            wrong.append(Finding("state", entry.number))
        day = day_of(booked_on(entry.fields))
        if not isinstance(day, date):
            wrong.append(Finding(day, entry.number))
        entry.wrong = wrong
        return wrong

    def _amount(self, fields: Fields, entry: _Entry) -> tuple[str, str] | None:
        """A payment's own amount, in its entry's currency; None where it has none."""
        wanted = money_told(entry.fields, "Amt")[1]
        for path in ("Amt", "AmtDtls/TxAmt/Amt"):
            told, currency = money_told(fields, path)
            if told and currency == wanted:
                return told, currency
        return None
