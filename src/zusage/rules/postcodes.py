"""Postcodes: those of Switzerland, Liechtenstein (4 digits) and Germany (5 digits) exactly, others tolerantly."""

from __future__ import annotations

import re

from zusage.rules import text
from zusage.rules.problems import Problem

_WITH_COUNTRY = re.compile(r"(CH|LI|FL|DE|D)[ -]*([0-9]+)")
_DIGITS = {"CH": 4, "LI": 4, "FL": 4, "DE": 5, "D": 5}
_ELSEWHERE = re.compile(r"(?=.*[0-9])[A-Z0-9]+(?:[ -][A-Z0-9]+)*")
_FEWEST = 3
_MOST = 10


def postcode(raw: str) -> str:
    """The postcode in capitals, without the sign of Switzerland, Liechtenstein or Germany: ``CH-8000`` -> ``8000``.

    Problems: missing, digits-other, postcode-unclear, postcode-length, and those of text.
    """
    entry = text.entry(raw, 40)
    text.only_ascii_digits(entry)
    if not entry.isascii():
        raise Problem("postcode-unclear")
    entry = re.sub(" ?- ?", "-", entry.upper())
    if found := _WITH_COUNTRY.fullmatch(entry):
        if len(found[2]) != _DIGITS[found[1]]:
            raise Problem("postcode-length", country=found[1], digits=_DIGITS[found[1]])
        return found[2]
    characters = len(re.sub("[ -]", "", entry))
    if not _ELSEWHERE.fullmatch(entry) or not _FEWEST <= characters <= _MOST:
        raise Problem("postcode-unclear")
    return entry
