"""What of a subject's data may go: on their own request, and when its period is over.

A deletion splits by the law. What nothing demands goes at once. What a statute demands stays until its computed date,
and is blocked meanwhile (DSG 6(4), 31(1); Art. 17(3), 18 GDPR).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from zusage.policy.types import Retention
from zusage.rules.retention import expires, over

Why = Literal["", "statute", "claims", "hold"]
"""Why something stays: a statute demands it, claims are being pursued with it, somebody put it under a legal hold."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a subject for one purpose: of one category with a period of its own, or (empty) the rest.

    `start`: the day on which the period began for the last of it; None where it hasn't begun. `pursued`: it belongs to
    a claim that is still open.
    """

    purpose: str
    category: str
    retention: Retention
    start: date | None
    pursued: bool = False


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A legal hold on one purpose of a subject, or (empty) on all of them; `review_on`: when it is looked at again."""

    purpose: str
    review_on: date

    def covers(self, purpose: str) -> bool:
        """Whether what is held for `purpose` may not go."""
        return self.purpose in ("", purpose)


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of something held. It goes where `why` is empty.

    What stays is `blocked`, but for what a pending claim needs. `until`: the last day on which it may be kept, or the
    day on which a hold is reviewed; None where that day isn't known yet. `ground`: the citation.
    """

    held: Held
    why: Why
    until: date | None = None
    ground: str = ""

    @property
    def goes(self) -> bool:
        """Whether it is deleted now."""
        return not self.why

    @property
    def blocked(self) -> bool:
        """Whether it is kept and opened for lawful exceptions alone."""
        return self.why in ("statute", "hold")


def on_request(held: Collection[Held], holds: Collection[LegalHold], today: date) -> list[Fate]:
    """What becomes of each thing held where the person wants all of it deleted."""
    return [_on_request(one, [hold for hold in holds if hold.covers(one.purpose)], today) for one in held]


def _on_request(held: Held, holds: Sequence[LegalHold], today: date) -> Fate:
    retention = held.retention
    if holds:
        return Fate(held, "hold", max(hold.review_on for hold in holds))
    if held.pursued:
        return Fate(held, "claims", None, retention.ground)
    if not retention.statutory or (held.start and over(retention, held.start, today)):
        return Fate(held, "")
    return Fate(held, "statute", expires(retention, held.start) if held.start else None, retention.ground)


def latest_start(retention: Retention, today: date) -> date:
    """The latest start of a period that is over `today`: whatever began on that day or before may not be kept.

    A period that no day can end gives the first day of the calendar.
    """
    # Periods grow with their start, so halving finds the day; the calendar has two million days less than 2^22.
    low, high = date.min.toordinal() - 1, today.toordinal()
    while low < high:
        middle = (low + high + 1) // 2
        if over(retention, date.fromordinal(middle), today):
            low = middle
        else:
            high = middle - 1
    return date.fromordinal(max(low, 1))


def parts(fates: Sequence[Fate], keeps: Sequence[str]) -> list[str] | None:
    """Which categories of one purpose are erased; None: the whole purpose, with its key.

    `fates` are those of that purpose, `keeps` the categories that it declares.
    """
    going = {fate.held.category for fate in fates if fate.goes}
    staying = {fate.held.category for fate in fates if not fate.goes}
    if not staying:
        return None
    if "" in going:
        return [one for one in keeps if one not in staying]
    return sorted(going)
