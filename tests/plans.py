"""Proposals and plans, as people and clerks make them."""

from __future__ import annotations

import secrets
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from tests import household, make
from tests.cast import LEA, Person
from zusage.actions.plans import offer
from zusage.models import Case, Plan, Staff, Submission
from zusage.queries import plans

NOTICE = "a" * 64
"""A cost notice that was shown beside the form."""


def proposal(
    who: Person = LEA, *cases: Case, rate: str = "150.00", day: str = "25", notice: str = NOTICE, **other: str
) -> Submission:
    """A payment form that lies with the first of `cases`, which are made where there are none."""
    files = cases or (household.file(who),)
    sent = make.submission(
        "payment",
        name=who.name,
        case_references=other.pop("case_references", "\n".join(who.references)),
        date_of_birth=who.born.isoformat(),
        monthly_instalment=rate,
        payment_day=day,
        **other,
    )
    Submission.objects.filter(pk=sent.pk).update(case=files[0], search="human", cost_notice=notice)
    sent.refresh_from_db()
    return sent


def accepted(clerk: Staff, sent: Submission, *cases: UUID, **how: object) -> Plan:
    """What the clerk made of it, as from a page just opened; the newest plan."""
    made = offer.accept(
        clerk,
        sent.pk,
        cases or [sent.case_id],
        expected=plans.version_of(sent.pk),
        form_token=secrets.token_urlsafe(8),
        **how,  # type: ignore[arg-type]
    )
    return Plan.objects.get(pk=made[0])


def active(who: Person = LEA, **how: str) -> tuple[Staff, Submission, Plan]:
    """A clerk, the message, and the plan that came of it."""
    clerk, sent = make.clerk(), proposal(who, **how)
    return clerk, sent, accepted(clerk, sent)


def later(days: int) -> object:
    """A day ahead."""
    return timezone.localdate() + timedelta(days=days)


def amounts(plan: Plan) -> list[Decimal]:
    """Of its instalments, in their order, as the office sees them."""
    return [one.amount.amount for one in plans.shown([plan], plans.PLANS)[0].lines]
