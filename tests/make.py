"""Factories: rows as the actions make them."""

from __future__ import annotations

import secrets

from zusage.actions import intake
from zusage.actions.intake import Intake
from zusage.models import Mailbox, Staff, Submission
from zusage.tenant import version

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
