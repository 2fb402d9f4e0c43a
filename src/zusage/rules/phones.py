"""Telephone numbers as people write them in Switzerland and Germany, to E.164 (ITU-T) and to something readable."""

from __future__ import annotations

import re
from collections.abc import Iterable

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from zusage.rules import text
from zusage.rules.problems import Problem

REGIONS = ("CH", "DE")
# Where the first group ends tells the country. All Swiss groups have three digits (079, 044), and so have just four
# German ones; all others there have four or more (0171, 0791). Without this, a Swiss mobile number with a digit too
# many (079 123 45 678) would be a stranger's in Schwäbisch Hall.
_FIRST_GROUP = re.compile(r"\(?0([1-9][0-9]+)\)?[ ./-]")
_GERMAN_OF_THREE = ("30", "40", "69", "89")
_WRITTEN = re.compile(r"\+?[0-9 ()./-]{3,}")


def phone(raw: str, regions: Iterable[str] = REGIONS) -> str:
    """The number in E.164, such as ``+41791234567``. `regions` (ISO 3166-1 alpha-2): where a number without a country's
    code may be from, in the order they are tried.

    A number of these regions has to exist in their numbering plans. One of another country, written with its code,
    is taken if it has a possible length: those plans change faster than a library of them.
    Problems: missing, digits-other, phone-unclear, phone-impossible, and those of text.
    """
    entry = text.entry(raw, 40).replace("\u2044", "/")
    text.only_ascii_digits(entry)
    if not _WRITTEN.fullmatch(entry):
        raise Problem("phone-unclear")
    home = tuple(regions)
    readings = [number for region in _likely(entry, home) if (number := _read(entry, region)) is not None]
    for number in readings:
        if phonenumbers.is_valid_number(number):
            return _e164(number)
    for number in readings:
        # Only a number written with its code can have a country that isn't one of the home regions.
        abroad = phonenumbers.region_code_for_country_code(number.country_code or 0) not in home
        if abroad and phonenumbers.is_possible_number(number):
            return _e164(number)
    raise Problem("phone-impossible" if readings else "phone-unclear")


def shown(e164: str) -> str:
    """A number made by `phone`, in international writing: ``+41 79 123 45 67``."""
    return str(phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL))


def _likely(entry: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    """The regions that `entry` may be of, the likeliest first."""
    found = _FIRST_GROUP.match(entry)
    if not found or not {"CH", "DE"} <= set(regions):
        return regions
    if len(found[1]) > 2:
        return ("DE", *(region for region in regions if region != "DE"))
    return tuple(region for region in regions if region != "DE" or found[1] in _GERMAN_OF_THREE)


def _read(entry: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(entry, region)
    except NumberParseException:
        return None


def _e164(number: PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
