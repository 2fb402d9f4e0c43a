"""Files of one person under several subjects: found by machine, proposed to a human, and never joined by themselves.

`people` opens the files, `pairs` compares them in memory, and what comes of it are rows of `Link`: which two, how
strongly, and the words of what agreed. No value of a file is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from zusage.actions.base import action
from zusage.actions.linking.comparing import CouldNotCompare, Pair, TooLarge, pairs
from zusage.actions.linking.opening import LINKING, people
from zusage.models import COLLECTION, Case, Link
from zusage.protocol.outbox import Deed, record
from zusage.vault import api as vault

__all__ = ["CouldNotCompare", "Linked", "TooLarge", "link_subjects"]

AT_ONCE = 400
"""Ids in one statement."""
Tell = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Linked:
    """What a run came to, in numbers: people compared, left out (blocked, erased, firms), pairs found and proposed."""

    compared: int
    left_out: int
    found: int
    proposed: int


def link_subjects(
    limit: int | None = None, write: bool = True, tell: Tell = lambda what, number: None
) -> Linked:
    """Look through all files, or the first `limit` people's, and propose which are one person's.

    Without `write` nothing is proposed. What a human decided stays decided; other proposals are made anew.
    Raises CouldNotCompare where Splink isn't installed, TooLarge where the memory doesn't suffice.
    """
    opened = people(tell)
    found = pairs(islice(opened, limit) if limit else opened)
    return Linked(opened.given, opened.left_out, len(found), _propose(found) if write else 0)


@action
def _propose(found: Sequence[Pair]) -> int:
    """Put the pairs in place of those proposed before; the number of pairs that are new to a human."""
    decided = set(Link.objects.exclude(state="proposed").values_list("subject_id", "other_id"))
    Link.objects.filter(state="proposed").delete()
    there = _there({one for pair in found for one in (pair.one, pair.other)})
    rows: list[Link] = []
    for pair in found:
        if {pair.one, pair.other} <= there and (pair.one, pair.other) not in decided:
            rows += [_row(pair.one, pair.other, pair), _row(pair.other, pair.one, pair)]
    Link.objects.bulk_create(rows, batch_size=AT_ONCE)
    record(LINKING, [Deed("link", "zusage.link", str(row.pk), row.subject_id, COLLECTION) for row in rows])
    return len(rows) // 2


def _row(mine: UUID, theirs: UUID, pair: Pair) -> Link:
    return Link(subject_id=mine, other_id=theirs, weight=pair.weight, agreed=pair.agreed)


def _there(subjects: set[UUID]) -> set[UUID]:
    """Those who still have files, and whose may be opened: the run took its time."""
    found: set[UUID] = set()
    for piece in _pieces(sorted(subjects)):
        live = set(Case.objects.filter(subject_id__in=piece).values_list("subject_id", flat=True))
        found |= live - set(vault.shut(live, COLLECTION))
    return found


def _pieces(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
