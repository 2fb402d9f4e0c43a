"""What a person does in their mailbox."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from zusage.actions.base import action
from zusage.actions.intake import receipt_digest
from zusage.models import Mailbox, Message, Submission
from zusage.protocol.outbox import Actor, Deed, record
from zusage.tenant import version
from zusage.vault import api as vault
from zusage.vault.models import NOTICE, Consent


@action
def enter(receipt: str) -> UUID | None:
    """The subject whose mailbox `receipt` (in normal form) opens; None where there is none."""
    mailbox = Mailbox.objects.filter(receipt_digest=receipt_digest(receipt)).first()
    if mailbox is None or vault.erased(mailbox.subject_id):
        return None
    actor = Actor.subject(mailbox.subject_id)
    record(actor, [Deed("enter-mailbox", "zusage.mailbox", str(mailbox.pk), mailbox.subject_id)])
    return mailbox.subject_id


@action
def mark_read(subject_id: UUID) -> None:
    """The agency's letters in this mailbox have now been seen."""
    unread = Message.objects.filter(subject_id=subject_id, sender="agency", read_at=None)
    ids = list(unread.values_list("pk", flat=True))
    if ids:
        Message.objects.filter(pk__in=ids).update(read_at=timezone.now())
        deeds = [Deed("read", "zusage.message", str(one), subject_id) for one in ids]
        record(Actor.subject(subject_id), deeds)


def reply(subject_id: UUID, submission_id: UUID, body: str, form_token: str) -> None:
    """The person writes another letter. The same page sent twice is one letter.

    Raises Submission.DoesNotExist where the submission isn't theirs.
    """
    try:
        _reply(subject_id, submission_id, body, form_token)
    except IntegrityError:
        pass  # it is stored already


@action
def _reply(subject_id: UUID, submission_id: UUID, body: str, form_token: str) -> None:
    submission = Submission.objects.select_for_update().get(pk=submission_id, subject_id=subject_id)
    message = Message(
        id=once("reply", submission_id, body, form_token),
        submission=submission,
        subject_id=subject_id,
        purpose=submission.purpose,
        sender="person",
    )
    vault.seal(message, {"body": body}, vault.Keyring())
    message.save(force_insert=True)
    # A letter to a closed matter opens it again: nobody's question may fall on the floor.
    Submission.objects.filter(pk=submission_id).update(state="open", closed_at=None)
    deed = Deed("reply", "zusage.message", str(message.pk), subject_id, submission.purpose)
    record(Actor.subject(subject_id), [deed])


def once(what: str, where: UUID, body: str, form_token: str) -> UUID:
    """The id by which a letter sent twice is known. `form_token` comes from the page and may not be empty."""
    return vault.keyed_id(what, where.bytes, form_token.encode(), body.encode())


@action
def ask_notice(subject_id: UUID, email: str) -> None:
    """The person wants an e-mail when a letter arrives: consent and address in one."""
    mailbox = Mailbox.objects.select_for_update().get(subject_id=subject_id)
    ring = vault.Keyring()
    ring.key_or_new(subject_id, NOTICE)
    vault.seal(mailbox, {"notice_email": email}, ring)
    mailbox.save(update_fields=["notice_email"])
    if not Consent.in_force.filter(subject_id=subject_id, purpose=NOTICE).exists():
        Consent.objects.create(subject_id=subject_id, purpose=NOTICE, notice_version=version())
    record(
        Actor.subject(subject_id), [Deed("consent", "zusage.mailbox", str(mailbox.pk), subject_id, NOTICE)]
    )


@action
def withdraw(subject_id: UUID, purpose: str) -> None:
    """Withdraw a consent (Widerruf): effective at once; what was lawful before stays recorded."""
    live = Consent.in_force.select_for_update().filter(subject_id=subject_id, purpose=purpose)
    if not live.update(withdrawn_at=timezone.now()):
        return
    if purpose == NOTICE:
        Mailbox.objects.filter(subject_id=subject_id).update(notice_email=None)
    record(Actor.subject(subject_id), [Deed("withdraw", "subject", str(subject_id), subject_id, purpose)])
