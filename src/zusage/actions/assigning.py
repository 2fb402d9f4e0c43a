"""A decision about which file a message belongs to, whoever makes it: recorded, learned from, and taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, Model
from django.utils import timezone

from zusage.actions.base import Conflict, action, not_shut
from zusage.actions.cases import MATCHING
from zusage.actions.plans.moving import follow
from zusage.change import change
from zusage.models import Assignment, Case, MatchTally, Staff, Submission
from zusage.protocol.outbox import Actor, Deed, lines, record, taken
from zusage.queries.matching import Found, find
from zusage.queries.review import may_undo
from zusage.rules.matching.calibrate import step_of
from zusage.rules.matching.decide import Decision, Rated
from zusage.tenant import policy
from zusage.vault import api as vault

Findings = dict[str, Any]
"""What a decision rests on, as JSON: `confidence`, `threshold`, `reasons` and `guard` (words of the rules), `before`
(where the message lay: case, search), `judged` (the step that this decision confirmed or denied, which of both, and
whether the guard had doubts: the arguments of `learn`)."""


@action
def choose(clerk: Staff, submission_id: UUID, case_id: UUID) -> None:
    """A clerk says whose file it is.

    Raises Conflict("case-changed") where it lies with another file: from there it is moved by `misfiled.correct`, which
    tells the officer. Conflict: `restricted`, `erased`; Case.DoesNotExist.
    """
    submission = locked(clerk, submission_id)
    if submission.case_id == case_id:
        return
    lies_nowhere(submission)
    case = Case.objects.get(pk=case_id)
    not_shut(case)
    found = _look(submission)
    judged = _judge(_first(found), case_id)
    decide(submission, "clerk", case, findings(found, _rated(found, case_id)) | judged, clerk)


@action
def none(clerk: Staff, submission_id: UUID) -> None:
    """A clerk says that none of the files found is this person's. Raises as `choose`."""
    submission = locked(clerk, submission_id)
    lies_nowhere(submission)
    found = _look(submission)
    decide(submission, "none", None, findings(found, _first(found)) | _judge(_first(found), None), clerk)


@action
def not_this(clerk: Staff, submission_id: UUID, case_id: UUID) -> None:
    """A clerk says that it isn't this person: their files aren't offered for this message again. Raises as `choose`."""
    submission = locked(clerk, submission_id)
    lies_nowhere(submission)
    case = Case.objects.get(pk=case_id)
    not_shut(case)
    found = _look(submission)
    rated = _rated(found, case_id)
    decide(submission, "not-this", case, findings(found, rated) | _judge(rated, None), clerk)


@action
def undo(clerk: Staff, submission_id: UUID) -> None:
    """Take a clerk's own last decision back, and what was learned from it.

    Raises Conflict("nothing-to-undo") where it can't be (`queries.review.may_undo`).
    """
    submission = locked(clerk, submission_id)
    last = Assignment.objects.filter(submission=submission, undone_at=None).order_by("-at", "-pk").first()
    if last is None or not may_undo(clerk, last):
        raise Conflict("nothing-to-undo")
    said = findings_of(last)
    before = said.get("before") or {}
    last.undone_at, last.undone_by = timezone.now(), clerk
    last.save(update_fields=["undone_at", "undone_by"])
    if said.get("judged"):
        unlearn(*said["judged"])
    case = Case.objects.filter(pk=before["case"]).first() if before.get("case") else None
    if case is not None:
        not_shut(case)
    was = submission.case_id
    submission.case, submission.search = case, before.get("search", "human")
    submission.save(update_fields=["case", "search"])
    record(Actor.staff(clerk), [_deed("undo-matching", submission), *_moved(submission, was)])
    if submission.case_id != was:
        follow(submission, case, Actor.staff(clerk))


def unlearn(step: int, right: bool, doubted: bool) -> None:
    """Count it once less."""
    learn(step, right, doubted, -1)


def answered(clerk: Staff, submission: Submission) -> None:
    """A clerk answers it: it's theirs from now on, if it was nobody's. Must run in the transaction of an action."""
    _confirm(submission)
    submission.state = "answered"
    submission.assigned_to = submission.assigned_to or clerk
    submission.save(update_fields=["state", "assigned_to"])


def _confirm(submission: Submission) -> None:
    """A clerk had it before them, and answers it where a machine had laid it: that was right, once."""
    laid = submission.assignments.filter(
        way="automatic", case=submission.case, undone_at=None, confirmed_at=None
    )
    for one in laid if submission.search == "automatic" and submission.case_id else ():
        one.confirmed_at = timezone.now()
        one.save(update_fields=["confirmed_at"])
        if one.step is not None:
            learn(one.step, True, False)


def locked(clerk: Staff, submission_id: UUID) -> Submission:
    """The submission, for a clerk who may write. Raises as `may_write`."""
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    may_write(clerk, submission)
    return submission


def may_write(clerk: Staff, submission: Submission) -> None:
    """Nobody writes where they may not read: for their role, or because the subject is blocked or was erased.

    Raises vault.Refused; Conflict: `restricted`, `erased`.
    """
    vault.may(Actor.staff(clerk), submission.purpose)
    not_shut(submission)


def lies_nowhere(submission: Submission) -> None:
    """Raises Conflict("case-changed") where the submission lies with a file."""
    if submission.case_id is not None:
        raise Conflict("case-changed")


def decide(
    submission: Submission, way: str, case: Case | None, said: Findings, clerk: Staff | None = None
) -> Assignment:
    """Keep a decision, learn from it, and move the message; `case`: the one that it is about.

    Must run in the transaction of an action.
    """
    actor = Actor.staff(clerk) if clerk else MATCHING
    made = Assignment(
        submission=submission,
        subject_id=submission.subject_id,
        purpose=submission.purpose,
        case=case,
        about_id=case.subject_id if case else None,
        way=way,
        step=said.get("step"),
        author=clerk,
    )
    was, searched = submission.case_id, submission.search
    before = {"case": str(was) if was else None, "search": searched}
    vault.seal(made, {"findings": json.dumps(said | {"before": before})}, vault.Keyring())
    if said.get("judged"):
        learn(*said["judged"])
    submission.case_id = case.pk if case and way != "not-this" else None
    submission.search = "automatic" if way == "automatic" else "human"
    told = [_deed(f"matching-{way}", submission)] if way in ("none", "not-this") else []
    beside: list[Sequence[Model]] = [[made], [*taken(), *lines(actor, [*_moved(submission, was), *told])]]
    if not change(submission, "case_id", "search", beside=beside, search=searched):
        raise Conflict("case-changed")
    if clerk is not None and submission.case_id != was:
        follow(submission, case if submission.case_id else None, actor)
    return made


def learn(step: int, right: bool, doubted: bool, times: int = 1) -> None:
    """Count that a confidence of this step was right, or wrong, once more; -1: once less.

    `doubted`: the guard had found something in that candidate.
    """
    column = "right" if right else "wrong"
    MatchTally.objects.bulk_create([MatchTally(step=step, doubted=doubted)], ignore_conflicts=True)
    found = MatchTally.objects.filter(step=step, doubted=doubted, **{f"{column}__gte": max(0, -times)})
    found.update(**{column: F(column) + times})


def findings(found: Found, rated: Rated | None) -> Findings:
    """What the machine says of one file, without any value."""
    said: Findings = {
        "threshold": policy().matching.threshold,
        "guard": list(found.decision.guard),
        "blocked": found.blocked,
    }
    if rated is not None:
        said |= {
            "confidence": round(rated.probability, 6),
            "step": step_of(rated.probability),
            "reasons": list(rated.reasons),
        }
    return said


def _moved(submission: Submission, was: UUID | None) -> list[Deed]:
    """The protocol's line where a message was laid beside a file, or taken off one."""
    if submission.case_id == was:
        return []
    return [_deed("assign-case" if submission.case_id else "unassign-case", submission)]


def _deed(act: str, submission: Submission) -> Deed:
    return Deed(act, "zusage.submission", str(submission.pk), submission.subject_id, submission.purpose)


def _look(submission: Submission) -> Found:
    """What the machine says of the message now; nothing of one that no machine looks at."""
    try:
        return find(submission, MATCHING)
    except vault.Refused:
        return Found(Decision((), None, ("nothing-found",)))


def _first(found: Found) -> Rated | None:
    return found.decision.ranked[0] if found.decision.ranked else None


def _rated(found: Found, case_id: UUID) -> Rated | None:
    """What was said of the person whose file this is."""
    case = found.cases.get(case_id)
    return next((one for one in found.decision.ranked if case and one.file.subject == case.subject_id), None)


def _judge(shown: Rated | None, case_id: UUID | None) -> Findings:
    """Whether the confidence that was shown turned out right: whether the case is one of that person's."""
    if shown is None:
        return {}
    right = any(one.id == case_id for one in shown.file.cases)
    return {"judged": [step_of(shown.probability), right, bool(shown.doubts)]}


def findings_of(made: Assignment) -> Mapping[str, Any]:
    """What a decision rested on, opened."""
    opened = vault.open(made, made.purpose, MATCHING)
    found: Mapping[str, Any] = json.loads(opened.get("findings", "{}"))
    return found
