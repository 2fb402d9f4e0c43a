"""What the law says of every tenant of a regime: `law.toml`, with its sources."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Regime:
    """A data protection law: the countries it holds adequate, those adequate on a condition, and the source."""

    id: str
    citation: str
    confirmed: bool
    adequate: tuple[str, ...]
    conditional: tuple[str, ...]


@cache
def regimes() -> Mapping[str, Regime]:
    """The regimes a policy may name, by id."""
    tables = tomllib.loads((Path(__file__).parent / "law.toml").read_text(encoding="utf-8"))["regime"]
    return MappingProxyType(
        {
            id_: Regime(
                id_, one["citation"], one["confirmed"], tuple(one["adequate"]), tuple(one["conditional"])
            )
            for id_, one in tables.items()
        }
    )


def adequate(names: tuple[str, ...]) -> tuple[str, ...]:
    """The countries that each of the known regimes in `names` holds adequate, sorted."""
    lists = [set(regimes()[name].adequate) for name in names if name in regimes()]
    return tuple(sorted(set.intersection(*lists))) if lists else ()
