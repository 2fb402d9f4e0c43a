"""Writing to the protocol. Actions and the vault call `record` inside their own transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from zusage.insert import insert, row
from zusage.protocol.models import Outbox


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff (with the role that counts), the person themselves, or a part of the system."""

    kind: Literal["staff", "subject", "system"]
    id: str
    role: str = ""

    @staticmethod
    def staff(user: object) -> Actor:
        """The actor for a logged-in member of staff (`models.Staff`)."""
        return Actor("staff", str(user.pk), user.role)  # type: ignore[attr-defined]

    @staticmethod
    def subject(subject_id: UUID) -> Actor:
        """The person whose mailbox is open, or who has just sent a form."""
        return Actor("subject", str(subject_id))

    @staticmethod
    def system(part: str) -> Actor:
        """A part of the system that acts by itself, such as ``notices``."""
        return Actor("system", part)


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, to which record, about which subject, for which purpose; and to whom something went, if it did."""

    act: str
    record_type: str = ""
    record_id: str = ""
    subject_id: UUID | None = None
    purpose: str = ""
    recipient: str = ""


def record(actor: Actor, deeds: Iterable[Deed]) -> None:
    """Write one line per deed, with one insert. Must run inside the transaction of the deeds."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A protocol line belongs into the transaction of what it tells.")
    insert(lines(actor, deeds))


def lines(actor: Actor, deeds: Iterable[Deed]) -> list[Outbox]:
    """The lines of `deeds`, unsaved: for `insert`, which writes them together with what they tell, or nothing."""
    now = timezone.now()
    return [
        row(
            Outbox,
            {
                "id": uuid4(),
                "at": now,
                "act": deed.act,
                "actor_kind": actor.kind,
                "actor_id": actor.id,
                "purpose": deed.purpose,
                "subject_id": deed.subject_id,
                "record_type": deed.record_type,
                "record_id": deed.record_id,
                "recipient": deed.recipient,
            },
        )
        for deed in deeds
    ]
