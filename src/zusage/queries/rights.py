"""The protection officer's queue: which requests wait, until when, with whom. It opens nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from zusage.models import Concern, RightsRequest, Staff, Submission
from zusage.queries.inbox import NEIGHBOURS, PAGE
from zusage.tenant import policy

STATES = ("open", "closed", "all")
WHO = ("all", "mine", "nobody")
RIGHTS = tuple(right for right, _ in RightsRequest.RIGHTS)
IDENTITIES = tuple(identity for identity, _ in RightsRequest.IDENTITIES)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to; each value is one of those offered, anything else was dropped."""

    state: str = "open"
    right: str = ""
    identity: str = ""
    who: str = "all"
    regime: str = ""

    def query(self, **other: str) -> dict[str, str]:
        """These filters as the parts of an address that differ from the usual view."""
        now = {name: getattr(self, name) for name in Filters.__slots__} | other
        usual = {name: getattr(Filters(), name) for name in Filters.__slots__} | {"page": "1"}
        return {name: value for name, value in now.items() if value != usual.get(name)}


def filters(asked: Any) -> Filters:
    """The filters in `asked` (the parameters of an address)."""

    def one(name: str, offered: Sequence[str], usual: str) -> str:
        value = asked.get(name, usual)
        return value if value in offered else usual

    return Filters(
        one("state", STATES, "open"),
        one("right", RIGHTS, ""),
        one("identity", IDENTITIES, ""),
        one("who", WHO, "all"),
        one("regime", policy().regimes, ""),
    )


def requests(officer: Staff, chosen: Filters) -> QuerySet[RightsRequest]:
    """What `chosen` leaves: what is due first comes first, what is overdue at the top; what is done, newest first."""
    found = RightsRequest.objects.select_related("assigned_to", "submission").filter(_state(chosen.state))
    for name in ("right", "identity", "regime"):
        if getattr(chosen, name):
            found = found.filter(**{name: getattr(chosen, name)})
    if chosen.who != "all":
        found = found.filter(_mine(officer) if chosen.who == "mine" else _nobodys())
    return found.order_by(*(("-closed_at",) if chosen.state == "closed" else ("due_on",)), "pk")


def page(officer: Staff, chosen: Filters, number: str) -> Page[RightsRequest]:
    """One page of the queue."""
    return Paginator(requests(officer, chosen), PAGE).get_page(number)


def neighbours(
    officer: Staff, chosen: Filters, middle: UUID
) -> tuple[list[RightsRequest], UUID | None, UUID | None]:
    """The lines around one request, and which comes before and after it."""
    ids = list(requests(officer, chosen).values_list("pk", flat=True))
    at = ids.index(middle) if middle in ids else -1
    near = ids[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1] if at >= 0 else ids[: 2 * NEIGHBOURS]
    found = {one.pk: one for one in requests(officer, Filters(state="all")).filter(pk__in=near)}
    before = ids[at - 1] if at > 0 else None
    after = ids[at + 1] if 0 <= at < len(ids) - 1 else None
    return [found[pk] for pk in near if pk in found], before, after


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers beside the filters. `state` over all; the others within the chosen state."""

    state: dict[str, int]
    right: dict[str, int]
    identity: dict[str, int]
    who: dict[str, int]
    regime: dict[str, int]


def counts(officer: Staff, chosen: Filters) -> Counts:
    """How many requests each filter would leave."""
    everything = RightsRequest.objects.all()
    state = {one: everything.filter(_state(one)).count() for one in STATES}
    here = everything.filter(_state(chosen.state))
    who = here.aggregate(mine=Count("pk", filter=_mine(officer)), nobody=Count("pk", filter=_nobodys()))
    tallies = [
        {**dict(here.order_by().values_list(column).annotate(Count("pk"))), "": state[chosen.state]}
        for column in ("right", "identity", "regime")
    ]
    return Counts(state, tallies[0], tallies[1], {**who, "all": state[chosen.state]}, tallies[2])


def waiting() -> tuple[int, int]:
    """How many requests wait for the officer, and how many of them are overdue."""
    found = RightsRequest.objects.filter(_state("open"))
    late = Q(state="open", due_on__lt=timezone.localdate())
    numbers = found.aggregate(all=Count("pk"), late=Count("pk", filter=late))
    return numbers["all"], numbers["late"]


def running(submission: Submission) -> bool:
    """Whether an open request is about the subject of this submission, or of the case that it is assigned to."""
    about = [submission.subject_id] + ([submission.case.subject_id] if submission.case else [])
    return Concern.objects.filter(about_id__in=about, request__state="open").exists()


def _state(state: str) -> Q:
    # A letter by the person after the decision opens the exchange again: it waits, too.
    opened = Q(state="open") | Q(submission__state="open")
    return {"open": opened, "closed": ~opened, "all": Q()}[state]


def _mine(officer: Staff) -> Q:
    return Q(assigned_to=officer)


def _nobodys() -> Q:
    # What lies with somebody who has left lies with nobody.
    return Q(assigned_to=None) | Q(assigned_to__is_active=False)
