"""Which files a message may belong to: looked for by blind index, opened through the vault, rated by the rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from zusage.lookup import Question, columns, rows, together
from zusage.models import (
    COLLECTION,
    REFERENCE_INDEX,
    Assignment,
    Case,
    MatchTally,
    Submission,
    SubmissionValue,
    TermFrequency,
)
from zusage.rules.matching import blocks
from zusage.rules.matching.calibrate import STEPS
from zusage.rules.matching.decide import CaseFacts, Decision, File, decide
from zusage.rules.matching.person import Person, debtor, writer
from zusage.rules.matching.score import Frequencies
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.index import digests, key_digest
from zusage.vault.models import BlindIndex, MatchKey

MOST_SUBJECTS = 40
"""So many subjects' files are opened for one message: those that most keys lead to."""
MOST_CASES = 40
"""So many files of one subject are opened; who has more is a matter for a human anyway."""
MATCHED = (
    "reference",
    "debtor_first_name",
    "debtor_name",
    "former_names",
    "date_of_birth",
    "address",
    "phones",
    "emails",
)
"""The columns of a file that are compared: a machine that looks opens no other."""
FACTS = ("id", "subject_id", "purpose", "state", "opened_on", "debtor_kind")
FIELDS = {
    "name", "first_name", "last_name", "company", "date_of_birth", "case_reference", "case_references", "email",
    "phone", "phone_day", "phone_evening", "street", "postcode", "town",
}  # fmt: skip
"""The fields of the forms that say who somebody is; what they wrote beside stays shut."""
EXACT, CLOSE = 8, 4
"""How many keys a reference counts for, cited as it is or with one slip."""
CASE = "zusage.case"


@dataclass(frozen=True, slots=True)
class Found:
    """What is known about where a message belongs.

    `cases`: the files that were opened, by id; `plain`: case id -> their columns as opened. `blocked`: how many
    subjects' files were found and may not be opened.
    """

    decision: Decision
    cases: Mapping[UUID, Case] = field(default_factory=dict)
    plain: Mapping[UUID, dict[str, str]] = field(default_factory=dict)
    blocked: int = 0


def find(submission: Submission, actor: vault.Actor) -> Found:
    """The files that `submission` may belong to, best first, and whether one of them is sure.

    Opens what the person wrote and at most MOST_SUBJECTS subjects' files, each recorded. Where the person's own values
    stay shut, nothing else is opened. Whoever a human said it isn't is left out. Raises vault.Refused where `actor` may
    not open either at all.
    """
    return found(submission, actor, denied(decisions(submission.pk)))


def found(submission: Submission, actor: vault.Actor, refused: Collection[UUID] = ()) -> Found:
    """As `find`, without the subjects `refused`."""
    vault.may(actor, COLLECTION)
    given = _given(submission, actor)
    if isinstance(given, vault.Refused):
        return Found(decide(writer({}), [], matching=policy().matching, blocked=1), blocked=1)
    person = writer(given)
    opened = _open(_subjects(person), actor)
    files = [one for one in _files(opened) if one.subject not in refused]
    learned, doubted = tallies() if files else ({}, {})
    common, people = frequencies(person) if files else ({}, 0)
    decision = decide(
        person,
        files,
        matching=policy().matching,
        blocked=len(opened.blocked),
        frequencies=common,
        tallies=learned,
        doubted=doubted,
        people=people,
    )
    return Found(decision, opened.cases, opened.plain, len(opened.blocked))


def decisions(submission_id: UUID) -> list[tuple[str, UUID | None]]:
    """What was decided about a message and not undone: the way, and whom it was about."""
    said = columns(Assignment, ("way", "about_id", "undone_at"), "submission_id", [submission_id])
    return [(way, about) for way, about, undone in said if undone is None]


def denied(said: Iterable[tuple[str, UUID | None]]) -> set[UUID]:
    """The subjects of whom a human said that it isn't them."""
    return {about for way, about in said if way == "not-this" and about}


def tallies() -> tuple[dict[int, tuple[int, int]], dict[int, tuple[int, int]]]:
    """Step of the calibration -> how often it was right and wrong, as humans decided.

    Of candidates in whom the guard found nothing, and of the others.
    """
    found: tuple[dict[int, tuple[int, int]], dict[int, tuple[int, int]]] = ({}, {})
    wanted = ("step", "doubted", "right", "wrong")
    for step, doubted, right, wrong in columns(MatchTally, wanted, "step", range(len(STEPS) + 1)):
        found[bool(doubted)][step] = (right, wrong)
    return found


def frequencies(person: Person) -> tuple[Frequencies, int]:
    """How common the names of `person` are among debtors (rare ones are in no row), and how many debtors there are."""
    names = (*person.names, *person.former)
    terms = {"", *(" ".join(part) for name in names for part in (name.given, name.family))}
    number = {(kind, term): count for kind, term, count in together(*_TERMS, values=terms)}
    every = {kind: number.pop((kind, ""), 0) for kind in KINDS}
    found = {(kind, term): count / every[kind] for (kind, term), count in number.items() if every[kind]}
    return found, every["family"]


KINDS = ("given", "family")
_TERMS = [Question(TermFrequency, ("kind", "term", "number"), "term", (("kind", kind),)) for kind in KINDS]


@dataclass(frozen=True, slots=True)
class _Opened:
    """The files of some subjects. `blocked`: the subjects whose files may not be opened."""

    cases: dict[UUID, Case]
    plain: dict[UUID, dict[str, str]]
    blocked: set[UUID]


def _given(submission: Submission, actor: vault.Actor) -> dict[str, str | tuple[str, ...]] | vault.Refused:
    """The form's values by field, opened for the purpose they were asked for; why not, where one stays shut."""
    values = rows(SubmissionValue, "submission_id", [submission.pk])
    sought = [one for one in values if one.field in FIELDS]
    given: dict[str, str | tuple[str, ...]] = {}
    for one, plain in zip(sought, vault.open_many(sought, submission.purpose, actor), strict=True):
        if isinstance(plain, vault.Refused):
            return plain
        if "value" in plain:
            several = one.field == "case_references"
            given[one.field] = tuple(plain["value"].splitlines()) if several else plain["value"]
    return given


def _subjects(person: Person) -> list[UUID]:
    """The subjects that the person's keys lead to: those that most lead to, first."""
    hits: Counter[UUID] = Counter()
    keys = [key_digest(name, form) for name, form in blocks.sought(person)]
    hits.update(subject for (subject,) in columns(MatchKey, ("subject_id",), "digest", keys))
    exact = _by_reference(person.references)
    for subjects in exact.values():
        hits.update(dict.fromkeys(subjects, EXACT))
    slips = [
        form
        for reference in person.references
        if reference not in exact
        for form in blocks.near(reference, policy().matching.check_digits)
    ]
    for subjects in _by_reference(slips).values():
        hits.update(dict.fromkeys(subjects, CLOSE))
    return [subject for subject, _ in sorted(hits.items(), key=lambda one: (-one[1], one[0]))][:MOST_SUBJECTS]


def _by_reference(references: Iterable[str]) -> dict[str, set[UUID]]:
    """Which subjects' files have one of these references (in normal form), as the index says."""
    forms = list(references)
    named = dict(zip(digests(REFERENCE_INDEX, forms), forms, strict=True))
    found: dict[str, set[UUID]] = defaultdict(set)
    wanted = ("digest", "record_type", "subject_id")
    for one, kind, subject in columns(BlindIndex, wanted, "digest", list(named), name=REFERENCE_INDEX):
        if kind == CASE:
            found[named[bytes(one)]].add(subject)
    return found


def _open(subjects: Sequence[UUID], actor: vault.Actor) -> _Opened:
    """Their files, opened. Those of an erased subject are none any more."""
    only = MATCHED if actor.kind == "system" else ()
    cases = _newest(rows(Case, "subject_id", subjects, only and (*FACTS, *only)))
    opened = _Opened({}, {}, set())
    for case, plain in zip(cases, vault.open_many(cases, COLLECTION, actor, only), strict=True):
        if not isinstance(plain, vault.Refused):
            opened.cases[case.pk], opened.plain[case.pk] = case, plain
        elif plain.reason != "erased":
            opened.blocked.add(case.subject_id)
    return opened


def _newest(cases: Iterable[Case]) -> list[Case]:
    """The open files first, then the newest; at most MOST_CASES of one subject."""
    number: Counter[UUID] = Counter()
    kept = []
    for case in sorted(cases, key=lambda one: (one.state != "closed", one.opened_on, one.pk), reverse=True):
        number[case.subject_id] += 1
        if number[case.subject_id] <= MOST_CASES:
            kept.append(case)
    return kept


def _files(found: _Opened) -> list[File]:
    """What the rules compare: each subject with all of its files. One that can't be opened wholly isn't rated."""
    of_subject: dict[UUID, list[Case]] = defaultdict(list)
    for case in found.cases.values():
        if case.subject_id not in found.blocked:
            of_subject[case.subject_id].append(case)
    return [_file(subject, cases, found.plain) for subject, cases in of_subject.items()]


def _file(subject: UUID, cases: Sequence[Case], plain: Mapping[UUID, dict[str, str]]) -> File:
    facts = tuple(
        CaseFacts(case.pk, case.state != "closed", (normal(plain[case.pk].get("reference", "")),))
        for case in cases
    )
    return File(
        subject, debtor([{**plain[case.pk], "debtor_kind": case.debtor_kind} for case in cases]), facts
    )
