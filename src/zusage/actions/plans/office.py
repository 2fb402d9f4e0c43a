"""What a clerk does with a plan that there is: let it rest, let it go on, end it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.utils import timezone

from zusage.actions.base import Conflict, action, not_shut
from zusage.actions.plans import letters, steps
from zusage.models import PLAN, Case, Instalment, Plan, PlanShare, Staff
from zusage.protocol.outbox import Actor
from zusage.rules import holidays
from zusage.rules.instalments import following
from zusage.tenant import policy
from zusage.vault import api as vault

WHYS = ("agency", "withdrawn")
"""Why a clerk ends a plan: for a reason of the agency's, or because the person wishes it."""


@action
def pause(clerk: Staff, plan_id: UUID, expected: int) -> None:
    """Let a plan rest: nothing is missed meanwhile. Raises Conflict: `plan-changed`, `plan-over`, `restricted`."""
    plan = _ready(clerk, plan_id, expected)
    if plan.state == "paused":
        return
    plan.state, plan.paused_at = "paused", timezone.now()
    actor = Actor.staff(clerk)
    steps.happened(plan, "paused", "agency", actor, author=clerk, save=("state", "paused_at"))
    letters.lay(plan, "paused", actor, author=clerk)


@action
def resume(clerk: Staff, plan_id: UUID, expected: int) -> None:
    """A plan goes on, and its cases with it where a dispute had let them rest; an offer waits for the person again.

    What fell due while it rested, and what follows, gets new days. Raises as `pause`.
    """
    plan = _ready(clerk, plan_id, expected)
    if plan.state != "paused":
        return
    if steps.disputed(plan):
        shares = PlanShare.objects.filter(plan=plan, live=True)
        Case.objects.filter(pk__in=shares.values("case_id"), state="paused").update(state="open")
    plan.state, plan.paused_at, plan.ends_on = "active" if plan.agreed_at else "offered", None, None
    actor = Actor.staff(clerk)
    _move_days(plan, timezone.localdate())
    steps.happened(plan, "resumed", "agency", actor, author=clerk, save=("state", "paused_at", "ends_on"))
    letters.lay(plan, "resumed", actor, author=clerk)


@action
def end(clerk: Staff, plan_id: UUID, why: str, text: str, expected: int) -> None:
    """End a plan, for a reason of `WHYS`; `text`: what the clerk writes to the person. Raises as `pause`."""
    if why not in WHYS:
        raise Conflict("no-such-reason")
    plan = _ready(clerk, plan_id, expected)
    actor = Actor.staff(clerk)
    steps.finish(plan, "ended", why, "agency", actor, author=clerk, body=text.strip())
    letters.lay(plan, f"ended_{why}", actor, author=clerk, text=text.strip())


def _ready(clerk: Staff, plan_id: UUID, expected: int) -> Plan:
    vault.may(Actor.staff(clerk), PLAN)
    plan = steps.locked(plan_id, expected)
    if plan.state not in Plan.LIVE:
        raise Conflict("plan-over")
    not_shut(plan)
    if steps.mute(plan):
        raise Conflict("restricted")
    return plan


def _move_days(plan: Plan, today: date) -> None:
    """Whoever was let rest isn't late on the day on which it goes on."""
    rows = list(Instalment.objects.filter(plan=plan).exclude(state="paid").order_by("number"))
    if not rows or rows[0].due_on > today:
        return
    days = following(plan.day, today, len(rows), holidays.home(policy().controller))
    for row, day in zip(rows, days, strict=True):
        row.due_on, row.missed_at, row.told_at = day, None, None
        row.save(update_fields=["due_on", "missed_at", "told_at"])
