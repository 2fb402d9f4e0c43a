"""Reading the protocol: that, too, leaves its line."""

from __future__ import annotations

from uuid import UUID

from zusage.actions.base import action
from zusage.models import Staff
from zusage.protocol.outbox import Actor, Deed, record

PROTOCOL = "protocol"


@action
def look(officer: Staff, subject_id: UUID | None, act: str, page: str) -> None:
    """The protection officer looks at a page of the protocol, about one subject or about all."""
    about = f"{act or 'all'}, {page}"
    deed = Deed("read-protocol", "protocol.entry", about[:100], subject_id=subject_id, purpose=PROTOCOL)
    record(Actor.staff(officer), [deed])
