"""Receipts: 130 random bits as 26 characters of Crockford's base 32, the one thing that opens a mailbox."""

from __future__ import annotations

import re

from zusage.rules import text
from zusage.rules.problems import Problem

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
_BITS = 5 * LENGTH
_BYTES = 17  # 136 bits, the fewest whole bytes that hold 130

_READ_OVER = re.compile("[ -]")
_LOOK_ALIKES = str.maketrans("OIL", "011")
_CHARACTERS = re.compile(f"[{ALPHABET}]*")


def make(entropy: bytes) -> str:
    """A receipt in normal form from the first 130 bits of `entropy`: each of the 2**130 is as likely as the others.

    `entropy`: 17 bytes or more from a cryptographic source; ValueError if there are fewer.
    """
    if len(entropy) < _BYTES:
        raise ValueError(f"A receipt needs {_BYTES} random bytes.")
    number = int.from_bytes(entropy[:_BYTES], "big") >> (8 * _BYTES - _BITS)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(_BITS - 5, -1, -5))


def normal(raw: str) -> str:
    """The 26 characters of a typed receipt: any case, spaces, line ends and hyphens read over, O as 0, I and L as 1.

    Problems: missing, receipt-characters (U is in no receipt), receipt-length.
    """
    # Copied from a narrow page it may come in several lines. Whatever else is wrong with the text, one answer will do.
    try:
        entry = text.entry(" ".join(raw.split()), 200)
    except Problem as problem:
        raise Problem("missing" if problem.code == "missing" else "receipt-characters") from None
    if not entry.isascii():
        raise Problem("receipt-characters")
    receipt = _READ_OVER.sub("", entry).upper().translate(_LOOK_ALIKES)
    if not _CHARACTERS.fullmatch(receipt):
        raise Problem("receipt-characters")
    if len(receipt) != LENGTH:
        raise Problem("receipt-length", count=LENGTH)
    return receipt


def grouped(receipt: str) -> str:
    """A receipt in normal form as people read it: groups of four joined by hyphens."""
    return "-".join(receipt[start : start + 4] for start in range(0, len(receipt), 4))
