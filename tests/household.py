"""A household that is easily mixed up: twins, a parent and a child of one name, and somebody on one file with a spouse.

Their files, and messages about them, for the tests of matching.
"""

from __future__ import annotations

from datetime import date

from tests import make
from tests.cast import LEA, LIA, VRENI, Person
from zusage.actions.cases import open_case
from zusage.models import REFERENCE_INDEX, Case, Submission
from zusage.protocol.outbox import Actor
from zusage.rules.references import normal
from zusage.vault import api as vault


def columns(who: Person, **other: str) -> dict[str, str]:
    """A case file's columns about somebody of the cast."""
    return {
        "reference": who.references[0],
        "debtor_first_name": who.first_name,
        "debtor_name": who.last_name,
        "date_of_birth": who.born.isoformat(),
        "address": f"{who.street}, {who.postcode} {who.town}",
        "phones": who.phone_day_e164,
        "emails": who.email,
        "creditor": "Fitnessklettergarten Toggenburg AG",
        "balance": "CHF 420.50",
        **other,
    }


def file(who: Person, **other: str) -> Case:
    """A case file about somebody of the cast."""
    return open_case(Actor.system("test"), date(2026, 1, 5), columns(who, **other))


def further_file(first: Case, who: Person, **other: str) -> Case:
    """Another file of the person whose file `first` is."""
    said = columns(who, **other)
    case = Case(subject_id=first.subject_id, opened_on=date(2026, 2, 6))
    vault.seal(case, said, vault.Keyring())
    case.save(force_insert=True)
    vault.entry(REFERENCE_INDEX, normal(said["reference"]), case).save(force_insert=True)
    return case


def enquiry(who: Person, **other: str) -> Submission:
    """What somebody of the cast writes, as the intake keeps it."""
    values = {
        "name": who.name,
        "case_reference": who.references[0],
        "date_of_birth": who.born.isoformat(),
        "phone_day": who.phone_day_e164,
        "email": who.email,
        "message": who.message,
        **other,
    }
    return make.submission("enquiry", **values)


def twins() -> tuple[Case, Case]:
    """The files of Lea and Lia."""
    return file(LEA), file(LIA)


def left_to_a_human() -> Submission:
    """Lia cites her sister's reference."""
    return enquiry(LIA, case_reference=LEA.references[0])


def clear() -> Submission:
    """Somebody who can be nobody else."""
    file(VRENI)
    return enquiry(VRENI)
