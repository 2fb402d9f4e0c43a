"""Files as Swiss and German banks send them: camt.053 and camt.054, versions 04 and 08, made of a few values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from xml.sax.saxutils import escape

QR_IBAN = "CH4431999123000889012"
IBAN = "CH9300762011623852957"
EURO = "DE89370400440532013000"
ACCOUNTS = {QR_IBAN: "CHF", IBAN: "CHF", EURO: "EUR"}
DAY = date(2026, 11, 27)


@dataclass(frozen=True)
class Paid:
    """A payment within an entry. `reference`: structured; `text`: what was typed; `amount` None: not told here."""

    amount: str | None = "100.00"
    reference: str = ""
    text: str = ""
    payer: str = "Nadine Oberholzer"
    end_to_end: str = "NOTPROVIDED"
    currency: str = "CHF"
    bank_reference: str = ""
    returned: str = ""


@dataclass(frozen=True)
class Entry:
    """An entry of a statement. `day`: as it is written, a date or a date with a time."""

    payments: Sequence[Paid] = (Paid(),)
    amount: str = ""
    currency: str = "CHF"
    direction: str = "CRDT"
    reversal: bool = False
    state: str = "BOOK"
    day: str = DAY.isoformat()
    bank_reference: str = "20261127001"
    name: str = ""
    of: int = 0
    more: str = ""


@dataclass(frozen=True)
class Statement:
    """Entries of one account."""

    entries: Sequence[Entry] = (Entry(),)
    account: str = IBAN
    number: str = field(default="")


def file(
    *statements: Statement, kind: str = "053", version: str = "08", namespace: str | None = None
) -> bytes:
    """A whole file."""
    outer, inner = ("BkToCstmrStmt", "Stmt") if kind == "053" else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    names = f"urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}" if namespace is None else namespace
    body = "".join(_statement(one, inner, version) for one in statements or (Statement(),))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{names}">\n<{outer}><GrpHdr><MsgId>M1</MsgId>'
        f"<CreDtTm>2026-11-27T21:00:00</CreDtTm></GrpHdr>\n{body}</{outer}></Document>\n"
    ).encode()


def _statement(one: Statement, inner: str, version: str) -> str:
    account = (
        f"<IBAN>{one.account}</IBAN>" if one.account[:2].isalpha() else f"<Othr><Id>{one.account}</Id></Othr>"
    )
    entries = "".join(_entry(each, version) for each in one.entries)
    return (
        f"<{inner}><Id>S1</Id><Acct><Id>{account}</Id><Svcr><FinInstnId><Nm>Eine Bank</Nm></FinInstnId></Svcr></Acct>\n"
        f"<Bal><Amt Ccy='CHF'>-12.345</Amt></Bal>{entries}</{inner}>\n"
    )


def _entry(one: Entry, version: str) -> str:
    total = one.amount or f"{sum(float(each.amount or 0) for each in one.payments):.2f}"
    state = f"<Cd>{one.state}</Cd>" if version >= "08" else one.state
    day = f"<DtTm>{one.day}</DtTm>" if "T" in one.day else f"<Dt>{one.day}</Dt>"
    batch = f"<Btch><NbOfTxs>{one.of}</NbOfTxs></Btch>" if one.of else ""
    details = batch + "".join(_payment(each, one, version) for each in one.payments)
    return "".join(
        (
            f"<Ntry>{_tag('NtryRef', one.name)}<Amt Ccy='{one.currency}'>{total}</Amt>",
            f"<CdtDbtInd>{one.direction}</CdtDbtInd>{'<RvslInd>true</RvslInd>' if one.reversal else ''}",
            f"<Sts>{state}</Sts><BookgDt>{day}</BookgDt><ValDt>{day}</ValDt>",
            f"{_tag('AcctSvcrRef', one.bank_reference)}<BkTxCd><Domn><Cd>PMNT</Cd></Domn></BkTxCd>",
            f"<NtryDtls>{details}</NtryDtls>" if details else "",
            f"{_tag('AddtlNtryInf', one.more)}</Ntry>\n",
        )
    )


def _payment(one: Paid, entry: Entry, version: str) -> str:
    name = f"<Nm>{escape(one.payer)}</Nm>"
    party = f"<Pty>{name}</Pty>" if version >= "08" else name
    structured = (
        f"<Strd><CdtrRefInf><Ref>{escape(one.reference)}</Ref></CdtrRefInf></Strd>" if one.reference else ""
    )
    refs = f"<Refs>{_tag('AcctSvcrRef', one.bank_reference)}{_tag('EndToEndId', one.end_to_end)}</Refs>"
    returned = f"<RtrInf><Rsn><Cd>{one.returned}</Cd></Rsn></RtrInf>" if one.returned else ""
    amount = f"<Amt Ccy='{one.currency}'>{one.amount}</Amt>" if one.amount is not None else ""
    return (
        f"<TxDtls>{refs}{amount}<CdtDbtInd>{entry.direction}</CdtDbtInd>"
        f"<RltdPties><Dbtr>{party}</Dbtr><DbtrAcct><Id><IBAN>CH5604835012345678009</IBAN></Id></DbtrAcct></RltdPties>"
        f"<RmtInf>{_tag('Ustrd', one.text)}{structured}</RmtInf>{returned}</TxDtls>"
    )


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""
