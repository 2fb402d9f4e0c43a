"""Opening what a page of the office shows: only what may be opened, and saying why the rest stays shut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q

from zusage.vault import api as vault
from zusage.vault.models import Restriction, Tombstone

Shut = Literal["", "restricted", "erased", "damaged"]
"""Why a value isn't shown: its subject is blocked, was erased, or the stored value doesn't open. Empty: it is shown."""


def shut_subjects(subjects: Iterable[UUID], purpose: str) -> dict[UUID, Shut]:
    """The subjects whose values stay shut for `purpose`, and why; those that may be opened are left out."""
    ids = set(subjects)
    blocked = Restriction.objects.filter(
        Q(purpose="") | Q(purpose=purpose), subject_id__in=ids, ended_at=None
    )
    shut: dict[UUID, Shut] = dict.fromkeys(blocked.values_list("subject_id", flat=True), "restricted")
    erased = Tombstone.objects.filter(subject_id__in=ids).values_list("subject_id", flat=True)
    shut.update(dict.fromkeys(erased, "erased"))
    return shut


def opened(records: Sequence[Any], purpose: str, actor: vault.Actor) -> list[tuple[vault.Opened, Shut]]:
    """The plain columns of each record, or why it stays shut. One tampered value spoils no other.

    Nothing is opened, and no opening recorded, of subjects that are shut. Raises vault.Refused where `actor` may not
    open for `purpose` at all.
    """
    shut = shut_subjects((one.subject_id for one in records), purpose)
    may = [one for one in records if one.subject_id not in shut]
    try:
        plain = vault.open_many(may, purpose, actor) if may else []
        found = {one.pk: _answer(values) for one, values in zip(may, plain, strict=True)}
    except vault.Damaged:
        found = {one.pk: _one(one, purpose, actor) for one in may}
    return [found.get(one.pk, ({}, shut.get(one.subject_id, ""))) for one in records]


def _one(record: Any, purpose: str, actor: vault.Actor) -> tuple[vault.Opened, Shut]:
    try:
        return _answer(vault.open_many([record], purpose, actor)[0])
    except vault.Damaged:
        return {}, "damaged"


def _answer(values: vault.Opened | None) -> tuple[vault.Opened, Shut]:
    # None, although neither blocked nor erased a moment ago: it has been blocked or erased since.
    return ({}, "restricted") if values is None else (values, "")
