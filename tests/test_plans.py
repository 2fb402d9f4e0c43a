"""A proposal becomes a plan: accepted, countered, declined, agreed to, disputed; and what may never happen to it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests import make
from tests.cast import LEA
from tests.plans import accepted, amounts, proposal
from zusage.models import PlanStep, Submission
from zusage.protocol.models import Outbox
from zusage.queries import mailbox, plans, proposals
from zusage.vault.index import find

pytestmark = pytest.mark.django_db


def test_the_clerk_accepts_and_the_person_has_an_active_plan_that_adds_up():
    clerk, sent = make.clerk(), proposal()
    seen = proposals.of_submission(clerk, sent)
    assert seen.draft and seen.draft.verdict.allowed and [one.cited for one in seen.cases] == [True]
    plan = accepted(clerk, sent)
    assert (plan.state, plan.cost_notice, plan.subject_id) == ("active", "a" * 64, sent.case.subject_id)
    assert sum(amounts(plan)) == Decimal("420.50")
    (shown,) = plans.of_mailbox(sent.subject_id)
    assert (shown.total.stored(), shown.open.stored(), shown.cited) == (
        "CHF 420.50",
        "CHF 420.50",
        LEA.references,
    )
    references = [one.reference for one in shown.lines]
    assert len(set(references)) == len(references) and all(references)
    assert find("payment-reference", [references[1]], "zusage.instalment") == [shown.lines[1].id]
    letter = mailbox.letters(sent.subject_id)[-1]
    assert (
        letter.who == "agency"
        and "CHF 420.50" in letter.body
        and "anerkennen Sie die Forderung nicht" in letter.body
    )
    assert [one.act for one in PlanStep.objects.filter(plan=plan)] == ["accepted"]
    assert Submission.objects.get(pk=sent.pk).state == "answered"
    deeds = set(Outbox.objects.filter(subject_id=plan.subject_id).values_list("act", "actor_kind"))
    assert {("plan-accepted", "staff"), ("show-plan", "subject"), ("open", "system")} <= deeds
