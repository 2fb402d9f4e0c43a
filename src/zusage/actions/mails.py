"""A letter laid into a mailbox, and the e-mail that tells of it: work after the answer, done by the background worker.

Tasks carry opaque ids, never anything personal.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from zusage.actions.disclose import send_notice_mail
from zusage.models import Mailbox, Message, Staff, Submission
from zusage.vault import api as vault
from zusage.vault.models import NOTICE, Consent

TRIES = 6


class MailFailed(Exception):
    """The mail server wouldn't take it. No more than that: its words quote the address, and tasks keep failures."""


def lay(
    submission: Submission,
    body: str,
    author: Staff | None,
    letter_id: UUID,
    ring: vault.Keyring | None = None,
) -> Message:
    """A letter of the agency's in the mailbox of who wrote, and an e-mail that says so where they asked for that.

    `letter_id`: see `actions.mailbox.once`. `ring`: where the key may not be there yet. Must run inside an action,
    which records it. Raises vault.NoKey where what they wrote was erased.
    """
    message = Message(
        id=letter_id,
        submission=submission,
        subject_id=submission.subject_id,
        purpose=submission.purpose,
        sender="agency",
        author=author,
    )
    vault.seal(message, {"body": body}, ring or vault.Keyring())
    message.save(force_insert=True)
    if Consent.in_force.filter(subject_id=submission.subject_id, purpose=NOTICE).exists():
        send_notice.enqueue(str(submission.pk))
    return message


@task()
def send_notice(submission_id: str, attempt: int = 1) -> None:
    """Tell the person by e-mail that a letter waits, where they still want that; again later if it doesn't go out."""
    submission = Submission.objects.filter(pk=submission_id).first()
    mailbox = Mailbox.objects.filter(subject_id=submission.subject_id).first() if submission else None
    if submission is None or mailbox is None or not settings.MAIL_URL:
        return
    try:
        send_notice_mail(mailbox, submission.language)
    except OSError:  # what the mail server or the line to it says is one, too
        if attempt >= TRIES:
            raise MailFailed from None
        later = timezone.now() + timedelta(minutes=2**attempt)
        send_notice.using(run_after=later).enqueue(submission_id, attempt + 1)
