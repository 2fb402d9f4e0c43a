"""Confidence that means what it says: a monotone map from what the score says to how often that was right."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from zusage.rules.matching.parameters import parameters

STEPS = (
    0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999,
    0.99999,
)  # fmt: skip
"""Where each step begins; it ends where the next begins, the last at 1."""
STRENGTH = 100.0
"""For how many decisions that counts which was known before: so many more must say otherwise before much moves."""
BELIEF = 20.0
"""For how many the score's own word counts beside what training saw."""

Tallies = Mapping[int, tuple[int, int]]
"""Step -> how often it was right and wrong, as humans decided."""


class Row(NamedTuple):
    """A row of a reliability table: what was said on average, and how often it was so, in a step."""

    step: int
    many: int
    said: float
    true: float


def step_of(probability: float) -> int:
    """The step that a probability falls into, from 0."""
    return max(0, bisect_right(STEPS, probability) - 1)


def calibrated(probability: float, tallies: Tallies | None = None) -> float:
    """How often the score is right where it says `probability`: never falling as that grows."""
    knots = _middles()
    rates = _rates(frozenset((tallies or {}).items()))
    if probability <= knots[0]:
        return rates[0] * probability / knots[0]
    if probability >= knots[-1]:
        return rates[-1]
    at = bisect_right(knots, probability)
    left, right = knots[at - 1], knots[at]
    part = (probability - left) / (right - left)
    return rates[at - 1] + part * (rates[at] - rates[at - 1])


def reliability(said: Iterable[tuple[float, bool]]) -> list[Row]:
    """A row for each step that occurs. `said`: probabilities, and whether it was so."""
    found: dict[int, list[tuple[float, bool]]] = {}
    for probability, right in said:
        found.setdefault(step_of(probability), []).append((probability, right))
    return [
        Row(
            step,
            len(these),
            sum(one for one, _ in these) / len(these),
            sum(right for _, right in these) / len(these),
        )
        for step, these in sorted(found.items())
    ]


def expected_error(said: Iterable[tuple[float, bool]]) -> float:
    """The expected calibration error: how far what was said is from what was so, on average over all said."""
    rows = reliability(said)
    many = sum(row.many for row in rows)
    return sum(row.many * abs(row.said - row.true) for row in rows) / many if many else 0.0


@cache
def _middles() -> list[float]:
    return [(low + high) / 2 for low, high in pairwise((*STEPS, 1.0))]


@lru_cache(maxsize=64)  # what was learned changes with each decision, and is asked for each candidate
def _rates(learned: frozenset[tuple[int, tuple[int, int]]]) -> list[float]:
    """How often each step is right, made monotone (pool adjacent violators)."""
    tallies, counts = dict(learned), []
    for step, before in enumerate(_before()):
        right, wrong = tallies.get(step, (0, 0))
        counts.append((STRENGTH * before + right, STRENGTH + right + wrong))
    return _monotone(counts)


def _before() -> list[float]:
    """How often each step is right as far as the training knew."""
    own = parameters()
    return [
        (BELIEF * middle + right) / (BELIEF + right + wrong)
        for middle, right, wrong in zip(_middles(), own.right, own.wrong, strict=True)
    ]


def _monotone(counts: Sequence[tuple[float, float]]) -> list[float]:
    pools: list[tuple[float, float, int]] = []
    for right, many in counts:
        pools.append((right, many, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            last, before = pools.pop(), pools.pop()
            pools.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    return [right / many for right, many, steps in pools for _ in range(steps)]
