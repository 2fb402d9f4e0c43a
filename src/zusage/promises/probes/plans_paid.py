"""Probes of payments: each is laid to what it names, or to where a clerk says it belongs, and nothing is called paid
that isn't.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count

from zusage.actions.plans.payments_file import SYSTEM
from zusage.models import Instalment, Payment, Plan, PlanStep
from zusage.promises.look import Look
from zusage.promises.stored import CHUNK, Line, chunks, lines_about, newest, remembered
from zusage.promises.types import Evidence, judged, probe

ACTS = ("take-payment", "return-payment", "plan-moved")
"""What lays a payment to a plan; the last, when a plan follows its message to another file, with its payments."""
STEPS = ("payment", "payment-returned")


@probe(quick=True)
def laid(look: Look) -> Iterator[Evidence]:
    """Of the newest payments, each that is laid to a plan was laid there by the import or a clerk, in a step of it."""
    yield from _laid(look, newest(Payment.objects.all()))


@probe(quick=False)
def all_laid(look: Look) -> Iterator[Evidence]:
    """So was every payment."""
    yield from _laid(look, Payment.objects.all())


@probe(quick=True)
def paid(look: Look) -> Iterator[Evidence]:
    """Of the newest plans, none has an instalment that is called paid without a payment, or is done with one open."""
    yield from _paid(look, newest(Plan.objects.all()))


@probe(quick=False)
def all_paid(look: Look) -> Iterator[Evidence]:
    """So has none of all plans."""
    yield from _paid(look, Plan.objects.all())


def _laid(look: Look, payments: Any) -> Iterator[Evidence]:
    number, faults, begins = 0, [], remembered(look)
    for piece in chunks(payments.prefetch_related("plan", "instalment", "file").iterator(CHUNK)):
        number += len(piece)
        plans = {one.plan_id for one in piece if one.plan_id}
        said = lines_about({one.subject_id for one in piece if one.plan_id}, *ACTS)
        faults += [f"the plan {plan} has more payments than steps that took one" for plan in _too_many(plans)]
        for one in piece:
            own = [
                line
                for line in said.get(one.subject_id, ())
                if line.record_id in (str(one.pk), str(one.plan_id))
            ]
            known = one.file is None or one.file.imported_at > begins
            faults += [f"the payment {one.pk} {fault}" for fault in _strange(one, own, known)]
    yield judged("payments and what they are laid to", number, faults)


def _strange(one: Payment, own: list[Line], known: bool) -> Iterator[str]:
    """What is wrong with where a payment lies. `known`: the protocol has its lines still."""
    if one.plan is None:
        if one.state == "matched" or one.instalment is not None:
            yield "is laid to no plan, and not waiting for a clerk"
        return
    if one.state == "unmatched" or one.subject_id != one.plan.subject_id or one.currency != one.plan.currency:
        yield "isn't of the plan that it is laid to"
    if one.instalment is not None and one.instalment.plan_id != one.plan_id:
        yield "is laid to another's instalment"
    if known and not any(_may_lay(line) for line in own):
        yield "was laid to its plan by nobody"


def _may_lay(line: Line) -> bool:
    return (
        line.act == "plan-moved" or line.actor_kind == "staff" or (line.actor_kind, line.actor_id) == _IMPORT
    )


_IMPORT = (SYSTEM.kind, SYSTEM.id)


def _too_many(plans: Collection[UUID]) -> list[UUID]:
    """Plans to which more payments are laid than their steps took."""
    steps = PlanStep.objects.filter(plan_id__in=plans, act__in=STEPS).order_by()
    took = Counter(dict(steps.values_list("plan_id").annotate(Count("pk"))))
    rows = Payment.objects.filter(plan_id__in=plans).order_by().values_list("plan_id").annotate(Count("pk"))
    return [plan for plan, many in rows if many > took[plan]]


def _paid(look: Look, plans: Any) -> Iterator[Evidence]:
    number, faults, begins = 0, [], remembered(look)
    for piece in chunks(plans.iterator(CHUNK)):
        number += len(piece)
        rows = Instalment.objects.filter(plan__in=piece).order_by()
        states: dict[UUID, set[str]] = {}
        for plan_id, state in rows.values_list("plan_id", "state").distinct():
            states.setdefault(plan_id, set()).add(state)
        having = set(Payment.objects.filter(plan__in=piece).values_list("plan_id", flat=True))
        for plan in piece:
            own = states.get(plan.pk, set())
            if plan.state == "done" and own != {"paid"}:
                faults.append(f"the plan {plan.pk} is done, and not all of it is paid")
            if own & {"paid", "part"} and plan.made_at > begins and plan.pk not in having:
                faults.append(f"the plan {plan.pk} is paid in part, by no payment")
    yield judged("plans, and what of them is paid", number, faults)
