"""Blocking (Sperrung, DSG 32(2)(a), Art. 18 GDPR) and objection (Widerspruch, DSG 30(2)(b), Art. 21 GDPR).

Both shut `vault.open` for everything but the lawful exceptions. The person is told, and again before it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from zusage.actions.base import Conflict, action
from zusage.actions.cases import reindex
from zusage.actions.mailbox import once
from zusage.actions.rights import letters
from zusage.actions.rights.steps import close, concerned, locked, step
from zusage.models import RIGHTS, Message, RightsRequest, Staff
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries.rights_request import involved
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import NOTICE, DataKey, Restriction

KINDS = {"blocking": "restriction", "objection": "objection"}
"""The right -> the kind of restriction that it leads to."""
REQUESTED = "request"


def purposes_of(request: RightsRequest) -> list[str]:
    """What may be blocked for a request: the purposes for which something is held of those whom it concerns.

    Not the lawful exceptions, which open what is blocked; not the e-mail notice, which is off with one click.
    """
    return _kept_of(concerned(request))


def block(officer: Staff, request_id: UUID, purposes: Sequence[str] | None = None) -> None:
    """Block what is held for `purposes` (None: all that may be), and answer the request with a letter that says so.

    Raises Problem("missing") for no purpose; Conflict: `request-closed`, `identity-open`, `own-case`, `other-right`.
    """
    _restrict(officer, request_id, "blocking", purposes)


def object_to(officer: Staff, request_id: UUID, purposes: Sequence[str] | None = None) -> None:
    """The objection is upheld: processing for `purposes` (None: all that may be) stops. Raises as `block` does.

    One that isn't is refused, on a ground of the law's list: `decisions.refuse`.
    """
    _restrict(officer, request_id, "objection", purposes)


@action
def lift(officer: Staff, restriction_id: UUID, reasons: str) -> None:
    """A restriction ends; the person is told before, with the reasons (Art. 18(3) GDPR).

    Raises Restriction.DoesNotExist; Conflict("already-lifted"); Problem("missing") without reasons.
    """
    vault.may(Actor.staff(officer), RIGHTS)
    found = Restriction.objects.select_for_update().get(pk=restriction_id)
    if found.ended_at:
        raise Conflict("already-lifted")
    if not reasons:
        raise Problem("missing")
    request = RightsRequest.objects.filter(pk=found.request_id).first()
    if request:
        letter_id = once("lifted", restriction_id, reasons, "lift")
        letters.send(request, officer, letters.lifted(request, found.purpose, reasons), letter_id)
        step(request, "lifted", officer, text=reasons)
    found.ended_at = timezone.now()
    found.save(update_fields=["ended_at"])
    reindex(found.subject_id, gone=())  # what changed while it was shut couldn't be looked at
    _record(officer, "unblock", found.subject_id, found.purpose)


def _restrict(officer: Staff, request_id: UUID, right: str, purposes: Sequence[str] | None) -> None:
    request = RightsRequest.objects.get(pk=request_id)
    if Message.objects.filter(pk=_letter_id(request_id)).exists():
        return  # the same button once more
    offered = purposes_of(request)
    chosen = offered if purposes is None else [one for one in offered if one in purposes]
    if not chosen:
        raise Problem("missing")
    # A transaction for each subject; the answer comes when all of it stands.
    for about_id in concerned(request):
        _of_subject(officer, request_id, right, about_id, chosen)
    _answer(officer, request_id, right, chosen)


@action
def _of_subject(
    officer: Staff, request_id: UUID, right: str, about_id: UUID, purposes: Sequence[str]
) -> None:
    _mine(officer, request_id, right)
    live = Restriction.objects.filter(subject_id=about_id, kind=KINDS[right], ended_at=None)
    known = set(live.values_list("purpose", flat=True))
    for purpose in _kept_of([about_id]):
        if purpose in purposes and purpose not in known:
            Restriction.objects.create(
                subject_id=about_id,
                kind=KINDS[right],
                purpose=purpose,
                ground=REQUESTED,
                request_id=request_id,
            )
            _record(officer, "block", about_id, purpose)


@action
def _answer(officer: Staff, request_id: UUID, right: str, purposes: Sequence[str]) -> None:
    request = _mine(officer, request_id, right)
    body = letters.restricted(request, KINDS[right], purposes)
    letters.send(request, officer, body, _letter_id(request_id))
    request.assigned_to = request.assigned_to or officer
    request.save(update_fields=["assigned_to"])
    step(request, "executed", officer, text=body)
    close(request, "answered")


def _kept_of(subjects: Sequence[UUID]) -> list[str]:
    declared = policy().purposes
    found = set(DataKey.objects.filter(subject_id__in=subjects).values_list("purpose", flat=True))
    return [one for one in declared if one in found and not declared[one].exception and one != NOTICE]


def _mine(officer: Staff, request_id: UUID, right: str) -> RightsRequest:
    request = locked(officer, request_id)
    if request.right != right:
        raise Conflict("other-right")
    if request.identity not in ("given", "proven"):
        raise Conflict("identity-open")
    if officer.pk in involved(request):
        raise Conflict("own-case")
    return request


def _record(officer: Staff, act: str, subject_id: UUID, purpose: str) -> None:
    record(Actor.staff(officer), [Deed(act, "subject", str(subject_id), subject_id, purpose)])


def _letter_id(request_id: UUID) -> UUID:
    return once("restricted", request_id, "", "restrict")
