"""A message lay with the wrong file: it moves with all that belongs to it, and the officer learns who saw what."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from zusage.actions import breaches
from zusage.actions.assigning import Findings, decide, findings_of, locked, unlearn
from zusage.actions.base import Conflict, action, not_shut
from zusage.models import BREACH, COLLECTION, Case, Plan, Staff, Submission
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries import misfiled
from zusage.rules.access.words import say
from zusage.vault import api as vault


def correct(clerk: Staff, submission_id: UUID, case_id: UUID | None, expected: UUID | None = None) -> UUID:
    """It lay with the wrong file, and belongs to the case `case_id` (None: to none, as far as is known).

    Letters, answers and notes are the message's own and go with it. The possible breach that is opened lists which
    staff opened what meanwhile, and whether an answer went out; its id. `expected`: the wrong case, where the caller
    had one before them. Raises Conflict("case-changed") where it doesn't lie there, or with none, or with that case
    already; Conflict: `restricted`, `erased`; Case.DoesNotExist.
    """
    ring = vault.Keyring()
    return _correct(clerk, submission_id, case_id, expected, ring, ring.reserve(BREACH))


@action
def _correct(
    clerk: Staff,
    submission_id: UUID,
    case_id: UUID | None,
    expected: UUID | None,
    ring: vault.Keyring,
    incident: UUID,
) -> UUID:
    submission = locked(clerk, submission_id)
    wrong = submission.case
    if wrong is None or wrong.pk == case_id:
        raise Conflict("case-changed")
    if expected not in (None, wrong.pk):
        raise Conflict("case-changed")
    right = Case.objects.get(pk=case_id) if case_id else None
    if right is not None:
        not_shut(right)
    entry = _entry(clerk, submission, wrong)
    made = decide(submission, "corrected", right, _judged(submission, wrong), clerk)
    misfile = Deed("misfiled", "zusage.case", str(wrong.pk), wrong.subject_id, COLLECTION)
    record(Actor.staff(clerk), [misfile])
    return breaches.suspect(clerk, entry, ring, incident, made.pk.bytes)


def _judged(submission: Submission, wrong: Case) -> Findings:
    """A machine that was sure of the wrong file learns from it. What a clerk taught it by a mistake is taken back."""
    laid = submission.assignments.filter(case=wrong, undone_at=None, way__in=("automatic", "clerk"))
    last = laid.order_by("-at", "-pk").first()
    if last is not None and last.way == "clerk":
        taught = findings_of(last).get("judged")
        if taught:
            unlearn(*taught)
    elif last is not None and last.step is not None:
        if last.confirmed_at:
            unlearn(last.step, True, False)
        return {"judged": [last.step, False, False]}
    return {}


def _entry(clerk: Staff, submission: Submission, wrong: Case) -> breaches.Entry:
    """The officer's draft, in the words of whoever found it."""
    began, now, language = misfiled.since(submission, wrong), timezone.now(), clerk.language
    ids = {"message": submission.pk, "case": wrong.pk}
    lines = [say(language, "misfiled.what", since=_when(began), until=_when(now), **ids)]
    for one in misfiled.openings(submission, wrong, began):
        times = {"times": one.times, "first": _when(one.first), "last": _when(one.last)}
        lines.append(say(language, f"misfiled.{one.what}", who=one.who, **times))
    if len(lines) == 1:
        lines.append(say(language, "misfiled.nobody"))
    answers = misfiled.answers(submission, began)
    lines.append(say(language, "misfiled.answers" if answers else "misfiled.no_answers", number=answers))
    if Plan.objects.filter(submission=submission, subject_id=wrong.subject_id).exists():
        lines.append(say(language, "misfiled.plan"))
    texts = {column: say(language, f"misfiled.{column}") for column in ("persons", "data", "measures")}
    return breaches.Entry(now, began, "risk", {"what": "\n".join(lines), **texts})


def _when(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
