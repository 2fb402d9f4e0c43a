"""Estimates what the score of matching knows, and writes `rules/matching/parameters.toml`.

    python -m bench.train_matching [--febrl FOLDER] [--check]

From the training half of FEBRL4's labelled pairs: how often each level is seen between a message and the writer's own
file (m), and from random pairs of them how often between strangers (u). What FEBRL4 lacks or has otherwise than people
who write about a debt is assumed; each assumption stands here with its reason. The same data give the same file:
`--check` says whether the one that lies there is it.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from bench.matching import febrl_data as febrl
from zusage.rules.matching import calibrate, parameters
from zusage.rules.matching.compare import LEVELS, compare

STRANGERS = 300_000
"""Random pairs that u is counted in."""
Rates = dict[str, float]

BLIND = ("reference", "email", "phone")
"""Fields whose rates are assumed as a whole: FEBRL4 has no phone numbers and e-mail addresses, and its reference is a
social security number, which people know better than the reference of a letter."""


class Assumed(NamedTuple):
    """Rates that no data gave, and why so."""

    rates: Rates
    why: str


OWN: dict[str, Assumed] = {
    "reference": Assumed(
        {"exact": 0.90, "near": 0.05, "other": 0.05},
        "most copy it from the letter; one in twenty slips, one in twenty gives another letter's or the creditor's",
    ),
    "email": Assumed(
        {"exact": 0.60, "close": 0.02, "other": 0.38},
        "people have several addresses, and creditors have old ones",
    ),
    "phone": Assumed(
        {"exact": 0.60, "close": 0.02, "other": 0.38},
        "people have several numbers, and creditors have old ones",
    ),
    "given": Assumed(
        {"nickname": 0.02, "initial": 0.01, "partial": 0.03, "two-names": 0.01},
        "FEBRL4 has hardly any nicknames, initials and second names",
    ),
    "order": Assumed(
        {"straight": 0.95, "swapped": 0.05},
        "one in twenty fills in first and last name the wrong way round",
    ),
    "family": Assumed({"former": 0.01, "part": 0.02}, "FEBRL4 has no marriages"),
}
STRANGER: dict[str, Assumed] = {
    "reference": Assumed(
        {"exact": 1e-7, "near": 3e-5},
        "ten million references; some three hundred are one slip away from each",
    ),
    "email": Assumed(
        {"exact": 1e-6, "close": 1e-5}, "a few share one; names of the same pattern at the same provider"
    ),
    "phone": Assumed(
        {"exact": 1e-6, "close": 1e-6}, "a few share one; some hundred in a hundred million are a slip away"
    ),
    "order": Assumed(
        {"straight": 1.0, "swapped": 1.0},
        "no evidence, but how likely a reading is: the better of the two is taken",
    ),
    "given": Assumed(
        {"nickname": 5e-4, "initial": 2e-3, "two-names": 0.5},
        "short forms are as common as full ones; half of all names are in the list",
    ),
    "family": Assumed({"former": 1e-4, "part": 1e-3}, "few have a former name on file, or two"),
}
HOUSEHOLD: dict[str, Assumed] = {
    "reference": Assumed({"exact": 0.10, "near": 0.005}, "spouses answer each other's letters"),
    "born": Assumed(
        {"exact": 0.03, "swapped": 1e-4, "one-digit": 5e-3, "year": 0.05},
        "twins; brothers and sisters of one year",
    ),
    "given": Assumed(
        {
            "exact": 0.01,
            "nickname": 0.002,
            "initial": 0.06,
            "partial": 0.02,
            "close": 0.04,
            "sound": 0.01,
            "two-names": 0.4,
        },
        "sons bear their fathers' names; names of a family resemble each other",
    ),
    "family": Assumed(
        {"exact": 0.75, "former": 0.03, "part": 0.07, "close": 0.01, "sound": 0.005},
        "most families have one name",
    ),
    "order": Assumed({"straight": 1.0, "swapped": 1.0}, "as among strangers"),
    "email": Assumed({"exact": 0.25, "close": 0.02}, "couples share an address"),
    "phone": Assumed({"exact": 0.35, "close": 0.005}, "families share a landline"),
    "street": Assumed({"exact": 0.85, "close": 0.05}, "who lives together has one address"),
    "number": Assumed({"exact": 0.85, "close": 0.05}, "who lives together has one address"),
    "postcode": Assumed({"exact": 0.90, "near": 0.04}, "who lives together has one address"),
    "town": Assumed({"exact": 0.90, "close": 0.04}, "who lives together has one address"),
}
PRIOR = """\
[prior]
# How often who writes is on file at all, and how many are where nobody says: assumed.
on_file = 0.9
people = 1_000_000
# How often a file taken at random is of somebody else of the writer's household: assumed, for one writer in ten
# there is one among a million.
household = 1e-7

[guard]
# The share of another candidate from which on it is a rival.
rival = 0.001
"""
CALIBRATION = """\
[calibration]
# Candidates of the training half, in all settings of bench/matching against 5,000 and 100,000: by step of confidence,
# how many were the writer, and how many not. Of every tenth writer the file was taken away.
right = {right}
wrong = {wrong}
"""
HEADER = """\
# Written by bench/train_matching.py; don't edit. What each number comes from:
# - counted: in the training half of FEBRL4 (2,500 labelled pairs), and in {strangers:,} random pairs of strangers;
# - assumed: as said beside the field, where FEBRL4 knows nothing of it.
#
# Field -> level = [m, u, h]: how often it is seen between a message and the writer's own file (m), a stranger's (u),
# and that of somebody else of the writer's household (h). Of what is missing on either side nothing follows.
"""


def main() -> int:
    """Write the file; 1 where `--check` finds another."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--febrl", help="folder of dataset4a.csv and dataset4b.csv")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file would change")
    options = parser.parse_args()
    before = parameters.FILE.read_text(encoding="utf-8")
    text = trained(febrl.load(febrl.folder(options.febrl)))
    if not options.check:
        parameters.FILE.write_text(text, encoding="utf-8")
    elif text != before:
        print("parameters.toml isn't what the data give", file=sys.stderr)
        return 1
    return 0


def trained(data: febrl.Halves) -> str:
    """The whole file. Levels are counted with the file's present weights, which choose among readings; so it is done
    twice, and the second time with the weights of the first.
    """
    text = ""
    for _ in range(2):
        own, strangers = _own(data), _strangers(data)
        text = _file(own, strangers, _zeros())
        parameters.use(parameters.read(text))
    counts = _confidences(data)
    return _file(own, strangers, counts)


def _own(data: febrl.Halves) -> dict[str, Counter[str]]:
    debtors = {row["number"]: febrl.debtor(row) for row in data.debtors}
    return _counted(compare(febrl.writer(row), debtors[row["number"]]).levels for row in data.training)


def _strangers(data: febrl.Halves) -> dict[str, Counter[str]]:
    chance = random.Random(febrl.SEED)
    debtors = [(row["number"], febrl.debtor(row)) for row in data.debtors]
    writers = [(row["number"], febrl.writer(row)) for row in data.training]

    def pairs() -> Iterator[Mapping[str, str]]:
        for _ in range(STRANGERS):
            (one, writer), (other, debtor) = chance.choice(writers), chance.choice(debtors)
            if one != other:
                yield compare(writer, debtor).levels

    return _counted(pairs())


def _counted(compared: Iterable[Mapping[str, str]]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {field: Counter() for field in LEVELS}
    for levels in compared:
        for field, level in levels.items():
            counts[field][level] += 1
    return counts


def _rates(field: str, counts: Counter[str], assumed: Assumed | None) -> Rates:
    """The rate of each level: the assumed ones as they are, the others share the rest as they were counted, each with
    half a case more, so that nothing is impossible.
    """
    fixed = assumed.rates if assumed else {}
    free = [level for level in LEVELS[field] if level not in fixed]
    seen = {level: counts[level] + 0.5 for level in free}
    rest = (1 - sum(fixed.values())) / (sum(seen.values()) or 1)
    return {level: fixed.get(level, seen.get(level, 0.0) * rest) for level in LEVELS[field]}


def _file(own: dict[str, Counter[str]], strangers: dict[str, Counter[str]], counts: list[list[int]]) -> str:
    parts = [HEADER.format(strangers=STRANGERS)]
    for field, levels in LEVELS.items():
        blind = field in BLIND
        m = _rates(field, Counter() if blind else own[field], OWN.get(field))
        u = _rates(field, Counter() if blind else strangers[field], STRANGER.get(field))
        # What a household doesn't explain is as among strangers.
        h = _rates(field, Counter() if blind else strangers[field], HOUSEHOLD.get(field))
        lines = [f"[fields.{field}]"]
        for letter, table in (("m", OWN), ("u", STRANGER), ("h", HOUSEHOLD)):
            if field in table:
                lines.append(f"# {letter} of {', '.join(table[field].rates)} assumed: {table[field].why}")
        lines += [f"{level} = [{m[level]:.3g}, {u[level]:.3g}, {h[level]:.3g}]" for level in levels]
        parts.append("\n".join(lines) + "\n")
    right, wrong = counts
    parts.append(PRIOR)
    parts.append(CALIBRATION.format(right=right, wrong=wrong))
    return "\n".join(parts)


def _zeros() -> list[list[int]]:
    return [[0] * len(calibrate.STEPS), [0] * len(calibrate.STEPS)]


def _confidences(data: febrl.Halves) -> list[list[int]]:
    """Per step of the share: how many candidates were the writer, how many not. One writer in ten is on no file."""
    right, wrong = _zeros()
    for many in febrl.SIZES:
        people = febrl.crowd(data.debtors, many)
        for without in febrl.SETTINGS.values():
            register = febrl.Register(people, without)
            for at, row in enumerate(data.training):
                away = "" if at % febrl.AWAY else row["number"]
                for number, share in register.rated(febrl.writer(row, without), away):
                    (right if number == row["number"] else wrong)[calibrate.step_of(share)] += 1
    return [right, wrong]


if __name__ == "__main__":
    sys.exit(main())
