"""Looking into the protocol: both places where a line may be, and no further back than asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from zusage.protocol.models import Entry, Outbox

PIECE = 500
RECENT = timedelta(days=300)
"""For so long the protocol surely has its lines: it is kept for a year at least."""
_COLUMNS = ("act", "actor_kind", "actor_id", "purpose", "subject_id", "record_type", "record_id", "at")


class Line(NamedTuple):
    """One line of the protocol."""

    act: str
    actor_kind: str
    actor_id: str
    purpose: str
    subject_id: UUID | None
    record_type: str
    record_id: str
    at: datetime


def newest(number: int) -> list[Line]:
    """The newest lines, at least `number` where there are so many."""
    # The outbox first: a line on its way then is in one of them, or in both.
    return [
        Line(*row)
        for place in (Outbox, Entry)
        for row in place._default_manager.order_by("-at").values_list(*_COLUMNS)[:number]
    ]


def about(subjects: Collection[UUID], acts: Collection[str]) -> list[Line]:
    """Every line of `acts` about `subjects`."""
    return list(_about(subjects, acts))


def _about(subjects: Collection[UUID], acts: Collection[str]) -> Iterator[Line]:
    for piece in pieces(list(subjects)):
        for place in (Outbox, Entry):
            found = place._default_manager.filter(subject_id__in=piece, act__in=list(acts))
            yield from (Line(*row) for row in found.values_list(*_COLUMNS))


def pieces(many: list[Any], size: int = PIECE) -> Iterator[list[Any]]:
    """`many` in pieces that a statement takes."""
    return (many[at : at + size] for at in range(0, len(many), size))
