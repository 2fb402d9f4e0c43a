"""What who wrote does with a plan in their mailbox: look at it, agree, turn it down, dispute."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from zusage.actions.base import Conflict, action, not_shut
from zusage.actions.mailbox import once
from zusage.actions.plans import letters, steps
from zusage.models import Case, Instalment, Message, Plan, PlanShare, Submission
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries import plans
from zusage.queries.plans import Shown
from zusage.rules.cost_notice import cost_notice, cost_notice_needed, version
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault


@action
def show(subject_id: UUID, plan_id: UUID, language: str = "") -> Shown:
    """The plan, for the page that shows it; with an offer the cost notice is shown, and that is kept (RDG 13a).

    `language`: that of the page, where it isn't the plan's. Raises Plan.DoesNotExist where it isn't theirs.
    """
    plan = steps.locked(plan_id, of=subject_id)
    if (
        plan.state == "offered"
        and not plan.cost_notice
        and cost_notice_needed(policy())
        and not steps.shut(plan)
    ):
        plan.cost_notice = version(cost_notice(policy(), language or plan.language))
        plan.cost_notice_shown_at = timezone.now()
        changed = ("cost_notice", "cost_notice_shown_at")
        steps.happened(plan, "notice-shown", "person", Actor.subject(subject_id), save=changed)
    return plans.in_mailbox(subject_id, plan_id)


@action
def confirm(subject_id: UUID, plan_id: UUID, expected: int) -> None:
    """The person agrees to an offer: the plan begins. Having agreed before is agreeing.

    Raises Plan.DoesNotExist; Conflict: `plan-changed`, `notice-unseen` where the cost notice wasn't shown before,
    `plan-over`, `plan-lapsed` where its first day has passed, `restricted`, `erased`.
    """
    plan = steps.locked(plan_id, of=subject_id)
    if plan.state == "active":
        return
    if plan.version != expected:
        raise Conflict("plan-changed")
    if plan.state != "offered":
        raise Conflict("plan-over")
    not_shut(plan)
    if cost_notice_needed(policy()) and not plan.cost_notice:
        raise Conflict("notice-unseen")
    first = Instalment.objects.filter(plan=plan).order_by("number").values_list("due_on", flat=True).first()
    if first is None or first < timezone.localdate():
        raise Conflict("plan-lapsed")
    plan.state, plan.agreed_at = "active", timezone.now()
    actor = Actor.subject(subject_id)
    steps.happened(plan, "confirmed", "person", actor, save=("state", "agreed_at"))
    letters.lay(plan, "confirmed", plans.PLANS)


@action
def turn_down(subject_id: UUID, plan_id: UUID, expected: int) -> None:
    """The person doesn't want what was offered; the matter waits for a clerk again. Raises as `confirm`."""
    plan = steps.locked(plan_id, of=subject_id)
    if plan.state == "ended" and plan.ended_why == "declined":
        return
    if plan.version != expected:
        raise Conflict("plan-changed")
    if plan.state != "offered":
        raise Conflict("plan-over")
    steps.finish(plan, "turned-down", "declined", "person", Actor.subject(subject_id))
    _waits(plan)


def dispute(subject_id: UUID, plan_id: UUID, text: str, form_token: str) -> None:
    """The person says that something isn't owed: the plan rests, and so do its cases, until a clerk has looked.

    The same page sent twice is one dispute. Raises Problem("missing"); Plan.DoesNotExist; Conflict("plan-over").
    """
    if not text.strip():
        raise Problem("missing")
    try:
        _dispute(subject_id, plan_id, text.strip(), form_token)
    except IntegrityError:
        pass  # it is stored already


@action
def _dispute(subject_id: UUID, plan_id: UUID, text: str, form_token: str) -> None:
    plan = steps.locked(plan_id, of=subject_id)
    submission, actor = plan.submission, Actor.subject(subject_id)
    assert submission is not None
    letter_id = once("plan-dispute", plan_id, text, form_token)
    if Message.objects.filter(pk=letter_id).exists():
        return
    if plan.state not in Plan.LIVE:
        raise Conflict("plan-over")
    message = Message(
        id=letter_id,
        submission=submission,
        subject_id=subject_id,
        purpose=submission.purpose,
        sender="person",
    )
    vault.seal(message, {"body": text}, vault.Keyring())
    message.save(force_insert=True)
    record(actor, [Deed("reply", "zusage.message", str(message.pk), subject_id, submission.purpose)])
    plan.state, plan.paused_at = "paused", plan.paused_at or timezone.now()
    steps.happened(plan, "disputed", "person", actor, save=("state", "paused_at"))
    shares = PlanShare.objects.filter(plan=plan, live=True)
    Case.objects.filter(pk__in=shares.values("case_id"), state="open").update(state="paused")
    _waits(plan)
    letters.lay(plan, "disputed", plans.PLANS)


def _waits(plan: Plan) -> None:
    """A clerk has to look at it: nobody's word may fall on the floor."""
    Submission.objects.filter(plans=plan).update(state="open", closed_at=None)
