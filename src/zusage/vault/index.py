"""Blind indexes: finding a sealed value by a truncated keyed hash of its normal form, one key per index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from zusage.vault import cipher, hashing
from zusage.vault.keys import root_key
from zusage.vault.models import BlindIndex, MatchKey, Restriction

CATEGORIES: dict[str, tuple[str, ...]] = {
    "reference": ("case-reference",),
    "debtor-number": ("case-reference",),
    "payment-reference": ("case-reference",),
    # What a writer is looked for by (`rules.matching.blocks`).
    "born-cologne": ("date-of-birth", "name"),
    "born-romance": ("date-of-birth", "name"),
    "born-town": ("date-of-birth", "address"),
    "email": ("email",),
    "phone": ("phone",),
    "postcode-given": ("address", "name"),
    "postcode-family": ("address", "name"),
    "street-given": ("address", "name"),
    "street-family": ("address", "name"),
    "house-family": ("address", "name"),
    "house": ("address",),
}
"""Index -> the categories of the values that its rows were made of: where one of those is erased, the rows go."""
TABLES = (BlindIndex, MatchKey)
"""Where rows of indexes are; each knows its subject, the purpose and the index's name."""


def digest(name: str, normal: str) -> bytes:
    """The keyed hash of a normalised value for the index `name`."""
    return hashing.digest(index_key(name), normal)


def index_key(name: str) -> bytes:
    """The key of the index `name`."""
    return root_key(f"index:{name}")


def digests(name: str, normals: Iterable[str]) -> list[bytes]:
    """`digest` of each of `normals`, which are many."""
    hashes = cipher.keyed_hashes(index_key(name), (one.encode() for one in normals))
    return [one[: hashing.BYTES] for one in hashes]


def key_digest(name: str, normal: str) -> bytes:
    """The keyed hash of a match key's normal form."""
    return hashing.key_digest(index_key(name), normal)


def keyed_id(what: str, *parts: bytes) -> UUID:
    """An id that follows from `parts` for who has the house's key, and looks random to everybody else."""
    return UUID(bytes=cipher.keyed_hash(root_key("id"), what.encode(), *parts)[:16], version=4)


def entry(name: str, normal: str, record: Any) -> BlindIndex:
    """An unsaved index row that leads from `normal` to `record`."""
    return BlindIndex(
        subject_id=record.subject_id,
        purpose=record.purpose,
        name=name,
        digest=digest(name, normal),
        record_type=record._meta.label_lower,
        record_id=record.pk,
    )


def match_keys(subject_id: UUID, purpose: str, blocks: Iterable[tuple[str, str]]) -> list[MatchKey]:
    """Unsaved rows that lead from `blocks` (index, normal form) to a subject; each once."""
    found = {key_digest(name, normal): name for name, normal in blocks}
    return [
        MatchKey(digest=one, subject_id=subject_id, purpose=purpose, name=name) for one, name in found.items()
    ]


def indexes_of(category: str) -> list[str]:
    """The indexes whose rows go where values of `category` are erased; all for an empty one."""
    return [name for name, categories in CATEGORIES.items() if not category or category in categories]


def find(name: str, normals: list[str], record_type: str, purpose: str = "") -> list[UUID]:
    """The ids of the records of one type that hold one of `normals`.

    With a `purpose`, for whoever looks for it: without the records of those who are blocked for it.
    """
    rows = BlindIndex.objects.filter(
        name=name, digest__in=[digest(name, normal) for normal in normals], record_type=record_type
    )
    if purpose:
        live = Restriction.objects.filter(ended_at=None, purpose__in=["", purpose])
        rows = rows.exclude(
            subject_id__in=live.filter(subject_id__in=rows.values("subject_id")).values("subject_id")
        )
    return list(rows.values_list("record_id", flat=True).distinct())
