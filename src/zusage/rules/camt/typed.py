"""Payment references where somebody typed them: into the field for one, with spaces, or into the free text.

The check digits decide. What looks like one by chance finds no instalment: the index is asked for what was found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from zusage.rules.paying.references import QRR_LENGTH, kind

SCOR = range(25, 4, -1)
"""Characters that an ISO creditor reference may have."""
MOST = 50
"""References that one payment is looked at for."""
TRIED = 100
"""Places in a text that are tried."""
LONGEST = 500
"""Characters of a text that are looked at: banks allow 140."""

_NUMBER = re.compile(r"[0-9](?:[ .\-]?[0-9])*")
_CREDITOR = re.compile(r"(?=(RF[ .\-]?[0-9][0-9A-Z .\-]{2,60}))", re.IGNORECASE)
_BETWEEN = re.compile(r"[ .\-]+")


def references_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The references in `texts`, in one piece and in capitals, each once, in their order; at most `MOST`."""
    found: dict[str, None] = {}
    for whole in texts:
        text = whole[:LONGEST]
        for one in (*_qrr(text), *_scor(text)):
            if len(found) < MOST:
                found[one] = None
    return tuple(found)


def _qrr(text: str) -> Iterable[str]:
    for run in islice(_NUMBER.findall(text), TRIED):
        digits = _BETWEEN.sub("", run)
        # What stands before or after it without a word between (an invoice's number) is tried off.
        for start in range(min(len(digits) - QRR_LENGTH + 1, TRIED)):
            one = digits[start : start + QRR_LENGTH]
            if kind(one) == "QRR":
                yield one


def _scor(text: str) -> Iterable[str]:
    for run in islice(_CREDITOR.findall(text), TRIED):
        letters = _BETWEEN.sub("", run).upper()
        # Where it ends nobody can see: "RF18 5390 0754 7034 thanks". The longest is the likeliest.
        for length in SCOR:
            if length <= len(letters) and kind(letters[:length]) == "SCOR":
                yield letters[:length]
