"""The shape of a notice: sections of blocks, as pure data for a template to walk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from zusage.policy.types import Language


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a list: an optional term, its text, and an anchor to point at (empty: none)."""

    text: str
    term: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a section.

    ``paragraph``: `text`. ``list``: `caption` (may be empty) and `items`. ``table``: `caption`, `head` (empty for
    a table of two columns, a name and a value) and `rows`; the first cell of each row names the row.
    """

    kind: Literal["paragraph", "list", "table"]
    text: str = ""
    caption: str = ""
    items: tuple[Item, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def lines(self) -> Iterator[str]:
        """The block as lines of plain text, for reading and comparing."""
        if self.text:
            yield self.text
        if self.caption:
            yield self.caption
        if self.head:
            yield " | ".join(self.head)
        for item in self.items:
            yield f"{item.term}: {item.text}" if item.term else item.text
        for row in self.rows:
            yield " | ".join(row)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the notice; `id` is its anchor."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice in one language. `remark` says which language is authoritative."""

    language: Language
    title: str
    remark: str
    authoritative: bool
    sections: tuple[Section, ...]

    def anchors(self) -> tuple[str, ...]:
        """Every anchor, in order: sections and the promises in them."""
        found: list[str] = []
        for section in self.sections:
            found.append(section.id)
            found += [item.anchor for block in section.blocks for item in block.items if item.anchor]
        return tuple(found)
