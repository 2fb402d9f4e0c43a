"""Which file a message belongs to: what a machine may decide by itself, what a clerk decides, and taking it back.

To lay a message beside a file shows nothing of that file to whoever wrote it: see `docs/decisions/0032-the-matcher.md`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from zusage.actions.assigning import choose, decide, findings, none, not_this, undo
from zusage.actions.base import Conflict, action
from zusage.actions.cases import MATCHING
from zusage.actions.misfiled import correct
from zusage.change import change
from zusage.lookup import columns
from zusage.models import REFERENCE_INDEX, Submission, TermFrequency
from zusage.protocol.outbox import gathered, taken
from zusage.queries import matching as queries
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.vault.index import digest
from zusage.vault.models import BlindIndex

TRIES = 3
"""So often a message is looked at that something goes wrong with; then it is left to a human."""
AGAIN_FOR = timedelta(days=30)
"""So long a message is looked at again when the file that it cites comes in."""
__all__ = [
    "choose",
    "correct",
    "learn",
    "leave",
    "look",
    "look_again",
    "look_at_waiting",
    "none",
    "not_this",
    "undo",
]
logger = logging.getLogger("zusage.matching")
_failed: Counter[UUID] = Counter()


def look_at_waiting(limit: int = 50) -> int:
    """Look for the files of the messages that wait, those that came first, first; how many were looked at.

    One that something goes wrong with stops no other. A machine that dies meanwhile leaves it waiting.
    """
    waiting = Submission.objects.filter(search="waiting").order_by("received_at")
    done = 0
    for submission_id in list(waiting.values_list("pk", flat=True)[:limit]):
        try:
            look(submission_id)
        except Exception as error:  # nothing of its text: it may quote what somebody wrote
            logger.warning("A message couldn't be looked at (%s).", type(error).__name__)
            _failed[submission_id] += 1
            if _failed[submission_id] >= TRIES:
                leave(submission_id)
                del _failed[submission_id]
        else:
            _failed.pop(submission_id, None)
            done += 1
    return done


@action
def look(submission_id: UUID) -> str:
    """Look for the file of one message that waits: "automatic" where it was sure, else "human".

    Raises Submission.DoesNotExist; Conflict("case-changed") where somebody decides at this very moment. What somebody
    decided before stays as it is; so does what is blocked or erased, and nothing of it is opened.
    """
    message = queries.message(submission_id)
    submission = message.submission
    if submission.search != "waiting":
        return submission.search
    with gathered():
        found = queries.found(message, MATCHING) if _may_decide(submission) else None
        best = found.decision.ranked[0] if found and found.decision.ranked else None
        sure = found and best and found.decision.case and best.case == found.decision.case
        if found and best and best.case and sure and not message.decisions:
            decide(submission, "automatic", found.cases[best.case], findings(found, best))
            return "automatic"
        submission.search = "human"
        if not change(submission, "search", beside=[taken()], search="waiting"):
            raise Conflict("case-changed")
    return "human"


@action
def leave(submission_id: UUID) -> None:
    """Nobody but a human looks for the file of this message any more."""
    Submission.objects.filter(pk=submission_id, search="waiting").update(search="human")


@action
def look_again(references: Iterable[str]) -> int:
    """Files with these references came in: messages of the last days that cite one, and have none, wait anew.

    The number of messages. Those that a human decided about stay as they are.
    """
    recent = Submission.objects.filter(
        search="human", case=None, received_at__gte=timezone.now() - AGAIN_FOR
    ).exclude(state="closed")
    if not recent.exists():
        return 0
    digests = [digest(REFERENCE_INDEX, normal(one)) for one in references]
    wanted = ("record_type", "record_id")
    found = columns(BlindIndex, wanted, "digest", digests, name=REFERENCE_INDEX)
    ids = [pk for kind, pk in found if kind == "zusage.submission"]
    return recent.filter(pk__in=ids, assignments=None).update(search="waiting") if ids else 0


@action
def learn(names: Counter[tuple[str, str]]) -> None:
    """Count the names of an import: (kind, term) -> how often it came, with an empty term for all of a kind.

    A name that is no row yet becomes one where it came as often as the policy's smallest cell: so a rare name is in
    none, whichever import it comes with.
    """
    known = set(TermFrequency.objects.values_list("kind", "term"))
    least = policy().limits.smallest_cell
    fresh = [one for one, number in names.items() if one not in known and (number >= least or not one[1])]
    none_yet = [TermFrequency(kind=kind, term=term, number=0) for kind, term in fresh]
    TermFrequency.objects.bulk_create(none_yet, ignore_conflicts=True)
    for kind, term in sorted(one for one in names if one in known or one in set(fresh)):
        here = TermFrequency.objects.filter(kind=kind, term=term)
        here.update(number=F("number") + names[kind, term])


def _may_decide(submission: Submission) -> bool:
    """Whether a machine may decide about it at all: the policy lets it, and it's neither assigned nor closed."""
    return policy().matching.automatic and not submission.case_id and submission.state != "closed"
