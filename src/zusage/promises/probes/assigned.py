"""Probes of where messages lie: each was put there by somebody, and by a computer only where it was sure.

What a decision rests on is sealed, and the prover opens nobody's values. It looks at what stands beside them: the step
of the confidence, that reasons are there, who was blocked or erased then, and what the guard can be seen by from
outside: firms, dates of birth, references that lead to somebody else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from zusage.models import COLLECTION, REFERENCE_INDEX, Assignment, Case, Submission, SubmissionValue
from zusage.models.notices import NoticeVersion
from zusage.promises.look import Look
from zusage.promises.spans import UNDERWAY, covered, spans
from zusage.promises.stored import CHUNK, Line, chunks, lines_about, newest, remembered
from zusage.promises.types import Evidence, judged, probe
from zusage.rules.matching.calibrate import step_of
from zusage.tenant import version
from zusage.vault.models import BlindIndex, Restriction, Tombstone

MATCHING = ("system", "matching")
STANDS = ("automatic", "clerk", "corrected")
"""Ways by which a message comes to lie with a file."""
SHORTEST = 120
"""Bytes of sealed reasons at least: whatever is shorter holds no three agreements."""


@probe(quick=True)
def decided(look: Look) -> Iterator[Evidence]:
    """Of the messages that came last, each that lies with a file was put there by staff, or by the matcher."""
    yield from _decided(look, newest(Submission.objects.filter(case__isnull=False)))


@probe(quick=False)
def all_decided(look: Look) -> Iterator[Evidence]:
    """So was every one of them."""
    yield from _decided(look, Submission.objects.filter(case__isnull=False))


@probe(quick=True)
def sure(look: Look) -> Iterator[Evidence]:
    """Of what a computer decided last, each was allowed, sure enough, and by all that can be seen through the guard."""
    yield from _sure(look, newest(Assignment.objects.filter(way="automatic")))


@probe(quick=False)
def all_sure(look: Look) -> Iterator[Evidence]:
    """So was everything that a computer decided."""
    yield from _sure(look, Assignment.objects.filter(way="automatic"))


def _decided(look: Look, rows: Any) -> Iterator[Evidence]:
    begins, number, faults = remembered(look), 0, []
    found = rows.values_list("pk", "subject_id", "received_at", "case_id")
    for piece in chunks(found.iterator(CHUNK)):
        said = lines_about({subject for _, subject, *_ in piece}, "assign-case", "unassign-case")
        stands = _standing([pk for pk, *_ in piece])
        for pk, subject, received_at, case in piece:
            number += 1
            own = [one for one in said.get(subject, ()) if one.record_id == str(pk)]
            if received_at > begins and not _by_somebody(own, stands.get(pk), case):
                faults.append(f"the message {pk} was put to its file by nobody")
    yield judged("messages that lie with a file", number, faults)


def _standing(messages: Collection[UUID]) -> dict[UUID, tuple[str, UUID | None]]:
    """Message -> way and case of the last decision about it that stands."""
    rows = Assignment.objects.filter(submission_id__in=messages, undone_at=None, way__in=STANDS).order_by(
        "at"
    )
    return {
        message: (way, case) for message, way, case in rows.values_list("submission_id", "way", "case_id")
    }


def _by_somebody(own: list[Line], stands: tuple[str, UUID | None] | None, case: UUID) -> bool:
    """Whether the protocol and the decision that stands agree on who put a message to its file."""
    if not own or own[-1].act != "assign-case":
        return False
    if stands is not None and stands[1] != case:
        return False
    if (own[-1].actor_kind, own[-1].actor_id) == MATCHING:
        return stands is not None and stands[0] == "automatic"
    # Who takes a decision back lays a message where it was before. Of before there were decisions, the line is all.
    return own[-1].actor_kind == "staff"


def _sure(look: Look, rows: Any) -> Iterator[Evidence]:
    number, faults = 0, []
    for piece in chunks(rows.iterator(CHUNK)):
        number += len(piece)
        faults += list(_unsure(look, piece))
    yield judged("decisions of a computer", number, faults)


def _unsure(look: Look, piece: list[Assignment]) -> Iterator[str]:
    allowed, needed, since = (
        look.policy.matching.automatic,
        step_of(look.policy.matching.threshold),
        _in_force(),
    )
    people = {one for row in piece for one in (row.subject_id, row.about_id) if one}
    blocked, erased = spans(Restriction, people, "since", "ended_at"), _erased(people)
    seen = _seen_from_outside(look, piece)
    for row in piece:
        here = f"the decision {row.pk}"
        if row.at > since and not allowed:
            yield f"{here} was made by a computer, which mustn't"
        if row.step is None or (row.at > since and row.step < needed):
            yield f"{here} has a confidence of step {row.step}, and {needed} is asked for"
        owners = {row.subject_id: row.purpose, **({row.about_id: COLLECTION} if row.about_id else {})}
        gone = any(erased.get((one, of)) or erased.get((one, "")) for one, of in owners.items())
        if not gone and _length(row) < SHORTEST:
            yield f"{here} has no reasons"
        for one, of in owners.items():
            if any(_held(blocked.get((one, which), ()), row.at) for which in ("", of)):
                yield f"{here} is about somebody who was blocked then"
            if any(_before(erased.get((one, which)), row.at) for which in ("", of)):
                yield f"{here} is about somebody who was erased then"
        yield from (f"{here} {fault}" for fault in seen.get(row.pk, ()))


def _length(row: Assignment) -> int:
    """Bytes of the sealed reasons; nothing is opened."""
    return len(bytes(row.findings)) if row.findings is not None else 0


def _in_force() -> datetime:
    """Since when the notice that is in force now has been: the policy's threshold stands in it."""
    found = NoticeVersion.objects.filter(pk=version()).values_list("published_at", flat=True).first()
    return found or datetime.min.replace(tzinfo=UTC)


def _held(held: Any, at: datetime) -> bool:
    """Whether a restriction held well before `at`: what began while a decision was underway didn't stop it."""
    return covered(((since + UNDERWAY, ended and ended - UNDERWAY) for since, ended in held), at)


def _before(when: datetime | None, at: datetime) -> bool:
    return when is not None and when + UNDERWAY < at


def _erased(people: Collection[UUID]) -> dict[tuple[UUID, str], datetime]:
    found: dict[tuple[UUID, str], datetime] = {}
    for part in chunks(people):
        stones = Tombstone.objects.filter(subject_id__in=part, category="")
        found |= {
            (one, purpose): at for one, purpose, at in stones.values_list("subject_id", "purpose", "at")
        }
    return found


def _seen_from_outside(look: Look, piece: list[Assignment]) -> dict[UUID, list[str]]:
    """Decision -> what the guard can't have let through, as the rows beside the sealed ones tell.

    Files that came or changed after a decision say nothing about it.
    """
    unborn, others = _without_birth(piece), _named(piece)
    files = set().union(*(owners for named in others.values() for owners in named))
    files |= {one.about_id for one in piece if one.about_id}
    changed = lines_about(files, "open-case", "update-case", "rectify")
    begins, firms = remembered(look), _firms(piece)
    found: dict[UUID, list[str]] = {}
    for row in piece:
        faults = found.setdefault(row.pk, [])
        if row.submission_id in unborn:
            faults.append("is about a message without a date of birth")
        if row.about_id is None or row.at < begins:
            continue
        before = {one for one in files if not any(line.at > row.at for line in changed.get(one, ()))}
        if row.about_id in before & firms:
            faults.append("is about a firm")
        if any(
            owners <= before and row.about_id not in owners for owners in others.get(row.submission_id, ())
        ):
            faults.append("is about another's file than the one that the message names")
    return found


def _firms(piece: list[Assignment]) -> set[UUID]:
    cases = Case.objects.filter(pk__in=[one.case_id for one in piece if one.case_id], debtor_kind="firm")
    return set(cases.values_list("subject_id", flat=True))


def _without_birth(piece: list[Assignment]) -> set[UUID]:
    """Messages of decisions in which nobody wrote a date of birth."""
    messages = {one.submission_id for one in piece}
    born = SubmissionValue.objects.filter(submission_id__in=messages, field="date_of_birth")
    return messages - set(born.values_list("submission_id", flat=True))


def _named(piece: list[Assignment]) -> dict[UUID, list[set[UUID]]]:
    """Message -> for each reference that it names and that files have, whose they are: by the index alone."""
    messages = [one.submission_id for one in piece]
    rows = BlindIndex.objects.filter(name=REFERENCE_INDEX, record_id__in=messages)
    cited = list(rows.values_list("digest", "record_id"))
    owners: dict[bytes, set[UUID]] = {}
    files = BlindIndex.objects.filter(
        name=REFERENCE_INDEX, digest__in=[digest for digest, _ in cited], record_type="zusage.case"
    )
    for digest, subject in files.values_list("digest", "subject_id"):
        owners.setdefault(bytes(digest), set()).add(subject)
    found: dict[UUID, list[set[UUID]]] = {}
    for digest, message in cited:
        if bytes(digest) in owners:
            found.setdefault(message, []).append(owners[bytes(digest)])
    return found
