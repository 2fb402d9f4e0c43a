"""Factories: rows as the actions make them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from zusage.actions import intake
from zusage.actions.intake import Intake
from zusage.actions.rights import steps
from zusage.models import (
    RIGHTS,
    Mailbox,
    Proof,
    RightsRequest,
    Staff,
    Subject,
    Submission,
    SubmissionValue,
)
from zusage.protocol.outbox import Actor
from zusage.tenant import version
from zusage.vault import api as vault

# A white picture of one dot.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
NADINE = {"phone_day_normal": "+41443000199"}

VALUES: dict[str, dict[str, str | tuple[str, ...]]] = {
    "contact": {
        "first_name": "Nadine",
        "last_name": "Oberholzer",
        "street": "Lindenweg 4",
        "postcode": "8400",
        "town": "Winterthur",
        "email": "nadine.oberholzer@example.ch",
        "phone": "+41443000199",
        "message": "Guten Tag",
    },
    "enquiry": {
        "name": "Nadine Oberholzer",
        "case_reference": "ZH-2026-10041",
        "date_of_birth": "1984-03-17",
        "phone_day": "+41443000199",
        "email": "nadine.oberholzer@example.ch",
        "message": "Guten Tag",
    },
    "payment": {
        "name": "Nadine Oberholzer",
        "case_references": ("ZH-2026-10041", "ZH-2026-10042"),
        "date_of_birth": "1984-03-17",
        "phone_day": "+41443000199",
        "message": "Guten Tag",
        "monthly_instalment": "120.00",
        "payment_day": "27",
    },
}


def letter(
    purpose: str, *, token: str = "", consents: tuple[str, ...] = (), language: str = "de", **values: str
) -> Intake:
    """What a checked form hands to the intake."""
    given = {**VALUES[purpose], **values}
    return Intake(purpose, language, version(), given, consents, token or secrets.token_urlsafe(16))


def submission(
    purpose: str, *, consents: tuple[str, ...] = (), language: str = "de", **values: str
) -> Submission:
    """A submission with its mailbox, its receipt not yet shown."""
    ticket = intake.submit(letter(purpose, consents=consents, language=language, **values))
    mailbox = Mailbox.objects.get(ticket_digest=intake._ticket_digest(ticket))
    return Submission.objects.get(subject_id=mailbox.subject_id)


def receipt_of(purpose: str, **values: str) -> str:
    """A new submission's receipt, shown."""
    receipt = intake.take_receipt(intake.submit(letter(purpose, **values)))
    assert receipt is not None
    return receipt


def staff(role: str, username: str = "") -> Staff:
    """Somebody of that role."""
    person = Staff(
        username=username or f"{role}-{secrets.token_hex(3)}", role=role, must_change_password=False
    )
    person.set_unusable_password()
    person.save(force_insert=True)
    return person


def clerk(username: str = "") -> Staff:
    """A clerk."""
    return staff("clerk", username)


def officer(username: str = "") -> Staff:
    """A protection officer."""
    return staff("officer", username)


def rights_request(
    right: str = "access",
    way: str = "mailbox",
    *,
    regime: str = "ch",
    received: date | None = None,
    language: str = "de",
    about: Sequence[UUID] = (),
    proof: bytes = b"",
    **values: str,
) -> RightsRequest:
    """A rights request as it is filed, with a mailbox of its own. `about`: other subjects that it concerns.

    `way` stranger waits for a decision about identity, with `proof` (PNG by default) uploaded.
    """
    day = received or timezone.localdate()
    # At nine, but never in the future: what is written in answer comes later.
    subject_id, at = (
        _mailbox_of_rights(),
        min(timezone.make_aware(datetime.combine(day, time(9))), timezone.now()),
    )
    identity = {"stranger": "pending", "none": "unneeded"}.get(way, "given")
    with transaction.atomic():
        exchange = Submission.objects.create(
            subject_id=subject_id, purpose=RIGHTS, language=language, notice_version=version(), received_at=at
        )
        _seal_values(exchange, values)
        made = RightsRequest.objects.create(
            submission=exchange,
            subject_id=subject_id,
            right=right,
            way=way,
            regime=regime,
            received_on=day,
            due_on=day + timedelta(days=30),
            identity=identity,
        )
        steps.step(made, "received", None, actor=Actor.subject(subject_id))
        for one in (subject_id, *about):
            steps.concern(made, one)
        if way == "stranger":
            content = proof or PNG
            row = Proof(request=made, subject_id=subject_id, media_type="image/png", size=len(content))
            vault.seal(row, {"content": base64.b64encode(content).decode()}, vault.Keyring())
            row.save(force_insert=True)
    return made


def _mailbox_of_rights() -> UUID:
    subject = Subject.objects.create(id=vault.Keyring().reserve(RIGHTS))
    Mailbox.objects.create(subject=subject, receipt_digest=secrets.token_bytes(32))
    return subject.pk


def _seal_values(exchange: Submission, values: dict[str, str]) -> None:
    ring = vault.Keyring()
    for field, value in values.items():
        row = SubmissionValue(
            submission=exchange, subject_id=exchange.subject_id, purpose=RIGHTS, field=field
        )
        vault.seal(row, {"value": value}, ring)
        row.save(force_insert=True)
