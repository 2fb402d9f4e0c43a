"""What probes give: evidence, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from zusage.rules.history import State, worst

if TYPE_CHECKING:
    from zusage.promises.look import Look

LONGEST_WORST = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was looked at, how many of it, and the worst that was there: ids, names of columns and files, ages.

    Never anything about a person: evidence is stored, and shown to staff.
    """

    state: State
    looked_at: str
    number: int
    worst: str = ""


def kept(looked_at: str, number: int, worst: str = "") -> Evidence:
    """It is as promised."""
    return Evidence("kept", looked_at, number, worst[:LONGEST_WORST])


def broken(looked_at: str, number: int, worst: str) -> Evidence:
    """It isn't."""
    return Evidence("broken", looked_at, number, worst[:LONGEST_WORST])


def unknown(looked_at: str, why: str) -> Evidence:
    """Nobody could look: that is never kept."""
    return Evidence("unknown", looked_at, 0, why[:LONGEST_WORST])


def judged(looked_at: str, number: int, faults: Iterable[str]) -> Evidence:
    """Kept where there are no `faults`, else broken with the first of them and how many more there are."""
    found = list(faults)
    if not found:
        return kept(looked_at, number)
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return broken(looked_at, number, f"{found[0][: LONGEST_WORST - 20]}{more}")


Probe = Callable[["Look"], Iterable[Evidence]]
"""Looks at the running system. It may raise: then nobody could look, and its state is unknown."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What one probe found. `probe` is its dotted name."""

    promise: str
    probe: str
    evidence: tuple[Evidence, ...]
    at: datetime

    @property
    def state(self) -> State:
        return worst(one.state for one in self.evidence)


@dataclass(frozen=True, slots=True)
class Result:
    """How a promise stands: the worst of its probes."""

    promise: str
    probes: Sequence[Probed]
    at: datetime

    @property
    def state(self) -> State:
        return worst(one.state for one in self.probes)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(one for probed in self.probes for one in probed.evidence)


def probe(*, quick: bool) -> Callable[[Probe], Probe]:
    """Mark a function as a probe. `quick`: it takes a fraction of a second, however much is stored."""

    def mark(look_at: Probe) -> Probe:
        look_at.quick = quick  # type: ignore[attr-defined]
        return look_at

    return mark
