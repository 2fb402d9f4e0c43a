"""Work after the answer, done by the background worker. Tasks carry opaque ids, never anything personal."""

from __future__ import annotations

from django_tasks import task

from zusage import mail
from zusage.models import Mailbox, Submission
from zusage.tenant import policy
from zusage.vault import api as vault


@task()
def send_notice(submission_id: str) -> None:
    """Tell the person by e-mail that a letter waits, where they still want that."""
    submission = Submission.objects.filter(pk=submission_id).first()
    mailbox = Mailbox.objects.filter(subject_id=submission.subject_id).first() if submission else None
    if submission is None or mailbox is None or not mail.configured():
        return
    try:
        opened = vault.open(mailbox, "mailbox-notice", vault.Actor.system("notices"))
    except vault.Refused:
        return  # withdrawn, restricted or erased since
    language = submission.language
    mail.send(
        opened["notice_email"],
        policy().text(language, "mail.notice.subject"),
        policy().text(language, "mail.notice.body"),
    )
