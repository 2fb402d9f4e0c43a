"""A sent form becomes a submission, a mailbox, and a receipt that is shown once."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Model
from django.utils import timezone

from zusage.actions.base import action, write
from zusage.models import REFERENCE_INDEX, Mailbox, Subject, Submission, SubmissionValue
from zusage.protocol.outbox import Actor, Deed, lines, record
from zusage.rules import receipts
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault import cipher
from zusage.vault.models import BlindIndex, Consent

REFERENCE_FIELDS = ("case_reference", "case_references")


@dataclass(frozen=True, slots=True)
class Intake:
    """A form as it passed its checks: values by field id, clean and without the empty ones."""

    purpose: str
    language: str
    notice_version: str
    values: Mapping[str, str | tuple[str, ...]]
    consents: tuple[str, ...]
    form_token: str
    """From the page that was filled in: the same page sent twice is one submission. Empty: there was none."""
    cost_notice: str = ""
    """Which text of the cost notice stood beside the form; empty where none did."""


Rows = list[Sequence[Model]]
Further = Callable[[Submission, vault.Keyring], Rows]
"""Makes what a submission of some kind has beyond the usual; its rows are written in the same transaction."""


class AlreadySent(Exception):
    """This very form arrived before, and the time in which its receipt can be shown again is over."""


def submit(intake: Intake, further: Further | None = None, *content: bytes) -> str:
    """Store a submission; the ticket of the page that shows its receipt once (22 URL-safe characters).

    The same form with the same content stores nothing twice: it gets a new ticket to the same receipt, for as many
    hours as the policy gives tickets. Raises AlreadySent after that. `content`: what `further` keeps beside the values.
    """
    submission_id, receipt = identity(intake, *content)
    ticket = secrets.token_urlsafe(16)
    try:
        _store(intake, submission_id, receipt, ticket, further)
    except IntegrityError:
        _ticket_again(submission_id, receipt, ticket)
    return ticket


@action
def take_receipt(ticket: str) -> str | None:
    """The receipt behind a ticket, this once; None where it has been shown, has expired or never was."""
    mailbox = (
        Mailbox.objects.select_for_update()
        .filter(ticket_digest=_ticket_digest(ticket), ticket_until__gte=timezone.now())
        .first()
    )
    if mailbox is None or mailbox.ticket_box is None:
        return None
    receipt = cipher.unseal(_ticket_key(ticket), bytes(mailbox.ticket_box), mailbox.pk.bytes).decode()
    mailbox.ticket_digest = mailbox.ticket_box = mailbox.ticket_until = None
    mailbox.save(update_fields=["ticket_digest", "ticket_box", "ticket_until"])
    record(
        Actor.subject(mailbox.subject_id),
        [Deed("show-receipt", "zusage.mailbox", str(mailbox.pk), mailbox.subject_id)],
    )
    return receipt


def receipt_digest(receipt: str) -> bytes:
    """What is kept of a receipt (in normal form): its keyed hash."""
    return vault.keyed_hash(vault.root_key("receipt"), receipt.encode())


def identity(intake: Intake, *content: bytes) -> tuple[UUID, str]:
    """A submission's id, and its receipt: both follow from the page's token and the content.

    So a form sent twice leads to one receipt without any receipt being kept. Without a token each is its own.
    """
    token = intake.form_token or secrets.token_urlsafe(16)
    values = json.dumps(
        [intake.purpose, sorted(intake.consents), sorted(intake.values.items())], ensure_ascii=False
    ).encode()
    parts = (token.encode(), values, *content)
    return vault.keyed_id("submission", *parts), receipts.make(
        vault.keyed_hash(vault.root_key("receipt-make"), *parts)
    )


def rows(
    intake: Intake, submission_id: UUID, subject_id: UUID, ring: vault.Keyring
) -> tuple[Submission, Rows]:
    """A submission of a subject whose key is in `ring`, and the rows that it is: itself, values, index, consents."""
    submission = Submission(
        id=submission_id,
        subject_id=subject_id,
        purpose=intake.purpose,
        language=intake.language,
        notice_version=intake.notice_version,
        cost_notice=intake.cost_notice,
        search="waiting" if policy().purposes[intake.purpose].form else "",
    )
    return submission, [
        [submission],
        _values(intake, submission, ring),
        _index(intake, submission),
        _consents(intake, subject_id),
    ]


def deeds(intake: Intake, submission: Submission) -> list[Deed]:
    """What the protocol says of a new submission."""
    owner = (str(submission.pk), submission.subject_id)
    asked = [Deed("submit", "zusage.submission", *owner, intake.purpose)]
    return asked + [Deed("consent", "zusage.submission", *owner, one) for one in intake.consents]


def _store(
    intake: Intake, submission_id: UUID, receipt: str, ticket: str, further: Further | None = None
) -> None:
    ring = vault.Keyring()
    subject = Subject(id=ring.reserve(intake.purpose))
    submission, own = rows(intake, submission_id, subject.pk, ring)
    more = further(submission, ring) if further else []
    done = lines(Actor.subject(subject.pk), deeds(intake, submission))
    # Everything is sealed before the writing begins: on SQLite all writers wait for it.
    write([subject], *own, [_mailbox(subject, receipt, ticket)], *more, done)


@action
def _ticket_again(submission_id: UUID, receipt: str, ticket: str) -> None:
    submission = Submission.objects.get(pk=submission_id)
    if submission.received_at < timezone.now() - timedelta(hours=policy().limits.ticket_hours):
        raise AlreadySent
    mailbox = Mailbox.objects.select_for_update().get(subject_id=submission.subject_id)
    _put_ticket(mailbox, receipt, ticket)
    mailbox.save(update_fields=["ticket_digest", "ticket_box", "ticket_until"])
    actor = Actor.subject(submission.subject_id)
    record(actor, [Deed("submit-again", "zusage.submission", str(submission.pk), submission.subject_id)])


def _values(intake: Intake, submission: Submission, ring: vault.Keyring) -> list[SubmissionValue]:
    purpose = policy().purposes[intake.purpose]
    declared = {one.field for one in purpose.form.fields} if purpose.form else set(purpose.fields)
    rows = []
    for field, value in intake.values.items():
        if field not in declared:
            raise vault.Undeclared(f"purpose {intake.purpose} declares no field {field}")
        row = SubmissionValue(
            submission_id=submission.pk, subject_id=submission.subject_id, purpose=intake.purpose, field=field
        )
        vault.seal(row, {"value": value if isinstance(value, str) else "\n".join(value)}, ring)
        rows.append(row)
    return rows


def _index(intake: Intake, submission: Submission) -> list[BlindIndex]:
    references: list[str] = []
    for field in REFERENCE_FIELDS:
        value = intake.values.get(field, ())
        references += [value] if isinstance(value, str) else value
    normals = dict.fromkeys(normal(reference) for reference in references)
    return [vault.entry(REFERENCE_INDEX, one, submission) for one in normals]


def _consents(intake: Intake, subject_id: UUID) -> list[Consent]:
    asked = {purpose.id for purpose in policy().further_purposes(intake.purpose)}
    if not asked.issuperset(intake.consents):
        raise vault.Undeclared(f"purpose {intake.purpose} asks for no such consent")
    return [
        Consent(subject_id=subject_id, purpose=purpose, notice_version=intake.notice_version)
        for purpose in intake.consents
    ]


def _mailbox(subject: Subject, receipt: str, ticket: str) -> Mailbox:
    mailbox = Mailbox(subject_id=subject.pk, receipt_digest=receipt_digest(receipt))
    _put_ticket(mailbox, receipt, ticket)
    return mailbox


def _put_ticket(mailbox: Mailbox, receipt: str, ticket: str) -> None:
    mailbox.ticket_digest = _ticket_digest(ticket)
    mailbox.ticket_box = cipher.seal(_ticket_key(ticket), receipt.encode(), mailbox.pk.bytes)
    mailbox.ticket_until = timezone.now() + timedelta(hours=policy().limits.ticket_hours)


def _ticket_digest(ticket: str) -> bytes:
    return hashlib.blake2b(ticket.encode(), person=b"ticket-digest", digest_size=32).digest()


def _ticket_key(ticket: str) -> bytes:
    """The ticket has 128 random bits of its own, so a plain hash of it is a key."""
    return hashlib.blake2b(ticket.encode(), person=b"ticket-key", digest_size=32).digest()
