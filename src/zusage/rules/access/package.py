"""What an access package holds: everything that the stores know of a request's subjects, table by table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from zusage.policy.types import Language

Plain = str | int | bool | None
"""A stored value as JSON knows it: dates and moments in ISO 8601, moments with their offset."""
Class = Literal["id", "subject", "digest", "sealed", "state", "time", "staff", "house"]
"""What a column holds: the words of the inventory (`models/stored.py`)."""
Unreadable = Literal["", "erased", "damaged", "restricted", "no-warrant"]
FILE: Final = "file"
LAID: Final = "laid"
"""How a file is told: whole, or by its digest because it lies in the mailbox already."""
PROTOCOL = ("protocol.Outbox", "protocol.Entry")
DISCLOSURES = "zusage.Disclosure"
CORRECTIONS = "zusage.Correction"


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a part of a row is kept. `categories`: of which data; none: of all of it.

    `retention` is the id of a period; empty: the row goes with the last that is kept of the subject. `begins` and
    `until` are empty while the period hasn't begun, `blocked` where nothing is blocked before it is deleted.
    """

    categories: tuple[str, ...]
    retention: str
    begins: date | None
    until: date | None
    blocked: date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a row. `plain` is None where nothing is there, and where a sealed value doesn't open (`why`).

    `category`: of a sealed value. `file`: the value is a file; `FILE`: base64 of it, `LAID`: only its SHA-256.
    """

    column: str
    kind: Class
    plain: Plain
    category: str = ""
    why: Unreadable = ""
    file: Literal["", "file", "laid"] = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A correction of a value, or a note that it is disputed, beside the value. `before`: the value of old."""

    column: str
    state: str
    at: datetime
    before: str
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row about the subject. `field`: the declared field that its value is of, where the row names one.

    `group`: rows that belong together, such as the fields of one form. `links`: column -> the id of another record.
    `table`: whose row it is, for columns that are called otherwise there.
    """

    reference: str
    about: str
    purpose: str
    field: str
    group: str
    cells: tuple[Cell, ...]
    links: Mapping[str, str]
    kept: tuple[Kept, ...]
    marks: tuple[Mark, ...] = ()
    table: str = ""

    def plain(self, column: str) -> str:
        """The column's value as text; empty where there is none."""
        found = next((cell.plain for cell in self.cells if cell.column == column), None)
        return "" if found is None else str(found)


@dataclass(frozen=True, slots=True)
class Searched:
    """A table that was searched, with its columns and what was found. `why`: why it holds nothing about a subject."""

    store: str
    table: str
    why: str
    columns: Mapping[str, Class]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """The whole of it. `subjects`: ids of those whom the request concerns. `staff`: id of a member of staff -> role."""

    language: Language
    right: str
    made_at: datetime
    today: date
    request: str
    subjects: tuple[str, ...]
    stores: tuple[str, ...]
    searched: tuple[Searched, ...]
    staff: Mapping[str, str]

    def rows(self) -> Iterator[tuple[Searched, Row]]:
        """Every row with its table."""
        for table in self.searched:
            for row in table.rows:
                yield table, row

    def of(self, *tables: str) -> list[Row]:
        """The rows of these tables."""
        return [row for table, row in self.rows() if table.table in tables]

    def purposes(self) -> tuple[str, ...]:
        """The purposes for which something sealed is kept, in the order found."""
        sealed = (row for table, row in self.rows() if "sealed" in table.columns.values())
        return tuple(dict.fromkeys(row.purpose for row in sealed if row.purpose))

    def lost(self) -> list[tuple[Searched, Row, Cell]]:
        """What is there and doesn't open."""
        return [(table, row, cell) for table, row in self.rows() for cell in row.cells if cell.why]
