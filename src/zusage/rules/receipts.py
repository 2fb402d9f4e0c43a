"""Receipts: 130 random bits as 26 characters of Crockford's base 32, the one thing that opens a mailbox.

The code on a letter is written the same way: 60 bits as 12 characters, which open something beside a case reference
alone, and for a few tries.
"""

from __future__ import annotations

import re

from zusage.rules import text
from zusage.rules.problems import Problem

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
LETTER_LENGTH = 12
_BITS_EACH = 5

_READ_OVER = re.compile("[ -]")
_LOOK_ALIKES = str.maketrans("OIL", "011")
_CHARACTERS = re.compile(f"[{ALPHABET}]*")


def make(entropy: bytes, length: int = LENGTH) -> str:
    """A code of `length` characters in normal form from the first 5 bits of `entropy` for each: all are as likely.

    `entropy`: from a cryptographic source, 17 bytes or more for a receipt, 8 for a letter's code; ValueError if fewer.
    """
    bits = _BITS_EACH * length
    needed = -(-bits // 8)
    if len(entropy) < needed:
        raise ValueError(f"A code of {length} characters needs {needed} random bytes.")
    number = int.from_bytes(entropy[:needed], "big") >> (8 * needed - bits)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(bits - _BITS_EACH, -1, -_BITS_EACH))


def normal(raw: str, length: int = LENGTH) -> str:
    """The characters of a typed code: any case, spaces, line ends and hyphens read over, O as 0, I and L as 1.

    Problems: missing, receipt-characters (U is in no code), receipt-length.
    """
    # Copied from a narrow page it may come in several lines. Whatever else is wrong with the text, one answer will do.
    try:
        entry = text.entry(" ".join(raw.split()), 200)
    except Problem as problem:
        raise Problem("missing" if problem.code == "missing" else "receipt-characters") from None
    if not entry.isascii():
        raise Problem("receipt-characters")
    code = _READ_OVER.sub("", entry).upper().translate(_LOOK_ALIKES)
    if not _CHARACTERS.fullmatch(code):
        raise Problem("receipt-characters")
    if len(code) != length:
        raise Problem("receipt-length", count=length)
    return code


def grouped(code: str) -> str:
    """A code in normal form as people read it: groups of four joined by hyphens."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
