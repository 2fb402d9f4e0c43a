"""Who is paid, as a payment code has room for: the narrowest of the standards, SIX's Implementation Guidelines 2.3."""

from __future__ import annotations

import re
from typing import Final

LONGEST_NAME: Final = 70
LONGEST_STREET: Final = 70
LONGEST_TOWN: Final = 35

_TYPOGRAPHY = str.maketrans("–—‘’“”„\u202f", '--\'\'""" ')
"""What stands in for signs of good typography, which a code has no place for."""
# Basic Latin, Latin-1, Latin Extended-A, and a few single ones.
_OTHER = re.compile("[^\u0020-\u007e\u00a0-\u017f\u0218-\u021b\u20ac]")


def plain(text: str) -> str:
    """`text` in one line, with plain signs for typographic ones."""
    return " ".join(text.translate(_TYPOGRAPHY).split())


def latin(text: str) -> bool:
    """Whether a code has a place for each character of `text`."""
    return not _OTHER.search(text)
