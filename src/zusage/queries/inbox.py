"""The inbox of the office: what waits, for how long, of which kind, with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from zusage.models import Assignment, Message, Staff, Submission, SubmissionValue
from zusage.policy.types import Retention
from zusage.queries.opening import Shut, opened, shut_subjects
from zusage.rules.retention import expires
from zusage.tenant import policy
from zusage.vault import api as vault

PAGE = 25
WAITING = "waiting_since"
NEIGHBOURS = 4
STATES = ("open", "answered", "closed", "all")
WHO = ("all", "mine", "nobody")
FILES = ("open", "automatic", "assigned", "none")
"""Which file it belongs to: somebody still has to say, the software was sure, somebody said, somebody said none."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the inbox is narrowed to; each value is one of those offered, anything else was dropped."""

    state: str = "open"
    kind: str = ""
    who: str = "all"
    language: str = ""
    file: str = ""

    def query(self, **other: str) -> dict[str, str]:
        """These filters as the parts of an address that differ from the usual view."""
        now = {**asdict(self), **other}
        usual = {**asdict(Filters()), "page": "1"}
        return {name: value for name, value in now.items() if value != usual[name]}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the inbox. `waiting_since`: the person's last letter. `deleted_on`: as the retention says.

    `file`: one of `FILES`.
    """

    submission: Submission
    waiting_since: datetime
    name: str
    shut: Shut
    deleted_on: date | None
    file: str


def kinds(role: str) -> tuple[str, ...]:
    """The purposes with a form that a role may open: the kinds of submissions it sees."""
    declared = policy().roles.get(role)
    return tuple(one.id for one in policy().form_purposes() if declared and one.id in declared.opens)


def filters(asked: Any, role: str) -> Filters:
    """The filters in `asked` (the parameters of an address)."""

    def one(name: str, offered: Sequence[str], usual: str) -> str:
        value = asked.get(name, usual)
        return value if value in offered else usual

    languages = tuple(policy().words)
    return Filters(
        one("state", STATES, "open"),
        one("kind", kinds(role), ""),
        one("who", WHO, "all"),
        one("language", languages, ""),
        one("file", FILES, ""),
    )


def page(clerk: Staff, chosen: Filters, number: str) -> tuple[Page[Submission], list[Row]]:
    """One page of the inbox, with its lines opened for `clerk`."""
    found = Paginator(submissions(clerk, chosen), PAGE).get_page(number)
    return found, rows(clerk, list(found.object_list))


def neighbours(clerk: Staff, chosen: Filters, middle: UUID) -> tuple[list[Row], UUID | None, UUID | None]:
    """The lines around one submission, and which comes before and after it.

    Only a few, since every line on the screen is a name opened.
    """
    ids = list(submissions(clerk, chosen).values_list("pk", flat=True))
    at = ids.index(middle) if middle in ids else -1
    near = ids[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1] if at >= 0 else ids[: 2 * NEIGHBOURS]
    found = {one.pk: one for one in submissions(clerk, Filters(state="all")).filter(pk__in=near)}
    before = ids[at - 1] if at > 0 else None
    after = ids[at + 1] if at + 1 < len(ids) else None
    return rows(clerk, [found[pk] for pk in near if pk in found]), before, after


def submissions(clerk: Staff, chosen: Filters) -> QuerySet[Submission]:
    """What `chosen` leaves, in the order of the inbox: who waits longest comes first; what is done, newest first."""
    last_letter = (
        Message.objects.filter(submission=OuterRef("pk"), sender="person")
        .order_by("-sent_at")
        .values("sent_at")[:1]
    )
    found = Submission.objects.filter(purpose__in=kinds(clerk.role)).select_related("assigned_to")
    found = found.annotate(**{WAITING: Coalesce(Subquery(last_letter), "received_at")})
    if chosen.state != "all":
        found = found.filter(state=chosen.state)
    if chosen.kind:
        found = found.filter(purpose=chosen.kind)
    if chosen.language:
        found = found.filter(language=chosen.language)
    if chosen.file:
        found = found.filter(_of_file()[chosen.file])
    if chosen.who != "all":
        found = found.filter(_mine(clerk) if chosen.who == "mine" else _nobodys())
    return found.order_by(WAITING if chosen.state == "open" else f"-{WAITING}", "pk")


def rows(clerk: Staff, found: list[Submission]) -> list[Row]:
    """The lines for `found`, with the names opened: one opening per purpose, whatever the number of lines."""
    names: dict[UUID, list[str]] = {one.pk: [] for one in found}
    shut: dict[UUID, Shut] = {}
    fields = [one.id for one in policy().fields.values() if one.kind == "name"]
    for purpose in {one.purpose for one in found}:
        of_purpose = [one for one in found if one.purpose == purpose]
        closed = shut_subjects((one.subject_id for one in of_purpose), purpose)
        shut.update({one.pk: closed.get(one.subject_id, "") for one in of_purpose})
        values = list(SubmissionValue.objects.filter(submission__in=of_purpose, field__in=fields))
        values.sort(key=lambda value: fields.index(value.field))
        plain = opened(values, purpose, vault.Actor.staff(clerk))
        for value, (columns, why) in zip(values, plain, strict=True):
            names[value.submission_id].append(columns.get("value", ""))
            shut[value.submission_id] = why or shut[value.submission_id]
    said_none = set(_said_none().filter(submission__in=found))
    return [
        Row(
            one,
            getattr(one, WAITING),
            " ".join(filter(None, names[one.pk])),
            shut[one.pk],
            deleted_on(one),
            _file_of(one, said_none),
        )
        for one in found
    ]


def deleted_on(submission: Submission) -> date | None:
    """The last day this may be kept, where the policy's period has begun; None while the matter is open."""
    retention: Retention = policy().retentions[policy().purposes[submission.purpose].retention]
    began = submission.closed_at if retention.start == "closed" else submission.received_at
    return expires(retention, timezone.localtime(began).date()) if began else None


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers beside the filters. `state` over all; the others within the chosen state."""

    state: dict[str, int]
    kind: dict[str, int]
    who: dict[str, int]
    language: dict[str, int]
    file: dict[str, int]


def counts(clerk: Staff, chosen: Filters) -> Counts:
    """How many submissions each filter would leave."""
    everything = Submission.objects.filter(purpose__in=kinds(clerk.role))
    state = _tally(everything, "state")
    here = everything if chosen.state == "all" else everything.filter(state=chosen.state)
    who = here.aggregate(mine=Count("pk", filter=_mine(clerk)), nobody=Count("pk", filter=_nobodys()))
    file = here.aggregate(**{name: Count("pk", filter=wanted) for name, wanted in _of_file().items()})
    kind, language = _tally(here, "purpose"), _tally(here, "language")
    everyones = sum(kind.values())
    return Counts(
        {**state, "all": sum(state.values())},
        {**kind, "": everyones},
        {**who, "all": everyones},
        {**language, "": everyones},
        {**file, "": everyones},
    )


def tally() -> list[tuple[str, dict[str, int]]]:
    """The number of submissions by kind and state, for those who may not read any."""
    found: dict[str, dict[str, int]] = {one.id: {} for one in policy().form_purposes()}
    for purpose, state, number in Submission.objects.values_list("purpose", "state").annotate(Count("pk")):
        found.setdefault(purpose, {})[state] = number
    return list(found.items())


def _of_file() -> dict[str, Q]:
    """What each of `FILES` leaves."""
    none = Q(pk__in=_said_none())
    return {
        "open": Q(case=None) & ~none,
        "automatic": Q(case__isnull=False, search="automatic"),
        "assigned": Q(case__isnull=False) & ~Q(search="automatic"),
        "none": Q(case=None) & none,
    }


def _said_none() -> QuerySet[Assignment, UUID]:
    """The submissions of which somebody said that no file fits, and nobody anything else since."""
    since = Assignment.objects.filter(
        submission=OuterRef("submission"), undone_at=None, at__gt=OuterRef("at")
    ).exclude(way="not-this")
    said = Assignment.objects.filter(~Exists(since), way="none", undone_at=None)
    return said.values_list("submission", flat=True)


def _file_of(submission: Submission, said_none: set[UUID]) -> str:
    if submission.case_id:
        return "automatic" if submission.search == "automatic" else "assigned"
    return "none" if submission.pk in said_none else "open"


def _tally(found: QuerySet[Submission], column: str) -> dict[str, int]:
    return dict(found.order_by().values_list(column).annotate(Count("pk")))


def _mine(clerk: Staff) -> Q:
    return Q(assigned_to=clerk)


def _nobodys() -> Q:
    # What lies with somebody who has left lies with nobody.
    return Q(assigned_to=None) | Q(assigned_to__is_active=False)
