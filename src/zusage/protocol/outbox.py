"""Writing to the protocol. Actions and the vault call `record` inside their own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from zusage.insert import insert, neighbours, row
from zusage.protocol.models import Outbox

ROOM: int = Outbox._meta.get_field("record_id").max_length or 0
"""Characters that a line has for the rows it is about."""


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


_gathered: ContextVar[list[Outbox] | None] = ContextVar("gathered", default=None)


@contextmanager
def gathered() -> Iterator[None]:
    """What is recorded within is written at the end, or by who takes it before (`taken`), by one insert.

    Must run inside the transaction of the deeds. Where something goes wrong, that transaction comes to nothing: no deed
    stays without its line.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Protocol lines are gathered in the transaction of what they tell.")
    before = _gathered.set([])
    try:
        yield
        insert(taken())
    except BaseException:
        transaction.set_rollback(True)
        raise
    finally:
        _gathered.reset(before)


def record(actor: Actor, deeds: Iterable[Deed]) -> None:
    """Write one line per deed, with one insert. Must run inside the transaction of the deeds."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A protocol line belongs into the transaction of what it tells.")
    waiting = _gathered.get()
    if waiting is None:
        insert(lines(actor, deeds))
    else:
        waiting += lines(actor, deeds)


def taken() -> list[Outbox]:
    """The lines gathered so far, for whoever writes them together with something else, in the same transaction."""
    waiting = _gathered.get()
    if not waiting:
        return []
    written, waiting[:] = list(waiting), []
    return written


def lines(actor: Actor, deeds: Iterable[Deed]) -> list[Outbox]:
    """The lines of `deeds`, unsaved: for `insert`, which writes them together with what they tell, or nothing.

    Their ids are neighbours: one page of the index is written, not each line's own.
    """
    now, told = timezone.now(), list(deeds)
    return [
        row(
            Outbox,
            {
                "id": one,
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
        for one, deed in zip(neighbours(len(told)), told, strict=True)
    ]
