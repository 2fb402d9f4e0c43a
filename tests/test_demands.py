"""A demand by law: on record with its citation, looked at while it is open, answered with what it names and no more."""

from __future__ import annotations

from datetime import date

import pytest

from tests.make import clerk, staff, submission
from tests.test_gate import FILE, case
from zusage.actions import demands
from zusage.actions.base import Conflict
from zusage.actions.demands import NoSuchCase, Received
from zusage.actions.disclose import NotDisclosed
from zusage.actions.matching import choose
from zusage.models import Demand, Disclosure, Message
from zusage.vault import api as vault
from zusage.vault.models import Restriction, Warrant

pytestmark = pytest.mark.django_db(databases=["default", "keys", "protocol", "visits"])

RECEIVED = Received(
    "Betreibungsamt Winterthur",
    "BA-2026-8811",
    "Art. 91 Abs. 4 SchKG",
    date(2026, 11, 20),
    ("zh 2026 10041",),
)


def held(batch) -> list[dict[str, str]]:
    officer = staff("officer")
    went = demands.hand_over(officer, batch, ("debtor_name", "address", "message"), "json")
    return [one for _, disclosed in went for one in disclosed.values if one]


def test_a_demand_opens_what_it_names_until_it_is_closed():
    file, sent, officer = case(), submission("enquiry"), staff("officer")
    other = submission("enquiry", name="Blerim Krasniqi", case_reference="ZH-2026-10058")
    choose(clerk(), sent.pk, file.pk)
    Restriction.objects.create(subject_id=file.subject_id, kind="restriction")
    batch = demands.receive(officer, RECEIVED, "page-1")
    assert {one.subject_id for one in Demand.objects.filter(batch=batch)} == {
        file.subject_id,
        sent.subject_id,
    }
    assert demands.receive(officer, RECEIVED, "page-1") == batch and Demand.objects.count() == 2
    actor = vault.Actor.staff(officer)
    one = Demand.objects.get(subject_id=file.subject_id)
    assert vault.open(one, "legal-duty", actor) == {
        "authority": RECEIVED.authority,
        "reference": RECEIVED.reference,
    }
    assert vault.open(file, "legal-duty", actor)["balance"] == FILE["balance"]
    assert not Warrant.objects.filter(subject_id=other.subject_id).exists()
    went = held(batch)
    assert {"debtor_name": FILE["debtor_name"], "address": FILE["address"]} in went
    assert {"message": "Guten Tag"} in went and len(went) == 2
    assert set(Disclosure.objects.values_list("ground", "citation")) == {("law", "Art. 91 Abs. 4 SchKG")}
    demands.close(officer, batch)
    with pytest.raises(vault.Refused, match="no-warrant"):
        vault.open(file, "legal-duty", actor)
    with pytest.raises(Conflict, match="demand-closed"):
        held(batch)
    with pytest.raises(Conflict, match="demand-closed"):
        demands.close(officer, batch)


def test_without_a_law_or_a_case_nothing_is_stored():
    case()
    officer = staff("officer")
    for citation in ("", "  ", "please", "12"):
        with pytest.raises(NotDisclosed, match="no-citation"):
            demands.receive(
                officer, Received("A", "1", citation, date(2026, 11, 20), ("ZH-2026-10041",)), "page-2"
            )
    with pytest.raises(NoSuchCase) as unknown:
        demands.receive(
            officer, Received("A", "1", "Art. 1 X", date(2026, 11, 20), ("ZH-2026-10041", "ZZ-9")), "page-3"
        )
    assert unknown.value.reference == "ZZ-9"
    assert not Demand.objects.exists() and not Warrant.objects.exists()


def test_what_is_not_named_stays_and_what_nobody_holds_is_said():
    case()
    batch = demands.receive(staff("officer"), RECEIVED, "page-4")
    with pytest.raises(NotDisclosed, match="no-fields"):
        demands.hand_over(staff("officer"), batch, (), "json")
    with pytest.raises(NotDisclosed, match="nothing"):
        demands.hand_over(staff("officer"), batch, ("phone_evening",), "json")
    with pytest.raises(NotDisclosed, match="field-not-declared"):
        demands.hand_over(staff("officer"), batch, ("notice_email",), "json")
    assert not Disclosure.objects.exists()


def test_letters_can_be_demanded_and_notes_are_no_part_of_it():
    sent = submission("enquiry")
    assert {type(one).__name__ for one in demands.records(sent.subject_id)} == {"SubmissionValue"}
    Message.objects.create(submission=sent, subject_id=sent.subject_id, purpose="enquiry", sender="person")
    assert {type(one).__name__ for one in demands.records(sent.subject_id)} == {"SubmissionValue", "Message"}


@pytest.mark.parametrize("role", ["clerk", "administrator"])
def test_only_the_officer_answers_demands(role):
    case()
    with pytest.raises(vault.Refused):
        demands.receive(staff(role), RECEIVED, "page-5")
    batch = demands.receive(staff("officer"), RECEIVED, "page-6")
    for work in (
        lambda who: demands.hand_over(who, batch, ("debtor_name",), "json"),
        lambda who: demands.close(who, batch),
    ):
        with pytest.raises(vault.Refused):
            work(staff(role))
