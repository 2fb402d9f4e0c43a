"""The decision about one message: candidates in order, and the one case to assign it to without a human, if any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from zusage.policy.types import Matching
from zusage.rules.matching import guard
from zusage.rules.matching.calibrate import Tallies, calibrated
from zusage.rules.matching.compare import Comparison, compare, one_edit
from zusage.rules.matching.parameters import parameters
from zusage.rules.matching.person import Person
from zusage.rules.matching.score import Frequencies, shares, weight


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case of a file; `references` holds the normal form of its own reference."""

    id: UUID
    open: bool
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """All that is known of one subject who owes."""

    subject: UUID
    debtor: Person
    cases: tuple[CaseFacts, ...]


@dataclass(frozen=True, slots=True)
class Rated:
    """A file, the case of it that is meant (None: nothing says which), and how sure that is.

    `share` is what the score leaves to this file among its rivals, `probability` how often that is right.
    `doubts`: what the guard finds in it by itself.
    """

    file: File
    case: UUID | None
    weight: float
    share: float
    probability: float
    comparison: Comparison
    doubts: frozenset[str]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """`ranked`, the best first. Either `case` is set, or `guard` says why a human decides."""

    ranked: tuple[Rated, ...]
    case: UUID | None
    guard: tuple[str, ...]


def decide(
    writer: Person,
    files: Sequence[File],
    *,
    matching: Matching,
    blocked: int = 0,
    frequencies: Frequencies | None = None,
    tallies: Tallies | None = None,
    doubted: Tallies | None = None,
    people: int = 0,
) -> Decision:
    """What becomes of a writer's message. `blocked`: candidates that may not be opened; `people`: how many are on file.

    `tallies`: what was learned of candidates without a doubt of the guard's; `doubted`: of the others. The order of
    `files` doesn't matter.
    """
    ranked = _ranked(writer, files, frequencies, (tallies, doubted), people)
    found = set() if matching.automatic else {"switched-off"}
    if blocked:
        found.add("blocked")
    if not ranked:
        return Decision((), None, guard.ordered(found | {"nothing-found"}))
    best, others = ranked[0], ranked[1:]
    found |= best.doubts
    if best.probability < matching.threshold:
        found.add("below-threshold")
    if any(_rival(one) for one in others):
        found.add("rival")
    if guard.cited_elsewhere(writer, [one.file.debtor for one in others]):
        found.add("other-file-cited")
    if best.case is None:
        found.add("several-cases" if any(case.open for case in best.file.cases) else "no-open-case")
    return Decision(ranked, None if found else best.case, guard.ordered(found))


def _ranked(
    writer: Person,
    files: Sequence[File],
    frequencies: Frequencies | None,
    tallies: tuple[Tallies | None, Tallies | None],
    people: int,
) -> tuple[Rated, ...]:
    compared = [(file, compare(writer, file.debtor)) for file in files]
    weights = [weight(comparison, writer, frequencies) for _, comparison in compared]
    rated = []
    for (file, comparison), one, share in zip(compared, weights, shares(weights, people), strict=True):
        doubts = guard.doubts(comparison.levels, writer, file.debtor)
        sure = calibrated(share, tallies[bool(doubts)])
        said = guard.reasons(comparison.levels)
        rated.append(Rated(file, _case(writer, file), one, share, sure, comparison, frozenset(doubts), said))
    return tuple(sorted(rated, key=lambda one: (-one.weight, one.file.subject)))


def _case(writer: Person, file: File) -> UUID | None:
    """The case that is meant: the first cited, else the only one a slip away, else the only open one."""
    for reference in writer.references:
        for case in file.cases:
            if reference in case.references:
                return case.id
    slips = {
        case.id
        for case in file.cases
        for one in writer.references
        if any(one_edit(one, other) for other in case.references)
    }
    if len(slips) == 1:
        return slips.pop()
    open_cases = [case.id for case in file.cases if case.open]
    return open_cases[0] if len(open_cases) == 1 else None


def _rival(one: Rated) -> bool:
    return one.share > parameters().rival or guard.namesake(one.comparison.levels)
