"""Invented people with invented cases, as a Swiss agency would have them: the columns of `import-cases`.

    python -m bench.people 100000 [--seed 1] > cases.csv

Names come from faker and gender-guesser, by origin: Swiss, German, French, Italian, Balkan, Turkish, Portuguese, Tamil.
Nobody in it exists; whoever has one of these names has it by chance. The same seed gives the same cases.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from random import Random

FIRST_DAY, LAST_DAY = date(2019, 1, 7), date(2026, 10, 30)
COLUMNS = (
    "reference creditor debtor_number debtor_kind first_name last_name company former_names date_of_birth addresses "
    "phones emails principal interest fees contested_costs currency status opened_on closed_on"
).split()

Case = dict[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """Names of one origin, the frequent ones first: women's and men's given names, and surnames. `share` of all."""

    id: str
    share: int
    women: tuple[str, ...]
    men: tuple[str, ...]
    surnames: tuple[str, ...]


# Tamils abroad write their names in Latin letters, and have their father's name as surname.
TAMIL_WOMEN = (
    "Anusha Arulmozhi Darshini Gayathri Janani Jeyanthi Kalaiselvi Kavitha Kirushanthi Lavanya Luxsana Mathangi "
    "Nirosha Piratheepa Priya Rajani Sangeetha Shanthi Sivakami Sujitha Thamilini Thanuja Tharshika Thusyanthi "
    "Vasuki Yalini"
).split()
TAMIL_MEN = (
    "Ahilan Aravinth Dinesh Gajan Jeyakumar Kajan Karthik Kugan Kumaran Lavan Mathan Mugunthan Nimalan Nishanthan "
    "Piratheepan Pirabakaran Rajkumar Ramesh Ruban Sathiyan Senthuran Sivakumar Suthan Thileepan Thusyanthan "
    "Vijay Yogan"
).split()
TAMIL_FATHERS = (
    "Sivalingam Selvarajah Balasubramaniam Nadarajah Kandasamy Thambirajah Arulanantham Ratnasingam Sinnathurai "
    "Kanagaratnam Mahendran Rajaratnam Ponnampalam Shanmugarajah Thavarajah Vigneswaran Yogarajah Jeyaratnam "
    "Somasundaram Kathirgamanathan Navaratnam Paramanathan Sivapalan Sathasivam Theivendram Uthayakumar"
).split()
ALBANIAN = (
    "Krasniqi Gashi Berisha Shala Hoxha Morina Bytyqi Thaçi Kastrati Rexhepi Ramadani Osmani Haliti Ademi Zeqiri "
    "Selimi Hasani Jashari Salihu Sejdiu Bajrami Aliu Murati Kryeziu Limani Ibrahimi Beqiri Hajdari Maliqi Demiri"
).split()
SERBIAN = (
    "Jovanović Petrović Nikolić Marković Đorđević Stojanović Ilić Stanković Pavlović Milošević Kovačević Hodžić "
    "Mehmedović Begić Halilović Bašić Delić Suljić Imamović Todorović Živković Ristić Kostić Simić Lukić"
).split()
PLACES = (
    "8001 Zürich,8004 Zürich,8048 Zürich,8400 Winterthur,8610 Uster,8957 Spreitenbach,3011 Bern,3027 Bern,"
    "2502 Biel/Bienne,"
    "4051 Basel,4057 Basel,4132 Muttenz,5000 Aarau,5400 Baden,6003 Luzern,6020 Emmenbrücke,6300 Zug,9000 St. Gallen,"
    "9200 Gossau SG,8500 Frauenfeld,7000 Chur,1003 Lausanne,1020 Renens VD,1201 Genève,1219 Châtelaine,"
    "1400 Yverdon-les-Bains,"
    "1700 Fribourg,2000 Neuchâtel,2300 La Chaux-de-Fonds,1950 Sion,6500 Bellinzona,6900 Lugano,6830 Chiasso,4600 Olten,"
    "4500 Solothurn,3600 Thun,3400 Burgdorf,8200 Schaffhausen,8302 Kloten,8180 Bülach"
).split(",")
STREETS = (
    "Bahnhofstrasse,Hauptstrasse,Dorfstrasse,Lindenweg,Schulhausstrasse,Kirchgasse,Seestrasse,Industriestrasse,Rosenweg,"
    "Birkenstrasse,Bergstrasse,Feldweg,Mühleweg,Oberdorfstrasse,Rue du Lac,Rue de la Gare,Avenue de la Poste,"
    "Chemin des Vignes,Route de Genève,Via Cantonale,Via San Gottardo,Viale Stazione,Quellenstrasse,Langstrasse,"
    "Zürcherstrasse"
).split(",")
CREDITORS = (
    "Murmeltier Versand AG,Helvetiafon AG,Krankenkasse Silberdistel,Stadtwerke Grünau,Velohaus Tössfeld AG,"
    "Zahnpraxis am Quai,Möbel Rütli GmbH,Assurance du Jura SA,Palestra Ticino Sagl,Fitnessklettergarten AG"
).split(",")
TRADES = (
    "Bau,Gastro,Transporte,Reinigung,Gartenbau,Elektro,Malergeschäft,Immobilien,Treuhand,Carrosserie".split(
        ","
    )
)
FORMS = ("AG", "GmbH", "GmbH", "SA", "Sàrl", "Sagl")
MAILS = ("bluewin.example", "gmx.example", "sunrise.example", "hotmail.example", "post.example")
_FOLDED = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "é": "e",
        "è": "e",
        "ë": "e",
        "ê": "e",
        "à": "a",
        "á": "a",
        "ã": "a",
    }
    | {
        "â": "a",
        "ç": "c",
        "ć": "c",
        "č": "c",
        "đ": "d",
        "š": "s",
        "ž": "z",
        "ğ": "g",
        "ı": "i",
        "ş": "s",
        "ó": "o",
    }
    | {
        "ò": "o",
        "õ": "o",
        "ô": "o",
        "ì": "i",
        "í": "i",
        "ï": "i",
        "î": "i",
        "ú": "u",
        "ù": "u",
        "û": "u",
        "ñ": "n",
    }
)


@cache
def origins() -> tuple[Origin, ...]:
    """Where people's names come from."""
    return (
        _origin("swiss", 40, "de_CH", "de_CH", "swiss"),
        _origin("german", 12, "de_DE", "de_DE", "germany"),
        _origin("french", 14, "fr_CH", "fr_FR", "france"),
        _origin("italian", 10, "it_IT", "it_IT", "italy"),
        _origin("balkan", 6, "hr_HR", "hr_HR", "serbia", SERBIAN),
        Origin("albanian", 6, *_listed("kosovo"), tuple(ALBANIAN)),
        _origin("turkish", 4, "tr_TR", "tr_TR", "turkey"),
        _origin("portuguese", 5, "pt_PT", "pt_PT", "portugal"),
        Origin("tamil", 3, tuple(TAMIL_WOMEN), tuple(TAMIL_MEN), tuple(TAMIL_FATHERS)),
    )


class People:
    """Draws people, always the same for one seed."""

    def __init__(self, seed: int = 1) -> None:
        self.random = Random(seed)
        self._origins = origins()
        self._shares = list(accumulate(one.share for one in self._origins))

    def name(self, is_woman: bool | None = None) -> tuple[str, str]:
        """A given name and a surname of one origin; now and then two of them, a double name, or a mix of origins."""
        draw = self.random
        home = self.origin()
        woman = draw.random() < 0.5 if is_woman is None else is_woman
        given = self.often(home.women if woman else home.men)
        chance = draw.random()
        if chance < 0.06:
            given = f"{given} {self.often(home.women if woman else home.men)}"
        elif chance < 0.08:
            given = f"{given}-{self.often(home.women if woman else home.men)}"
        family = self.often((self.origin() if draw.random() < 0.12 else home).surnames)
        chance = draw.random()
        if chance < 0.05:
            family = f"{family}-{self.often(home.surnames)}"
        elif chance < 0.07:
            family = f"{draw.choice(('von', 'de', 'di', 'van der', 'dos'))} {family}"
        return given, family

    def origin(self) -> Origin:
        """One of the origins, by their shares."""
        return self.random.choices(self._origins, cum_weights=self._shares)[0]

    def often(self, names: Sequence[str]) -> str:
        """One of `names`, the first ones much oftener than the last, as names are."""
        return names[int(len(names) * self.random.random() ** 2.5)]

    def born(self) -> date:
        """A date of birth of somebody who can have debts."""
        return date(1935, 1, 1) + timedelta(days=self.random.randrange(26_500))

    def address(self) -> str:
        """Street, postcode and town in one line."""
        draw = self.random
        return f"{draw.choice(STREETS)} {draw.randrange(1, 140)}, {draw.choice(PLACES)}"

    def mobile(self) -> str:
        """A Swiss mobile number as people write it."""
        number = self.random.randrange(10_000_000)
        return f"07{self.random.randrange(5, 10)} {number // 10_000:03} {number // 100 % 100:02} {number % 100:02}"

    def email(self, given: str, family: str) -> str:
        """An address made of the name, in a domain that nobody has."""
        plain = (
            f"{given}.{family}".lower().translate(_FOLDED).replace(" ", "").encode("ascii", "ignore").decode()
        ).strip(".")
        return f"{plain.replace('..', '.')}{self.random.randrange(100)}@{self.random.choice(MAILS)}"

    def amount(self, most: int) -> str:
        """An amount of money, small ones oftener."""
        return f"{most * self.random.random() ** 3 + 5:.2f}"


def cases(number: int, seed: int = 1) -> Iterator[Case]:
    """`number` cases: a few of firms, a few of people with others already; several values are parted by `` | ``."""
    people = People(seed)
    draw = people.random
    recent: list[Case] = []
    for place in range(number):
        if recent and draw.random() < 0.05:
            case = dict(draw.choice(recent))
        else:
            case = _firm(people) if draw.random() < 0.06 else _person(people)
            case["debtor_number"] = f"K{10_000_000 + place}"
            recent = [*recent[-200:], case] if place % 10 == 0 else recent
        _claim(people, case, place)
        yield {column: case.get(column, "") for column in COLUMNS}


def _person(people: People) -> Case:
    draw = people.random
    given, family = people.name()
    case = {
        "debtor_kind": "person",
        "first_name": given,
        "last_name": family,
        "date_of_birth": people.born().isoformat() if draw.random() < 0.92 else "",
        "addresses": people.address(),
    }
    if draw.random() < 0.1:
        case["addresses"] += f" | {people.address()}"
    if draw.random() < 0.07:
        case["former_names"] = people.often(people.origin().surnames)
    if draw.random() < 0.75:
        case["phones"] = people.mobile()
    if draw.random() < 0.6:
        case["emails"] = people.email(given, family)
    return case


def _firm(people: People) -> Case:
    name = f"{people.often(people.origin().surnames)} {people.random.choice(TRADES)} {people.random.choice(FORMS)}"
    return {"debtor_kind": "firm", "company": name, "addresses": people.address(), "phones": people.mobile()}


def _claim(people: People, case: Case, place: int) -> None:
    draw = people.random
    opened = FIRST_DAY + timedelta(days=draw.randrange((LAST_DAY - FIRST_DAY).days))
    closed = draw.random() < 0.25
    case |= {
        "reference": f"ZH-{opened.year}-{place:07}.{place % 9 + 1}",
        "creditor": draw.choice(CREDITORS),
        "principal": people.amount(6000),
        "interest": people.amount(300),
        "fees": people.amount(120),
        "contested_costs": people.amount(150) if draw.random() < 0.3 else "",
        "currency": "CHF",
        "status": "closed" if closed else "open" if draw.random() < 0.95 else "paused",
        "opened_on": opened.isoformat(),
        "closed_on": min(LAST_DAY, opened + timedelta(days=draw.randrange(900))).isoformat()
        if closed
        else "",
    }


def _origin(id: str, share: int, given: str, family: str, country: str, more: Sequence[str] = ()) -> Origin:
    here, there = _provider(given), _provider(family)
    women, men = _listed(country)
    surnames = dict.fromkeys([*more, *there.last_names])
    return Origin(
        id,
        share,
        tuple(dict.fromkeys([*here.first_names_female, *women])),
        tuple(dict.fromkeys([*here.first_names_male, *men])),
        tuple(surnames),
    )


def _provider(locale: str):  # type: ignore[no-untyped-def]
    return import_module(f"faker.providers.person.{locale}").Provider


def _listed(country: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """gender-guesser's women's and men's names of a country, the frequent ones first."""
    from gender_guesser.detector import Detector

    # Each country has a column of a hexadecimal digit: how frequent the name is there.
    at = 30 + Detector.COUNTRIES.index(country)
    women, men = [], []
    for kind, name, row in _rows():
        often = row[at : at + 1]
        if often.strip("0$ "):
            (women if kind == "F" else men).append((-ord(often), name))
    return tuple(name for _, name in sorted(women)), tuple(name for _, name in sorted(men))


@cache
def _rows() -> tuple[tuple[str, str, str], ...]:
    import gender_guesser

    text = (Path(gender_guesser.__file__).parent / "data" / "nam_dict.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line[:2] in ("F ", "M ") and "+" not in line[3:29]]
    return tuple((line[0], line[3:29].strip(), line) for line in lines)


def main() -> int:
    """Write cases as CSV to the standard output."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = csv.DictWriter(sys.stdout, COLUMNS)
    rows.writeheader()
    rows.writerows(cases(options.number, options.seed))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
