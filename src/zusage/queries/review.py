"""Which file a message belongs to, as a clerk reviews it: candidates beside each other, and what was decided so far."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from zusage.models import COLLECTION, Assignment, Case, Message, Staff, Submission
from zusage.queries import matching
from zusage.queries.opening import disputes, opened
from zusage.rules.matching.decide import Rated
from zusage.vault import api as vault

MOST = 5
"""So many candidates are put before a human."""
UNDO_FOR = timedelta(days=1)
"""So long a clerk's decision can be taken back; later, and once somebody answered, it is corrected."""
CAN_BE_UNDONE = ("clerk", "none", "not-this")
"""A correction can't: it has been told to the officer."""
KEYS = ("reference", "born", "email", "phone", "street", "postcode")
SAYS_NOTHING = ("other", "missing", "year")


@dataclass(frozen=True, slots=True)
class CandidateCase:
    """One file of a candidate. `values`: column -> text, `disputed`: column -> note of dispute."""

    case: Case
    values: Mapping[str, str]
    disputed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person or firm whose files may be meant, with the file that is, or several where nothing says which."""

    rated: Rated
    files: tuple[CandidateCase, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """At most `MOST`, the likeliest first. `guard`: why a human decides. `blocked`: how many may not be opened."""

    shown: tuple[Candidate, ...] = ()
    guard: tuple[str, ...] = ()
    blocked: int = 0


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. `who`: the clerk's name, empty for the software and for somebody who has left.

    `reference`: of the file that it was about, empty where it was about none or may not be opened. `reasons`: words of
    the rules. `step`: of the calibration, None where nothing had looked.
    """

    way: str
    at: datetime
    who: str
    case: UUID | None
    reference: str
    step: int | None
    reasons: tuple[str, ...] = ()
    undone_at: datetime | None = None
    undone_by: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """What the page shows of it. `decisions`: the newest first. `undoable`: the last one can be taken back."""

    candidates: Candidates | None = None
    decisions: list[Decided] = field(default_factory=list)
    undoable: bool = False

    @property
    def standing(self) -> Decided | None:
        """What holds now; that somebody isn't meant leaves open who is."""
        return next((one for one in self.decisions if not one.undone_at and one.way != "not-this"), None)


def review(submission: Submission, clerk: Staff, wrong: bool = False) -> Review:
    """For a submission that may be opened. Candidates are looked for where no decision stands, or where it is `wrong`.

    Every look opens files of people of whom only one is meant: so none without need.
    """
    actor = vault.Actor.staff(clerk)
    try:
        vault.may(actor, COLLECTION)
    except vault.Refused:
        return Review()
    known = Review(None, decisions(submission, actor), _undoable(submission, clerk))
    settled = submission.case_id is not None or (known.standing and known.standing.way == "none")
    if settled and not wrong:
        return known
    return Review(candidates(submission, actor), known.decisions, known.undoable)


def may_undo(clerk: Staff, last: Assignment) -> bool:
    """Whether `clerk` may take back `last`, the last decision that stands: their own, recent, not answered since."""
    if last.author_id != clerk.pk or last.way not in CAN_BE_UNDONE or timezone.now() - last.at > UNDO_FOR:
        return False
    answers = Message.objects.filter(submission_id=last.submission_id, sender="agency", sent_at__gte=last.at)
    return not answers.exists()


def _undoable(submission: Submission, clerk: Staff) -> bool:
    last = Assignment.objects.filter(submission=submission, undone_at=None).order_by("-at", "-pk").first()
    return last is not None and may_undo(clerk, last)


def candidates(submission: Submission, actor: vault.Actor) -> Candidates:
    """The files that it may belong to, opened for `actor`."""
    found = matching.find(submission, actor)
    rated = [one for one in found.decision.ranked if _speaks(one)]
    rated = [one for one in rated if submission.case_id is None or one.case != submission.case_id][:MOST]
    of_each = [_meant(one) for one in rated]
    records = [found.cases[one] for several in of_each for one in several if one in found.plain]
    notes = disputes(records, COLLECTION, actor)
    made = [
        Candidate(
            one,
            tuple(
                CandidateCase(found.cases[case], found.plain[case], notes.get(("zusage.case", str(case)), {}))
                for case in several
                if case in found.plain and case != submission.case_id
            ),
        )
        for one, several in zip(rated, of_each, strict=True)
    ]
    return Candidates(tuple(one for one in made if one.files), found.decision.guard, found.blocked)


def _speaks(rated: Rated) -> bool:
    """Whether anything speaks for it but a name: the index may lead to a stranger, whom nobody needs to see."""
    levels = rated.comparison.levels
    return any(levels.get(field, "missing") not in SAYS_NOTHING for field in KEYS)


def _meant(rated: Rated) -> list[UUID]:
    """The file that is meant; all where nothing says which, the open ones if there are any."""
    if rated.case is not None:
        return [rated.case]
    current = [case.id for case in rated.file.cases if case.open]
    return current or [case.id for case in rated.file.cases]


def decisions(submission: Submission, actor: vault.Actor) -> list[Decided]:
    """All that was decided about its file, the newest first."""
    rows = list(
        Assignment.objects.filter(submission=submission)
        .select_related("author", "undone_by", "case")
        .order_by("-at", "pk")
    )
    findings = [
        _findings(columns.get("findings", "")) for columns, _ in opened(rows, submission.purpose, actor)
    ]
    references = _references([row.case for row in rows if row.case], actor)
    return [
        Decided(
            way=row.way,
            at=row.at,
            who=row.author.username if row.author else "",
            case=row.case_id,
            reference=references.get(row.case_id, "") if row.case_id else "",
            step=row.step,
            reasons=tuple(found.get("reasons", ())),
            undone_at=row.undone_at,
            undone_by=row.undone_by.username if row.undone_by else "",
        )
        for row, found in zip(rows, findings, strict=True)
    ]


def _references(cases: Sequence[Case], actor: vault.Actor) -> dict[UUID, str]:
    """The references of `cases`, each opened once, of those that may be."""
    each = list({case.pk: case for case in cases}.values())
    plain = vault.open_many(each, COLLECTION, actor, ("reference",))
    return {
        case.pk: found.get("reference", "")
        for case, found in zip(each, plain, strict=True)
        if not isinstance(found, vault.Refused)
    }


def _findings(text: str) -> dict[str, Any]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
