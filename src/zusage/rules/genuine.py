"""Whether a number on a letter is formed as ours are. Nothing is looked up: what isn't known can't be given away.

What comes out follows from the digits and from the accounts that the policy publishes, alike for a reference that
exists and for one that doesn't.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stdnum import iban, numdb

from zusage.policy.types import Account, CheckDigits
from zusage.rules import check_digits, references, text
from zusage.rules.paying import references as paying

Kind = Literal["iban", "qr-reference", "creditor-reference", "case-reference"]
Verdict = Literal["ours", "not-ours", "right", "wrong"]

LONGEST = 60

_BETWEEN = re.compile(r"[\s./-]")
_IBAN = re.compile(r"([A-Z]{2})[0-9]{2}[A-Z0-9]{4,30}")
_CREDITOR_REFERENCE = re.compile(r"RF[0-9]{2}[A-Z0-9]{1,21}")
_QR_REFERENCE = re.compile(r"[0-9]{27}")


@dataclass(frozen=True, slots=True)
class Finding:
    """What an entry is, and how it is formed.

    ours, not-ours: an account, with correct check digits. right, wrong: by the check digits of its kind. not-ours of a
    QR reference: correct, but another bank's customers have such ones. `account`: which of ours it is.
    """

    kind: Kind
    verdict: Verdict
    account: Account | None = None


def look(raw: str, accounts: Sequence[Account], case_rule: CheckDigits) -> Finding:
    """What `raw` is: an IBAN, a QR reference (27 digits), a creditor reference (RF…), else a case reference.

    `case_rule`: how the agency's case references end. Problems: missing, digits-other, reference-…, and those of text.
    """
    entry = text.entry(raw, LONGEST)
    text.only_ascii_digits(entry)
    compact = _BETWEEN.sub("", entry).upper()
    if _CREDITOR_REFERENCE.fullmatch(compact):
        return Finding("creditor-reference", "right" if paying.kind(compact) == "SCOR" else "wrong")
    found = _IBAN.fullmatch(compact)
    if found and _has_ibans(found[1]):
        return _account(compact, accounts)
    if _QR_REFERENCE.fullmatch(compact):
        return Finding("qr-reference", _qr_reference(compact, accounts))
    reference = references.reference(raw)
    return Finding("case-reference", "right" if check_digits.fits(reference, case_rule) else "wrong")


def _has_ibans(country: str) -> bool:
    return bool(numdb.get("iban").info(country)[0][1])


def _account(compact: str, accounts: Sequence[Account]) -> Finding:
    ours = next((one for one in accounts if one.iban == compact), None)
    if ours:
        return Finding("iban", "ours", ours)
    return Finding("iban", "not-ours" if iban.is_valid(compact) else "wrong")


def _qr_reference(digits: str, accounts: Sequence[Account]) -> Verdict:
    """A bank gives its customers the first digits of their references; where ours does, others aren't ours."""
    if paying.kind(digits) != "QRR":
        return "wrong"
    prefixes = [one.reference_prefix for one in accounts if one.qr]
    return "right" if any(digits.startswith(prefix) for prefix in prefixes) else "not-ours"
