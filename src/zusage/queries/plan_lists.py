"""The plans of the office, list by list: what is late, offered, running, resting, over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from zusage.models import COLLECTION, PLAN, Case, Instalment, Plan, PlanShare, Staff
from zusage.queries.opening import Shut, shut_subjects
from zusage.vault import api as vault

Which = Literal["late", "offered", "active", "paused", "over"]
WHICH: tuple[Which, ...] = get_args(Which)
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One plan. `references`: of its cases, as the files have them. `next_due`: of what isn't paid, the first day.

    `late`: how many of its unpaid instalments were due before today.
    """

    plan: Plan
    shut: Shut
    references: tuple[str, ...]
    next_due: date | None
    late: int


def page(clerk: Staff, which: Which, number: int = 1, today: date | None = None) -> tuple[list[Row], bool]:
    """The plans of a list, page `number` from 1, and whether there are more. Raises vault.Refused.

    The late ones come with the oldest debt first, the others newest first. Of the files only the references are opened.
    """
    vault.may(vault.Actor.staff(clerk), PLAN)
    day = today or timezone.localdate()
    start = (max(number, 1) - 1) * AT_ONCE
    found = list(_of(which, day)[start : start + AT_ONCE + 1])
    rows, more = found[:AT_ONCE], len(found) > AT_ONCE
    shut = shut_subjects({one.subject_id for one in rows}, PLAN)
    references = _references(clerk, [one for one in rows if one.subject_id not in shut])
    return [
        Row(
            one,
            shut.get(one.subject_id, ""),
            references.get(one.pk, ()),
            one.next_due,  # type: ignore[attr-defined]
            one.late,  # type: ignore[attr-defined]
        )
        for one in rows
    ], more


def counts(clerk: Staff, today: date | None = None) -> dict[Which, int]:
    """How many plans there are in each list."""
    vault.may(vault.Actor.staff(clerk), PLAN)
    day = today or timezone.localdate()
    return {which: _chosen(which, day).count() for which in WHICH}


def _of(which: Which, today: date) -> QuerySet[Plan]:
    unpaid = ~Q(instalments__state="paid")
    rows = _chosen(which, today).annotate(
        next_due=Min("instalments__due_on", filter=unpaid),
        late=Count("instalments", filter=unpaid & Q(instalments__due_on__lt=today)),
    )
    return rows.order_by("next_due", "pk") if which == "late" else rows.order_by("-made_at", "-pk")


def _chosen(which: Which, today: date) -> QuerySet[Plan]:
    if which == "over":
        return Plan.objects.filter(state__in=("done", "ended"))
    if which != "late":
        return Plan.objects.filter(state=which)
    unpaid = Instalment.objects.filter(plan=OuterRef("pk"), due_on__lt=today).exclude(state="paid")
    return Plan.objects.filter(Exists(unpaid), state="active")


def _references(clerk: Staff, plans: Iterable[Plan]) -> dict[UUID, tuple[str, ...]]:
    shares = list(PlanShare.objects.filter(plan__in=list(plans), case__isnull=False).order_by("pk"))
    cases = list(Case.objects.filter(pk__in={one.case_id for one in shares}))
    plain = vault.open_many(cases, COLLECTION, vault.Actor.staff(clerk), ("reference",)) if cases else []
    names = {
        case.pk: one.get("reference", "")
        for case, one in zip(cases, plain, strict=True)
        if not isinstance(one, vault.Refused)
    }
    found: dict[UUID, tuple[str, ...]] = {}
    for one in shares:
        if one.case_id in names:
            found[one.plan_id] = (*found.get(one.plan_id, ()), names[one.case_id])
    return found
