"""A step of a plan: locked, counted, written into its history and the protocol. What `offer` and the others share."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from django.utils import timezone

from zusage.actions.base import Conflict
from zusage.actions.plans import letters
from zusage.models import PLAN, Instalment, Plan, PlanShare, PlanStep, Staff, Submission
from zusage.policy.plans import Terms
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries.plans import PLANS, sums
from zusage.rules.instalments import Standing, standing
from zusage.vault import api as vault

By = Literal["person", "agency", "system"]


def locked(plan_id: UUID, expected: int | None = None, *, of: UUID | None = None) -> Plan:
    """The plan, with its submission locked before it: as in all actions, so that none waits for another in a ring.

    `expected`: the version that the caller had before them; `of`: whose mailbox it has to be in.
    Raises Plan.DoesNotExist; Conflict("plan-changed").
    """
    submission_id = Plan.objects.values_list("submission_id", flat=True).get(pk=plan_id)
    if submission_id:
        Submission.objects.select_for_update().filter(pk=submission_id).first()
    plan = Plan.objects.select_for_update(of=("self",)).select_related("submission").get(pk=plan_id)
    if of is not None and (plan.submission is None or plan.submission.subject_id != of):
        raise Plan.DoesNotExist
    if expected is not None and plan.version != expected:
        raise Conflict("plan-changed")
    return plan


def shut(plan: Plan) -> bool:
    """Whether the debtor is blocked or was erased."""
    return bool(vault.shut([plan.subject_id], PLAN))


def mute(plan: Plan) -> bool:
    """Whether no letter may go to who wrote; not where there is nobody any more."""
    return plan.submission is not None and letters.mute(plan.submission)


def disputed(plan: Plan) -> bool:
    """Whether a plan rests because the person disputed something, and not only because a clerk let it."""
    last = PlanStep.objects.filter(plan=plan, act__in=("disputed", "resumed")).order_by("-at", "-pk").first()
    return plan.state == "paused" and last is not None and last.act == "disputed"


def happened(
    plan: Plan,
    act: str,
    by: By,
    actor: Actor,
    *,
    author: Staff | None = None,
    body: str = "",
    save: tuple[str, ...] = (),
) -> None:
    """Write down that `act` happened to `plan`, whose columns `save` were changed by it."""
    made = PlanStep(plan=plan, subject_id=plan.subject_id, act=act, by=by, author=author)
    if body:
        vault.seal(made, {"body": body}, vault.Keyring())
    made.save(force_insert=True)
    plan.version += 1
    plan.save(update_fields=["version", *save])
    told(plan, act, actor)


def told(plan: Plan, act: str, actor: Actor) -> None:
    """The protocol's line of a step."""
    record(actor, [Deed(f"plan-{act}", "zusage.plan", str(plan.pk), plan.subject_id, PLAN)])


def finish(
    plan: Plan, act: str, why: str, by: By, actor: Actor, *, author: Staff | None = None, body: str = ""
) -> None:
    """A plan ends: `done` where all is paid, else `ended`, for the reason `why` (`Plan.WHYS`). Its cases are free."""
    plan.state = "done" if why == "paid" else "ended"
    plan.ended_at, plan.ended_why, plan.ends_on = timezone.now(), why, None
    PlanShare.objects.filter(plan=plan, live=True).update(live=False)
    changed = ("state", "ended_at", "ended_why", "ends_on")
    happened(plan, act, by, actor, author=author, body=body, save=changed)


def settle(plan: Plan, actor: Actor, today: date | None = None) -> Standing:
    """Where a plan stands after something came in: where all is paid it is done, with a letter, and its matter closed.

    Must run in the transaction of an action that holds the plan (`locked`).
    """
    found = stands(plan, today or timezone.localdate())
    if found.done and plan.state in ("active", "paused"):
        finish(plan, "done", "paid", "system", actor)
        letters.lay(plan, "paid", actor)
        waiting = Submission.objects.filter(plans=plan, state="answered")
        waiting.update(state="closed", closed_at=timezone.now())
    elif plan.ends_on and not found.ends and plan.state == "active":
        plan.ends_on = None
        happened(plan, "rescued", "system", actor, save=("ends_on",))
        letters.lay(plan, "rescued", actor)
    return found


def stands(plan: Plan, today: date) -> Standing:
    """Where a plan stands on a day, by the rules as they were when it was made; opened by the system."""
    rows = list(Instalment.objects.filter(plan=plan).order_by("number"))
    plain = vault.open_many(rows, PLAN, PLANS, ("amount", "paid"))
    lines = []
    for row, one in zip(rows, plain, strict=True):
        if isinstance(one, vault.Refused):
            raise one
        lines.append((row.due_on, *sums(one)))
    return standing(lines, today, terms_of(plan))


def terms_of(plan: Plan) -> Terms:
    """The rules about missed instalments as they were agreed on."""
    return Terms((), 0, plan.missed_in_row, plan.grace_days, end_days=plan.end_days)
