"""One rights request as the protection officer sees it, opened for them by the request's own purpose."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from zusage.models import (
    RIGHTS,
    Case,
    Hold,
    Link,
    Message,
    Note,
    Proof,
    RightsRequest,
    Staff,
    Step,
    Submission,
    SubmissionValue,
)
from zusage.models.inventory import rows_of
from zusage.queries.office import CASE_COLUMNS, Letter, exchange
from zusage.queries.opening import Shut, opened
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Consent, Restriction, Warrant

IMPARTIAL = ("complaint", "question")
"""Rights that somebody other than the clerk of the matter looks at."""
COUNTED = (Case, Submission, Message, Note, Consent, Restriction, Hold)
"""What the officer sees in numbers of each subject concerned."""
MOST_PROPOSED = 10
COMPARED = ("name", "address", "date-of-birth")
"""The categories by which two records are known to be of one person."""


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of the history. `author`: who took it; empty for the person and the house itself."""

    act: str
    at: datetime
    author: str
    ground: str
    until: date | None
    text: str
    shut: Shut


@dataclass(frozen=True, slots=True)
class Matter:
    """A case or a sent form of a subject. `values`: (column or field, text), what it takes to tell people apart."""

    kind: str
    at: date
    values: tuple[tuple[str, str], ...]
    shut: Shut


@dataclass(frozen=True, slots=True)
class About:
    """A subject that the request is about, or may be. `held`: model label -> number of rows.

    `may_open`: its data may be opened for this request now; without that, `matters` says no more than numbers do.
    """

    id: UUID
    own: bool
    may_open: bool
    held: dict[str, int]
    matters: tuple[Matter, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A subject whose files may be of a person concerned (`Link`). `agreed`: words of what agrees, as the rules say."""

    about_id: UUID
    agreed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A request with all that the officer needs. `letters_seen`: how many letters came after what was asked.

    `candidates`: subjects that the officer has looked at and hasn't decided about; `proposals`: those that a machine
    proposes to look at. `officers`: who may take it.
    """

    request: RightsRequest
    letters: list[Letter]
    letters_seen: int
    steps: list[StepShown]
    proof: Proof | None
    concerned: list[About]
    candidates: list[About]
    proposals: list[Proposed]
    officers: list[Staff]
    own_case: bool


def request(officer: Staff, request_id: UUID) -> Shown:
    """Raises RightsRequest.DoesNotExist; vault.Refused where the officer may not open the purpose."""
    actor = vault.Actor.staff(officer)
    vault.may(actor, RIGHTS)
    found = RightsRequest.objects.select_related("assigned_to", "submission").get(pk=request_id)
    letters = exchange(found.submission, actor)
    about = list(found.concerns.order_by("at", "pk").values_list("about_id", flat=True))
    looked_at = warranted(found)
    barred = involved(found)
    return Shown(
        request=found,
        letters=letters,
        letters_seen=len(letters) - 1,
        steps=_steps(found, actor),
        proof=Proof.objects.filter(request=found).defer("content").first(),
        concerned=[_about(found, one, one in looked_at, actor) for one in about],
        candidates=[_about(found, one, True, actor) for one in looked_at if one not in about],
        proposals=proposals(found),
        officers=[one for one in officers() if one.pk not in barred],
        own_case=officer.pk in barred,
    )


def proof_content(officer: Staff, proof: Proof) -> bytes | None:
    """The file itself, opened for the officer; None where it doesn't open any more. Raises vault.Refused for others."""
    columns, shut = opened([proof], RIGHTS, vault.Actor.staff(officer))[0]
    return None if shut else base64.b64decode(columns["content"])


def warranted(request: RightsRequest) -> list[UUID]:
    """The subjects whose data may be opened for this request now, in the order in which they came to it."""
    live = Warrant.objects.filter(record_id=request.pk, purpose=RIGHTS, ended_at=None)
    return list(live.order_by("since", "pk").values_list("subject_id", flat=True))


def proposals(request: RightsRequest) -> list[Proposed]:
    """Whose files may be of a person that `request` concerns, the likeliest first; nothing of them is opened."""
    about = list(request.concerns.values_list("about_id", flat=True))
    known = {*about, *warranted(request)}
    rows = Link.objects.filter(subject_id__in=about, state="proposed").order_by("-weight", "pk")
    found: dict[UUID, Proposed] = {}
    for other, agreed in rows.values_list("other_id", "agreed"):
        if other not in known:
            found.setdefault(other, Proposed(other, tuple(agreed.split())))
    return list(found.values())[:MOST_PROPOSED]


def officers() -> list[Staff]:
    """Who may be given a request: those at work whose role opens its purpose."""
    roles = [role.id for role in policy().roles.values() if RIGHTS in role.opens]
    return list(Staff.objects.filter(is_active=True, role__in=roles).order_by("username"))


def involved(request: RightsRequest) -> set[UUID]:
    """Who may not decide a complaint or a question: whoever wrote in, or has, a matter of the people it is about.

    Earlier rights requests don't count: deciding those is the officer's own task, and who disagrees is told of the
    supervisor.
    """
    if request.right not in IMPARTIAL:
        return set()
    about = list(request.concerns.values_list("about_id", flat=True))
    matters = Submission.objects.filter(subject_id__in=about) | Submission.objects.filter(
        case__subject_id__in=about
    )
    matters = matters.exclude(purpose=RIGHTS)
    ids = list(matters.values_list("pk", flat=True))
    found = {
        *matters.values_list("assigned_to", flat=True),
        *Message.objects.filter(submission__in=ids).values_list("author", flat=True),
        *Note.objects.filter(submission__in=ids).values_list("author", flat=True),
    }
    return found - {None}


def _steps(found: RightsRequest, actor: vault.Actor) -> list[StepShown]:
    rows = list(Step.objects.filter(request=found).select_related("author").order_by("at", "pk"))
    return [
        StepShown(
            row.act, row.at, row.author.username if row.author else "", row.ground, row.until,
            columns.get("text", ""), why,
        )
        for row, (columns, why) in zip(rows, opened(rows, RIGHTS, actor), strict=True)
    ]  # fmt: skip


def _about(found: RightsRequest, about_id: UUID, may_open: bool, actor: vault.Actor) -> About:
    held = {model._meta.label: rows_of(model, about_id).count() for model in COUNTED}
    own = about_id == found.subject_id
    if own:
        # The request itself is no news, nor is what was written about it.
        held["zusage.Submission"] -= 1
        held["zusage.Message"] -= Message.objects.filter(submission=found.submission).count()
    matters = tuple(_matters(found, about_id, actor)) if may_open else ()
    return About(about_id, own, may_open, {label: n for label, n in held.items() if n > 0}, matters)


def _matters(found: RightsRequest, about_id: UUID, actor: vault.Actor) -> Iterable[Matter]:
    cases = list(Case.objects.filter(subject_id=about_id).order_by("opened_on", "pk"))
    for case, (columns, why) in zip(cases, opened(cases, RIGHTS, actor), strict=True):
        known = tuple((name, columns[name]) for name in CASE_COLUMNS if columns.get(name))
        yield Matter("case", case.opened_on, known, why)
    forms = Submission.objects.filter(subject_id=about_id).exclude(pk=found.pk).order_by("received_at", "pk")
    compared = [one.id for one in policy().fields.values() if one.category in COMPARED]
    for form in forms:
        values = list(SubmissionValue.objects.filter(submission=form, field__in=compared))
        values.sort(key=lambda value: compared.index(value.field))
        plain = opened(values, RIGHTS, actor)
        shut: Shut = next((why for _, why in plain if why), "")
        known = tuple(
            (value.field, columns["value"])
            for value, (columns, _) in zip(values, plain, strict=True)
            if columns
        )
        yield Matter(form.purpose, timezone.localtime(form.received_at).date(), known, shut)
