"""What the score was taught: read once from parameters.toml, which says how each number came about."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from pathlib import Path

FILE = Path(__file__).parent / "parameters.toml"


@dataclass(frozen=True, slots=True)
class Parameters:
    """`weights`: field -> level -> log2(m / u), how it speaks for the writer; missing is 0. `household`: log2(h / u),
    how for somebody else of the writer's household. `chance`: how often strangers share a name (u).

    `on_file`: how often a writer is on file at all. `people`: how many are, where nobody says. `related`: how
    often a file is of another of the writer's household. `rival`: the share from which on another candidate is one.
    `right`, `wrong`: counts per step of confidence that calibration starts from.
    """

    weights: Mapping[str, Mapping[str, float]]
    household: Mapping[str, Mapping[str, float]]
    chance: Mapping[str, float]
    related: float
    on_file: float
    people: int
    rival: float
    right: tuple[float, ...]
    wrong: tuple[float, ...]


_in_use: Parameters | None = None


def parameters() -> Parameters:
    """Those of the file beside this module."""
    global _in_use
    if _in_use is None:
        _in_use = read(FILE.read_text(encoding="utf-8"))
    return _in_use


def use(other: Parameters) -> None:
    """Use `other` from now on in this process: for training."""
    global _in_use
    _in_use = other


def read(text: str) -> Parameters:
    """Parameters from TOML. KeyError where one is missing."""
    raw = tomllib.loads(text)
    return Parameters(
        weights=_against_chance(raw["fields"], 0),
        household=_against_chance(raw["fields"], 2),
        chance={field: raw["fields"][field]["exact"][1] for field in ("given", "family")},
        related=raw["prior"]["household"],
        on_file=raw["prior"]["on_file"],
        people=raw["prior"]["people"],
        rival=raw["guard"]["rival"],
        right=tuple(raw["calibration"]["right"]),
        wrong=tuple(raw["calibration"]["wrong"]),
    )


def _against_chance(
    fields: Mapping[str, Mapping[str, list[float]]], column: int
) -> dict[str, dict[str, float]]:
    """Field -> level -> log2 of a rate of the column over that of strangers."""
    return {
        field: {"missing": 0.0} | {level: log2(rates[column] / rates[1]) for level, rates in levels.items()}
        for field, levels in fields.items()
    }
