"""Proposals and plans, as people and clerks make them."""

from __future__ import annotations

import secrets
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from tests import household, make
from tests.cast import LEA, Person
from zusage.actions.plans import offer, steps
from zusage.models import Case, Instalment, Plan, Staff, Submission
from zusage.queries import mailbox, plans
from zusage.vault import api as vault

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


def paid(plan: Plan, *numbers: int) -> Plan:
    """Its instalments of these numbers come in, whole; the plan as it is then."""
    with transaction.atomic():
        held, ring = steps.locked(plan.pk), vault.Keyring()
        for line in plans.shown([held], plans.PLANS)[0].lines:
            if line.number in numbers:
                row = Instalment.objects.get(pk=line.id)
                vault.seal(row, {"paid": line.amount.stored()}, ring)
                row.state = "paid"
                row.save()
        steps.settle(held, plans.PLANS)
    held.refresh_from_db()
    return held


def amounts(plan: Plan) -> list[Decimal]:
    """Of its instalments, in their order, as the office sees them."""
    return [one.amount.amount for one in plans.shown([plan], plans.PLANS)[0].lines]


def letters(sent: Submission) -> list[str]:
    """What the agency wrote to whoever sent it, oldest first."""
    found = mailbox.letters(sent.subject_id)
    return [one.body for one in found if one.who == "agency"]
