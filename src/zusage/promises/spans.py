"""From when to when something held: consents, warrants."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from zusage.promises.stored import chunks
from zusage.vault.models import Tombstone

UNDERWAY = timedelta(seconds=10)
"""What had begun when something ended is written down a moment later."""
Span = tuple[datetime, datetime | None]
"""Since when, and until when; None: it holds still."""
Spans = dict[tuple[UUID | None, str], list[Span]]
"""Subject and purpose -> from when to when."""


def spans(model: Any, subjects: Collection[Any], begins: str, ends: str) -> Spans:
    """When the rows of `model` about `subjects` held, by the columns in which they begin and end."""
    found: Spans = {}
    for piece in chunks(subjects):
        rows = model._default_manager.filter(subject_id__in=piece)
        for subject, purpose, since, until in rows.values_list("subject_id", "purpose", begins, ends):
            found.setdefault((subject, purpose), []).append((since, until))
    return found


def covered(held: Iterable[Span], at: datetime) -> bool:
    """Whether one of them held at that moment."""
    return any(since <= at and (until is None or at <= until + UNDERWAY) for since, until in held)


def erased(subjects: Collection[Any]) -> dict[UUID, set[str]]:
    """Subject -> the purposes that were erased; an empty one means all. What proves an act of before may be gone."""
    found: dict[UUID, set[str]] = {}
    for piece in chunks(subjects):
        rows = Tombstone.objects.filter(subject_id__in=piece, category="")
        for subject, purpose in rows.values_list("subject_id", "purpose"):
            found.setdefault(subject, set()).add(purpose)
    return found
