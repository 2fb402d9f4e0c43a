"""Records of an import, checked: what can be taken, with all that is reckoned from it alone; what can't, with why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from zusage.rules.cases.rows import Row, Rules, read
from zusage.rules.cases.source import Record
from zusage.rules.cases.words import Rejected
from zusage.rules.matching.blocks import Block, stored
from zusage.rules.matching.person import debtor
from zusage.rules.references import normal

Term = tuple[str, str]
"""A name as it is counted: given or family, and the name."""


class Checked(NamedTuple):
    """A row that can be taken. `blocks`: what its debtor is found by. `terms`: the debtor's names.

    `reference` and `number` in normal form (empty: no debtor's number); `content`: all that the row says. (A
    tuple, since a million of them come from another process.)
    """

    line: int
    row: Row
    reference: str
    number: str
    content: bytes
    blocks: tuple[Block, ...]
    terms: tuple[Term, ...]


@dataclass(slots=True)
class Batch:
    """Some records, checked. `rejected`: line and reason. `end`, `line`: where the last of them ended and began."""

    rows: list[Checked] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    end: int = 0
    line: int = 0


def check(records: Iterable[Record], rules: Rules) -> Batch:
    """Check all of `records`."""
    found = Batch()
    for record in records:
        found.end, found.line = record.end, record.line
        try:
            if isinstance(record.raw, Rejected):
                raise record.raw
            found.rows.append(_checked(record.line, read(record.raw, rules)))
        except Rejected as why:
            found.rejected.append((record.line, str(why)))
    return found


def as_debtor(row: Row) -> dict[str, str]:
    """The row as the rules of matching want a case."""
    return {**row.values, "debtor_kind": row.kind}


def _checked(line: int, row: Row) -> Checked:
    person = debtor([as_debtor(row)])
    terms = [
        (kind, term)
        for name in person.names[:1]
        for kind, words in (("given", name.given), ("family", name.family))
        for term in words
    ]
    reference, number = normal(row.values["reference"]), normal(row.values.get("debtor_number", ""))
    return Checked(line, row, reference, number, row.content(), tuple(stored(person)), tuple(terms))
