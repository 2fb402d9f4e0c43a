"""Work after the answer, done by the background worker. Tasks carry opaque ids, never anything personal."""

from __future__ import annotations

import smtplib
from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from zusage import mail
from zusage.models import Mailbox, Submission
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import NOTICE

TRIES = 6


class MailFailed(Exception):
    """The mail server wouldn't take it. No more than that: its words quote the address, and tasks keep failures."""


@task()
def send_notice(submission_id: str, attempt: int = 1) -> None:
    """Tell the person by e-mail that a letter waits, where they still want that; again later if it doesn't go out."""
    submission = Submission.objects.filter(pk=submission_id).first()
    mailbox = Mailbox.objects.filter(subject_id=submission.subject_id).first() if submission else None
    if submission is None or mailbox is None or not mail.configured():
        return
    try:
        opened = vault.open(mailbox, NOTICE, vault.Actor.system("notices"))
    except vault.Refused:
        return  # withdrawn, restricted or erased since
    address = opened.get("notice_email")
    if not address:
        return
    language = submission.language
    try:
        mail.send(
            address,
            policy().text(language, "mail.notice.subject"),
            policy().text(language, "mail.notice.body"),
        )
    except (smtplib.SMTPException, OSError):
        if attempt >= TRIES:
            raise MailFailed from None
        later = timezone.now() + timedelta(minutes=2**attempt)
        send_notice.using(run_after=later).enqueue(submission_id, attempt + 1)
