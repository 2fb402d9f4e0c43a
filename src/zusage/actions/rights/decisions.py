"""What the protection officer decides about a rights request. Doing what was asked is in the modules beside this."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from zusage.actions.base import Conflict, action
from zusage.actions.mailbox import once
from zusage.actions.rights import letters
from zusage.actions.rights.steps import close, concerned, locked, step, warrant
from zusage.models import RIGHTS, Disclosure, Message, Proof, RightsRequest, Staff, Step
from zusage.policy import law
from zusage.queries.rights_request import involved, officers
from zusage.rules import clock
from zusage.rules.problems import Problem
from zusage.vault import api as vault
from zusage.vault.models import Warrant

PROOF = "identity-proof"
IDENTITY = "identity"
"""The ground of the law's list for whoever doesn't show who they are."""


@action
def assign(officer: Staff, request_id: UUID, to: Staff | None, expected: UUID | None) -> None:
    """Take a request, hand it to another officer, or back to all.

    Raises Conflict: `assigned` where it isn't with `expected` now, `own-case` where `to` may not decide it,
    `no-such-officer`.
    """
    request = locked(officer, request_id)
    if to is not None and to.pk == request.assigned_to_id:
        return
    if request.assigned_to_id != expected:
        raise Conflict("assigned")
    if to is not None and to not in officers():
        raise Conflict("no-such-officer")
    if to is not None and to.pk in involved(request):
        raise Conflict("own-case")
    request.assigned_to = to
    request.save(update_fields=["assigned_to"])
    step(request, "assigned" if to else "released", officer)


@action
def decide_identity(officer: Staff, request_id: UUID, proven: bool, text: str, form_token: str = "") -> None:
    """Whether the stranger is who they say. Either way the proof that they sent goes in the same moment.

    Proven: the data of those concerned may be opened. Not: the person is told `text`, what to do next, and where to
    complain; the request is refused on the law's ground, unless it is of a kind that nobody refuses, and stays open.
    Raises Conflict("identity-decided"); Problem("missing") where a refusal has no `text`.
    """
    request = _taken(officer, request_id, closed=True)
    wanted = "proven" if proven else "refused"
    if request.identity == wanted:
        return
    if request.identity != "pending" or request.state != "open":
        raise Conflict("identity-decided")
    if not proven and not text:
        raise Problem("missing")
    if Proof.objects.filter(request=request).delete()[0]:
        transaction.on_commit(lambda: _bury_proof(request.subject_id))
    request.identity = wanted
    request.save(update_fields=["identity", "assigned_to"])
    step(request, f"identity-{wanted}", officer, text=text)
    if proven:
        for one in concerned(request):
            warrant(request, one)
        return
    Warrant.objects.filter(record_id=request.pk, ended_at=None).update(ended_at=timezone.now())
    ground = _ground(request, IDENTITY)
    letter_id = once("identity", request.pk, text, form_token or wanted)
    if ground is None:
        letters.send(request, officer, letters.unidentified(request, text), letter_id)
        return
    letters.send(request, officer, letters.refusal(request, ground, text), letter_id)
    step(request, "refused", officer, ground=ground.id, text=text)
    close(request, "refused")


@action
def set_regime(officer: Staff, request_id: UUID, regime: str) -> None:
    """Another law applies than was assumed: its term counts from receipt.

    Raises Conflict("already-extended") where a day was named to the person already; KeyError for an unknown law.
    """
    request = _taken(officer, request_id)
    if request.regime == regime:
        return
    if request.extended:
        raise Conflict("already-extended")
    request.regime = regime
    request.due_on = clock.due(request.received_on, regime, _right(request))
    request.save(update_fields=["regime", "due_on", "assigned_to"])
    step(request, f"regime-{regime}", officer, until=request.due_on)


@action
def extend(officer: Staff, request_id: UUID, until: date, text: str, form_token: str) -> None:
    """The answer comes by `until` instead: once, while the first term runs, within the law's limits, told with reasons.

    Raises Conflict("already-extended"); Problem: missing, and those of `clock.put_off`.
    """
    request = _taken(officer, request_id)
    letter_id = once("extend", request.pk, text, form_token)
    if Message.objects.filter(pk=letter_id).exists():
        return
    if request.extended:
        raise Conflict("already-extended")
    if not text:
        raise Problem("missing")
    request.due_on = clock.put_off(
        request.received_on, request.regime, timezone.localdate(), until, _right(request)
    )
    request.extended = True
    request.save(update_fields=["due_on", "extended", "assigned_to"])
    letters.send(request, officer, letters.extension(request, until, text), letter_id)
    step(request, "extended", officer, text=text, until=until)


@action
def write(officer: Staff, request_id: UUID, text: str, form_token: str, seen: int) -> None:
    """A letter that decides nothing: to ask something, or after the decision.

    `seen` is the number of letters that the officer had before them. Raises Conflict("new-letter"); Problem("missing").
    """
    request = _taken(officer, request_id, closed=True)
    letter_id = once("rights-letter", request.pk, text, form_token)
    if not _new_letter(request, letter_id, text, seen):
        return
    letters.send(request, officer, text, letter_id)
    submission, done = request.submission, request.state != "open"
    submission.state, submission.closed_at = ("closed", timezone.now()) if done else ("answered", None)
    submission.save(update_fields=["state", "closed_at"])
    request.save(update_fields=["assigned_to"])
    step(request, "letter", officer)


@action
def settle(officer: Staff, request_id: UUID, seen: int) -> None:
    """A letter that came after the decision needs no answer. Raises Conflict("unread-letter") where another arrived."""
    request = locked(officer, request_id, closed=True)
    if Message.objects.filter(submission=request.submission).count() != seen:
        raise Conflict("unread-letter")
    if request.state == "open":
        raise Conflict("request-open")
    submission = request.submission
    if submission.state != "closed":
        submission.state, submission.closed_at = "closed", timezone.now()
        submission.save(update_fields=["state", "closed_at"])
        step(request, "settled", officer)


@action
def answer(officer: Staff, request_id: UUID, text: str, form_token: str, seen: int) -> None:
    """Answer with a letter, and the request is done.

    Raises Conflict: `request-closed`, `new-letter`, `identity-open` where it isn't known yet who asks;
    Problem("missing").
    """
    request = _taken(officer, request_id, closed=True)
    letter_id = once("rights-answer", request.pk, text, form_token)
    if not _new_letter(request, letter_id, text, seen, decides=True):
        return
    letters.send(request, officer, letters.answer(request, text), letter_id)
    request.save(update_fields=["assigned_to"])
    step(request, "answered", officer, text=text)
    close(request, "answered")


@action
def refuse(officer: Staff, request_id: UUID, ground: str, text: str, form_token: str, seen: int) -> None:
    """Refuse on a `ground` of the law's closed list, with the reasons in `text`.

    The letter has the ground, the article, the reasons and the way to complain: there is no other way to send one.
    Raises Conflict: `request-closed`, `new-letter`, `identity-open`, `no-such-ground` where the list has none for this
    right and law, `disclosed` where the ground needs data that went to nobody; Problem("missing") without reasons.
    """
    request = _taken(officer, request_id, closed=True)
    letter_id = once("rights-refusal", request.pk, f"{ground}\n{text}", form_token)
    if not _new_letter(request, letter_id, text, seen, decides=True):
        return
    declared = checked_ground(request, ground)
    letters.send(request, officer, letters.refusal(request, declared, text), letter_id)
    request.save(update_fields=["assigned_to"])
    step(request, "refused", officer, ground=declared.id, text=text)
    close(request, "refused")


def checked_ground(request: RightsRequest, ground: str) -> law.Ground:
    """The ground of this id, if it may refuse this request. Raises Conflict: `no-such-ground`, `disclosed`."""
    declared = _ground(request, ground)
    if declared is None:
        raise Conflict("no-such-ground")
    told = Disclosure.objects.filter(subject_id__in=concerned(request))
    if declared.only_if == "undisclosed" and told.exists():
        raise Conflict("disclosed")
    return declared


def remind() -> int:
    """Put the reminders that are due into the history of the requests that wait; the number written.

    A chore of the worker: a reminder is written once for each due date, however often it runs.
    """
    last = timezone.localdate() + timedelta(days=max(law.law().clock.reminders))
    near = RightsRequest.objects.filter(state="open", due_on__lte=last)
    return sum(_remind(one.pk) for one in near if _reminders(one))


@action
def _remind(request_id: UUID) -> int:
    request = RightsRequest.objects.select_for_update().get(pk=request_id)
    due = _reminders(request) if request.state == "open" else []
    for days in due:
        step(request, "reminder", None, ground=str(days), until=request.due_on)
    return len(due)


def _reminders(request: RightsRequest) -> list[int]:
    sent = Step.objects.filter(request=request, act="reminder", until=request.due_on)
    already = {int(days) for days in sent.values_list("ground", flat=True)}
    return clock.reminders_due(request.due_on, timezone.localdate(), already)


def _bury_proof(subject_id: UUID) -> None:
    """No backup from before brings it back. After the commit: a decision that failed takes no proof away."""
    part = vault.Part(RIGHTS, PROOF)
    vault.bury([subject_id], [part], "decided")
    vault.cleared([subject_id], [part])


def _taken(officer: Staff, request_id: UUID, *, closed: bool = False) -> RightsRequest:
    """The request, locked; with `officer` now, if it was with nobody. Raises as `locked`, and Conflict("own-case")."""
    request = locked(officer, request_id, closed=closed)
    if officer.pk in involved(request):
        raise Conflict("own-case")
    request.assigned_to = request.assigned_to or officer
    return request


def _new_letter(
    request: RightsRequest, letter_id: UUID, text: str, seen: int, *, decides: bool = False
) -> bool:
    """Whether this letter is to be sent: False where it was already. Raises Conflict and Problem."""
    if Message.objects.filter(pk=letter_id).exists():
        return False
    if decides and request.state != "open":
        raise Conflict("request-closed")
    if decides and request.identity == "pending":
        raise Conflict("identity-open")
    if Message.objects.filter(submission=request.submission).count() != seen:
        raise Conflict("new-letter")
    if not text:
        raise Problem("missing")
    return True


def _ground(request: RightsRequest, ground: str) -> law.Ground | None:
    offered = law.grounds(_right(request), request.regime)
    return next((one for one in offered if one.id == ground), None)


def _right(request: RightsRequest) -> law.Right:
    return next(one for one in law.RIGHTS if one == request.right)
