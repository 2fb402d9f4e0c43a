"""A draft becomes a plan: its rows, sealed under the debtor's key, with a reference for each instalment."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import uuid4

from django.utils import timezone

from zusage.actions.base import Conflict
from zusage.insert import insert
from zusage.models import PAYMENT_REFERENCE_INDEX, PLAN, Instalment, Plan, PlanShare, Staff, Submission
from zusage.queries.proposals import Draft
from zusage.rules import instalments, money
from zusage.rules.instalments import units
from zusage.rules.money import ZERO
from zusage.rules.paying.references import new_reference, normal
from zusage.tenant import policy
from zusage.vault import api as vault


def make(
    draft: Draft,
    submission: Submission,
    clerk: Staff,
    *,
    cited: Sequence[str],
    active: bool,
    beyond: bool,
    ring: vault.Keyring,
) -> Plan:
    """Store the plan of `draft`: active, or offered until the person agrees. In the transaction that is open.

    Raises Conflict: `plan-not-allowed` where the rules say no and `beyond` doesn't say that the clerk knows it, or
    where it can't be reckoned at all; `no-account` where the agency has no account in that currency.
    """
    owed = units(sum(draft.owed, ZERO), draft.unit) * draft.unit
    lines = draft.verdict.instalments
    total = sum((one.amount for one in lines), ZERO)
    if total != owed or not (draft.verdict.allowed or beyond):
        raise Conflict("plan-not-allowed")
    paid_to = policy().account(draft.currency)
    if paid_to is None:
        raise Conflict("no-account")
    subject_id = draft.cases[0].case.subject_id
    ring.key_or_new(subject_id, PLAN)
    now = timezone.now()
    plan = Plan(
        subject_id=subject_id,
        submission=submission,
        language=submission.language,
        state="active" if active else "offered",
        currency=draft.currency,
        day=draft.wish.day,
        grace_days=draft.terms.grace_days,
        missed_in_row=draft.terms.missed_in_row,
        end_days=draft.terms.end_days,
        made_at=now,
        author=clerk,
        agreed_at=now if active else None,
    )
    if active and submission.cost_notice:
        plan.cost_notice, plan.cost_notice_shown_at = submission.cost_notice, submission.received_at
    vault.seal(
        plan,
        {"total": stored(draft, total), "rate": stored(draft, draft.wish.rate), "cited": "\n".join(cited)},
        ring,
    )
    shares = []
    parts = instalments.shares(total, draft.owed, draft.unit)
    for one, amount in zip(draft.cases, parts, strict=True):
        share = PlanShare(plan=plan, case=one.case, subject_id=subject_id)
        vault.seal(share, {"amount": stored(draft, amount)}, ring)
        shares.append(share)
    rows, found_by = [], []
    for line in lines:
        row = Instalment(id=uuid4(), plan=plan, subject_id=subject_id, number=line.number, due_on=line.due)
        reference = normal(new_reference(paid_to))
        values = {"amount": stored(draft, line.amount), "paid": stored(draft, ZERO), "reference": reference}
        vault.seal(row, values, ring)
        rows.append(row)
        found_by.append(vault.entry(PAYMENT_REFERENCE_INDEX, reference, row))
    insert([plan], shares, rows, found_by)
    return plan


def stored(draft: Draft, amount: Decimal) -> str:
    """An amount as it is sealed."""
    return money.of(draft.currency, amount).stored()
