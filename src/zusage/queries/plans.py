"""Plans of instalments as they are shown: to who wrote, in their mailbox, and to the office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from zusage.models import COLLECTION, PLAN, Instalment, Message, Plan, PlanShare, PlanStep, Staff
from zusage.protocol.outbox import Deed, record
from zusage.queries.opening import Plain, Shut, opened
from zusage.rules import money
from zusage.rules.money import ZERO, Money
from zusage.vault import api as vault

PLANS = vault.Actor.system("plans")


@dataclass(frozen=True, slots=True)
class Line:
    """One instalment. `state`: open, part or paid. `reference`: what its payment bears, compact."""

    id: UUID
    number: int
    due: date
    amount: Money
    paid: Money
    state: str
    reference: str
    missed: bool

    @property
    def rest(self) -> Money:
        """What of it is still to be paid."""
        return Money(self.amount.currency, self.amount.amount - self.paid.amount)


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan with its instalments. `paid` of them all, `open` what is left, `over` what came in beyond the total.

    `cited`: the references as the person cited them. Where it is `shut`, amounts are 0 and there are no lines.
    """

    plan: Plan
    shut: Shut
    total: Money
    rate: Money
    paid: Money
    open: Money
    over: Money
    cited: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def next(self) -> Line | None:
        """The next instalment to pay; None where there is none."""
        return next((one for one in self.lines if one.state != "paid"), None)


@dataclass(frozen=True, slots=True)
class Share:
    """What of a plan is for one case, as the office sees it; empty where the case is gone or doesn't open."""

    case_id: UUID | None
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step of a plan. `by`: person, agency or system; `author`: the member of staff, where it was one."""

    act: str
    at: Any
    by: str
    author: str
    body: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A plan with its shares and its history, as the office sees it."""

    shown: Shown
    shares: tuple[Share, ...]
    steps: tuple[StepShown, ...]


def of_mailbox(subject_id: UUID) -> list[Shown]:
    """The plans of who has this mailbox, newest first, opened by the system; that they were shown is recorded."""
    return _to_writer(subject_id, _of_writer(subject_id))


def in_mailbox(subject_id: UUID, plan_id: UUID) -> Shown:
    """One of them. Raises Plan.DoesNotExist where it isn't theirs."""
    found = _to_writer(subject_id, _of_writer(subject_id).filter(pk=plan_id))
    if not found:
        raise Plan.DoesNotExist
    return found[0]


def links(subject_id: UUID) -> list[Plan]:
    """The plans of who has this mailbox, newest first: their plain columns alone, nothing opened."""
    return list(_of_writer(subject_id))


def plan(clerk: Staff, plan_id: UUID) -> Whole:
    """A plan as the office sees it. Raises Plan.DoesNotExist; vault.Refused."""
    actor = vault.Actor.staff(clerk)
    vault.may(actor, PLAN)
    found = Plan.objects.select_related("submission", "author").get(pk=plan_id)
    steps = list(PlanStep.objects.filter(plan=found).select_related("author").order_by("at", "pk"))
    bodies = opened(steps, PLAN, actor)
    return Whole(
        shown=shown([found], actor)[0],
        shares=_shares(clerk, found),
        steps=tuple(
            StepShown(
                row.act, row.at, row.by, row.author.username if row.author else "", plain.get("body", "")
            )
            for row, (plain, _) in zip(steps, bodies, strict=True)
        ),
    )


def shown(plans: Sequence[Plan], actor: vault.Actor) -> list[Shown]:
    """`plans` with their instalments, opened by `actor`. One that doesn't open as a whole is shut."""
    rows = list(Instalment.objects.filter(plan__in=plans).order_by("number"))
    of_plan: dict[UUID, list[tuple[Instalment, Plain]]] = {one.pk: [] for one in plans}
    shut_plans: dict[UUID, Shut] = {}
    for row, (plain, shut) in zip(rows, opened(rows, PLAN, actor), strict=True):
        if shut:  # without one of them the others don't add up: nothing is better than a wrong schedule
            shut_plans[row.plan_id] = shut
        of_plan[row.plan_id].append((row, plain))
    heads = opened(list(plans), PLAN, actor)
    return [
        _shown(one, plain, shut_plans.get(one.pk, shut), of_plan[one.pk])
        for one, (plain, shut) in zip(plans, heads, strict=True)
    ]


def sums(columns: vault.Opened) -> tuple[Decimal, Decimal]:
    """What an opened instalment asks for, and what came in for it."""
    paid = money.money(columns["paid"]).amount if "paid" in columns else ZERO
    return money.money(columns["amount"]).amount, paid


def version_of(submission_id: UUID) -> int:
    """Counts what happened to a submission: its letters, and the steps of its plans. Who acts says what they saw."""
    steps = Plan.objects.filter(submission=submission_id).values_list("version", flat=True)
    return Message.objects.filter(submission=submission_id).count() + sum(steps)


def _of_writer(subject_id: UUID) -> QuerySet[Plan]:
    return Plan.objects.filter(submission__subject_id=subject_id).order_by("-made_at", "-pk")


def _to_writer(subject_id: UUID, plans: QuerySet[Plan]) -> list[Shown]:
    with transaction.atomic():
        found = list(plans)
        told = shown(found, PLANS)
        deeds = [Deed("show-plan", "zusage.plan", str(one.pk), one.subject_id, PLAN) for one in found]
        record(vault.Actor.subject(subject_id), deeds)
    return told


def _shown(plan: Plan, plain: Plain, shut: Shut, rows: Sequence[tuple[Instalment, Plain]]) -> Shown:
    nothing = money.of(plan.currency, ZERO)
    if shut:
        return Shown(plan, shut, nothing, nothing, nothing, nothing, nothing, (), ())

    def read(text: str | None) -> Money:
        return money.money(text) if text else nothing

    lines = tuple(
        Line(
            row.pk,
            row.number,
            row.due_on,
            read(columns.get("amount")),
            read(columns.get("paid")),
            row.state,
            columns.get("reference", ""),
            row.missed_at is not None and row.state != "paid",
        )
        for row, columns in rows
    )
    total, paid = read(plain.get("total")), sum((one.paid.amount for one in lines), ZERO)
    return Shown(
        plan=plan,
        shut=shut,
        total=total,
        rate=read(plain.get("rate")),
        paid=Money(total.currency, paid),
        open=Money(total.currency, max(total.amount - paid, ZERO)),
        over=Money(total.currency, max(paid - total.amount, ZERO)),
        cited=tuple(filter(None, plain.get("cited", "").split("\n"))),
        lines=lines,
    )


def _shares(clerk: Staff, plan: Plan) -> tuple[Share, ...]:
    actor = vault.Actor.staff(clerk)
    rows = list(PlanShare.objects.filter(plan=plan).select_related("case").order_by("pk"))
    amounts = opened(rows, PLAN, actor)
    cases = [row.case for row in rows if row.case]
    references = {
        case.pk: columns.get("reference", "")
        for case, (columns, _) in zip(cases, opened(cases, COLLECTION, actor), strict=True)
    }
    return tuple(
        Share(
            row.case_id,
            references.get(row.case_id, "") if row.case_id else "",
            money.money(columns["amount"]) if "amount" in columns else money.of(plan.currency, ZERO),
        )
        for row, (columns, _) in zip(rows, amounts, strict=True)
    )
