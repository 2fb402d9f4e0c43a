"""Erasing: the keys go first, then what they opened. Repeating it changes nothing.

What is erased is a whole subject, one purpose of theirs, or one category of a purpose. The keys store commits first,
with the tombstone: should the machine die in between, the data is unreadable already, and `finish` does the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from zusage.protocol.outbox import Actor, Deed, record
from zusage.tenant import policy
from zusage.vault.index import CATEGORY
from zusage.vault.models import BlindIndex, DataKey, Tombstone
from zusage.vault.sealed import BY_FIELD, columns_of, of_subject, sealed_columns


@dataclass(frozen=True, slots=True)
class Part:
    """What of a subject is erased: all (the default), a purpose, or one category of a purpose."""

    purpose: str = ""
    category: str = ""


ALL = Part()


def shred(subject_id: UUID, ground: str, actor: Actor, parts: Sequence[Part] = (ALL,)) -> None:
    """Delete the keys of `parts`, null their sealed columns, drop their index rows, and leave tombstones.

    A category shares its key with the rest of its purpose: its columns are nulled, the key stays.
    """
    with transaction.atomic(using="keys"):
        for part in parts:
            Tombstone.objects.get_or_create(
                subject_id=subject_id,
                purpose=part.purpose,
                category=part.category,
                defaults={"ground": ground},
            )
        _drop_keys(subject_id, parts)
    with transaction.atomic():
        for part in parts:
            _clear(subject_id, part)
        record(actor, [Deed("shred", "subject", str(subject_id), subject_id, part.purpose) for part in parts])
    _cleared(subject_id, parts)


def erased(subject_id: UUID) -> bool:
    """Whether this subject was erased: whoever still holds a receipt or an open mailbox of theirs finds nothing."""
    return Tombstone.objects.filter(subject_id=subject_id, purpose="").exists()


def finish(limit: int = 1000) -> int:
    """Clear what has a tombstone and wasn't cleared: something died between the stores. The number of tombstones."""
    return _again(Tombstone.objects.filter(cleared_at=None).order_by("at")[:limit])


def replay() -> int:
    """Erase again whatever has a tombstone: after a restore of the data or of the keys. The number of tombstones."""
    return _again(Tombstone.objects.order_by("at").iterator(chunk_size=1000))


def _again(tombstones: Iterable[Tombstone]) -> int:
    number = 0
    for tombstone in tombstones:
        part = Part(tombstone.purpose, tombstone.category)
        with transaction.atomic(using="keys"):
            _drop_keys(tombstone.subject_id, [part])
        with transaction.atomic():
            _clear(tombstone.subject_id, part)
        _cleared(tombstone.subject_id, [part])
        number += 1
    return number


def _drop_keys(subject_id: UUID, parts: Sequence[Part]) -> None:
    keys = DataKey.objects.filter(subject_id=subject_id)
    if ALL in parts:
        keys.delete()
    else:
        keys.filter(purpose__in=[part.purpose for part in parts if not part.category]).delete()


def _cleared(subject_id: UUID, parts: Sequence[Part]) -> None:
    for part in parts:
        found = Tombstone.objects.filter(
            subject_id=subject_id, purpose=part.purpose, category=part.category, cleared_at=None
        )
        found.update(cleared_at=timezone.now())


def _clear(subject_id: UUID, part: Part) -> None:
    index = BlindIndex.objects.filter(subject_id=subject_id)
    if part.purpose:
        index = index.filter(purpose=part.purpose)
    if part.category:
        index = index.filter(name__in=[name for name, one in CATEGORY.items() if one == part.category])
    index.delete()
    for model in apps.get_models():
        if sealed_columns(model):
            rows = of_subject(model, subject_id)
            _null(model, rows.filter(purpose=part.purpose) if part.purpose else rows, part.category)


def _null(model: type[models.Model], rows: models.QuerySet[Any], category: str) -> None:
    if not category:
        rows.update(**dict.fromkeys(sealed_columns(model)))
        return
    columns = columns_of(model, category)
    if columns:
        rows.update(**dict.fromkeys(columns))
    by_field = columns_of(model, BY_FIELD)
    if by_field:
        fields = [field.id for field in policy().fields.values() if field.category == category]
        rows.filter(field__in=fields).update(**dict.fromkeys(by_field))
