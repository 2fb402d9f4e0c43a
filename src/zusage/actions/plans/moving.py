"""A message is laid beside another person's file: the plans that came of it go there with all that hangs on them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from zusage.actions.plans import letters, steps
from zusage.models import PLAN, Case, Correction, Instalment, Payment, Plan, PlanShare, PlanStep, Submission
from zusage.protocol.outbox import Actor
from zusage.queries.plans import PLANS
from zusage.vault import api as vault
from zusage.vault.models import BlindIndex
from zusage.vault.sealed import row_name


def follow(submission: Submission, case: Case | None, actor: Actor) -> None:
    """The plans of a message that lies with `case` now, or with none.

    With none they are who wrote's, until it lies with a file again. What was offered or active rests until a clerk has
    looked. What can't be opened, since the wrong file's person is blocked or was erased, stays there, ends, and is in
    the mailbox no more. In the transaction of an action that holds the submission.
    """
    target = case.subject_id if case else submission.subject_id
    plans = Plan.objects.select_for_update(of=("self",)).select_related("submission")
    for plan in plans.filter(submission=submission).exclude(subject_id=target):
        rows = _rows(plan)
        opened = vault.open_many(rows, PLAN, PLANS) if not steps.shut(plan) else []
        plain = [one for one in opened if not isinstance(one, vault.Refused)]
        if not rows or len(plain) < len(rows):
            _leave(plan, actor)
        else:
            _move(plan, list(zip(rows, plain, strict=True)), target, case, actor)


def _rows(plan: Plan) -> list[Any]:
    """All that is about a plan, the plan first; not its shares, which are made anew."""
    hanging = [
        row
        for model in (Instalment, PlanStep, Payment)
        for row in model._default_manager.filter(plan=plan).order_by("pk")
    ]
    ids = [row_name(one) for one in (plan, *hanging)]
    notes = Correction.objects.filter(subject_id=plan.subject_id, purpose=PLAN, record_id__in=ids)
    return [plan, *hanging, *notes]


def _move(
    plan: Plan, rows: list[tuple[Any, vault.Opened]], target: UUID, case: Case | None, actor: Actor
) -> None:
    was, wrong = plan.subject_id, list(plan.shares.filter(live=True).values_list("case_id", flat=True))
    disputed = steps.disputed(plan)
    steps.told(plan, "moved", actor)
    plan.shares.all().delete()
    ring = vault.Keyring()
    ring.key_or_new(target, PLAN)
    for row, plain in rows:
        row.subject_id = target
        vault.seal(row, plain, ring)
        row.save(update_fields=["subject_id", *plain])
    instalments = [row.pk for row, _ in rows if isinstance(row, Instalment)]
    BlindIndex.objects.filter(subject_id=was, record_id__in=instalments).update(subject_id=target)
    if disputed:
        Case.objects.filter(pk__in=wrong, state="paused").update(state="open")
    if plan.state not in Plan.LIVE:
        _share(plan, rows[0][1], case, ring, live=False)
        steps.happened(plan, "moved", "agency", actor)
        return
    if case is not None and PlanShare.objects.filter(case=case, live=True).exists():
        _share(plan, rows[0][1], case, ring, live=False)
        steps.finish(plan, "moved", "replaced", "agency", actor)
        letters.lay(plan, "ended_agency", actor)
        return
    _share(plan, rows[0][1], case, ring, live=True)
    rested = plan.state == "paused"
    plan.state, plan.paused_at = "paused", plan.paused_at or timezone.now()
    steps.happened(plan, "moved", "agency", actor, save=("state", "paused_at"))
    if disputed and case is not None:
        Case.objects.filter(pk=case.pk, state="open").update(state="paused")
    if not rested:
        letters.lay(plan, "paused", actor)


def _share(plan: Plan, plain: vault.Opened, case: Case | None, ring: vault.Keyring, *, live: bool) -> None:
    """All of the plan is for the one case; for none, there is no share."""
    if case is not None and "total" in plain:
        share = PlanShare(plan=plan, case=case, subject_id=plan.subject_id, live=live)
        vault.seal(share, {"amount": plain["total"]}, ring)
        share.save(force_insert=True)


def _leave(plan: Plan, actor: Actor) -> None:
    if plan.state in Plan.LIVE:
        steps.finish(plan, "ended", "agency", "agency", actor)
    plan.submission = None
    plan.save(update_fields=["submission"])
