"""FEBRL4 as debtors and writers: 5,000 invented Australian persons, and each once more with errors.

The data are not the project's: `--febrl FOLDER` or ZUSAGE_FEBRL says where dataset4a.csv and dataset4b.csv lie.
"""

from __future__ import annotations

import csv
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zusage.rules.matching import blocks, person
from zusage.rules.matching.compare import compare
from zusage.rules.matching.person import Person
from zusage.rules.matching.score import Frequencies, shares, weight

Row = dict[str, str]

FILES = ("dataset4a.csv", "dataset4b.csv")
SEED = 4
SETTINGS = {"all": (), "no reference": ("soc_sec_id",), "neither": ("soc_sec_id", "date_of_birth")}
"""Setting -> the fields that nobody gives in it."""
SIZES = (5_000, 100_000)
"""Persons on file: those of the data, and with invented ones."""
AWAY = 10
"""Of every so many writers the file is taken away, where it counts that not all are on file."""
SMALLEST_CELL = 5
"""A name is weighed by its frequency only from so many on, as the policy's smallest cell."""


@dataclass(frozen=True)
class Halves:
    """Persons on file, and the messages of one half of them for training, of the other for the test; by number."""

    debtors: list[Row]
    training: list[Row]
    test: list[Row]


def load(folder: Path) -> Halves:
    """The data, split by a fixed seed. SystemExit where they aren't."""
    lacking = [name for name in FILES if not (folder / name).is_file()]
    if lacking:
        raise SystemExit(
            f"{folder}: {', '.join(lacking)} not there; say where they are with --febrl or ZUSAGE_FEBRL"
        )
    debtors, messages = (_rows(folder / name) for name in FILES)
    numbers = sorted(row["number"] for row in messages)
    random.Random(SEED).shuffle(numbers)
    first = set(numbers[: len(numbers) // 2])
    return Halves(
        debtors,
        [row for row in messages if row["number"] in first],
        [row for row in messages if row["number"] not in first],
    )


def folder(given: str | None) -> Path:
    """Where the data are."""
    return Path(given or os.environ.get("ZUSAGE_FEBRL", "../shared/data/febrl4"))


def crowd(debtors: Sequence[Row], many: int) -> list[Row]:
    """`debtors` and so many invented ones that there are `many`: each field drawn from the debtors by a fixed seed,
    what belongs together (suburb and postcode, number and street) from one of them.
    """
    chance = random.Random(SEED)
    found = list(debtors)
    taken = {row["soc_sec_id"] for row in debtors}
    while len(found) < many:
        given, family, street, town, born = (chance.choice(debtors) for _ in range(5))
        number = f"{chance.randrange(1_000_000, 10_000_000)}"
        if number in taken:
            continue
        taken.add(number)
        found.append(
            {
                "number": f"x{len(found)}",
                "given_name": given["given_name"],
                "surname": family["surname"],
                "street_number": street["street_number"],
                "address_1": street["address_1"],
                "suburb": town["suburb"],
                "postcode": town["postcode"],
                "date_of_birth": born["date_of_birth"],
                "soc_sec_id": number,
            }
        )
    return found


def debtor(row: Row, without: Sequence[str] = ()) -> Person:
    """A row as a case file would have it."""
    have = {key: "" if key in without else value for key, value in row.items()}
    street = f"{have['street_number']} {have['address_1']}".strip()
    return person.debtor(
        [
            {
                "reference": have["soc_sec_id"],
                "debtor_first_name": have["given_name"],
                "debtor_name": have["surname"],
                "date_of_birth": _iso(have["date_of_birth"]),
                "address": f"{street}, {have['postcode']} {have['suburb']}",
                "debtor_kind": "person",
            }
        ]
    )


def writer(row: Row, without: Sequence[str] = ()) -> Person:
    """A row as somebody would write it into a form."""
    have = {key: "" if key in without else value for key, value in row.items()}
    return person.writer(
        {
            "first_name": have["given_name"],
            "last_name": have["surname"],
            "date_of_birth": _iso(have["date_of_birth"]),
            "street": f"{have['street_number']} {have['address_1']}".strip(),
            "postcode": have["postcode"],
            "town": have["suburb"],
            "case_reference": have["soc_sec_id"],
        }
    )


class Register:
    """Debtors with their index in memory, as the stores would hold it."""

    def __init__(self, rows: Iterable[Row], without: Sequence[str] = ()) -> None:
        self.people = {row["number"]: debtor(row, without) for row in rows}
        self.index: dict[tuple[str, str], list[str]] = defaultdict(list)
        for number, one in self.people.items():
            for block in [*blocks.stored(one), *(("reference", each) for each in one.references)]:
                self.index[block].append(number)
        self.frequencies = self._frequencies()

    def candidates(self, one: Person) -> list[str]:
        """The numbers of those that `one` may be."""
        wanted = [
            *blocks.sought(one),
            *(
                ("reference", each)
                for cited in one.references
                for each in (cited, *blocks.near(cited, "none"))
            ),
        ]
        return list(dict.fromkeys(number for block in wanted for number in self.index.get(block, ())))

    def _frequencies(self) -> Frequencies:
        """The share of each name that is frequent enough."""
        counts: Counter[tuple[str, str]] = Counter()
        for one in self.people.values():
            for name in one.names[:1]:
                counts[("given", " ".join(name.given))] += 1
                counts[("family", " ".join(name.family))] += 1
        return {
            term: many / len(self.people)
            for term, many in counts.items()
            if many >= SMALLEST_CELL and term[1]
        }

    def rated(self, one: Person, away: str = "") -> list[tuple[str, float]]:
        """(number, share) of each candidate, the best first; as if `away` weren't on file."""
        found = [number for number in self.candidates(one) if number != away]
        weights = [weight(compare(one, self.people[number]), one, self.frequencies) for number in found]
        return sorted(zip(found, shares(weights, len(self.people)), strict=True), key=lambda each: -each[1])


def _rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, skipinitialspace=True)
        rows = [{key: value.strip() for key, value in row.items()} for row in reader]
    for row in rows:
        row["number"] = row["rec_id"].split("-")[1]
    return rows


def _iso(compact: str) -> str:
    return f"{compact[:4]}-{compact[4:6]}-{compact[6:]}" if len(compact) == 8 else ""
