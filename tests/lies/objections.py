"""Lies about objections and withdrawn consents."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from tests.lies import changed, lie
from tests.lies.scene import Scene
from zusage.actions import mailbox
from zusage.actions.rights import restrict
from zusage.models import Disclosure, Mailbox
from zusage.protocol.models import Entry
from zusage.vault import door
from zusage.vault.models import NOTICE, Consent, Restriction

OTHERS = ("contact-form", "retention")


def opened(scene: Scene, subject: uuid.UUID, purpose: str, **more: str) -> None:
    """A line in the protocol: somebody opened something just now."""
    Entry.objects.create(
        act="open", actor_kind="staff", actor_id=str(scene.clerk.pk), purpose=purpose, subject_id=subject,
        record_type="zusage.submissionvalue", record_id=f"{scene.payment.pk}:phone_day",
        at=timezone.now() + timedelta(minutes=1), **more,
    )  # fmt: skip


@lie("objection", stays=OTHERS)
def read_on_against_an_objection(scene: Scene) -> None:
    """Somebody objected, and was opened all the same."""
    subject = scene.payment.subject_id
    Restriction.objects.create(subject_id=subject, kind="objection", purpose="payment")
    opened(scene, subject, "payment")


@lie("objection", stays=OTHERS)
def an_objection_forgotten(scene: Scene) -> None:
    """It was upheld, the person was told so, and a statement later nothing is stopped any more."""
    from tests.lies.scene import _asks

    restrict.object_to(scene.officer, _asks("objection", scene.payment).pk)
    scene.sql("DELETE FROM vault_restriction WHERE kind = 'objection'")


@lie("objection", stays=OTHERS)
def an_objection_ended_by_hand(scene: Scene) -> None:
    """The same, less clumsily."""
    from tests.lies.scene import _asks

    restrict.object_to(scene.officer, _asks("objection", scene.payment).pk)
    scene.sql("UPDATE vault_restriction SET ended_at = since WHERE kind = 'objection'")


@lie("objection", stays=OTHERS)
def the_door_knows_no_objections(scene: Scene) -> Iterator[None]:
    from collections import defaultdict

    with changed(door, "_blocked", lambda subjects: defaultdict(set)):
        yield


@lie("withdrawal", stays=OTHERS)
def a_consent_flipped(scene: Scene) -> None:
    """Withdrawn, and in force again by one statement."""
    scene.sql(
        "UPDATE vault_consent SET withdrawn_at = NULL WHERE subject_id = %s",
        scene.id(scene.withdrawn.subject_id),
    )


@lie("withdrawal", stays=OTHERS)
def a_consent_that_nobody_gave(scene: Scene) -> None:
    Consent.objects.bulk_create(
        [Consent(subject_id=scene.enquiry.subject_id, purpose="callback", notice_version="0" * 64)]
    )


@lie("withdrawal", stays=OTHERS)
def called_back_after_a_withdrawal(scene: Scene) -> None:
    """The number was opened for the purpose that had been withdrawn."""
    opened(scene, scene.withdrawn.subject_id, "callback")


@lie("withdrawal", stays=OTHERS)
def told_by_mail_after_a_withdrawal(scene: Scene) -> None:
    """A notice went out to somebody who wanted none any more."""
    subject = scene.withdrawn.subject_id
    mailbox.ask_notice(subject, "nadine.oberholzer@example.ch")
    mailbox.withdraw(subject, NOTICE)
    later = timezone.now() + timedelta(minutes=1)
    box = Mailbox.objects.get(subject_id=subject)
    line = Disclosure.objects.create(
        subject_id=subject, recipient="mail-service", purpose=NOTICE, ground="contract", country="CH",
        contract="Vertrag über die Auftragsbearbeitung, 2025-01-01, contracts/mail-service.txt",
        fields="notice_email", form="mail", record_type="zusage.mailbox", record_id=str(box.pk),
        actor_kind="system", actor_id="notices", at=later,
    )  # fmt: skip
    Entry.objects.create(
        act="disclose", actor_kind="system", actor_id="notices", purpose=NOTICE, subject_id=subject,
        record_type="zusage.disclosure", record_id=str(line.pk), recipient="mail-service", at=later,
    )  # fmt: skip


@lie("withdrawal", stays=OTHERS)
def the_address_is_kept_for_later(scene: Scene) -> None:
    """Notices are off, and the address is back in its column: the cipher was kept aside."""
    subject = scene.withdrawn.subject_id
    mailbox.ask_notice(subject, "nadine.oberholzer@example.ch")
    aside = bytes(Mailbox.objects.get(subject_id=subject).notice_email)
    mailbox.withdraw(subject, NOTICE)
    scene.sql("UPDATE zusage_mailbox SET notice_email = %s WHERE subject_id = %s", aside, scene.id(subject))


@lie("withdrawal", stays=OTHERS)
def withdrawing_does_nothing(scene: Scene) -> Iterator[None]:
    """The button is there, and answers politely."""
    with changed(mailbox, "withdraw", lambda subject_id, purpose: None):
        yield
