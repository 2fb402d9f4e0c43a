"""Erasing: the keys go first, then what they opened. Repeating it changes nothing.

What is erased is a whole subject, one purpose of theirs, or one category of a purpose. The keys store commits first,
with the tombstone: should the machine die in between, the data is unreadable already, and `finish` does the rest.

`shred` does it all. Whoever has more to do in the data store's transaction begins it, and in it calls `bury` (which
commits in the keys store) and `clear`; after its commit, `cleared`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, connections, models, transaction
from django.utils import timezone

from zusage.protocol.outbox import Actor, Deed, record
from zusage.remove import each, put, remove
from zusage.tenant import policy
from zusage.turns import turn
from zusage.vault.index import CATEGORIES, TABLES, indexes_of
from zusage.vault.keys import Owner
from zusage.vault.models import DataKey, Tombstone
from zusage.vault.sealed import BY_FIELD, columns_of, of_subjects, sealed_columns


@dataclass(frozen=True, slots=True)
class Part:
    """What of a subject is erased: all (the default), a purpose, or one category of a purpose."""

    purpose: str = ""
    category: str = ""


ALL = Part()
PIECE = 500


def shred(subject_id: UUID, ground: str, actor: Actor, parts: Sequence[Part] = (ALL,)) -> None:
    """Delete the keys of `parts`, null their sealed columns, drop their index rows, and leave tombstones.

    A category shares its key with the rest of its purpose: its columns are nulled, the key stays.
    """
    bury([subject_id], parts, ground)
    with transaction.atomic():
        clear([subject_id], parts)
        record(actor, [Deed("shred", "subject", str(subject_id), subject_id, part.purpose) for part in parts])
    cleared([subject_id], parts)


def bury(subjects: Sequence[UUID], parts: Sequence[Part], ground: str) -> None:
    """The keys store's part, committed when this returns: the keys of `parts` go, and tombstones stand."""
    with turn(connections["keys"]), transaction.atomic(using="keys"):
        _tombstones(subjects, parts, ground)
        _drop_keys(subjects, parts)


def clear(subjects: Sequence[UUID], parts: Sequence[Part]) -> None:
    """The data store's part, in the transaction that is open: sealed columns are nulled, index rows dropped."""
    for part in parts:
        _clear(subjects, part)


def cleared(subjects: Sequence[UUID], parts: Sequence[Part]) -> None:
    """The data store has followed, and committed."""
    with turn(connections["keys"]), transaction.atomic(using="keys"):
        now = ("cleared_at", timezone.now())
        for part in parts:
            put(Tombstone, now, "subject_id", subjects, purpose=part.purpose, category=part.category)


def erased(subject_id: UUID) -> bool:
    """Whether this subject was erased: whoever still holds a receipt or an open mailbox of theirs finds nothing."""
    return Tombstone.objects.filter(subject_id=subject_id, purpose="").exists()


def finish() -> int:
    """Clear what has a tombstone and wasn't cleared: something died between the stores. The number of tombstones."""
    # In pieces that are read anew: what is cleared meanwhile needs no second time.
    done = 0
    while waiting := list(Tombstone.objects.filter(cleared_at=None).order_by("at")[:PIECE]):
        done += _again(waiting)
    return done


def replay() -> int:
    """Erase again whatever has a tombstone: after a restore of the data or of the keys. The number of tombstones."""
    done, piece = 0, []
    for tombstone in Tombstone.objects.order_by("at").iterator(chunk_size=PIECE):
        piece.append(tombstone)
        if len(piece) == PIECE:
            done, piece = done + _again(piece), []
    return done + _again(piece)


def strip(row: Any, parts: Sequence[Part]) -> bool:
    """Take what was erased out of an unsaved row of an old copy; False where the row itself goes.

    `row` is of the subject whose `parts` were erased.
    """
    for part in parts:
        if part.purpose not in ("", getattr(row, "purpose", "")):
            continue
        if isinstance(row, TABLES):
            if part.category in ("", *CATEGORIES.get(row.name, ())):
                return False
            continue
        columns = columns_of(type(row), part.category) if part.category else sealed_columns(type(row))
        if part.category and getattr(row, "field", "") in _fields_of(part.category):
            columns += columns_of(type(row), BY_FIELD)
        for column in columns:
            setattr(row, column, None)
    return True


def _again(tombstones: Sequence[Tombstone]) -> int:
    """Of tombstones that are all of different parts, or of different subjects."""
    of_part: dict[Part, list[UUID]] = defaultdict(list)
    for tombstone in tombstones:
        of_part[Part(tombstone.purpose, tombstone.category)].append(tombstone.subject_id)
    anew = _anew(tombstones)
    for part, all_subjects in of_part.items():
        subjects = [one for one in all_subjects if (one, part.purpose) not in anew or part.category]
        with turn(connections["keys"]), transaction.atomic(using="keys"):
            _drop_keys(subjects, [part])
        with turn(connection), transaction.atomic():
            _clear(subjects, part)
        cleared(all_subjects, [part])
    return len(tombstones)


def _anew(tombstones: Sequence[Tombstone]) -> set[Owner]:
    """The purposes that began anew after they had been erased: what came before has lost its key already."""
    at = {(one.subject_id, one.purpose): one.at for one in tombstones if one.purpose and not one.category}
    keys = DataKey.objects.filter(subject_id__in={subject for subject, _ in at})
    return {
        (key.subject_id, key.purpose)
        for key in keys
        if key.created_at > at.get((key.subject_id, key.purpose), key.created_at)
    }


def _tombstones(subjects: Sequence[UUID], parts: Sequence[Part], ground: str) -> None:
    now = timezone.now()
    for part in parts:
        # What began anew is erased anew: whoever restores a copy from in between has to learn of it.
        renew = "" if part == ALL else "at cleared_at"
        stone = {"purpose": part.purpose, "category": part.category, "ground": ground, "at": now}
        each(Tombstone, "subject_id", subjects, renew, **stone)


def _drop_keys(subjects: Sequence[UUID], parts: Sequence[Part]) -> None:
    for part in parts:
        if part == ALL:
            remove(DataKey, "subject_id", subjects)
        elif not part.category:
            remove(DataKey, "subject_id", subjects, purpose=part.purpose)


def _clear(subjects: Sequence[UUID], part: Part) -> None:
    for table in TABLES:
        index = table._default_manager.filter(subject_id__in=subjects)
        if part.purpose:
            index = index.filter(purpose=part.purpose)
        if part.category:
            index = index.filter(name__in=indexes_of(part.category))
        index._raw_delete(index.db)
    for model in apps.get_models():
        if sealed_columns(model):
            rows = of_subjects(model, subjects)
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
        rows.filter(field__in=_fields_of(category)).update(**dict.fromkeys(by_field))


def _fields_of(category: str) -> list[str]:
    return [field.id for field in policy().fields.values() if field.category == category]
