"""What a person sees in their mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models.functions import Length
from django.utils import timezone

from zusage.models import RIGHTS, Document, Mailbox, Message, RightsRequest, Submission, SubmissionValue
from zusage.rules.retention import expires
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import NOTICE, Consent


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of the exchange. `fields` are (field id, value) pairs: only the form that began it has them.

    `right`: what that form asked for, where it was a rights request.
    """

    who: str
    at: datetime
    body: str
    fields: tuple[tuple[str, str], ...]
    right: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """What one can write about: a submission, with the right that it asks for, if it does."""

    id: UUID
    purpose: str
    right: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Laid:
    """A document that the agency laid into the mailbox: its size in bytes, the last day on which it is there."""

    id: UUID
    name: str
    size: int
    until: date


def exists(subject_id: UUID) -> bool:
    """Whether this mailbox is still there: an erased person's isn't."""
    return Mailbox.objects.filter(subject_id=subject_id).exists() and not vault.erased(subject_id)


def submissions(subject_id: UUID) -> list[Submission]:
    """The subject's submissions, oldest first."""
    return list(Submission.objects.filter(subject_id=subject_id).order_by("received_at"))


def matters(subject_id: UUID) -> list[Matter]:
    """What a new letter may be about: what is open, and what the agency's last letter was about, which comes first.

    Without a letter of theirs the newest comes first. Never empty while there is any submission.
    """
    sent = submissions(subject_id)
    answers = Message.objects.filter(subject_id=subject_id, sender="agency").order_by("-sent_at")
    last = answers.values_list("submission_id", flat=True).first()
    first = next((one for one in sent if one.pk == last), sent[-1] if sent else None)
    others = [one for one in reversed(sent) if one is not first and one.state != "closed"]
    rights = {one.pk: one.right for one in requests(subject_id)}
    return [
        Matter(one.pk, one.purpose, rights.get(one.pk, ""), one.received_at)
        for one in ([first] if first else []) + others
    ]


def requests(subject_id: UUID) -> list[RightsRequest]:
    """The rights requests of this mailbox, newest first."""
    return list(
        RightsRequest.objects.filter(subject_id=subject_id)
        .select_related("submission")
        .order_by("-submission__received_at")
    )


def documents(subject_id: UUID) -> list[Laid]:
    """What lies in the mailbox beside the letters, newest first; nothing whose period is over."""
    rows = _documents(subject_id).annotate(stored=Length("content")).defer("content").order_by("-made_at")
    laid = [Laid(one.pk, one.name, _size(one.stored), _until(one)) for one in rows]
    return [one for one in laid if one.until >= timezone.localdate()]


def document(subject_id: UUID, document_id: UUID) -> tuple[Document, str] | None:
    """A document of this mailbox with its content (base64), opened for the person; None where there is none."""
    found = _documents(subject_id).filter(pk=document_id).first()
    if found is None or _until(found) < timezone.localdate():
        return None
    opened = vault.open(found, RIGHTS, vault.Actor.subject(subject_id))
    return found, opened["content"]


def letters(subject_id: UUID) -> list[Letter]:
    """The whole exchange, oldest first, opened for the person themselves."""
    exchange: list[Letter] = []
    rights = {one.pk: one.right for one in requests(subject_id)}
    for submission in submissions(subject_id):
        exchange.append(_form(submission, rights.get(submission.pk, "")))
        exchange += _messages(submission)
    return sorted(exchange, key=lambda letter: letter.at)


def notice_on(subject_id: UUID) -> bool:
    """Whether the person gets an e-mail when a letter arrives."""
    return Consent.in_force.filter(subject_id=subject_id, purpose=NOTICE).exists()


def consents(subject_id: UUID) -> list[Consent]:
    """The consents in force, but for the e-mail notice, which has its own switch."""
    live = Consent.in_force.filter(subject_id=subject_id)
    return list(live.exclude(purpose=NOTICE).order_by("given_at"))


def _form(submission: Submission, right: str) -> Letter:
    rows = list(SubmissionValue.objects.filter(submission=submission))
    opened = vault.open_many(rows, submission.purpose, vault.Actor.subject(submission.subject_id))
    values = {
        row.field: one["value"]
        for row, one in zip(rows, opened, strict=True)
        if not isinstance(one, vault.Refused)
    }
    purpose = policy().purposes[submission.purpose]
    order = [asked.field for asked in purpose.form.fields] if purpose.form else list(purpose.fields)
    body = values.pop("message", "")
    fields = sorted(values.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
    return Letter("person", submission.received_at, body, tuple(fields), right)


def _messages(submission: Submission) -> list[Letter]:
    rows = list(Message.objects.filter(submission=submission).order_by("sent_at"))
    opened = vault.open_many(rows, submission.purpose, vault.Actor.subject(submission.subject_id))
    return [
        Letter(row.sender, row.sent_at, one.get("body", ""), ())
        for row, one in zip(rows, opened, strict=True)
        if not isinstance(one, vault.Refused)
    ]


SEALED_MORE = 29
"""Bytes that sealing adds: version, nonce and tag."""


def _documents(subject_id: UUID) -> Any:
    return Document.objects.filter(subject_id=subject_id, content__isnull=False)


def _size(stored: int) -> int:
    """Of a document, from the size of its ciphertext, which is that of its base64 text and a little more."""
    return (stored - SEALED_MORE) * 3 // 4


def _until(one: Document) -> date:
    return expires(policy().period(one.purpose, "access-package"), timezone.localdate(one.made_at))
