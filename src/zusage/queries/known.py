"""What the index leads to from a writer, and what was counted: asked for at once, before any file is opened."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from zusage.lookup import Question, ask, question
from zusage.models import REFERENCE_INDEX, MatchTally, TermFrequency
from zusage.rules.matching import blocks
from zusage.rules.matching.calibrate import STEPS
from zusage.rules.matching.person import Person
from zusage.rules.matching.score import Frequencies
from zusage.vault.index import digests, key_digest
from zusage.vault.models import BlindIndex, MatchKey

EXACT = 8
"""How many keys a reference counts for that is cited as it is."""
CASE = "zusage.case"
KINDS = ("given", "family")
Tallies = dict[int, tuple[int, int]]
"""Step of the calibration -> how often it was right and wrong, as humans decided."""


_STEPS = range(len(STEPS) + 1)


def tallies() -> tuple[Tallies, Tallies]:
    """Of candidates in whom the guard found nothing, and of the others."""
    return _tallies(ask((_judged(), _STEPS))[0])


def _judged() -> Question:
    return question(MatchTally, "step", "step", "doubted", "right", "wrong")


def _tallies(answer: Iterable[tuple[Any, ...]]) -> tuple[Tallies, Tallies]:
    found: tuple[Tallies, Tallies] = ({}, {})
    for step, doubted, right, wrong in answer:
        found[bool(doubted)][step] = (right, wrong)
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What the index and what was counted say of a writer.

    `hits`: subject -> how many keys lead there. `cited`: the references that are on file. `frequencies`: how common the
    writer's names are among debtors (rare ones are in no row); `people`: how many debtors there are. `tallies`: of
    candidates in whom the guard found nothing; `doubted`: of the others.
    """

    hits: Counter[UUID]
    cited: frozenset[str]
    frequencies: Frequencies
    people: int
    tallies: Tallies
    doubted: Tallies


def known_of(person: Person) -> Known:
    """All of it by one statement."""
    keys = [key_digest(name, form) for name, form in blocks.sought(person)]
    named = dict(zip(digests(REFERENCE_INDEX, person.references), person.references, strict=True))
    names = (*person.names, *person.former)
    terms = {"", *(" ".join(part) for name in names for part in (name.given, name.family))}
    led, cited, tallied, *counted = ask(
        (question(MatchKey, "digest", "subject_id"), keys),
        (references(), list(named)),
        (_judged(), _STEPS),
        *((question(TermFrequency, "term", "term", "number", kind=kind), terms) for kind in KINDS),
    )
    hits = Counter(subject for (subject,) in led)
    exact = by_reference(cited, named)
    for subjects in exact.values():
        hits.update(dict.fromkeys(subjects, EXACT))
    return Known(hits, frozenset(exact), *_shares(counted), *_tallies(tallied))


def _shares(counted: Iterable[list[tuple[Any, ...]]]) -> tuple[dict[tuple[str, str], float], int]:
    found: dict[tuple[str, str], float] = {}
    people = 0
    for kind, rows_ in zip(KINDS, counted, strict=True):
        number = dict(rows_)
        people = number.pop("", 0)
        if people:
            found |= {(kind, term): count / people for term, count in number.items()}
    return found, people


def references() -> Question:
    return question(BlindIndex, "digest", "digest", "record_type", "subject_id", name=REFERENCE_INDEX)


def by_reference(answer: Iterable[tuple[Any, ...]], named: Mapping[bytes, str]) -> dict[str, set[UUID]]:
    """Which subjects' files have one of these references (in normal form, by digest), as the index says."""
    found: dict[str, set[UUID]] = defaultdict(set)
    for one, kind, subject in answer:
        if kind == CASE:
            found[named[bytes(one)]].add(subject)
    return found
