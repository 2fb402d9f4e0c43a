"""What the score was taught: read once from parameters.toml, which says how each number came about."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log2
from pathlib import Path

FILE = Path(__file__).parent / "parameters.toml"


@dataclass(frozen=True, slots=True)
class Parameters:
    """`weights`: field -> level -> log2(m / u); missing is 0. `chance`: how often two strangers share a name (u).

    `on_file`: how often a writer is on file at all. `people`: how many are, where nobody says. `rival`: the share from
    which on another candidate is one. `right`, `wrong`: counts per step of confidence that calibration starts from.
    """

    weights: Mapping[str, Mapping[str, float]]
    chance: Mapping[str, float]
    on_file: float
    people: int
    rival: float
    right: tuple[float, ...]
    wrong: tuple[float, ...]


@cache
def parameters() -> Parameters:
    """Those of the file beside this module."""
    return read(FILE.read_text(encoding="utf-8"))


def read(text: str) -> Parameters:
    """Parameters from TOML. KeyError where one is missing."""
    raw = tomllib.loads(text)
    weights = {
        field: {"missing": 0.0} | {level: log2(m / u) for level, (m, u) in levels.items()}
        for field, levels in raw["fields"].items()
    }
    return Parameters(
        weights=weights,
        chance={field: raw["fields"][field]["exact"][1] for field in ("given", "family")},
        on_file=raw["prior"]["on_file"],
        people=raw["prior"]["people"],
        rival=raw["guard"]["rival"],
        right=tuple(raw["calibration"]["right"]),
        wrong=tuple(raw["calibration"]["wrong"]),
    )
