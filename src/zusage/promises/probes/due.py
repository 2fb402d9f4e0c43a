"""Whether requests are answered in time, and whether somebody hides one that isn't. Nothing is opened for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from zusage.models import RIGHTS, Message, RightsRequest, Step, Submission
from zusage.promises import lines
from zusage.promises.look import Look
from zusage.promises.portal import is_demo
from zusage.promises.types import Evidence, judged, kept, probe
from zusage.rules import clock
from zusage.vault.models import Tombstone

MOST = 2000
"""Requests looked at line by line: those due first, and of the decided ones those due last."""
DECIDING = ("rights-answered", "rights-refused", "rights-executed")


@probe(quick=True)
def access(look: Look) -> Iterator[Evidence]:
    """Requests for access, and for the copy to take along."""
    yield from _in_time(look, "access", "copy")


@probe(quick=True)
def rectification(look: Look) -> Iterator[Evidence]:
    """Requests for rectification."""
    yield from _in_time(look, "rectification")


@probe(quick=True)
def blocking(look: Look) -> Iterator[Evidence]:
    """Requests for blocking."""
    yield from _in_time(look, "blocking")


@probe(quick=True)
def deletion(look: Look) -> Iterator[Evidence]:
    """Requests for deletion."""
    yield from _in_time(look, "deletion")


@probe(quick=True)
def objection(look: Look) -> Iterator[Evidence]:
    """Objections."""
    yield from _in_time(look, "objection")


@probe(quick=True)
def questions(look: Look) -> Iterator[Evidence]:
    """Questions, complaints, and what people say whom a letter reached that wasn't for them."""
    yield from _in_time(look, "question", "complaint", "not-me")


@probe(quick=True)
def none_lost(look: Look) -> Iterator[Evidence]:
    """No request was taken away: each that the protocol received is there, and each exchange about rights has one."""
    received = [one for one in lines.newest(MOST) if one.act == "rights-received"]
    there = set()
    for piece in lines.pieces([one.record_id for one in received]):
        found = RightsRequest.objects.filter(pk__in=piece)
        there |= {str(pk) for pk in found.values_list("pk", flat=True)}
    gone = [one for one in received if one.record_id not in there]
    forgotten = _forgotten([one.subject_id for one in gone if one.subject_id])
    yield judged(
        "requests that the protocol received",
        len(received),
        (f"request {one.record_id} is gone" for one in gone if one.subject_id not in forgotten),
    )
    faults, number = [], 0
    for state, _ in Submission.STATES:
        rows = Submission.objects.filter(state=state).order_by("-received_at")[:MOST]
        ours = [pk for pk, purpose in rows.values_list("pk", "purpose") if purpose == RIGHTS]
        number += len(ours)
        for piece in lines.pieces(ours):
            known = set(RightsRequest.objects.filter(pk__in=piece).values_list("pk", flat=True))
            faults += [f"exchange {one} has no request" for one in piece if one not in known]
    yield judged("exchanges about rights", number, faults)


def _in_time(look: Look, *rights: str) -> Iterator[Evidence]:
    yield _open_ones(look, rights)
    yield from _dates(look, rights)
    yield from _answers(look, rights)


def _open_ones(look: Look, rights: Sequence[str]) -> Evidence:
    """No open request is past its due date. In a demo nobody works: its invented requests may be."""
    what = f"open requests: {', '.join(rights)}"
    waiting = RightsRequest.objects.filter(state="open", right__in=rights)
    number, today = waiting.count(), timezone.localdate(look.now)
    late = waiting.filter(due_on__lt=today).order_by("due_on")
    told = [f"request {pk} is {(today - due).days} days late" for pk, due in late.values_list("pk", "due_on")]
    if is_demo() and told:
        return kept(what, number, f"a demo, in which nobody works: {len(told)} invented ones are late")
    return judged(what, number, told)


def _dates(look: Look, rights: Sequence[str]) -> Iterator[Evidence]:
    """The due date of each open request is the law's, or the one that the person was told with reasons."""
    waiting = RightsRequest.objects.filter(state="open", right__in=rights).select_related("submission")
    found = list(waiting.order_by("due_on")[:MOST])
    steps: dict[UUID, list[Step]] = defaultdict(list)
    for piece in lines.pieces([one.pk for one in found]):
        for step in Step.objects.filter(request__in=piece, until__isnull=False).order_by("at", "pk"):
            steps[step.request_id].append(step)
    moved = {one.subject_id for one in found if one.extended}
    told = {one.record_id for one in lines.about(moved, ["rights-extended"])}
    old = look.now - lines.RECENT
    told |= {str(pk) for pk, of in steps.items() if any(step.at < old for step in of)}
    faults = (
        f"request {one.pk}: {fault}" for one in found for fault in _date_faults(one, steps[one.pk], told)
    )
    yield judged("due dates of open requests", len(found), faults)


def _date_faults(one: RightsRequest, steps: Sequence[Step], told: set[str]) -> Iterator[str]:
    if one.received_on != timezone.localdate(one.submission.received_at):
        yield "it wasn't received on the day that it counts from"
    try:
        expected = clock.due(one.received_on, one.regime, one.right)  # type: ignore[arg-type]
    except KeyError:
        yield "no law of that name"
        return
    extended = [step for step in steps if step.act == "extended"]
    if one.extended:
        if not extended or extended[-1].text is None or str(one.pk) not in told:
            yield "it was extended, and no reasons are on record"
            return
        expected = extended[-1].until or expected
    if one.due_on != expected:
        yield f"due {abs((one.due_on - expected).days)} days from the day that the law sets"


def _answers(look: Look, rights: Sequence[str]) -> Iterator[Evidence]:
    """Each decided request has its letter; the newest of them their line in the protocol, too."""
    letter = Message.objects.filter(submission_id=OuterRef("pk"), sender="agency")
    decided = RightsRequest.objects.filter(right__in=rights).exclude(state="open")
    without = decided.filter(~Exists(letter)).values_list("pk", flat=True)
    yield judged(
        "decided requests with a letter",
        decided.count(),
        (f"request {one} was decided without a letter" for one in without[:MOST]),
    )
    lately = decided.filter(closed_at__gte=look.now - lines.RECENT)
    newest = list(lately.order_by("-due_on").values_list("pk", "subject_id")[:MOST])
    known = {one.record_id for one in lines.about({subject for _, subject in newest}, DECIDING)}
    yield judged(
        "decided requests in the protocol",
        len(newest),
        (f"nobody decided request {pk}" for pk, _ in newest if str(pk) not in known),
    )


def _forgotten(subjects: Sequence[UUID]) -> set[UUID]:
    """Those of whom something went lawfully: erased, or swept when its period was over."""
    found = {one.subject_id for one in lines.about(subjects, ["sweep"]) if one.subject_id}
    for piece in lines.pieces(list(subjects)):
        stones = Tombstone.objects.filter(subject_id__in=piece, purpose__in=["", RIGHTS], category="")
        found |= set(stones.values_list("subject_id", flat=True))
    return found
