"""What the demo's bank reports: a file of incoming payments, as banks send them (camt.054.001.08)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from zusage.policy.plans import Account

NAMES = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment. `reference`: compact, in its own field; `text`: what the payer typed. `id`: what the bank calls it."""

    id: str
    day: date
    amount: Decimal
    payer: str
    reference: str = ""
    text: str = ""


def report(account: Account, payments: Sequence[Paid], name: str) -> bytes:
    """The file; `name` is the message's."""
    entries = "".join(_entry(account, one) for one in payments)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMES}">\n<BkToCstmrDbtCdtNtfctn>'
        f"<GrpHdr><MsgId>{name}</MsgId></GrpHdr>\n<Ntfctn><Id>{name}</Id>"
        f"<Acct><Id><IBAN>{account.iban}</IBAN></Id><Ccy>{account.currency}</Ccy></Acct>\n{entries}"
        "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"
    ).encode()


def _entry(account: Account, one: Paid) -> str:
    amount = f'<Amt Ccy="{account.currency}">{one.amount:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    said = f"<Ustrd>{escape(one.text)}</Ustrd>" if one.text else ""
    if one.reference:
        said += f"<Strd><CdtrRefInf><Ref>{escape(one.reference)}</Ref></CdtrRefInf></Strd>"
    return (
        f"<Ntry>{amount}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{one.day}</Dt></BookgDt>"
        f"<AcctSvcrRef>{escape(one.id)}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><AcctSvcrRef>{escape(one.id)}</AcctSvcrRef></Refs>{amount}"
        f"<RltdPties><Dbtr><Pty><Nm>{escape(one.payer)}</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf>{said}</RmtInf></TxDtls></NtryDtls></Ntry>\n"
    )
