"""Which characters can be printed, and what stands for those that can't."""

from __future__ import annotations

import re
import unicodedata

STAND_IN = "□"
"""For a letter that no font here has."""
LOST = "\ufffd"
"""For what isn't a letter at all: control characters, broken encodings."""

_LAST_LATIN = "\u024f"
_JOINER = "\u200d"
_SILENT = frozenset(["\u200c", _JOINER, *map(chr, range(0xFE00, 0xFE10))])  # never drawn themselves
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Nobody sees them. Those that turn the direction of writing round could make a paper show other than what is stored.
_UNSEEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_NO_LETTER = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb\U000e0000-\U000e0fff"
    # The last two of each plane are no characters.
    + "".join(chr(plane | last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# More accents on one letter than any language has; readers of PDF give up at thousands.
_MARK = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_MARKS = re.compile(f"({_MARK}{{8}}){_MARK}+")


def clean(text: str) -> str:
    """`text` with \\n as line end, without what nobody can see, and `LOST` for what isn't a letter."""
    text = _UNSEEN.sub("", _LINE_END.sub("\n", text))
    text = _MARKS.sub(rf"\1{LOST}", text)
    return _NO_LETTER.sub(LOST, text)


def clusters(text: str) -> list[str]:
    """`text` in pieces that are drawn together: a letter with its marks, an emoji made of several."""
    found: list[str] = []
    for character in text:
        together = character == _JOINER or unicodedata.category(character).startswith("M")
        if found and (together or found[-1].endswith(_JOINER)) and not found[-1].isspace():
            found[-1] += character
        else:
            found.append(character)
    return found


def replaced(text: str, missing: frozenset[str], doubt: int) -> str:
    """`text` with the stand-in for what can't be drawn, when the characters in `missing` weren't drawn somewhere in it.

    A letter with a mark that no font has is in `missing` as well as the mark; without it, it may be there. `doubt`: 0
    takes clusters of several characters, all missing; 1 also single ones; 2 also those with one missing character among
    others. Plain Latin letters on their own always stay.
    """

    def drawn(cluster: str) -> bool:
        seen = {character for character in cluster if character not in _SILENT}
        if len(seen) < 2 and cluster <= _LAST_LATIN:
            return True
        if doubt == 2:
            return missing.isdisjoint(seen)
        return not missing.issuperset(seen) or (doubt == 0 and len(cluster) == 1)

    return "".join(cluster if drawn(cluster) else STAND_IN for cluster in clusters(text))


def unmarked(text: str) -> str:
    """`text` without marks if any of it is written from right to left: there they are vowels, which readers know."""
    if not any(unicodedata.bidirectional(character) in ("R", "AL") for character in text):
        return text
    return "".join(character for character in text if not unicodedata.category(character).startswith("M"))
