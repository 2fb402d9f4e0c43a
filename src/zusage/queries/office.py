"""One submission as the office sees it: what is known, opened for the clerk who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime
from uuid import UUID

from zusage.models import (
    COLLECTION,
    REFERENCE_INDEX,
    Case,
    Message,
    Note,
    NoticeVersion,
    Staff,
    Submission,
    SubmissionValue,
)
from zusage.policy.types import Purpose
from zusage.queries.inbox import deleted_on, kinds
from zusage.queries.opening import Shut, opened, shut_subjects
from zusage.queries.review import Review, review
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Consent

CASE_COLUMNS = (
    "reference",
    "debtor_first_name",
    "debtor_name",
    "former_names",
    "date_of_birth",
    "address",
    "phones",
    "emails",
    "creditor",
    "balance",
    "principal",
    "interest",
    "fees",
    "contested_costs",
)
"""What a clerk sees of a file, in this order. People complain where costs aren't explained: so the parts of the sum."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `who`: person or agency. `fields`: the form's values, in its order; the later letters have none.

    `disputed`: field, or ``body`` for a later letter -> the note of dispute that goes with it.
    """

    id: UUID
    who: str
    author: str
    at: datetime
    body: str
    fields: tuple[tuple[str, str], ...]
    read_at: datetime | None
    shut: Shut
    disputed: Mapping[str, str] = dataclass_field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoteShown:
    """A clerk's note. `disputed`: the note of dispute that goes with it, None where there is none."""

    id: UUID
    author: str
    at: datetime
    body: str
    shut: Shut
    disputed: str | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """A further purpose: consented to when (None: not, or not any more), and the values that it opens."""

    purpose: Purpose
    given_at: datetime | None
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case file opened for collection. `values`: column -> text, `disputed`: column -> note of dispute.

    `same_birth`: as in the form, or not known.
    """

    case: Case
    values: dict[str, str]
    shut: Shut
    same_birth: bool | None
    disputed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A submission with all that is known. `letters_seen`: how many letters came after the form."""

    submission: Submission
    shut: Shut
    letters: list[Letter]
    letters_seen: int
    notes: list[NoteShown]
    agreed: list[Agreed]
    notice_published: datetime | None
    file: CaseFile | None
    review: Review
    deleted_on: date | None


def submission(clerk: Staff, submission_id: UUID, wrong: bool = False) -> Shown:
    """Raises Submission.DoesNotExist; vault.Refused where the clerk may not open its purpose.

    `wrong`: it lies with a wrong file, and the right one is looked for.
    """
    found = Submission.objects.select_related("assigned_to", "case").get(pk=submission_id)
    actor = vault.Actor.staff(clerk)
    vault.may(actor, found.purpose)
    shut = shut_subjects([found.subject_id], found.purpose).get(found.subject_id, "")
    form, *later = exchange(found, actor)
    version = NoticeVersion.objects.filter(digest=found.notice_version).only("published_at").first()
    return Shown(
        submission=found,
        shut=shut,
        letters=[form, *later],
        letters_seen=len(later),
        notes=_notes(found, actor),
        agreed=[_agreed(found, further, actor) for further in policy().further_purposes(found.purpose)],
        notice_published=version.published_at if version else None,
        file=next(iter(_files([found.case], form, actor)), None) if found.case else None,
        review=Review() if shut else review(found, clerk, wrong),
        deleted_on=deleted_on(found),
    )


def exchange(found: Submission, actor: vault.Actor) -> list[Letter]:
    """What a person sent and the letters after it, opened for the purpose that it was collected for."""
    return [_form(found, actor), *_messages(found, actor)]


def cases_by_reference(clerk: Staff, reference: str) -> list[UUID]:
    """The case files whose reference is `reference` (case, spaces and the like apart), opened to compare."""
    found = Case.objects.filter(
        pk__in=vault.find(REFERENCE_INDEX, [normal(reference)], "zusage.case", COLLECTION)
    )
    plain = opened(list(found), COLLECTION, vault.Actor.staff(clerk))
    return [
        one.pk
        for one, (columns, _) in zip(found, plain, strict=True)
        if normal(columns.get("reference", "")) == normal(reference)
    ]


def clerks(submission: Submission) -> list[Staff]:
    """Who may be given a submission: those at work whose role opens its purpose."""
    roles = [role for role in policy().roles if submission.purpose in kinds(role)]
    return list(Staff.objects.filter(is_active=True, role__in=roles).order_by("username"))


def _form(found: Submission, actor: vault.Actor) -> Letter:
    purpose = policy().purposes[found.purpose]
    order = [asked.field for asked in purpose.form.fields] if purpose.form else list(purpose.fields)
    values = list(SubmissionValue.objects.filter(submission=found))
    values.sort(key=lambda value: order.index(value.field) if value.field in order else len(order))
    plain = opened(values, found.purpose, actor)
    shut: Shut = next((why for _, why in plain if why), "")
    known = {
        value.field: columns["value"]
        for value, (columns, _) in zip(values, plain, strict=True)
        if "value" in columns
    }
    disputed = {
        value.field: columns.disputed["value"]
        for value, (columns, _) in zip(values, plain, strict=True)
        if "value" in columns.disputed
    }
    prose = [name for name in known if name in policy().fields and policy().fields[name].kind == "text"]
    body = "\n\n".join(known.pop(name) for name in prose)
    return Letter(found.pk, "person", "", found.received_at, body, tuple(known.items()), None, shut, disputed)


def _messages(found: Submission, actor: vault.Actor) -> list[Letter]:
    rows = list(Message.objects.filter(submission=found).select_related("author").order_by("sent_at"))
    return [
        Letter(
            row.pk, row.sender, row.author.username if row.author else "", row.sent_at, columns.get("body", ""), (),
            row.read_at, why, columns.disputed,
        )
        for row, (columns, why) in zip(rows, opened(rows, found.purpose, actor), strict=True)
    ]  # fmt: skip


def _notes(found: Submission, actor: vault.Actor) -> list[NoteShown]:
    rows = list(Note.objects.filter(submission=found).select_related("author").order_by("written_at"))
    return [
        NoteShown(
            row.pk,
            row.author.username if row.author else "",
            row.written_at,
            columns.get("body", ""),
            why,
            columns.disputed.get("body"),
        )
        for row, (columns, why) in zip(rows, opened(rows, found.purpose, actor), strict=True)
    ]


def _agreed(found: Submission, further: Purpose, actor: vault.Actor) -> Agreed:
    consent = Consent.in_force.filter(subject_id=found.subject_id, purpose=further.id).first()
    if consent is None:
        return Agreed(further, None, ())
    try:
        vault.may(actor, further.id)
    except vault.Refused:
        return Agreed(further, consent.given_at, ())
    values = list(SubmissionValue.objects.filter(submission=found, field__in=further.fields))
    values.sort(key=lambda value: further.fields.index(value.field))
    plain = opened(values, further.id, actor)
    known = tuple(
        (value.field, columns["value"]) for value, (columns, _) in zip(values, plain, strict=True) if columns
    )
    return Agreed(further, consent.given_at, known)


def _files(cases: list[Case], form: Letter, actor: vault.Actor) -> list[CaseFile]:
    try:
        vault.may(actor, COLLECTION)
    except vault.Refused:
        return []
    born = next((value for name, value in form.fields if policy().fields[name].kind == "date-of-birth"), "")
    files = []
    for case, (columns, why) in zip(cases, opened(cases, COLLECTION, actor), strict=True):
        values = {name: columns[name] for name in CASE_COLUMNS if columns.get(name)}
        other = values.get("date_of_birth", "")
        same = other == born if other and born else None
        files.append(CaseFile(case, values, why, same, columns.disputed))
    return files
