"""The cast's entries are what the rules take, and mark what they must."""

from datetime import date

import pytest

from tests.cast import CAST, LEA, LIA, Person
from zusage.rules import amounts, dates, days, emails, phones, postcodes, references, text

everybody = pytest.mark.parametrize("person", CAST, ids=lambda person: person.id)


@everybody
def test_their_entries_become_what_is_kept(person: Person) -> None:
    for typed in (person.name, person.street, person.town, person.message):
        assert text.paragraph(typed) == typed
    assert dates.birth_date(person.born_as_typed, date(2026, 11, 23)) == person.born
    assert str(amounts.amount(person.instalment_as_typed)) == person.instalment
    assert 1 <= days.day_of_month(person.payment_day) <= 31
    assert len(postcodes.postcode(person.postcode)) in (4, 5)
    assert references.references("\r\n".join(person.references)) == person.references
    assert not person.email or emails.email(person.email) == person.email
    for typed, kept in (
        (person.phone_day, person.phone_day_e164),
        (person.phone_evening, person.phone_evening_e164),
    ):
        assert bool(typed) == bool(kept)
        assert not typed or phones.phone(typed) == kept


@everybody
def test_their_forms_have_only_declared_names(person: Person) -> None:
    assert set(person.contact()) <= {
        "first_name",
        "last_name",
        "company",
        "street",
        "postcode",
        "town",
        "case_reference",
        "message",
        "email",
        "phone",
    }
    shared = {
        "name",
        "date_of_birth",
        "phone_day",
        "phone_evening",
        "email",
        "message",
        "no_reference",
        "mailbox_only",
    }
    assert set(person.enquiry()) <= shared | {"case_reference"}
    assert set(person.payment()) <= shared | {"case_references", "monthly_instalment", "payment_day"}


def test_markers_are_long_and_nobody_elses() -> None:
    seen: dict[str, str] = {}
    for person in CAST:
        assert len(person.markers()) >= 5
        for marker in person.markers():
            assert len(marker.encode()) >= 8
            shared = seen.setdefault(marker, person.id)
            assert shared == person.id or {shared, person.id} == {LEA.id, LIA.id}
