"""Checked rows with the keyed hashes that the store knows them by.

They are made where rows are read: that process has no store, and of the house's keys those of the indexes alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from zusage.rules.cases.checked import Batch, Checked, Term
from zusage.rules.cases.rows import Row
from zusage.vault.cipher import keyed_hash
from zusage.vault.hashing import digest, key_digest

Key = tuple[bytes, str]
"""A match key: its digest and the name of its index."""


class Keyed(NamedTuple):
    """A row that can be taken. `number`: of the debtor, where there is one. `stamp`: of all that the row says.

    `keys`: what its debtor is found by; `terms`: the debtor's names. (A tuple, since a million of them come from
    another process.)
    """

    line: int
    row: Row
    reference: bytes
    number: bytes | None
    stamp: bytes
    keys: tuple[Key, ...]
    terms: tuple[Term, ...]


@dataclass(slots=True)
class KeyedBatch:
    """A `Batch` whose rows are keyed."""

    rows: list[Keyed] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    end: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of 32 bytes: of the indexes of references and of debtors' numbers, of match keys by index, of stamps."""

    reference: bytes = field(repr=False)
    number: bytes = field(repr=False)
    blocks: Mapping[str, bytes] = field(repr=False)
    stamp: bytes = field(repr=False)

    def batch(self, found: Batch) -> KeyedBatch:
        """All rows of a batch, keyed."""
        return KeyedBatch([self.row(one) for one in found.rows], found.rejected, found.end, found.line)

    def row(self, one: Checked) -> Keyed:
        """A checked row, keyed."""
        return Keyed(
            one.line,
            one.row,
            digest(self.reference, one.reference),
            digest(self.number, one.number) if one.number else None,
            keyed_hash(self.stamp, one.content)[:16],
            self.match(one.blocks),
            one.terms,
        )

    def match(self, blocks: Iterable[tuple[str, str]]) -> tuple[Key, ...]:
        """The match keys of `blocks` (index, normal form), each once."""
        return tuple({key_digest(self.blocks[name], form): name for name, form in blocks}.items())
