"""Rectification: who changed what when, the old value kept; what is disputed says so wherever it goes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from zusage.actions import creditor, demands
from zusage.actions.base import Conflict
from zusage.actions.cases import open_case
from zusage.actions.disclose import NotDisclosed, Order, disclose
from zusage.actions.rights import rectify, steps
from zusage.models import Case, Correction, Disclosure, RightsRequest, Staff, Submission, SubmissionValue
from zusage.protocol.models import Outbox
from zusage.queries import office as office_queries
from zusage.queries import rectify as queries
from zusage.rules.problems import Problem
from zusage.vault import api as vault

pytestmark = pytest.mark.django_db(databases="__all__")
VALUE = "zusage.submissionvalue"


def case(reference: str = "ZH-2026-10041") -> Case:
    values = {
        "reference": reference, "debtor_name": "Nadine Oberholzer", "date_of_birth": "1984-03-17",
        "address": "Lindenweg 4, 8400 Winterthur", "creditor": "Velohaus AG", "balance": "CHF 420.50",
    }  # fmt: skip
    return open_case(vault.Actor.system("demo"), date(2026, 1, 5), values)


def plain(row: Any) -> dict[str, str]:
    """A value as the person themselves sees it."""
    return vault.open(type(row).objects.get(pk=row.pk), row.purpose, vault.Actor.subject(row.subject_id))


def asked(*about: Any) -> tuple[Staff, RightsRequest]:
    return make.staff("officer"), make.rights_request("rectification", about=about)


def value(sent: Submission, field: str) -> SubmissionValue:
    return SubmissionValue.objects.get(submission=sent, field=field)


def test_a_correction_keeps_who_changed_what_when_and_what_it_was():
    sent = make.submission("enquiry")
    officer, request = asked(sent.subject_id)
    made = rectify.change(
        officer, request.pk, VALUE, f"{sent.pk}:date_of_birth", "value", "1. Februar 1985", "Ausweis gesehen"
    )
    assert plain(value(sent, "date_of_birth")) == {"value": "1985-02-01"}
    assert (made.author, made.state, made.request_id) == (officer, "changed", request.pk)
    assert plain(made) == {"before": "1984-03-17", "note": "Ausweis gesehen"}
    line = Outbox.objects.get(act="rectify")
    assert (line.record_id, line.actor_id) == (f"{sent.pk}:date_of_birth", str(officer.pk))
    assert request.steps.filter(act="rectified", author=officer).exists()


@pytest.mark.parametrize(
    "field, wrong, code",
    [
        ("date_of_birth", "31.2.1985", "date-impossible"),
        ("phone_day", "12", "phone-unclear"),
        ("email", "nadine", "email-unclear"),
        ("name", "  ", "missing"),
        ("name", "Nadine Oberholzer", "value-same"),
        ("case_reference", "§§§", "reference-characters"),
    ],
)
def test_the_new_value_passes_the_rule_of_its_field(field, wrong, code):
    sent = make.submission("enquiry")
    officer, request = asked(sent.subject_id)
    before = plain(value(sent, field))
    with pytest.raises(Problem) as problem:
        rectify.change(officer, request.pk, VALUE, f"{sent.pk}:{field}", "value", wrong, "Grund")
    assert problem.value.code.startswith(code.partition("-")[0])
    assert plain(value(sent, field)) == before and not Correction.objects.exists()


def test_a_column_of_a_case_is_judged_by_a_field_of_its_category():
    one = case()
    officer, request = asked(one.subject_id)
    with pytest.raises(Problem, match="date"):
        rectify.change(officer, request.pk, "zusage.case", str(one.pk), "date_of_birth", "bald", "Grund")
    with pytest.raises(Problem, match="reference-too-many"):
        rectify.change(
            officer, request.pk, "zusage.case", str(one.pk), "reference", "A-111111, B-222222", "x"
        )
    rectify.change(officer, request.pk, "zusage.case", str(one.pk), "date_of_birth", "17.3.1985", "Grund")
    assert plain(one)["date_of_birth"] == "1985-03-17"


def test_the_blind_index_follows_the_reference():
    one = case("ZH-2026-10041")
    sent = make.submission("enquiry", case_reference="ZH-2026-10041")
    officer, request = asked(one.subject_id, sent.subject_id)
    rectify.change(officer, request.pk, "zusage.case", str(one.pk), "reference", "ZH-2026-99999", "vertippt")
    assert vault.find("reference", ["ZH202610041"], "zusage.case") == []
    assert vault.find("reference", ["ZH202699999"], "zusage.case") == [one.pk]
    rectify.change(
        officer, request.pk, VALUE, f"{sent.pk}:case_reference", "value", "ZH-2026-99999", "vertippt"
    )
    assert vault.find("reference", ["ZH202610041"], "zusage.submission") == []
    assert vault.find("reference", ["ZH202699999"], "zusage.submission") == [sent.pk]


def test_only_what_the_request_is_about_can_be_changed():
    mine, theirs = make.submission("enquiry"), make.submission("enquiry")
    officer, request = asked(mine.subject_id)
    for record_type, record_id, column in (
        (VALUE, f"{theirs.pk}:name", "value"),
        (VALUE, f"{mine.pk}:nothing", "value"),
        (VALUE, "rubbish", "value"),
        (VALUE, f"{mine.pk}:name", "purpose"),
        ("zusage.staff", str(officer.pk), "username"),
        ("zusage.step", str(request.steps.first().pk), "text"),
    ):
        with pytest.raises(Conflict, match="no-such-value"):
            rectify.change(officer, request.pk, record_type, record_id, column, "Neu", "Grund")
        with pytest.raises(Conflict, match="no-such-value"):
            rectify.dispute(officer, request.pk, record_type, record_id, column, "Grund")


def test_a_letter_can_be_disputed_and_not_changed():
    from zusage.actions import office

    sent = make.submission("enquiry")
    office.answer(make.clerk(), sent.pk, "Sie schulden 400 Franken", "t" * 20, 0)
    letter = sent.messages.get()
    officer, request = asked(sent.subject_id)
    with pytest.raises(Conflict, match="only-disputed"):
        rectify.change(officer, request.pk, "zusage.message", str(letter.pk), "body", "Anders", "Grund")
    rectify.dispute(officer, request.pk, "zusage.message", str(letter.pk), "body", "Ich schulde nichts")
    shown = office_queries.submission(make.clerk(), sent.pk)
    assert shown.letters[1].disputed == {"body": "Ich schulde nichts"}


def test_two_officers_the_second_is_told():
    sent = make.submission("enquiry")
    officer, request = asked(sent.subject_id)
    record = f"{sent.pk}:name"
    seen = queries.seen(value(sent, "name"), "value")
    rectify.change(officer, request.pk, VALUE, record, "value", "Nadine Ober", "Grund", seen=seen)
    with pytest.raises(Conflict, match="value-changed"):
        rectify.change(
            make.staff("officer"), request.pk, VALUE, record, "value", "N. Ober", "Grund", seen=seen
        )
    assert plain(value(sent, "name")) == {"value": "Nadine Ober"}


def test_the_same_page_sent_twice_is_one_change_and_one_note():
    sent = make.submission("enquiry")
    officer, request = asked(sent.subject_id)
    for _ in range(2):
        rectify.change(
            officer,
            request.pk,
            VALUE,
            f"{sent.pk}:name",
            "value",
            "Nadine Ober",
            "Grund",
            form_token="t" * 20,
        )
        rectify.dispute(
            officer, request.pk, VALUE, f"{sent.pk}:message", "value", "Nein", form_token="t" * 20
        )
    assert Correction.objects.count() == 2
    assert request.steps.filter(act="rectified").count() == 1


def test_a_dispute_travels_with_the_value_to_the_clerk_the_case_file_and_the_gate():
    one, sent = case(), make.submission("enquiry")
    sent.case = one
    sent.save()
    officer, request = asked(one.subject_id, sent.subject_id)
    rectify.dispute(officer, request.pk, VALUE, f"{sent.pk}:message", "value", "Das habe ich nie geschrieben")
    rectify.dispute(officer, request.pk, "zusage.case", str(one.pk), "balance", "Es sind 20 Franken weniger")
    clerk = make.clerk()
    shown = office_queries.submission(clerk, sent.pk)
    assert shown.letters[0].disputed == {"message": "Das habe ich nie geschrieben"}
    assert shown.file is not None and shown.file.disputed == {"balance": "Es sind 20 Franken weniger"}
    went = creditor.pass_on(clerk, sent.pk, "json")
    assert went["message_disputed"] == "Das habe ich nie geschrieben"
    assert went["balance_disputed"] == "Es sind 20 Franken weniger"
    assert "name_disputed" not in went


def test_a_settled_dispute_stays_on_record_and_goes_with_the_value_no_more():
    sent = make.submission("enquiry")
    officer, request = asked(sent.subject_id)
    made = rectify.dispute(officer, request.pk, VALUE, f"{sent.pk}:message", "value", "Nein")
    rectify.settle(officer, request.pk, made.pk)
    rectify.settle(officer, request.pk, made.pk)
    made.refresh_from_db()
    assert made.state == "settled" and plain(made) == {"note": "Nein"}
    assert office_queries.submission(make.clerk(), sent.pk).letters[0].disputed == {}
    assert request.steps.filter(act="settled").count() == 1


def test_a_correction_settles_the_dispute_about_the_same_value():
    sent = make.submission("enquiry")
    officer, request = asked(sent.subject_id)
    rectify.dispute(officer, request.pk, VALUE, f"{sent.pk}:name", "value", "Ich heisse anders")
    rectify.dispute(officer, request.pk, VALUE, f"{sent.pk}:message", "value", "Nein")
    rectify.change(officer, request.pk, VALUE, f"{sent.pk}:name", "value", "Nadine Ober", "Ausweis")
    assert dict(Correction.objects.values_list("record_id", "state").exclude(state="changed")) == {
        f"{sent.pk}:name": "settled",
        f"{sent.pk}:message": "disputed",
    }


def test_who_got_the_old_value_is_told_of_the_new_one_through_the_gate_once():
    one, other = case(), case("ZH-2026-20000")
    order = Order("creditor", "collection", "contract", "csv")
    disclose(vault.Actor.staff(make.clerk()), order, [one])
    disclose(vault.Actor.staff(make.clerk()), order, [other])
    officer, request = asked(one.subject_id)
    born = rectify.change(officer, request.pk, "zusage.case", str(one.pk), "date_of_birth", "1.1.1985", "x")
    assert queries.to_tell(born) == []  # creditors get no date of birth
    made = rectify.change(officer, request.pk, "zusage.case", str(one.pk), "debtor_name", "Nadine Ober", "x")
    assert [row.recipient for row in queries.to_tell(made)] == ["creditor"]
    told = rectify.tell(officer, request.pk, made.pk, "creditor")
    assert told.values == ({"reference": "ZH-2026-10041", "debtor_name": "Nadine Ober"},)
    line = Disclosure.objects.get(purpose="rights")
    assert (line.recipient, line.subject_id) == ("creditor", one.subject_id)
    assert queries.to_tell(made) == []
    with pytest.raises(Conflict, match="nobody-to-tell"):
        rectify.tell(officer, request.pk, made.pk, "creditor")


def test_an_authority_is_told_too_after_its_demand_is_closed():
    one, officer = case(), make.staff("officer")
    today = timezone.localdate()
    received = demands.Received("Bezirksgericht", "FV 1/26", "Art. 284 ZPO", today, ("ZH-2026-10041",))
    batch = demands.receive(officer, received, "page-of-the-demand")
    demands.hand_over(officer, batch, ("debtor_name",), "json")
    demands.close(officer, batch)
    officer, request = asked(one.subject_id)
    made = rectify.change(officer, request.pk, "zusage.case", str(one.pk), "debtor_name", "Nadine Ober", "x")
    assert [row.recipient for row in queries.to_tell(made)] == ["authorities"]
    told = rectify.tell(officer, request.pk, made.pk, "authorities")
    assert told.values == ({"reference": "ZH-2026-10041", "debtor_name": "Nadine Ober"},)
    line = Disclosure.objects.get(purpose="rights")
    assert (line.ground, line.citation, line.demand.batch) == ("law", "DSG 32 Abs. 4", batch)
    assert queries.to_tell(made) == []


def test_a_form_value_is_told_with_the_reference_it_belongs_to():
    sent = make.submission("enquiry")
    sent.case = case()
    sent.save()
    creditor.pass_on(make.clerk(), sent.pk, "csv")
    officer, request = asked(sent.subject_id)
    made = rectify.change(officer, request.pk, VALUE, f"{sent.pk}:name", "value", "Nadine Ober", "x")
    told = rectify.tell(officer, request.pk, made.pk, "creditor")
    assert told.values == ({"name": "Nadine Ober"}, {"case_reference": "ZH-2026-10041"})


def test_nothing_is_changed_without_identity_for_a_closed_request_or_by_others():
    sent = make.submission("enquiry")
    record = f"{sent.pk}:name"
    stranger = make.rights_request("rectification", "stranger", about=[sent.subject_id])
    with pytest.raises(Conflict, match="identity-open"):
        rectify.change(make.staff("officer"), stranger.pk, VALUE, record, "value", "Neu", "x")
    officer, request = asked(sent.subject_id)
    for role in ("clerk", "administrator"):
        with pytest.raises(vault.Refused):
            rectify.change(make.staff(role), request.pk, VALUE, record, "value", "Neu", "x")
    steps.close(request, "answered")
    with pytest.raises(Conflict, match="request-closed"):
        rectify.change(officer, request.pk, VALUE, record, "value", "Neu", "x")
    assert not Correction.objects.exists()


def test_what_is_erased_takes_its_corrections_with_it():
    one = case()
    officer, request = asked(one.subject_id)
    born = rectify.change(officer, request.pk, "zusage.case", str(one.pk), "date_of_birth", "1.1.1985", "x")
    name = rectify.change(officer, request.pk, "zusage.case", str(one.pk), "debtor_name", "N. Ober", "x")
    vault.shred(
        one.subject_id, "request", vault.Actor.system("rights"), [vault.Part("collection", "date-of-birth")]
    )
    born.refresh_from_db()
    assert born.before is None and born.note is None
    assert plain(name)["before"] == "Nadine Oberholzer"


def test_the_officer_sees_what_can_be_changed_by_category():
    sent = make.submission("enquiry")
    one = case()
    officer, request = asked(sent.subject_id, one.subject_id)
    shown = queries.held(officer, steps.concerned(request))
    by_name = {(held.record_type, held.field or held.column): held for held in shown}
    assert by_name[VALUE, "name"].value == "Nadine Oberholzer"
    assert by_name["zusage.case", "balance"].category == "claim"
    assert not any(held.purpose == "rights" for held in shown)


def test_nobody_but_the_gate_is_asked_for_a_recipient_who_may_not_have_it():
    one = case()
    disclose(vault.Actor.staff(make.clerk()), Order("creditor", "collection", "contract", "csv"), [one])
    Disclosure.objects.update(recipient="mail-service")
    officer, request = asked(one.subject_id)
    made = rectify.change(officer, request.pk, "zusage.case", str(one.pk), "debtor_name", "N. Ober", "x")
    with pytest.raises(NotDisclosed, match="not-for-this-purpose"):
        rectify.tell(officer, request.pk, made.pk, "mail-service")
