"""Reading the protocol, and owning to it that it was rewound: that, too, leaves its line."""

from __future__ import annotations

from uuid import UUID

from zusage.actions.base import action
from zusage.actions.staff import OPERATOR
from zusage.models import Staff
from zusage.protocol import sealing
from zusage.protocol.outbox import Actor, Deed, record
from zusage.vault.signing import Signer

PROTOCOL = "protocol"


@action
def look(officer: Staff, subject_id: UUID | None, act: str, page: str) -> None:
    """The protection officer looks at a page of the protocol, about one subject or about all."""
    about = f"{act or 'all'}, {page}"
    deed = Deed("read-protocol", "protocol.entry", about[:100], subject_id=subject_id, purpose=PROTOCOL)
    record(Actor.staff(officer), [deed])


def accept() -> None:
    """The operator has looked into it: the keys store knows the protocol as it is now, and the protocol says so.

    Checkpoints kept elsewhere go on telling.
    """
    _tell()
    sealing.remember(Signer(), anyway=True)


@action
def _tell() -> None:
    record(OPERATOR, [Deed("accept-protocol")])
