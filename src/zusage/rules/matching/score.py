"""How much an agreement says: weights after Fellegi and Sunter (A Theory for Record Linkage, 1969), and shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, log2

from zusage.rules.matching.compare import Comparison
from zusage.rules.matching.parameters import Parameters, parameters
from zusage.rules.matching.person import Person

__all__ = ["Frequencies", "Parameters", "parameters", "shares", "weight"]

Frequencies = Mapping[tuple[str, str], float]
"""(given or family, folded name) -> its share among the debtors. Names that are in no table are weighed as any."""


def weight(comparison: Comparison, writer: Person, frequencies: Frequencies | None = None) -> float:
    """The Bayes factor of a comparison as log2: by how much likelier it is of one person than of two."""
    known = parameters()
    own = household = 0.0
    for field, level in comparison.levels.items():
        own += known.weights[field][level]
        household += known.household[field][level]
    # Who is not the writer is a stranger or, rarely, of the writer's household, and agrees in more than strangers do.
    own -= log2(1 - known.related + known.related * 2**household)
    return own + _rarity(comparison, frequencies) if frequencies else own


def shares(weights: Sequence[float], people: int = 0) -> list[float]:
    """The probability of each candidate to be the writer, of `people` on file; what is missing to 1 is "not on file".

    Somebody is on file once at most: close rivals share what there is.
    """
    given = parameters()
    absent = log2((people or given.people) * (1 - given.on_file) / given.on_file)
    most = max(absent, *weights) if weights else absent
    parts = [2 ** (one - most) for one in weights]
    total = fsum(parts) + 2 ** (absent - most)
    return [one / total for one in parts]


def _rarity(comparison: Comparison, frequencies: Frequencies) -> float:
    """What an agreeing name says more or less than names do on average: Müller less than most."""
    name = comparison.name
    if name is None:
        return 0.0
    chance = parameters().chance
    return sum(
        log2(chance[kind] / share)
        for kind, tokens in (("given", name.given), ("family", name.family))
        if comparison.levels[kind] == "exact" and (share := frequencies.get((kind, " ".join(tokens)), 0.0))
    )
