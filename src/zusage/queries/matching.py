"""Which files a message may belong to: looked for by blind index, opened through the vault, rated by the rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from zusage.lookup import ask, columns, question
from zusage.models import (
    COLLECTION,
    REFERENCE_INDEX,
    Assignment,
    Case,
    Submission,
    SubmissionValue,
)
from zusage.queries.known import Known, by_reference, known_of, references
from zusage.rules.matching import blocks
from zusage.rules.matching.decide import CaseFacts, Decision, File, decide
from zusage.rules.matching.person import Person, debtor, writer
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.index import digests

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
CLOSE = 4
"""How many keys a reference counts for that is cited with one slip."""


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
    read = message(submission.pk)
    return found(replace(read, submission=submission), actor, denied(read.decisions))


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is stored, with its values (sealed), and what was decided about it: see `decisions`.

    `blocks`: what stands against opening it.
    """

    submission: Submission
    blocks: vault.Blocks
    values: Sequence[SubmissionValue]
    decisions: Sequence[tuple[str, UUID | None]]


def message(submission_id: UUID) -> Message:
    """All of it by one statement. Raises Submission.DoesNotExist."""
    values = question(SubmissionValue, "submission_id")
    decided = question(Assignment, "submission_id", *_DECIDED)
    sent, blocks, answers = vault.rows_and_blocks(
        question(Submission, "id"), (submission_id,), values, decided
    )
    if not sent:
        raise Submission.DoesNotExist
    return Message(sent[0], blocks, values.rows(answers[0]), _stand(answers[1]))


def found(message: Message, actor: vault.Actor, refused: Collection[UUID] = ()) -> Found:
    """As `find`, without the subjects `refused`, for a message that was read already."""
    vault.may(actor, COLLECTION)
    given = _given(message, actor)
    if isinstance(given, vault.Refused):
        return Found(decide(writer({}), [], matching=policy().matching, blocked=1), blocked=1)
    person = writer(given)
    known = known_of(person)
    opened = _open(_subjects(person, known), actor)
    decision = decide(
        person,
        [one for one in _files(opened) if one.subject not in refused],
        matching=policy().matching,
        blocked=len(opened.blocked),
        frequencies=known.frequencies,
        tallies=known.tallies,
        doubted=known.doubted,
        people=known.people,
    )
    return Found(decision, opened.cases, opened.plain, len(opened.blocked))


def decisions(submission_id: UUID) -> list[tuple[str, UUID | None]]:
    """What was decided about a message and not undone: the way, and whom it was about."""
    return _stand(columns(Assignment, _DECIDED, "submission_id", [submission_id]))


_DECIDED = ("way", "about_id", "undone_at")


def _stand(decided: Iterable[tuple[Any, ...]]) -> list[tuple[str, UUID | None]]:
    return [(way, about) for way, about, undone in decided if undone is None]


def denied(said: Iterable[tuple[str, UUID | None]]) -> set[UUID]:
    """The subjects of whom a human said that it isn't them."""
    return {about for way, about in said if way == "not-this" and about}


@dataclass(frozen=True, slots=True)
class _Opened:
    """The files of some subjects. `blocked`: the subjects whose files may not be opened."""

    cases: dict[UUID, Case]
    plain: dict[UUID, dict[str, str]]
    blocked: set[UUID]


def _given(message: Message, actor: vault.Actor) -> dict[str, str | tuple[str, ...]] | vault.Refused:
    """The form's values by field, opened for the purpose they were asked for; why not, where one stays shut."""
    sought = [one for one in message.values if one.field in FIELDS]
    given: dict[str, str | tuple[str, ...]] = {}
    opened = vault.open_many(sought, message.submission.purpose, actor, (), message.blocks)
    for one, plain in zip(sought, opened, strict=True):
        if isinstance(plain, vault.Refused):
            return plain
        if "value" in plain:
            several = one.field == "case_references"
            given[one.field] = tuple(plain["value"].splitlines()) if several else plain["value"]
    return given


def _subjects(person: Person, known: Known) -> list[UUID]:
    """The subjects that the person's keys lead to: those that most lead to, first."""
    hits = known.hits
    slips = {
        form
        for reference in person.references
        if reference not in known.cited
        for form in blocks.near(reference, policy().matching.check_digits)
    }
    if slips:
        forms = dict(zip(digests(REFERENCE_INDEX, slips), slips, strict=True))
        for subjects in by_reference(ask((references(), list(forms)))[0], forms).values():
            hits.update(dict.fromkeys(subjects, CLOSE))
    return [subject for subject, _ in sorted(hits.items(), key=lambda one: (-one[1], one[0]))][:MOST_SUBJECTS]


def _open(subjects: Sequence[UUID], actor: vault.Actor) -> _Opened:
    """Their files, opened. Those of an erased subject are none any more."""
    only = MATCHED if actor.kind == "system" else ()
    opened = _Opened({}, {}, set())
    if not subjects:
        return opened
    asked = question(Case, "subject_id", *(only and (*FACTS, *only)))
    found, blocked, _ = vault.rows_and_blocks(asked, subjects)
    cases = _newest(found)
    for case, plain in zip(cases, vault.open_many(cases, COLLECTION, actor, only, blocked), strict=True):
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
