"""Dates as people write them: `1.2.1980`, `1980-02-01`, `1/2/1980`, `1. Februar 1980`, `01021980`.

Always the day before the month, as in Switzerland and Germany, except in ISO order and where an English month comes
first. A year of two digits is completed only where a single century makes the person at most 110 years old;
where both do (in 2026: `16` to `26`), the person is asked for four digits. A wrong guess would be the date of
birth of somebody else.
"""

from __future__ import annotations

import re
from datetime import date

from zusage.rules import text
from zusage.rules.problems import Problem

FIRST_YEAR = 1900
OLDEST = 110

_NAMES = (
    "januar jänner jaenner janvier gennaio january jan janv gen",
    "februar feber février fevrier febbraio february feb fév fev févr fevr febb",
    "märz maerz mars marzo march mär mrz mar",
    "april avril aprile apr avr",
    "mai maggio may mag",
    "juni juin giugno june jun giu",
    "juli juillet luglio july jul juil lug",
    "august août aout agosto aug ago",
    "september septembre settembre sep sept set sett",
    "oktober octobre ottobre october okt oct ott",
    "november novembre nov",
    "dezember décembre decembre dicembre december dez déc dec dic",
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}

_DAY_FIRST = re.compile(r"([0-9]{1,2})(?: ?[./-] ?| )([0-9]{1,2})(?: ?[./-] ?| )([0-9]{2}|[0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4}) ?[./-] ?([0-9]{1,2}) ?[./-] ?([0-9]{1,2})")
_RUN_TOGETHER = re.compile(r"[0-9]{8}")
_DAY_AND_NAME = re.compile(
    r"(?:den |le |il |the )?([0-9]{1,2})(?:\.|°|º|er|ere|ère|st|nd|rd|th)?[ -]?(?:of |de |di )?"
    r"([^\W\d_]{3,9})(?:\. ?|, ?| ?- ?| )([0-9]{2}|[0-9]{4})"
)
_NAME_AND_DAY = re.compile(r"([^\W\d_]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")


def birth_date(raw: str, today: date) -> date:
    """The date of birth that `raw` says. Problems: missing, digits-other, date-…, and those of text."""
    entry = text.entry(raw, 40).casefold().removesuffix(".")
    text.only_ascii_digits(entry)
    day, month, year = _parts(entry)
    born = _date(day, month, _full_year(year, today))
    if born.year < FIRST_YEAR:
        raise Problem("date-too-early", year=FIRST_YEAR)
    if born > today:
        raise Problem("date-future")
    return born


def _parts(entry: str) -> tuple[int, int, str]:
    """Day, month and the year as it was written."""
    if found := _DAY_FIRST.fullmatch(entry):
        return int(found[1]), int(found[2]), found[3]
    if found := _YEAR_FIRST.fullmatch(entry):
        return int(found[3]), int(found[2]), found[1]
    if _RUN_TOGETHER.fullmatch(entry):
        # 01021980 or 19800201: at most one of them has its year in or after FIRST_YEAR and a month up to 12.
        if int(entry[4:]) < FIRST_YEAR:
            return int(entry[6:]), int(entry[4:6]), entry[:4]
        return int(entry[:2]), int(entry[2:4]), entry[4:]
    if found := _DAY_AND_NAME.fullmatch(entry):
        return int(found[1]), _month(found[2]), found[3]
    if found := _NAME_AND_DAY.fullmatch(entry):
        return int(found[2]), _month(found[1]), found[3]
    raise Problem("date-unclear")


def _month(name: str) -> int:
    if name not in _MONTHS:
        raise Problem("date-unclear")
    return _MONTHS[name]


def _full_year(written: str, today: date) -> int:
    if len(written) == 4:
        return int(written)
    century = today.year - today.year % 100
    candidates = [
        year
        for year in range(century - 200 + int(written), today.year + 1, 100)
        if year >= today.year - OLDEST
    ]
    if len(candidates) != 1:
        raise Problem("date-century")
    return candidates[0]


def _date(day: int, month: int, year: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Problem("date-impossible") from None
