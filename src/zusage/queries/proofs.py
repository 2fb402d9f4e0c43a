"""How the promises stand: now, and day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Max
from django.utils import timezone

from zusage.models.proofs import Finding, ProofDay
from zusage.rules.history import WORST, Day, worst
from zusage.tenant import policy

SHOWN_DAYS = 90


@dataclass(frozen=True, slots=True)
class Standing:
    """How a promise stands. `since`: as long as it has stood so; `at`: when somebody last looked; None: nobody yet."""

    promise: str
    state: str
    since: datetime | None
    at: datetime | None
    findings: Sequence[Finding]


def standing() -> list[Standing]:
    """Every promise of the policy, in its order."""
    found: dict[str, dict[str, Finding]] = {}
    for one in Finding.objects.all():
        found.setdefault(one.promise, {})[one.probe] = one
    now = timezone.now()
    return [
        _standing(id_, promise.probes, found.get(id_, {}), now) for id_, promise in policy().promises.items()
    ]


def tally() -> list[tuple[str, int]]:
    """How many promises stand in each state, the worst state first, without the states in which none does."""
    states = [one.state for one in standing()]
    return [(state, states.count(state)) for state in WORST if state in states]


def last_proved() -> datetime | None:
    """When somebody last looked at any promise."""
    found: datetime | None = Finding.objects.aggregate(last=Max("at"))["last"]
    return found


def whole_at() -> datetime | None:
    """When somebody last looked at everything; None: never. What is good for longer comes from a whole look."""
    late = Finding.objects.filter(good_until__gt=F("at") + timedelta(hours=1))
    found: datetime | None = late.aggregate(last=Max("at"))["last"]
    return found


def days(since: date | None = None) -> list[Day]:
    """The days that are over, chained and signed, the oldest first."""
    lines = ProofDay.objects.exclude(digest="").order_by("day")
    if since is not None:
        lines = lines.filter(day__gte=since)
    return [Day(one.day, one.results, one.previous, one.digest, one.signature) for one in lines]


def by_day(number: int = SHOWN_DAYS) -> tuple[list[date], Mapping[date, Mapping[str, Any]]]:
    """The last `number` days, today the last, and the results of those on which somebody looked."""
    today = timezone.localdate()
    shown = [today - timedelta(days=back) for back in range(number - 1, -1, -1)]
    lines = ProofDay.objects.filter(day__gte=shown[0])
    return shown, {one.day: one.results for one in lines}


def _standing(id_: str, probes: Sequence[str], found: Mapping[str, Finding], now: datetime) -> Standing:
    findings = [found[one] for one in probes if one in found]
    states = {one.state if one.good_until > now else "unknown" for one in findings}
    if len(findings) < len(probes):
        states.add("unknown")
    state = worst(states)
    same = [one.since for one in findings if one.state == state]
    since = (min if state == "broken" else max)(same, default=None)
    return Standing(id_, state, since, max((one.at for one in findings), default=None), findings)
