"""Somebody invented, their twin, and a stranger write to the agency: whose file the matcher takes each message for."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from zusage.actions import matching
from zusage.actions.cases import open_case
from zusage.models import COLLECTION, Case, Submission
from zusage.policy.types import Field, Policy, Purpose
from zusage.promises.look import CouldNotLook, Look, marks_in
from zusage.promises.plant import LETTERS, a_value
from zusage.promises.rehearsal import rehearsed, sends
from zusage.promises.types import Evidence, judged, probe
from zusage.protocol.outbox import Actor
from zusage.queries import mailbox
from zusage.tenant import policy
from zusage.vault import api as vault

PROVER = Actor.system("prover")
BORN, OTHERWISE = "1904-02-29", "1905-03-30"


@dataclass
class _Cast:
    """One who has a file, and their twin, who has another; under names that nobody else has."""

    family: str
    street: str
    email: str
    reference: str
    creditor: str
    subjects: list[UUID] = field(default_factory=list)

    def file(self, given: str, reference: str, email: str) -> Case:
        """The file of one of them."""
        opened = open_case(
            PROVER,
            timezone.localdate(),
            {
                "reference": reference,
                "debtor_first_name": given,
                "debtor_name": self.family,
                "date_of_birth": BORN,
                "address": f"{self.street} 1, 8000 Zürich",
                "emails": email,
                "creditor": self.creditor,
            },
        )
        self.subjects.append(opened.subject_id)
        return opened

    def sends(self, purpose: Purpose, given: str, born: str = BORN) -> Submission:
        """A message under this name, with the reference and the address of the first of them."""
        year, month, day = born.split("-")
        asked = [policy().fields[one.field] for one in (purpose.form.fields if purpose.form else ())]
        typed = {one.id: self._typed(one, given, f"{day}.{month}.{year}") for one in asked}
        found = sends(purpose, typed)
        self.subjects.append(found.subject_id)
        return found

    def _typed(self, asked: Field, given: str, born: str) -> str:
        """What stands in a field. Who has only one field for it writes both names there."""
        names = {"name": f"{given} {self.family}", "first_name": given, "last_name": self.family}
        match asked.kind:
            case "name":
                return names.get(asked.id, "")
            case "date-of-birth":
                return born
            case "reference" | "references":
                return self.reference
            case "email":
                return self.email
            case _:
                return a_value(asked)


@probe(quick=False)
def twins(look: Look) -> Iterator[Evidence]:
    """The matcher puts a message to a file where all agrees; never a twin's or a namesake's; no mailbox shows it."""
    purpose, cast = _purpose(look.policy), _cast()
    try:
        with rehearsed():
            file = cast.file("Zita", cast.reference, cast.email)
            twin = cast.file("Rosalinde", cast.reference[::-1].replace("-", "7"), f"twin-{cast.email}")
            wanted = {
                "the person themselves": (cast.sends(purpose, "Zita"), file),
                "their twin": (cast.sends(purpose, "Rosalinde"), twin),
                "somebody else": (cast.sends(purpose, "Leopold"), None),
                "a namesake": (cast.sends(purpose, "Zita", OTHERWISE), None),
            }
            before = {who: _seen(sent) for who, (sent, _) in wanted.items()}
            found = {who: _put(sent) for who, (sent, _) in wanted.items()}
            faults = list(_wrong(look.policy, {who: case for who, (_, case) in wanted.items()}, found))
            seen = list(_shown(before, {who: _seen(sent) for who, (sent, _) in wanted.items()}, cast))
    finally:
        for subject in cast.subjects:
            vault.shred(subject, "probe", PROVER)
    yield judged("messages of invented people, as the matcher took them", len(wanted), faults)
    yield judged("mailboxes before and after", len(wanted), seen)


def _wrong(
    declared: Policy, wanted: Mapping[str, Case | None], found: Mapping[str, UUID | None]
) -> Iterator[str]:
    """Whose message lies where it mustn't, or doesn't lie where it must."""
    for who, case in wanted.items():
        if found[who] is not None and (case is None or found[who] != case.pk):
            yield f"the message of {who} was put to another's file"
        if found[who] is not None and not declared.matching.automatic:
            yield f"the message of {who} was put to a file by a computer, which mustn't"
    if declared.matching.automatic and found["the person themselves"] is None:
        yield "a message in which all agrees was left to a human"


def _shown(before: Mapping[str, str], after: Mapping[str, str], cast: _Cast) -> Iterator[str]:
    """What a mailbox shows of a file, or shows otherwise since the message lies with one."""
    for who, text in after.items():
        if text != before[who]:
            yield f"the mailbox of {who} is another since"
        yield from (
            f"the mailbox of {who} shows {mark}" for mark in marks_in(text, {"the creditor": cast.creditor})
        )


def _put(sent: Submission) -> UUID | None:
    matching.look(sent.pk)
    return Submission.objects.get(pk=sent.pk).case_id


def _seen(sent: Submission) -> str:
    """Everything that the mailbox's pages are made of."""
    of = sent.subject_id
    return str([mailbox.letters(of), mailbox.matters(of), mailbox.requests(of), mailbox.documents(of)])


def _purpose(declared: Policy) -> Purpose:
    """The purpose by whose form one can be found at all: it asks for a date of birth and a reference."""
    for one in declared.form_purposes():
        kinds = {declared.fields[asked.field].kind for asked in one.form.fields} if one.form else set()
        if (
            "date-of-birth" in kinds
            and kinds & {"reference", "references"}
            and COLLECTION in declared.purposes
        ):
            return one
    raise CouldNotLook("no form asks for what a file is found by")


def _cast() -> _Cast:
    mark = "".join(secrets.choice(LETTERS) for _ in range(12))
    number = secrets.randbelow(10**9)
    return _Cast(
        f"Ober{mark}",
        f"{mark.capitalize()}weg",
        f"{mark}@example.com",
        f"PROBE-{number:09}",
        f"Probe {mark.upper()}",
    )
