"""The shape of a paper and of a letter, as plain data.

Every text in here is printed letter by letter, whatever it holds; a line end in it begins a new line. Ready words go
in: dates, amounts and headings come in the paper's language already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from zusage.policy import layout
from zusage.policy.types import Language, Policy

ACCENT = "#14594a"
"""The colour of a paper whose sender has none."""
MOST_ADDRESS_LINES = 6
"""Lines of an address that a window shows and the Swiss Post reads."""

_SIGNS = re.compile(r"[\s@./_?&=:-]+")  # a word may break behind them
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# Letters: what a line of a table holds, what a column's text counts at most, how long a word is kept in one piece.
_LINE, _USUAL, _WORD = 84, 70, 18


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose paper it is. `address`: its lines beneath the name. `contacts`: telephone, e-mail, website.

    `accent` is ``#rrggbb``; anything else becomes the house's own green.
    """

    name: str
    address: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    accent: str = ACCENT

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.accent):
            object.__setattr__(self, "accent", ACCENT)

    @classmethod
    def of(cls, policy: Policy) -> Sender:
        """The controller of `policy`, in its colour."""
        who = policy.controller
        return cls(
            who.name,
            (who.street, f"{who.postcode} {who.town}"),
            (who.phone, who.email, who.website.removeprefix("https://")),
            policy.look.accent,
        )


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list with a bullet before each item."""

    items: tuple[str, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names with their values: a definition list. A value without text is printed as a dash."""

    rows: tuple[tuple[str, str], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose head is repeated on each page. ValueError for a row that has not as many cells as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""

    def __post_init__(self) -> None:
        if not self.head:
            raise ValueError("a table needs a head; names and values without one are Pairs")
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError("each row of a table needs as many cells as its head")

    def shares(self) -> tuple[int, ...]:
        """How wide each column is beside the others: room for its longest word, then by how much it has to say."""
        columns = [(name, [row[place] for row in self.rows]) for place, name in enumerate(self.head)]
        least = [_longest_word(name, cells) for name, cells in columns]
        more = [
            max(_usual(name, cells) - word, 0) for word, (name, cells) in zip(least, columns, strict=True)
        ]
        left, wanted = max(_LINE - sum(least), 0), sum(more)
        if wanted <= left:
            return tuple(word + rest for word, rest in zip(least, more, strict=True))
        return tuple(word + rest * left // wanted for word, rest in zip(least, more, strict=True))


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that stands out: a tinted box."""

    text: str
    title: str = ""


Block = Paragraph | Listing | Pairs | Table | Note


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what stands under it, and sections within it. Without `title`, the blocks follow on."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of any length. `date` is its line beneath the sender, in words: ``Zürich, 3. März 2026``.

    `about`: for whom and under which reference, beneath the title. `contents`: whether a table of contents follows.
    """

    language: Language
    title: str
    sender: Sender
    date: str = ""
    lead: str = ""
    about: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    contents: bool = False

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("a paper needs a title")


@dataclass(frozen=True, slots=True)
class Code:
    """A code to type in, in its groups (``K7QP-M2XD-93TF``), and one sentence that says what for."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter for an envelope with a window: `right` as usual in Switzerland, `left` as in Germany.

    `recipient`: the lines of the address, at most six (ValueError). `reference`: what stands beside the address, such
    as ``("Aktenzeichen", "AZ-2041")``. `body`: its paragraphs, the salutation among them.
    """

    language: Language
    sender: Sender
    recipient: tuple[str, ...]
    date: str
    subject: str
    body: tuple[str, ...]
    closing: str
    signature: str = ""
    reference: tuple[tuple[str, str], ...] = ()
    code: Code | None = None
    window: Literal["right", "left"] = "right"

    def __post_init__(self) -> None:
        if not self.subject.strip():
            raise ValueError("a letter needs a subject")
        if not 1 <= len(self.recipient) <= MOST_ADDRESS_LINES:
            raise ValueError(f"an address has one to {MOST_ADDRESS_LINES} lines")


def sections(pages: Iterable[layout.Section]) -> tuple[Section, ...]:
    """Sections of a notice or a record as sections of a paper: the same words, in the same order."""
    return tuple(Section(one.title, tuple(_block(block) for block in one.blocks)) for one in pages)


def _block(block: layout.Block) -> Block:
    if block.kind == "paragraph":
        return Paragraph(block.text)
    if block.kind == "table" and block.head:
        return Table(block.head, block.rows, block.caption)
    if block.kind == "table":
        return Pairs(tuple((row[0], "\n".join(row[1:])) for row in block.rows), block.caption)
    if block.items and all(item.term for item in block.items):
        return Pairs(tuple((item.term, item.text) for item in block.items), block.caption)
    return Listing(
        tuple(f"{item.term}: {item.text}" if item.term else item.text for item in block.items), block.caption
    )


def _longest_word(name: str, cells: list[str]) -> int:
    # Heads are bold, and wider for it; two letters are the gap to the next column.
    words = [len(word) for cell in cells for word in _SIGNS.split(cell)]
    heads = [len(word) + 1 for word in _SIGNS.split(name)]
    return min(max([*words, *heads], default=1), _WORD) + 2


def _usual(name: str, cells: list[str]) -> int:
    """What nine in ten cells don't exceed in letters a line."""
    lengths = sorted(max(map(len, cell.split("\n"))) for cell in cells) or [0]
    return min(max(lengths[len(lengths) * 9 // 10], len(name)), _USUAL) + 2
