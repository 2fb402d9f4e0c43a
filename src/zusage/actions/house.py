"""What concerns the house itself: its notice and its regular chores."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.utils import timezone

from zusage.actions.base import action
from zusage.actions.proofs import close_days
from zusage.actions.rights.decisions import remind
from zusage.models import Mailbox, NoticeVersion, Subject
from zusage.policy.versions import document
from zusage.protocol import sealing
from zusage.protocol.outbox import Actor, Deed, record
from zusage.tenant import policy, version
from zusage.vault.keys import prune_unused, unused_candidates
from zusage.vault.signing import Signer


@action
def publish_notice() -> bool:
    """Keep the present notice under its hash with today's date; False where it is kept already."""
    _, new = NoticeVersion.objects.get_or_create(digest=version(), defaults={"document": document(policy())})
    if new:
        record(Actor.system("start"), [Deed("publish-notice", "zusage.noticeversion", version()[:36])])
    return new


@action
def expire_tickets() -> int:
    """Receipts that nobody came to see can't be shown any more."""
    late = Mailbox.objects.filter(ticket_until__lt=timezone.now())
    return late.update(ticket_digest=None, ticket_box=None, ticket_until=None)


@action
def forget_sessions() -> int:
    """Sessions that have run out open nothing any more; nor may they go on saying who was here."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def deliver() -> int:
    """Move the protocol's lines to their store, sealed; the number moved."""
    return sealing.deliver(Signer())


def chores() -> dict[str, int]:
    """What the worker does every minute: deliver the protocol, forget what ran out, prune keys, remind of due dates."""
    candidates = unused_candidates()
    in_use = Subject.objects.filter(pk__in=candidates).values_list("pk", flat=True)
    return {
        "delivered": deliver(),
        "tickets": expire_tickets(),
        "sessions": forget_sessions(),
        "days": close_days(),
        "keys": prune_unused(in_use, candidates),
        "reminders": remind(),
    }
