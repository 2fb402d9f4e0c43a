"""Payments as the office sees them: what waits for a plan, what was paid beyond it or short of it, and the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from zusage.models import (
    PAYMENT_REFERENCE_INDEX,
    PLAN,
    REFERENCE_INDEX,
    Case,
    Instalment,
    Payment,
    PaymentFile,
    Plan,
    PlanShare,
    PlanStep,
    Staff,
)
from zusage.queries import plans
from zusage.queries.opening import Shut, opened
from zusage.rules import references
from zusage.rules.camt.typed import references_in
from zusage.rules.money import Money, money
from zusage.vault import api as vault

MOST = 50
"""Lines of each list."""
MOST_PLANS = 5


@dataclass(frozen=True, slots=True)
class Came:
    """A payment that no plan is known for. `amount` is None where it is `shut`; `payer`: a line or two."""

    payment: Payment
    shut: Shut
    amount: Money | None
    payer: str
    account: str
    reference: str
    text: str


@dataclass(frozen=True, slots=True)
class Short:
    """An instalment that is paid in part."""

    row: Instalment
    shut: Shut
    amount: Money | None
    paid: Money | None


@dataclass(frozen=True, slots=True)
class Beyond:
    """A payment beyond what a plan came to, or after its end."""

    step: PlanStep
    shut: Shut
    amount: Money | None


def waiting(clerk: Staff) -> tuple[list[Came], int]:
    """The oldest payments without a plan, and how many there are. Raises vault.Refused."""
    rows = Payment.objects.filter(plan=None).order_by("booked_on", "pk")
    return _came(clerk, list(rows[:MOST])), rows.count()


def waits(clerk: Staff, payment_id: UUID) -> Came:
    """One of them. Raises Payment.DoesNotExist, where it has a plan by now too; vault.Refused."""
    return _came(clerk, [Payment.objects.get(pk=payment_id, plan=None)])[0]


def short(clerk: Staff) -> list[Short]:
    """The instalments of live plans that are paid in part, the earliest due first."""
    rows = Instalment.objects.filter(state="part", plan__state__in=Plan.LIVE).order_by("due_on", "pk")[:MOST]
    with transaction.atomic():
        return [
            Short(row, shut, _money(columns, "amount"), _money(columns, "paid"))
            for row, (columns, shut) in _opened(clerk, list(rows))
        ]


def beyond(clerk: Staff) -> list[Beyond]:
    """What came in beyond what was owed, the newest first."""
    rows = PlanStep.objects.filter(act="over-paid").order_by("-at", "-pk")[:MOST]
    with transaction.atomic():
        return [
            Beyond(row, shut, _money(columns, "body")) for row, (columns, shut) in _opened(clerk, list(rows))
        ]


def files() -> list[PaymentFile]:
    """The files that were brought in, the newest first."""
    return list(PaymentFile.objects.select_related("author").order_by("-imported_at", "-pk")[:MOST])


def plans_by(clerk: Staff, typed: str) -> list[plans.Whole]:
    """The plans that a case's reference or an instalment's leads to, live ones first, at most `MOST_PLANS`.

    Raises Problem: reference-…; vault.Refused.
    """
    vault.may(vault.Actor.staff(clerk), PLAN)
    ids = vault.find(
        PAYMENT_REFERENCE_INDEX, list(references_in([typed])), Instalment._meta.label_lower, PLAN
    )
    found = set(Instalment.objects.filter(pk__in=ids).values_list("plan_id", flat=True))
    if not found:
        normal = references.normal(references.reference(typed))
        cases = vault.find(REFERENCE_INDEX, [normal], Case._meta.label_lower, PLAN)
        found = set(PlanShare.objects.filter(case_id__in=cases).values_list("plan_id", flat=True))
    rows = Plan.objects.filter(pk__in=found).order_by("ended_at", "-made_at", "-pk")
    live = sorted(rows, key=lambda one: one.state not in Plan.LIVE)
    return [plans.plan(clerk, one.pk) for one in live[:MOST_PLANS]]


def _came(clerk: Staff, rows: list[Payment]) -> list[Came]:
    with transaction.atomic():
        return [
            Came(
                row,
                shut,
                _money(columns, "amount"),
                columns.get("payer", ""),
                columns.get("account", ""),
                columns.get("reference", ""),
                columns.get("text", ""),
            )
            for row, (columns, shut) in _opened(clerk, rows)
        ]


def _opened(clerk: Staff, rows: Sequence[Any]) -> Any:
    return zip(rows, opened(rows, PLAN, vault.Actor.staff(clerk)), strict=True)


def _money(columns: dict[str, str], name: str) -> Money | None:
    return money(columns[name]) if name in columns else None
