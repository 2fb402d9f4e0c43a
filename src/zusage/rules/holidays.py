"""Public holidays in Switzerland and Germany, by the library `holidays`, in the four languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from holidays import country_holidays

from zusage.policy.law import law
from zusage.policy.types import Controller, Language

_AS_THE_LIBRARY_SAYS = {"de": "de", "fr": "fr", "it": "it", "en": "en_US"}
_NOT_SPOKEN_OF_GERMANY = ("fr", "it")
"""The library names Germany's holidays in German and English only."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Whose holidays: country (ISO 3166-1 alpha-2), and canton or Land (ISO 3166-2 without the country).

    Without a region, a holiday is what is one in more than half of the country's regions.
    """

    country: str
    region: str = ""


def home(controller: Controller) -> Calendar:
    """The calendar of where the agency sits."""
    return Calendar(controller.country, controller.region)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday's name and the country it is one in."""

    country: str
    name: str


def holidays(day: date, calendar: Calendar, language: Language) -> tuple[Holiday, ...]:
    """The holiday that `day` is by `calendar`, named in `language`; none for a country that isn't known here."""
    name = _of_year(calendar, day.year, language).get(day)
    return (Holiday(calendar.country, name),) if name else ()


def is_free(day: date, calendar: Calendar) -> bool:
    """Whether `day` is a holiday by `calendar`."""
    return day in _of_year(calendar, day.year, "de")


@lru_cache(maxsize=256)
def _of_year(calendar: Calendar, year: int, language: Language) -> Mapping[date, str]:
    regions = law().regions.get(calendar.country, ())
    if calendar.region:
        found = _in_region(calendar.country, calendar.region, year, language) if regions else {}
    else:
        each = [_in_region(calendar.country, region, year, language) for region in regions]
        count = Counter(day for one in each for day in one)
        found = {day: name for one in each for day, name in one.items() if 2 * count[day] > len(regions)}
    if calendar.country == "DE" and language in _NOT_SPOKEN_OF_GERMANY:
        # Most of them are Swiss holidays, too; the others keep their German name.
        swiss = {
            day: name
            for one in law().regions["CH"]
            for day, name in _in_region("CH", one, year, language).items()
        }
        found = {day: swiss.get(day, name) for day, name in found.items()}
    return MappingProxyType(found)


def _in_region(country: str, region: str, year: int, language: Language) -> dict[date, str]:
    spoken = (
        "de" if country == "DE" and language in _NOT_SPOKEN_OF_GERMANY else _AS_THE_LIBRARY_SAYS[language]
    )
    named = country_holidays(country, subdiv=region, years=year, language=spoken)
    # It writes German as in Germany.
    return {day: name.replace("ß", "ss") for day, name in named.items()}
