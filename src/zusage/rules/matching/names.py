"""Names made comparable: one spelling for letters that people write in several ways, tokens, and readings of a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

Tokens = tuple[str, ...]

MOST_TOKENS = 6
"""More words than that stay with the surname."""
PARTICLES = frozenset(
    "von vom van der den de la las le los du des di da das do dos del dell della delle dei degli dal dalla lo y e i "
    "zu zum zur ten ter te af av und bin ibn al el".split()
)
TITLES = frozenset(
    "herr herrn frau familie dr med prof dipl ing lic iur phil mag monsieur madame mme mlle signor signora sig senhor "
    "senhora mr mrs ms".split()
)
NO_UMLAUT = frozenset(
    "michael michaela raphael rafael raphaela rafaela samuel samuela manuel manuela emanuel emanuela emmanuel "
    "emmanuelle immanuel joel joelle noel noelle noemi noe chloe zoe ismael israel gael mael mikael mickael consuelo "
    "josue miguel miguela raquel poe".split()
)
"""Names whose ae, oe, ue were never an umlaut: Michael and Michal are two."""

_SPELLED = str.maketrans(
    {
        "ß": "ss", "æ": "a", "œ": "o", "ø": "o", "å": "a", "ı": "i", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ŋ": "n",
        **dict.fromkeys("àáâãäāăą", "a"), **dict.fromkeys("çćčĉċ", "c"), **dict.fromkeys("ďđ", "d"),
        **dict.fromkeys("èéêëēĕėęě", "e"), **dict.fromkeys("ğĝġģ", "g"), **dict.fromkeys("ìíîïīĭį", "i"),
        **dict.fromkeys("ľĺļ", "l"), **dict.fromkeys("ñńňņ", "n"), **dict.fromkeys("òóôõöōŏő", "o"),
        **dict.fromkeys("řŕŗ", "r"), **dict.fromkeys("śšşŝș", "s"), **dict.fromkeys("ťţț", "t"),
        **dict.fromkeys("ùúûüūŭůűų", "u"), **dict.fromkeys("ýÿ", "y"), **dict.fromkeys("źžż", "z"),
        **dict.fromkeys("'’‘`´ʼʻ", ""),
    }
)  # fmt: skip
_MARKS = re.compile("[\u0300-\u036f]")
_WORD = re.compile(r"[\w\u200c\u200d\u0300-\u036f\u0b80-\u0bff]+")
_LONG_UMLAUT = re.compile("(?<![aeiouyq])([aou])e+")


@dataclass(frozen=True, slots=True)
class Name:
    """Given names and surname, folded, without particles; either may be empty.

    `parted`: whoever wrote it said which is which. `swapped`: it is read the other way round than it was written.
    """

    given: Tokens
    family: Tokens
    parted: bool = True
    swapped: bool = False


def fold(text: str) -> str:
    """`text` in small letters without accents: ß is ss; ä, ae and a are one. Folding twice changes nothing."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.lower().translate(_SPELLED)
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFD", text)).translate(_SPELLED)
        text = unicodedata.normalize("NFC", text)
    if "ae" not in text and "oe" not in text and "ue" not in text:
        return text
    return " ".join(one if one in NO_UMLAUT else _LONG_UMLAUT.sub(r"\1", one) for one in text.split(" "))


def words(text: str) -> Tokens:
    """The folded words of `text`; a hyphen parts them."""
    return tuple(fold(one) for one in _WORD.findall(text.replace("'", "").replace("’", "")))


def tokens(text: str) -> Tokens:
    """The words of a name without particles and titles, unless nothing else is there."""
    all_words = words(text)
    return tuple(one for one in all_words if one not in PARTICLES and one not in TITLES) or all_words


def parted(first: str, last: str) -> tuple[Name, ...]:
    """The readings of a name from two fields: as written, and swapped."""
    given, family = tokens(first), tokens(last)
    if not given and not family:
        return ()
    swapped = (Name(family, given, swapped=True),) if given != family else ()
    return (Name(given, family), *swapped)


def readings(text: str) -> tuple[Name, ...]:
    """What a name from one field may be, the likeliest first: `Anna von Arx`, `Meier, Anna`, `Ana Maria da Silva`."""
    before, comma, after = text.partition(",")
    if comma and (given := tokens(after)) and (family := tokens(before)):
        return (Name(given, family, parted=False), Name(family, given, parted=False, swapped=True))
    groups = [group for piece in text.split() if (group := _plain(piece))]
    if not groups:
        return (Name((), found, parted=False),) if (found := words(text)) else ()
    if len(groups) == 1:
        return (Name((), groups[0], parted=False), Name(groups[0], (), parted=False, swapped=True))
    groups = (
        [*groups[: MOST_TOKENS - 1], _joined(groups[MOST_TOKENS - 1 :])]
        if len(groups) > MOST_TOKENS
        else groups
    )
    return tuple(dict.fromkeys(_splits(groups)))


def _splits(groups: Sequence[Tokens]) -> list[Name]:
    cuts = [(_joined(groups[:cut]), _joined(groups[cut:])) for cut in range(1, len(groups))]
    straight = [Name(first, rest, parted=False) for first, rest in cuts]
    return straight + [Name(rest, first, parted=False, swapped=True) for first, rest in cuts]


def _plain(piece: str) -> Tokens:
    return tuple(one for one in words(piece) if one not in PARTICLES and one not in TITLES)


def _joined(groups: Sequence[Tokens]) -> Tokens:
    return tuple(one for group in groups for one in group)
