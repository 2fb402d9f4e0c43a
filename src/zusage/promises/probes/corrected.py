"""Whether what was corrected or disputed is on record, and stays beside its value."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from zusage.actions.rights import rectify
from zusage.models import Concern, Correction, Note, Step
from zusage.promises import lines
from zusage.promises.look import Look
from zusage.promises.rehearsal import asks, noted, rehearsed, somebody
from zusage.promises.types import Evidence, judged, kept, probe
from zusage.protocol.models import Outbox
from zusage.queries import rectify as queries
from zusage.queries.opening import opened
from zusage.vault import api as vault
from zusage.vault.models import Tombstone
from zusage.vault.sealed import row_name

NEWEST = 500
ACTS = {"changed": ("rectify",), "disputed": ("dispute",), "settled": ("settle", "rectify")}
"""The state of a correction -> the lines of which one must be there."""
STEPS = {"rectified": "rectify", "disputed": "dispute"}
"""A step in a request's history -> the line of the protocol beside it."""


@probe(quick=True)
def on_record(look: Look) -> Iterator[Evidence]:
    """Each correction and each dispute says who and when, and its text is there; each step has its correction."""
    newest = list(Correction.objects.filter(at__gte=look.now - lines.RECENT).order_by("-at", "pk")[:NEWEST])
    known = {
        (one.act, one.record_id): one
        for one in lines.about(
            {row.subject_id for row in newest}, {act for of in ACTS.values() for act in of}
        )
        if one.actor_kind == "staff" and one.actor_id
    }
    yield judged(
        "corrections and notes of dispute",
        len(newest),
        (f"correction {row.pk} {fault}" for row in newest for fault in _faults(row, set(known))),
    )
    yield _steps()
    yield _to_tell([row for row in newest if row.state == "changed"])


@probe(quick=False)
def one_is_corrected(look: Look) -> Iterator[Evidence]:
    """A value of somebody planted is corrected, another disputed: old, new, who and why are there, and taken back."""
    person = look.person
    new, why, doubt = (f"Probe {secrets.token_hex(6)}" for _ in range(3))
    faults = []
    with rehearsed():
        officer = somebody("officer")
        actor = vault.Actor.staff(officer)
        note = noted(person, "Probe der Berichtigung")
        request = asks(person, "rectification")
        which = (note._meta.label_lower, row_name(note), "body")
        made = rectify.change(officer, request.pk, *which, new, why, form_token="probe")  # noqa: S106
        rectify.dispute(officer, request.pk, *which, doubt, form_token="probe")  # noqa: S106
        plain, _ = opened([Note.objects.get(pk=note.pk)], "rights", actor)[0]
        history = vault.open(Correction.objects.get(pk=made.pk), "rights", actor)
        line = Outbox.objects.filter(act="rectify", record_id=str(note.pk), actor_id=str(officer.pk))
        told = line.exists()
    if plain.get("body") != new:
        faults.append("the new value isn't there")
    if plain.disputed.get("body") != doubt:
        faults.append("the note of dispute isn't beside its value")
    if (history.get("before"), history.get("note")) != ("Probe der Berichtigung", why):
        faults.append("the old value and the reason weren't kept")
    if not told:
        faults.append("the protocol doesn't say who did it")
    yield judged("a correction of a planted value", 4, faults)


def _faults(row: Correction, known: set[tuple[str, str]]) -> Iterator[str]:
    if not any((act, row.record_id) in known for act in ACTS[row.state]):
        yield f"is {row.state}, and no line of the protocol says who did that"
    if row.state == "changed" and (row.before is None or row.note is None):
        yield "lost what the value was before, or why it was changed"
    if row.state == "disputed" and row.note is None:
        yield "lost the note that travels with the value"


def _steps() -> Evidence:
    """A request whose history says that something was corrected has as many corrections, unless they were erased."""
    steps = Step.objects.filter(act__in=STEPS).order_by("-at").values_list("request_id", "subject_id", "at")
    found = list(steps[:NEWEST])
    owners = {request: subject for request, subject, _ in found}
    said = Counter(
        Step.objects.filter(act__in=STEPS, request__in=owners).values_list("request_id", flat=True)
    )
    there = Counter(Correction.objects.filter(request__in=owners).values_list("request_id", flat=True))
    fewer = [one for one in said if there[one] < said[one]]
    forgotten = _forgotten(fewer)
    return judged(
        "steps of requests that corrected something",
        len(found),
        (
            f"request {one} says {said[one]} corrections, {there[one]} are there"
            for one in fewer
            if one not in forgotten
        ),
    )


def _forgotten(requests: Sequence[Any]) -> set[Any]:
    """Requests about somebody of whom something was erased or swept since: their corrections went with it."""
    found: set[Any] = set()
    for request, about in Concern.objects.filter(request__in=requests).values_list("request_id", "about_id"):
        if Tombstone.objects.filter(subject_id=about).exists() or lines.about([about], ["sweep"]):
            found.add(request)
    return found


def _to_tell(changed: Sequence[Correction]) -> Evidence:
    """Who got a value before it was corrected is listed for the officer; how many of them haven't been told yet."""
    waiting = sum(len(queries.to_tell(row)) for row in changed)
    worst = f"{waiting} recipients are still to be told" if waiting else ""
    return kept("corrected values that somebody got before", len(changed), worst)
