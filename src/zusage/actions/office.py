"""What a clerk does with a submission. Reading is in `queries`; opening is the vault's."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from zusage.actions import mails
from zusage.actions.assigning import answered, may_write
from zusage.actions.base import Conflict, action
from zusage.actions.mailbox import once
from zusage.models import Message, Note, Plan, Staff, Submission
from zusage.protocol.outbox import Actor, Deed, record
from zusage.vault import api as vault


def answer(clerk: Staff, submission_id: UUID, body: str, form_token: str, seen: int) -> None:
    """Answer into the person's mailbox, and let them know by e-mail where they asked for that.

    `seen` is the number of letters that the clerk had before them: raises Conflict("new-letter") where another has
    arrived since, Conflict("closed") where the matter was closed. The same page sent twice is one answer.
    """
    try:
        _answer(clerk, submission_id, body, form_token, seen)
    except IntegrityError:
        pass  # it is stored already


@action
def _answer(clerk: Staff, submission_id: UUID, body: str, form_token: str, seen: int) -> None:
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    letter_id = once("answer", submission_id, body, form_token)
    if Message.objects.filter(pk=letter_id).exists():
        return
    may_write(clerk, submission)
    if submission.state == "closed":
        raise Conflict("closed")
    if Message.objects.filter(submission=submission).count() != seen:
        raise Conflict("new-letter")
    message = mails.lay(submission, body, clerk, letter_id)
    answered(clerk, submission)
    _record(clerk, "answer", message, submission)


@action
def note(clerk: Staff, submission_id: UUID, body: str, form_token: str) -> None:
    """Write a note beside a submission. The same page sent twice is one note."""
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    may_write(clerk, submission)
    note_id = once("note", submission_id, body, form_token)
    if Note.objects.filter(pk=note_id).exists():
        return
    written = Note(
        id=note_id,
        submission=submission,
        subject_id=submission.subject_id,
        purpose=submission.purpose,
        author=clerk,
    )
    vault.seal(written, {"body": body}, vault.Keyring())
    written.save(force_insert=True)
    _record(clerk, "note", written, submission)


@action
def assign(clerk: Staff, submission_id: UUID, to: Staff | None, expected: UUID | None) -> None:
    """Hand a submission to a clerk, or back to all. Raises Conflict("assigned") where it isn't with `expected` now."""
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    may_write(clerk, submission)
    if to is not None and to.pk == submission.assigned_to_id:
        return
    if submission.assigned_to_id != expected:
        raise Conflict("assigned")
    submission.assigned_to = to
    submission.save(update_fields=["assigned_to"])
    _record(clerk, "assign", submission, submission)


@action
def close(clerk: Staff, submission_id: UUID, seen: int | None = None) -> None:
    """The matter is done; its retention starts to run. A letter by the person opens it again.

    `seen` is the number of letters that the clerk had before them: raises Conflict("unread-letter") where another has
    arrived since, for nobody's question may fall on the floor. None: whatever has arrived. What is blocked may be
    closed, too: that reads nothing, and its period begins. Conflict("plan-runs") while a plan of it hasn't ended: the
    period would, and the person's mailbox with it, before the plan does.
    """
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    vault.may(Actor.staff(clerk), submission.purpose)
    if seen is not None and Message.objects.filter(submission=submission).count() != seen:
        raise Conflict("unread-letter")
    if Plan.objects.filter(submission=submission, state__in=Plan.LIVE).exists():
        raise Conflict("plan-runs")
    if submission.state != "closed":
        submission.state, submission.closed_at = "closed", timezone.now()
        submission.save(update_fields=["state", "closed_at"])
        _record(clerk, "close", submission, submission)


@action
def reopen(clerk: Staff, submission_id: UUID) -> None:
    """Undo `close`."""
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    may_write(clerk, submission)
    if submission.state == "closed":
        submission.state, submission.closed_at = "open", None
        submission.save(update_fields=["state", "closed_at"])
        _record(clerk, "reopen", submission, submission)


def _record(clerk: Staff, act: str, row: Message | Note | Submission, submission: Submission) -> None:
    deed = Deed(act, row._meta.label_lower, str(row.pk), submission.subject_id, submission.purpose)
    record(Actor.staff(clerk), [deed])
