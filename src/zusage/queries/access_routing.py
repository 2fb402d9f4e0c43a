"""Which file a message lies with is told only to whom the file is about: routing is not disclosing.

Whoever writes under another's name has a mailbox of their own, and may ask for access there. That the message found a
file, how well it fitted, or that it found none, would tell them of somebody's debts (DSG 26(1)(b), Art. 15(4) GDPR). So
decisions about files, the files' ids and the protocol's lines about them are in a package only where the request
concerns the file's subject as well. So is the supposition that another file is of the same person, for it may be a
twin's. They are left out whether there are any or not: a gap would tell, too. The package says so in words, each time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from zusage.models import Assignment, Link, Plan, Submission
from zusage.protocol.models import Entry, Outbox
from zusage.rules.access.package import Cell, Row

ACTS = ("assign-case", "unassign-case", "matching-none", "matching-not-this", "undo-matching")
"""What the protocol calls that a message was put to a file, or wasn't, or was taken off it."""
DECISION, PROPOSAL = Assignment._meta.label_lower, Link._meta.label_lower


def told(model: type[Any], rows: Iterable[Any], subjects: Collection[UUID]) -> list[Any]:
    """Of the `rows` about `subjects` those that tell nothing of files of anybody else."""
    if model is Assignment:
        return [one for one in rows if one.about_id in subjects]
    if model is Link:
        return [one for one in rows if one.other_id in subjects]
    if model not in (Entry, Outbox):
        return list(rows)
    found = list(rows)
    routed = {one.record_id for one in found if one.act in ACTS}
    decisions = {one.record_id for one in found if one.record_type == DECISION}
    links = {one.record_id for one in found if one.record_type == PROPOSAL}
    theirs = {
        *Submission.objects.filter(pk__in=routed, case__subject__in=subjects).values_list("pk", flat=True),
        *Assignment.objects.filter(pk__in=decisions, about_id__in=subjects).values_list("pk", flat=True),
        *Link.objects.filter(pk__in=links, other_id__in=subjects).values_list("pk", flat=True),
    }
    told_of = set(map(str, theirs))
    return [one for one in found if _free(one) or one.record_id in told_of]


def _free(line: Any) -> bool:
    """Whether a line of the protocol says nothing of whose file a message lies with, nor of who may be who."""
    return line.act not in ACTS and line.record_type not in (DECISION, PROPOSAL)


def reasons(findings: str) -> str:
    """What agreed with the file that was chosen, in the words of the rules; nothing of the files that weren't."""
    try:
        found = json.loads(findings)
    except ValueError:  # not ours: as it is
        return findings
    return " ".join(found.get("reasons", ())) if isinstance(found, dict) else findings


def masked(row: Row, of: Any, subjects: Collection[UUID]) -> Row:
    """A row of the package without other people's files: the one its message lies with, those it was compared to."""
    if isinstance(of, Assignment):
        return replace(row, cells=tuple(map(_chosen, row.cells)))
    if isinstance(of, Plan) and of.submission is not None and of.submission.subject_id not in subjects:
        return replace(row, links={name: to for name, to in row.links.items() if name != "submission"})
    if not isinstance(of, Submission) or (of.case is not None and of.case.subject_id in subjects):
        return row
    cells = tuple(one if one.column != "search" else replace(one, plain=None) for one in row.cells)
    return replace(row, cells=cells, links={name: to for name, to in row.links.items() if name != "case"})


def _chosen(cell: Cell) -> Cell:
    return replace(cell, plain=reasons(str(cell.plain))) if cell.column == "findings" and cell.plain else cell
