"""Probes of objections: what somebody objected to is done no more."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction

from zusage.actions.rights import restrict
from zusage.models import RIGHTS, Concern, RightsRequest, Staff, Step, SubmissionValue
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.plant import LANGUAGE, Planted
from zusage.promises.spans import UNDERWAY, Spans, covered, spans
from zusage.promises.stored import CHUNK, NEWEST, chunks, lines_about, newest
from zusage.promises.types import Evidence, judged, probe
from zusage.promises.visitor import in_mailbox
from zusage.vault import api as vault
from zusage.vault.models import Restriction, Warrant

OBJECTION = "objection"


@probe(quick=True)
def nothing_opened(look: Look) -> Iterator[Evidence]:
    """Since an objection, nothing was opened for what it names, but for lawful exceptions with a warrant."""
    yield from _opened(look, newest(Restriction.objects.filter(kind=OBJECTION)))


@probe(quick=False)
def nothing_opened_ever(look: Look) -> Iterator[Evidence]:
    """The same for every objection there is."""
    yield from _opened(look, Restriction.objects.filter(kind=OBJECTION))


@probe(quick=True)
def upheld_stands(look: Look) -> Iterator[Evidence]:
    """Each objection that was upheld has stopped something, and nobody ended that but by a decision on record."""
    upheld = RightsRequest.objects.filter(right=OBJECTION, state="answered", steps__act="executed").distinct()
    requests = list(upheld.order_by("-closed_at").values_list("pk", flat=True)[:NEWEST])
    made: dict[UUID | None, list[tuple[UUID, Any]]] = {}
    rows = Restriction.objects.filter(request_id__in=requests)
    for request, subject, ended_at in rows.values_list("request_id", "subject_id", "ended_at"):
        made.setdefault(request, []).append((subject, ended_at))
    faults = [
        f"the objection {one} stops nothing" for one in requests if one not in made and not _stopped(one)
    ]
    ended = [(request, subject) for request, found in made.items() for subject, end in found if end]
    said = lines_about({subject for _, subject in ended}, "unblock")
    lifted = set(Step.objects.filter(request__in=requests, act="lifted").values_list("request_id", flat=True))
    faults += [
        f"the objection {one} was ended by nobody"
        for one, who in ended
        if who not in said and one not in lifted
    ]
    yield judged("objections that were upheld", len(requests), faults)


@probe(quick=False)
def one_objects(look: Look) -> Iterator[Evidence]:
    """Somebody planted objects in their mailbox; where an officer upholds it, nobody's opening succeeds any more."""
    if RIGHTS not in look.policy.purposes:
        raise CouldNotLook("the policy has no rights")
    person = look.person
    visitor, path = in_mailbox(look.portal, person), f"/{LANGUAGE}/mailbox/rights/"
    page = visitor.get(f"{path}?right={OBJECTION}")
    visitor.send(path, page, {"right": OBJECTION, "message": "Eine Probe der Zusagen."})
    found = list(Concern.objects.filter(about_id=person.subject_id, request__right=OBJECTION))
    yield judged("objection filed in the mailbox", len(found), [] if found else ["it isn't on record"])
    if found:
        tried, opened = _upheld(look, person, found[0].request_id)
        yield judged("openings after the objection was upheld", tried, (f"{role} opened" for role in opened))


def _opened(look: Look, rows: Any) -> Iterator[Evidence]:
    """What was opened after an objection, or didn't have to be."""
    number, faults = 0, []
    columns = ("pk", "subject_id", "purpose", "since", "ended_at")
    for piece in chunks(rows.values_list(*columns).iterator(CHUNK)):
        number += len(piece)
        subjects = {one[1] for one in piece}
        said, warrants = lines_about(subjects, "open"), spans(Warrant, subjects, "since", "ended_at")
        for pk, subject, purpose, since, ended_at in piece:
            for line in said.get(subject, ()):
                within = line.at > since + UNDERWAY and (ended_at is None or line.at < ended_at)
                against = within and line.actor_kind != "subject" and purpose in ("", line.purpose)
                if against and not _lawful(look, warrants, subject, line):
                    faults.append(f"{line.record_type} was opened for {line.purpose} against {pk}")
    yield judged("objections", number, faults)


def _lawful(look: Look, warrants: Spans, subject: UUID, line: Any) -> bool:
    declared = look.policy.purposes.get(line.purpose)
    return bool(declared and declared.exception) and covered(
        warrants.get((subject, line.purpose), ()), line.at
    )


def _stopped(request: UUID) -> bool:
    """Whether everybody whom a request is about is spared all the same: by an earlier objection, or by erasure."""
    about: Iterable[UUID] = Concern.objects.filter(request=request).values_list("about_id", flat=True)
    earlier = Restriction.objects.filter(kind=OBJECTION, ended_at=None, subject_id__in=list(about))
    return earlier.exists() or all(vault.erased(one) for one in about)


class _Undo(Exception):
    """What was tried is undone."""


def _upheld(look: Look, person: Planted, request_id: UUID) -> tuple[int, list[str]]:
    """Uphold the objection as an officer would, and try to open as every role; all of it is undone again."""
    values = list(SubmissionValue.objects.filter(submission_id=person.submission_id))
    opened: list[str] = []
    roles = [role.id for role in look.policy.roles.values() if person.purpose in role.opens]
    try:
        with transaction.atomic():
            officer = Staff.objects.create(
                username=f"prover-{secrets.token_hex(4)}", role="officer", is_active=False
            )
            restrict.object_to(officer, request_id, [person.purpose])
            for role in roles:
                found = vault.open_many(values, person.purpose, vault.Actor("staff", str(officer.pk), role))
                if any(not isinstance(one, vault.Refused) for one in found):
                    opened.append(role)
            raise _Undo
    except _Undo:
        return len(roles), opened
