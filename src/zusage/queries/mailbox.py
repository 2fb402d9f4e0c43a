"""What a person sees in their mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from zusage.models import Mailbox, Message, Submission, SubmissionValue
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import NOTICE, Consent


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of the exchange. `fields` are (field id, value) pairs: only the form that began it has them."""

    who: str
    at: datetime
    body: str
    fields: tuple[tuple[str, str], ...]


def exists(subject_id: UUID) -> bool:
    """Whether this mailbox is still there: an erased person's isn't."""
    return Mailbox.objects.filter(subject_id=subject_id).exists() and not vault.erased(subject_id)


def submissions(subject_id: UUID) -> list[Submission]:
    """The subject's submissions, oldest first."""
    return list(Submission.objects.filter(subject_id=subject_id).order_by("received_at"))


def letters(subject_id: UUID) -> list[Letter]:
    """The whole exchange, oldest first, opened for the person themselves."""
    exchange: list[Letter] = []
    for submission in submissions(subject_id):
        exchange.append(_form(submission))
        exchange += _messages(submission)
    return sorted(exchange, key=lambda letter: letter.at)


def notice_on(subject_id: UUID) -> bool:
    """Whether the person gets an e-mail when a letter arrives."""
    return Consent.in_force.filter(subject_id=subject_id, purpose=NOTICE).exists()


def consents(subject_id: UUID) -> list[Consent]:
    """The consents in force, but for the e-mail notice, which has its own switch."""
    live = Consent.in_force.filter(subject_id=subject_id)
    return list(live.exclude(purpose=NOTICE).order_by("given_at"))


def _form(submission: Submission) -> Letter:
    rows = list(SubmissionValue.objects.filter(submission=submission))
    opened = vault.open_many(rows, submission.purpose, vault.Actor.subject(submission.subject_id))
    values = {
        row.field: one["value"]
        for row, one in zip(rows, opened, strict=True)
        if not isinstance(one, vault.Refused)
    }
    form = policy().purposes[submission.purpose].form
    order = [asked.field for asked in form.fields] if form else []
    body = values.pop("message", "")
    fields = sorted(values.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
    return Letter("person", submission.received_at, body, tuple(fields))


def _messages(submission: Submission) -> list[Letter]:
    rows = list(Message.objects.filter(submission=submission).order_by("sent_at"))
    opened = vault.open_many(rows, submission.purpose, vault.Actor.subject(submission.subject_id))
    return [
        Letter(row.sender, row.sent_at, one.get("body", ""), ())
        for row, one in zip(rows, opened, strict=True)
        if not isinstance(one, vault.Refused)
    ]
