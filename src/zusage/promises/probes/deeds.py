"""Whether what was done stands in the protocol, and gets there in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from zusage.models import RIGHTS, Disclosure, Document, Message, Note, Submission
from zusage.promises import lines
from zusage.promises.look import Look
from zusage.promises.types import Evidence, judged, probe
from zusage.protocol.models import Entry, Outbox

NEWEST = 200
LATE = timedelta(minutes=15)
"""The worker delivers every minute; whoever waits so long has nobody who delivers."""
MOST_WAITING = 10_000


@probe(quick=True)
def delivered(look: Look) -> Iterator[Evidence]:
    """No line waits in the outbox for longer than a quarter of an hour."""
    waiting = list(Outbox.objects.order_by("at").values_list("at", flat=True)[:MOST_WAITING])
    late = [look.now - at for at in waiting if look.now - at > LATE]
    minutes = int(max(late).total_seconds() // 60) if late else 0
    yield judged(
        "lines of the protocol on their way",
        len(waiting),
        [f"{len(late)} lines weren't delivered, the oldest for {minutes} minutes"] if late else [],
    )


@probe(quick=True)
def recorded(look: Look) -> Iterator[Evidence]:
    """The newest of whatever was sent, answered, written, laid into a mailbox or passed on: each has its line."""
    since = look.now - lines.RECENT
    newest = _newest_forms(since)
    exchanges = [pk for pk, _, _ in newest]
    forms = [(pk, subject) for pk, subject, purpose in newest if purpose != RIGHTS]
    letters = _hanging(Message, exchanges, "sender", "purpose")
    documents = Document.objects.filter(made_at__gte=since).order_by("-made_at")
    disclosures = Disclosure.objects.filter(at__gte=since).order_by("-at")
    for what, rows, act in (
        ("forms", forms, "submit"),
        ("letters of people", [row[:2] for row in letters if row[2] == "person"], "reply"),
        ("answers", [row[:2] for row in letters if row[2] == "agency" and row[3] != RIGHTS], "answer"),
        ("notes", _hanging(Note, exchanges), "note"),
        ("documents", list(documents.values_list("pk", "subject_id")[:NEWEST]), "package"),
        ("disclosures", list(disclosures.values_list("pk", "subject_id")[:NEWEST]), "disclose"),
    ):
        there = {one.record_id for one in lines.about({subject for _, subject in rows}, [act])}
        yield judged(
            f"the newest {what}",
            len(rows),
            (f"{act} of {pk} isn't in the protocol" for pk, _ in rows if str(pk) not in there),
        )


@probe(quick=True)
def in_order(look: Look) -> Iterator[Evidence]:
    """No line comes from the future, and none names an act without who did it."""
    found = lines.newest(NEWEST)
    faults = [f"a line of {one.act} is from the future" for one in found if one.at > look.now + LATE]
    faults += [f"a line of {one.act} names nobody" for one in found if not one.actor_kind]
    yield judged("the newest lines of the protocol", len(found), faults)
    entries = Entry.objects.filter(at__gt=look.now + LATE)[:NEWEST]
    yield judged("lines from the future", len(found), (f"line {one.pk} is" for one in entries))


def _newest_forms(since: datetime) -> list[tuple[UUID, UUID, str]]:
    """Id, subject and purpose."""
    rows: list[tuple[UUID, UUID, str]] = []
    for state, _ in Submission.STATES:
        newest = Submission.objects.filter(state=state, received_at__gte=since).order_by("-received_at")
        rows += newest.values_list("pk", "subject_id", "purpose")[:NEWEST]
    return rows


def _hanging(model: type[Message | Note], exchanges: list[UUID], *more: str) -> list[Any]:
    """What hangs on these forms: id, subject, and `more`."""
    rows: list[Any] = []
    for piece in lines.pieces(exchanges):
        rows += model._default_manager.filter(submission__in=piece).values_list("pk", "subject_id", *more)
    return rows
