"""From when to when something held: consents, warrants."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from zusage.promises.stored import chunks

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
    return any(since <= at and (until is None or at <= until) for since, until in held)
