"""How often a stated confidence was right, and who decides: counts alone, nobody's values."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import Count
from django.db.models.functions import TruncMonth

from zusage.models import Assignment, MatchTally
from zusage.rules.matching.calibrate import STEPS
from zusage.rules.shares import interval

FEW = 10
"""With fewer decisions nothing is said about a step."""
MONTHS = 12
Verdict = Literal["fits", "low", "high", "few"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of confidence, from `least` to `most`, and how humans decided about files that it was stated for.

    `low`, `high`: between these is the true share, with 95 % confidence.
    """

    least: float
    most: float
    right: int
    wrong: int
    low: float
    high: float

    @property
    def many(self) -> int:
        """All decisions."""
        return self.right + self.wrong

    @property
    def share(self) -> float:
        """How often it was right."""
        return self.right / self.many

    @property
    def verdict(self) -> Verdict:
        """Whether what was stated holds, as far as the decisions show it."""
        if self.many < FEW:
            return "few"
        if self.high < self.least:
            return "low"
        return "high" if self.low > self.most else "fits"


def steps() -> list[Step]:
    """The steps that somebody decided about, from unlikely to sure."""
    found: Counter[tuple[int, bool]] = Counter()
    for step, right, wrong in MatchTally.objects.values_list("step", "right", "wrong"):
        found[step, True] += right
        found[step, False] += wrong
    counts = [(step, found[step, True], found[step, False]) for step in sorted({step for step, _ in found})]
    edges = (*STEPS, 1.0)
    return [
        Step(edges[step], edges[step + 1], right, wrong, *interval(right, right + wrong))
        for step, right, wrong in counts
        if right + wrong and step < len(STEPS)
    ]


def months() -> list[tuple[date, dict[str, int]]]:
    """The first days of the last months in which something was decided, the newest first -> decisions by way.

    What was undone doesn't count.
    """
    found: dict[date, Counter[str]] = defaultdict(Counter)
    rows = Assignment.objects.filter(undone_at=None).annotate(month=TruncMonth("at")).order_by()
    for month, way, number in rows.values_list("month", "way").annotate(Count("pk")):
        found[month.date()][way] += number
    return [(month, dict(found[month])) for month in sorted(found, reverse=True)[:MONTHS]]
