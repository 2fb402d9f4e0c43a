"""Somebody invented who owes money, and proposes to pay it in instalments. Only within `rehearsed`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from zusage.actions import assigning
from zusage.actions.base import Conflict
from zusage.actions.cases import open_case
from zusage.actions.plans import mailbox, offer
from zusage.models import Case, Plan, Staff, Submission
from zusage.policy.plans import Terms
from zusage.policy.types import Policy, Purpose
from zusage.promises.look import CouldNotLook
from zusage.promises.plant import LANGUAGE, LETTERS, a_value
from zusage.promises.rehearsal import sends, somebody
from zusage.protocol.outbox import Actor
from zusage.queries import plans
from zusage.queries.proposals import DAY, RATE, proposes
from zusage.rules import instalments, money
from zusage.rules.cost_notice import cost_notice, cost_notice_needed, version
from zusage.rules.holidays import home
from zusage.rules.instalments import Wish
from zusage.rules.money import Money
from zusage.tenant import policy

PROVER = Actor.system("prover")
OWED = Decimal("3210.35")


@dataclass
class PlanCast:
    """Who was invented for a rehearsal: `subjects` have to be shredded after it, for their keys are kept elsewhere."""

    subjects: list[UUID] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What was wrong on the way: a plan that began before the notice of its costs was shown."""

    def clerk(self) -> Staff:
        """A clerk who may make plans."""
        return somebody(_role(policy()))

    def plan(self, clerk: Staff) -> tuple[Submission, Plan]:
        """A plan that was proposed without the notice, accepted, shown and agreed to; with what was sent."""
        wish = nearest(policy(), OWED, timezone.localdate())
        mark = "".join(secrets.choice(LETTERS) for _ in range(12))
        file = self._file(mark)
        sent = self._sends(mark, wish)
        assigning.choose(clerk, sent.pk, file.pk)
        plan = self.accepted(clerk, sent, file)
        self._agree(sent.subject_id, plan)
        plan.refresh_from_db()
        return sent, plan

    def accepted(self, clerk: Staff, sent: Submission, file: Case) -> Plan:
        """What the clerk makes of it. Raises Conflict."""
        seen = plans.version_of(sent.pk)
        made = offer.accept(clerk, sent.pk, [file.pk], expected=seen, form_token=secrets.token_urlsafe(16))
        return Plan.objects.get(pk=made[0])

    def _agree(self, person: UUID, plan: Plan) -> None:
        if cost_notice_needed(policy()):
            try:
                mailbox.confirm(person, plan.pk, plan.version)
            except Conflict:
                pass
            plan.refresh_from_db()
            if plan.agreed_at is not None:
                self.faults.append("a plan began before the notice of its costs was shown")
            mailbox.show(person, plan.pk)
            plan.refresh_from_db()
            if plan.cost_notice != version(cost_notice(policy(), LANGUAGE)):
                self.faults.append("which notice of costs was shown isn't kept")
        if plan.agreed_at is None:
            mailbox.confirm(person, plan.pk, plan.version)

    def _file(self, mark: str) -> Case:
        currency = policy().accounts[0].currency
        file = open_case(
            PROVER,
            timezone.localdate(),
            {
                "reference": f"PROBE-{mark.upper()}",
                "debtor_name": f"Probe {mark.capitalize()}",
                "creditor": f"Probe {mark.upper()}",
                "balance": Money(currency, OWED).stored(),
            },
        )
        self.subjects.append(file.subject_id)
        return file

    def _sends(self, mark: str, wish: Wish) -> Submission:
        purpose = proposing(policy())
        assert purpose.form is not None
        own = {RATE: str(wish.rate), DAY: str(wish.day)}
        typed = {
            one.field: own.get(one.field) or a_value(policy().fields[one.field])
            for one in purpose.form.fields
        }
        found = sends(purpose, typed)
        self.subjects.append(found.subject_id)
        return found


def proposing(declared: Policy) -> Purpose:
    """The purpose whose form takes proposals. Raises CouldNotLook where there is none, or no account."""
    for one in declared.form_purposes():
        if proposes(one) and declared.accounts:
            return one
    raise CouldNotLook("no form asks for a monthly instalment, or nothing can be paid to")


def nearest(declared: Policy, owed: Decimal, today: date) -> Wish:
    """A wish for `owed` that the rules allow, of several instalments where they do."""
    terms, calendar = terms_of(declared), home(declared.controller)
    step = money.unit(declared.accounts[0].currency, terms.cash)
    wish = Wish((owed / 7).quantize(Decimal(1)), 28)
    found = instalments.judge(owed, wish, today, terms, calendar, step).nearest
    if found is None:
        raise CouldNotLook("the rules allow no plan at all")
    return found


def terms_of(declared: Policy) -> Terms:
    """The rules for claims of an invented creditor."""
    if declared.plans is None:
        raise CouldNotLook("the policy has no rules of instalments")
    return declared.plans.terms


def _role(declared: Policy) -> str:
    needed = {proposing(declared).id, "plan", "collection"}
    for name, role in declared.roles.items():
        if needed <= set(role.opens):
            return name
    raise CouldNotLook("no role makes plans")
