"""What becomes of plans from day to day: missed instalments, the end that was announced, offers that nobody took up."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from zusage.actions.base import action
from zusage.actions.plans import letters, steps
from zusage.models import PLAN, Instalment, Plan, PlanShare
from zusage.processing import listed
from zusage.queries.plans import PLANS, Line, shown
from zusage.vault import api as vault


def daily(today: date | None = None) -> dict[str, int]:
    """Do what is due; how many plans each thing happened to: `missed`, `announced`, `ended`, `lapsed`, `closed`,
    `unreadable`.

    Each plan is one transaction: killed in between, the next run finds what is left; run again, it finds nothing.
    Plans of whoever is blocked are left as they are; so is one with a value that doesn't open, and it keeps no other
    waiting.
    """
    if not listed(PLAN):
        return {}
    day = today or timezone.localdate()
    done: Counter[str] = Counter(missed=0, announced=0, ended=0, lapsed=0, closed=0, unreadable=0)
    for plan_id in _late(day):
        try:
            done.update(_look(plan_id, day))
        except vault.Refused:
            done["unreadable"] += 1
    return dict(done)


def _late(today: date) -> list[UUID]:
    """Plans of which something unpaid was due before today, whose announced end has come, or whose cases are closed."""
    unpaid = Instalment.objects.exclude(state="paid").filter(due_on__lt=today)
    late = unpaid.filter(plan__state__in=("offered", "active")).values("plan_id")
    ends = Q(state="active", ends_on__lte=today)
    # Looked for among the live shares, of which there are few: never among all files that are closed.
    closed = PlanShare.objects.filter(live=True, case__state="closed").values("plan_id")
    found = Plan.objects.filter(Q(pk__in=late) | ends | Q(pk__in=closed))
    return list(found.order_by("pk").values_list("pk", flat=True))


@action
def _look(plan_id: UUID, today: date) -> list[str]:
    """What happened to the plan: some of the names of `daily`."""
    try:
        plan = steps.locked(plan_id)
    except Plan.DoesNotExist:
        return []
    if steps.shut(plan) or steps.mute(plan):
        return []
    if plan.state in Plan.LIVE and _all_closed(plan):
        steps.finish(plan, "ended", "agency", "system", PLANS)
        letters.lay(plan, "ended_closed", PLANS)
        return ["closed"]
    if plan.state == "offered":
        return _lapse(plan, today)
    if plan.state != "active":
        return []
    found = steps.settle(plan, PLANS, today)
    if plan.state != "active":
        return []
    happened = _mark(plan, found.missed)
    if found.ends and plan.ends_on is None:
        plan.ends_on = today + timedelta(days=plan.end_days)
        steps.happened(plan, "announced", "system", PLANS, save=("ends_on",))
        letters.lay(plan, "announced", PLANS, lines=_named(plan, found.missed), until=plan.ends_on)
        return [*happened, "announced"]
    if found.ends and plan.ends_on is not None and plan.ends_on <= today:
        steps.finish(plan, "ended", "missed", "system", PLANS)
        letters.lay(plan, "ended_missed", PLANS)
        return [*happened, "ended"]
    if happened:
        letters.lay(plan, "missed", PLANS, lines=_named(plan, found.missed))
    return happened


def _mark(plan: Plan, numbers: tuple[int, ...]) -> list[str]:
    """Those of the missed instalments that weren't known as missed before are, from now on."""
    rows = Instalment.objects.filter(plan=plan, number__in=numbers, missed_at=None)
    new = sorted(rows.values_list("number", flat=True))
    if not new:
        return []
    now = timezone.now()
    rows.update(missed_at=now, told_at=now)
    steps.happened(plan, "missed", "system", PLANS, body=" ".join(map(str, new)))
    return ["missed"]


def _all_closed(plan: Plan) -> bool:
    """Whether there is no case left to pay for."""
    states = set(PlanShare.objects.filter(plan=plan, live=True).values_list("case__state", flat=True))
    return states == {"closed"}


def _lapse(plan: Plan, today: date) -> list[str]:
    """Nobody agreed before the first day of what was offered."""
    if not Instalment.objects.filter(plan=plan, due_on__lt=today).exists():
        return []
    steps.finish(plan, "lapsed", "withdrawn", "system", PLANS)
    letters.lay(plan, "lapsed", PLANS)
    return ["lapsed"]


def _named(plan: Plan, numbers: tuple[int, ...]) -> list[Line]:
    (found,) = shown([plan], PLANS)
    return [one for one in found.lines if one.number in numbers]
