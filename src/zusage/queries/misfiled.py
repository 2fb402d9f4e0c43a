"""What was opened of a message, and of the file it lay with, while that was the wrong one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Q

from zusage.models import Assignment, Case, Message, Staff, Submission
from zusage.protocol.models import Entry, Outbox

What = Literal["letter", "file"]


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody of the staff opened the message (with its letters and notes) or the wrong file, so many times."""

    who: str
    what: What
    times: int
    first: datetime
    last: datetime


def since(submission: Submission, wrong: Case) -> datetime:
    """Since when the message lies with this file."""
    laid = Assignment.objects.filter(
        submission=submission, case=wrong, way__in=("automatic", "clerk", "corrected"), undone_at=None
    ).order_by("-at")
    return laid.values_list("at", flat=True).first() or submission.received_at


def openings(submission: Submission, wrong: Case, began: datetime) -> list[Opened]:
    """Which staff opened what of both since `began`, as the protocol says; by name.

    Openings within one second are one time, however many values it were.
    """
    times: dict[tuple[str, What], set[datetime]] = defaultdict(set)
    for at, actor, what in _lines(submission, wrong, began):
        times[actor, what].add(at.replace(microsecond=0))
    names = {str(pk): name for pk, name in Staff.objects.values_list("pk", "username")}
    found = [
        Opened(names.get(actor, actor), what, len(at), min(at), max(at))
        for (actor, what), at in times.items()
    ]
    return sorted(found, key=lambda one: (one.who, one.what))


def answers(submission: Submission, began: datetime) -> int:
    """How many letters went to whoever wrote the message since `began`."""
    return Message.objects.filter(submission=submission, sender="agency", sent_at__gte=began).count()


def _lines(submission: Submission, wrong: Case, began: datetime) -> Iterator[tuple[datetime, str, What]]:
    """Both places where a line may be; one that is moved meanwhile is in both, and counts once."""
    file = Q(subject_id=wrong.subject_id, record_type="zusage.case", record_id=str(wrong.pk))
    wanted = Q(subject_id=submission.subject_id) | file
    seen: set[UUID] = set()
    for place in (Outbox, Entry):
        found = place._default_manager.filter(wanted, act="open", actor_kind="staff", at__gte=began)
        for pk, at, actor, kind in found.values_list("pk", "at", "actor_id", "record_type"):
            if pk not in seen:
                seen.add(pk)
                yield at, actor, "file" if kind == "zusage.case" else "letter"
