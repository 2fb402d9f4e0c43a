"""Opening what a page of the office shows: only what may be opened, and saying why the rest stays shut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from zusage.models import Correction
from zusage.vault import api as vault
from zusage.vault.sealed import row_name

Shut = Literal["", "restricted", "erased", "damaged"]
"""Why a value isn't shown: its subject is blocked, was erased, or the stored value doesn't open. Empty: it is shown."""


def shut_subjects(subjects: Iterable[UUID], purpose: str) -> dict[UUID, Shut]:
    """The subjects whose values stay shut for `purpose`, and why; those that may be opened are left out."""
    return {subject: _why(refused) for subject, refused in vault.shut(set(subjects), purpose).items()}


class Plain(dict[str, str]):
    """The plain columns of a record. `disputed`: column -> the note of dispute that goes with its value (DSG 32(2)).

    The note is empty where it isn't open for the purpose: that the value is disputed is said all the same.
    """

    def __init__(self, columns: Mapping[str, str], disputed: Mapping[str, str]):
        super().__init__(columns)
        self.disputed = disputed


def opened(records: Sequence[Any], purpose: str, actor: vault.Actor) -> list[tuple[Plain, Shut]]:
    """The plain columns of each record, with what is disputed, or why it stays shut. One damaged value spoils no other.

    Raises vault.Refused where `actor` may not open for `purpose` at all.
    """
    plain = vault.open_many(records, purpose, actor)
    there = [one for one, found in zip(records, plain, strict=True) if not isinstance(found, vault.Refused)]
    notes = disputes(there, purpose, actor)
    return [
        (Plain({}, {}), _why(found))
        if isinstance(found, vault.Refused)
        else (Plain(found, notes.get(_name(one), {})), "")
        for one, found in zip(records, plain, strict=True)
    ]


def disputes(
    records: Sequence[Any], purpose: str, actor: vault.Actor
) -> dict[tuple[str, str], dict[str, str]]:
    """The notes of dispute of the values of `records`: (record type, record id) -> column -> note."""
    names = {_name(one) for one in records}
    rows = [
        row
        for row in Correction.objects.filter(
            record_type__in={kind for kind, _ in names},
            record_id__in={id_ for _, id_ in names},
            state="disputed",
        ).order_by("at", "pk")
        if (row.record_type, row.record_id) in names
    ]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row, plain in zip(rows, vault.open_many(rows, purpose, actor), strict=True):
        note = "" if isinstance(plain, vault.Refused) else plain.get("note", "")
        of_record = found.setdefault((row.record_type, row.record_id), {})
        of_record[row.column] = "\n".join(filter(None, (of_record.get(row.column, ""), note)))
    return found


def _name(one: Any) -> tuple[str, str]:
    return one._meta.label_lower, row_name(one)


def _why(refused: vault.Refused) -> Shut:
    return refused.reason if refused.reason in ("erased", "damaged") else "restricted"
