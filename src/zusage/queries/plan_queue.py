"""The office's list of plans: which there are, how far, what is late. Opened are their references and sums alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Min, Q, QuerySet

from zusage.models import PLAN, Plan, Staff
from zusage.queries.opening import Shut, opened
from zusage.rules.money import Money, money
from zusage.vault import api as vault

PER_PAGE = 25
STATES = ("live", "late", "offered", "paused", "over")
"""What the list may be narrowed to; `late`: something is missed, or the end is announced."""

_UNPAID = ~Q(instalments__state="paid")
_MISSED = _UNPAID & Q(instalments__missed_at__isnull=False)
_OF_STATE: Mapping[str, Q] = {
    "live": Q(state__in=Plan.LIVE),
    "late": Q(state="active") & (Q(missed__gt=0) | Q(ends_on__isnull=False)),
    "offered": Q(state="offered"),
    "paused": Q(state="paused"),
    "over": ~Q(state__in=Plan.LIVE),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to."""

    state: str = "live"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list. `paid` of `number` instalments; `missed`: unpaid after the grace days; `next_due`: unpaid."""

    plan: Plan
    shut: Shut
    cited: tuple[str, ...]
    total: Money | None
    paid: int
    number: int
    missed: int
    next_due: date | None


def page(clerk: Staff, chosen: Filters, number: str) -> tuple[Page[Plan], list[Row]]:
    """A page of the list: what is missed first, then by the next due date. Raises vault.Refused."""
    actor = vault.Actor.staff(clerk)
    vault.may(actor, PLAN)
    rows = _plans().filter(_OF_STATE[chosen.state])
    order = ("-ended_at",) if chosen.state == "over" else ("-missed", F("next_due").asc(nulls_last=True))
    found = Paginator(rows.order_by(*order, "pk"), PER_PAGE).get_page(number)
    plans: list[Any] = list(found.object_list)  # with what `_plans` counts
    return found, [
        Row(
            one,
            shut,
            tuple(filter(None, plain.get("cited", "").split("\n"))),
            money(plain["total"]) if "total" in plain else None,
            one.paid_count,
            one.count,
            one.missed,
            one.next_due,
        )
        for one, (plain, shut) in zip(plans, opened(plans, PLAN, actor), strict=True)
    ]


def counts(clerk: Staff) -> dict[str, int]:
    """How many plans each choice would leave. Raises vault.Refused."""
    vault.may(vault.Actor.staff(clerk), PLAN)
    return {state: _plans().filter(wanted).count() for state, wanted in _OF_STATE.items()}


def _plans() -> QuerySet[Plan]:
    return Plan.objects.annotate(
        count=Count("instalments"),
        paid_count=Count("instalments", filter=Q(instalments__state="paid")),
        missed=Count("instalments", filter=_MISSED),
        next_due=Min("instalments__due_on", filter=_UNPAID),
    )
