"""What every step of a rights request shares: the lock, the line in its history, and what it lets the officer open."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.utils import timezone

from zusage.actions.base import Conflict
from zusage.models import RIGHTS, Concern, RightsRequest, Staff, Step
from zusage.protocol.outbox import Actor, Deed, record
from zusage.vault import api as vault
from zusage.vault.models import Warrant


def locked(officer: Staff, request_id: UUID, *, closed: bool = False) -> RightsRequest:
    """The request, locked until the transaction ends. Must run inside an action.

    Raises RightsRequest.DoesNotExist; vault.Refused where `officer` may not open it; Conflict("request-closed") where
    it was decided meanwhile, unless `closed` ones are wanted too.
    """
    vault.may(Actor.staff(officer), RIGHTS)
    request = RightsRequest.objects.select_for_update().get(pk=request_id)
    if request.state != "open" and not closed:
        raise Conflict("request-closed")
    return request


def step(
    request: RightsRequest,
    act: str,
    author: Staff | None,
    *,
    actor: Actor | None = None,
    text: str = "",
    ground: str = "",
    until: date | None = None,
) -> Step:
    """Add a step to the request's history, with its line in the protocol. `actor`: who acts where no staff does."""
    made = Step(
        request=request, subject_id=request.subject_id, act=act, ground=ground, until=until, author=author
    )
    if text:
        ring = vault.Keyring()
        ring.key_or_new(request.subject_id, RIGHTS)
        vault.seal(made, {"text": text}, ring)
    made.save(force_insert=True)
    who = actor or (Actor.staff(author) if author else Actor.system("rights"))
    record(who, [Deed(f"rights-{act}", "zusage.rightsrequest", str(request.pk), request.subject_id, RIGHTS)])
    return made


def concern(request: RightsRequest, about_id: UUID, author: Staff | None = None) -> None:
    """The request is about this subject, too; where identity is settled, its data may be opened for it."""
    Concern.objects.get_or_create(
        request=request, about_id=about_id, defaults={"subject_id": request.subject_id, "author": author}
    )
    if request.identity in ("given", "proven"):
        warrant(request, about_id)


def warrant(request: RightsRequest, about_id: UUID) -> None:
    """Let the officer open this subject's data for the request, as long as it is open."""
    live = Warrant.objects.filter(subject_id=about_id, record_id=request.pk, ended_at=None)
    if not live.exists():
        Warrant.objects.create(subject_id=about_id, purpose=RIGHTS, record_id=request.pk)


def concerned(request: RightsRequest) -> list[UUID]:
    """The subjects that the request is about, in the order in which they came to it."""
    return list(request.concerns.order_by("at", "pk").values_list("about_id", flat=True))


def close(request: RightsRequest, state: str) -> None:
    """The request is decided: `answered`, `refused` or `dropped`. Its period starts, and what it let open is shut."""
    now = timezone.now()
    request.state, request.closed_at = state, now
    request.save(update_fields=["state", "closed_at"])
    request.submission.state, request.submission.closed_at = "closed", now
    request.submission.save(update_fields=["state", "closed_at"])
    Warrant.objects.filter(record_id=request.pk, ended_at=None).update(ended_at=now)
