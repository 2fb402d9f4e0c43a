"""A bank's file into payments: what each says, and every mistake with its place. Nothing is decided of plans here."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from zusage.rules import money
from zusage.rules.camt.events import Fields, Reader
from zusage.rules.camt.shapes import PASSED_OVER, Booked, Code, Finding, Format, Kind, NotTaken

MOST = 500_000
"""Payments of one file."""
MOST_FINDINGS = 100
"""Mistakes that are told."""
LARGEST = Decimal(10) ** 12
"""Of any amount that a bank tells. A payment has the bound of all money here (`rules.money`)."""

_AMOUNT = re.compile(r"\+?([0-9]{1,18})(?:\.([0-9]{0,5}))?")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?")
_NO_NAME = frozenset(("", "NOTPROVIDED", "NOTAVAILABLE", "NONREF", "NONE"))
"""What stands where a bank or payer has no reference."""
_BOOKED, _NOT_YET = ("", "BOOK"), ("PDNG", "INFO", "FUTR")
_TEXTS = ("RmtInf/Ustrd", "AddtlTxInf")
_PAYER = tuple(f"RltdPties/{who}/{name}" for who in ("Dbtr", "UltmtDbtr") for name in ("Nm", "Pty/Nm"))
_NO_FIELDS: Fields = {}

Accounts = Mapping[str, str]
"""The agency's accounts: IBAN in one piece -> currency."""


@dataclass(slots=True)
class Checked:
    """What a sound file has in it. `passed_over`: the findings that cost an entry alone."""

    format: Format
    entries: int = 0
    payments: int = 0
    passed_over: list[Finding] = field(default_factory=list)


def check(stream: BinaryIO, accounts: Accounts) -> Checked:
    """Read the whole file, and keep nothing of it. Raises NotTaken with the first `MOST_FINDINGS` mistakes."""
    reading = Reading(stream, accounts)
    wrong: list[Finding] = []
    passed_over: list[Finding] = []
    payments = 0
    for one in reading:
        if isinstance(one, Booked):
            payments += one.kind != "other"
        else:
            kept = passed_over if one.code in PASSED_OVER else wrong
            if len(kept) < MOST_FINDINGS:
                kept.append(one)
    if wrong:
        raise NotTaken(*wrong)
    assert reading.format is not None
    return Checked(reading.format, reading.entries, payments, passed_over)


@dataclass(slots=True)
class _Entry:
    """An entry that is being read: its fields, how many payments it has had, and one whose amount isn't told.

    `wrong`: what is wrong with it as a whole, once it was looked at; that is told once.
    """

    number: int
    fields: Fields
    places: int = 0
    waiting: Fields | None = None
    wrong: list[Finding] | None = None


class Reading:
    """The payments and findings of one file, in its order. Raises NotTaken where nothing can be read any more."""

    def __init__(self, stream: BinaryIO, accounts: Accounts) -> None:
        self.entries = 0
        self._reader, self._accounts = Reader(stream), accounts
        self._statement: Fields = _NO_FIELDS
        self._seen: Counter[int] = Counter()
        self._booked = 0

    @property
    def format(self) -> Format | None:
        """What it is, once something of it was read."""
        return self._reader.format

    def __iter__(self) -> Iterator[Booked | Finding]:
        entry = _Entry(0, _NO_FIELDS)
        before = 0
        for event in self._reader:
            if event.level == "statement":
                if event.is_end and self.entries == before:
                    yield from self._wrong_account(_Entry(0, _NO_FIELDS))
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
        number = _first(entry.fields, "NtryDtls/Btch/NbOfTxs")
        if entry.places == 0 and number.isdecimal() and int(number) > 1:
            yield from self._wrong(entry) or [Finding("sum-only", entry.number, detail=number[:9])]
        elif entry.places == 0:
            yield from self._read(entry, _NO_FIELDS)
        elif entry.places == 1 and entry.waiting is not None:
            yield from self._read(entry, entry.waiting)

    def _read(self, entry: _Entry, fields: Fields) -> Iterator[Booked | Finding]:
        if _first(entry.fields, "Sts/Cd", "Sts").upper() in _NOT_YET:
            return
        if entry.wrong is None:
            yield from self._wrong(entry)
        if entry.wrong:
            return
        told, _ = self._amount(fields, entry) or _told(entry.fields, "Amt")
        amount = _amount(told)
        direction = _first(fields, "CdtDbtInd") or _first(entry.fields, "CdtDbtInd")
        kind = _kind(direction, entry.fields, fields)
        day = _day(_booked_on(entry.fields))
        assert isinstance(day, date)
        if direction not in ("CRDT", "DBIT"):
            yield Finding("direction", entry.number, entry.places)
        elif isinstance(amount, Decimal) and amount > money.LARGEST and kind != "other":
            yield Finding("amount-too-large", entry.number, entry.places)
        elif isinstance(amount, Decimal):
            yield self._made(entry, fields, amount, day, kind)
        elif amount != "amount-zero" or kind != "other":  # banks close a quarter with a line of nothing
            yield Finding(amount, entry.number, entry.places)

    def _made(self, entry: _Entry, fields: Fields, amount: Decimal, day: date, kind: Kind) -> Booked:
        self._booked += 1
        if self._booked > MOST:
            raise NotTaken(Finding("too-many", detail=f"{MOST:,}"))
        texts = [text for path in _TEXTS for text in fields.get(path, ())]
        if fields is _NO_FIELDS:
            texts = entry.fields.get("AddtlNtryInf", [])
        end_to_end = _named(_first(fields, "Refs/EndToEndId"))
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
            bank_reference=_named(_first(entry.fields, "AcctSvcrRef")) or _named(_first(fields, "Refs/AcctSvcrRef")),
            position=0,
            references=references,
            texts=tuple(texts),
            payer=_first(fields, *_PAYER),
            payer_account=_compact(_first(fields, "RltdPties/DbtrAcct/Id/IBAN")),
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
        return _compact(_first(self._statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id"))

    def _ours(self, entry: _Entry) -> str:
        """The agency's account that an entry came to: Swiss banks name its QR-IBAN beside the account's own; or ""."""
        for one in (_compact(_first(entry.fields, "NtryRef")), self._account()):
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
        told, currency = _told(entry.fields, "Amt")
        amount = _amount(told)
        if not isinstance(amount, Decimal) and amount != "amount-zero":
            wrong.append(Finding(amount, entry.number))
        if not wrong and currency != self._accounts[self._ours(entry)]:
            wrong.append(Finding("currency", entry.number))
        if _first(entry.fields, "Sts/Cd", "Sts").upper() not in (*_BOOKED, *_NOT_YET):
            wrong.append(Finding("state", entry.number))
        day = _day(_booked_on(entry.fields))
        if not isinstance(day, date):
            wrong.append(Finding(day, entry.number))
        entry.wrong = wrong
        return wrong

    def _amount(self, fields: Fields, entry: _Entry) -> tuple[str, str] | None:
        """A payment's own amount, in its entry's currency; None where it has none."""
        wanted = _told(entry.fields, "Amt")[1]
        for path in ("Amt", "AmtDtls/TxAmt/Amt"):
            told, currency = _told(fields, path)
            if told and currency == wanted:
                return told, currency
        return None


def _booked_on(fields: Fields) -> str:
    return _first(fields, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")


def _told(fields: Fields, path: str) -> tuple[str, str]:
    return _first(fields, path), _first(fields, f"{path}@Ccy")


def _first(fields: Fields, *paths: str) -> str:
    """The first value of the first path that has one."""
    return next((fields[path][0] for path in paths if fields.get(path)), "")


def _named(reference: str) -> str:
    return "" if reference.upper() in _NO_NAME else reference


def _compact(iban: str) -> str:
    return iban.replace(" ", "").upper()


def _amount(told: str) -> Decimal | Code:
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


def _day(told: str) -> date | Code:
    found = _DAY.fullmatch(told)
    if not found:
        return "date-unclear" if told else "date-missing"
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        return "date-unclear"


def _kind(direction: str, entry: Fields, payment: Fields) -> Kind:
    """A credit is a payment; a debit takes one back where the bank says so, and else is none of a debtor's."""
    is_reversal = _first(entry, "RvslInd").lower() in ("true", "1")
    if direction == "CRDT":
        return "other" if is_reversal else "payment"
    is_return = is_reversal or any(path.startswith("RtrInf/") for path in payment)
    return "returned" if is_return else "other"
