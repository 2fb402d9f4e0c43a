"""Opening what a page of the office shows: only what may be opened, and saying why the rest stays shut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal
from uuid import UUID

from zusage.vault import api as vault

Shut = Literal["", "restricted", "erased", "damaged"]
"""Why a value isn't shown: its subject is blocked, was erased, or the stored value doesn't open. Empty: it is shown."""


def shut_subjects(subjects: Iterable[UUID], purpose: str) -> dict[UUID, Shut]:
    """The subjects whose values stay shut for `purpose`, and why; those that may be opened are left out."""
    return {subject: _why(refused) for subject, refused in vault.shut(set(subjects), purpose).items()}


def opened(records: Sequence[Any], purpose: str, actor: vault.Actor) -> list[tuple[vault.Opened, Shut]]:
    """The plain columns of each record, or why it stays shut. One tampered value spoils no other.

    Raises vault.Refused where `actor` may not open for `purpose` at all.
    """
    return [
        ({}, _why(found)) if isinstance(found, vault.Refused) else (found, "")
        for found in vault.open_many(records, purpose, actor)
    ]


def _why(refused: vault.Refused) -> Shut:
    return refused.reason if refused.reason in ("erased", "damaged") else "restricted"
