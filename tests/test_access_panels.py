"""The officer's panels for access and rectification."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse

from tests import desk, make
from tests.test_rectify import VALUE, case, plain, value
from zusage.actions.disclose import Order, disclose
from zusage.models import Correction, Disclosure, Document, RightsRequest
from zusage.queries import rectify as queries
from zusage.vault import api as vault

pytestmark = pytest.mark.django_db(databases="__all__")


def page_of(request: RightsRequest) -> str:
    return reverse("office-request", args=[request.pk])


@pytest.fixture
def officer():
    return desk.signed_in(desk.person("officer"))


def test_the_numbers_then_the_package_in_the_mailbox(officer):
    sent = make.submission("enquiry")
    request = make.rights_request(about=[sent.subject_id])
    page = officer.get(page_of(request)).content.decode()
    assert "Auskunft erstellen und ins Postfach legen" in page
    assert re.search(r"<dt>Angaben im Formular</dt>\s*<dd>6</dd>", page)
    answer = officer.post(reverse("office-request-deliver", args=[request.pk]), {"form": "deliver"})
    assert answer.status_code == 303 and "said=delivered" in answer["Location"]
    assert "Die Auskunft liegt im Postfach" in officer.get(answer["Location"]).content.decode()
    assert Document.objects.filter(submission_id=request.pk).count() == 2
    # the button pressed again in another window
    again = officer.post(reverse("office-request-deliver", args=[request.pk]), {"form": "deliver"})
    assert again.status_code == 303 and Document.objects.count() == 2


def test_nothing_is_offered_before_identity_is_shown(officer):
    request = make.rights_request("access", "stranger")
    assert "office-request-deliver" not in officer.get(page_of(request)).content.decode()
    answer = officer.post(reverse("office-request-deliver", args=[request.pk]), {"form": "deliver"})
    assert answer.status_code == 409 and "Identität" in answer.content.decode()


def sent_for(sent, field, **more):
    row = value(sent, field)
    return {
        "form": "change-1", "form_token": "t" * 20, "record_type": VALUE, "record_id": f"{sent.pk}:{field}",
        "column": "value", "seen": queries.seen(row, "value"), **more,
    }  # fmt: skip


def test_a_value_is_corrected_and_shows_what_it_was(officer):
    sent = make.submission("enquiry")
    request = make.rights_request("rectification", about=[sent.subject_id])
    page = officer.get(page_of(request)).content.decode()
    assert "17. März 1984" in page and "Geburtsdatum" in page
    answer = officer.post(
        reverse("office-request-rectify", args=[request.pk]),
        sent_for(sent, "date_of_birth", value="1.2.1985", text="Ausweis gesehen"),
    )
    assert answer.status_code == 303
    page = officer.get(answer["Location"]).content.decode()
    assert "1. Februar 1985" in page and "Vorher:" in page and "Ausweis gesehen" in page
    assert plain(value(sent, "date_of_birth")) == {"value": "1985-02-01"}


def test_a_wrong_value_is_given_back_with_all_that_was_typed(officer):
    sent = make.submission("enquiry")
    request = make.rights_request("rectification", about=[sent.subject_id])
    page = officer.get(page_of(request)).content.decode()
    number = re.search(r'value="(change-\d+)"[^>]*>(?:(?!</form>).)*?:date_of_birth', page, re.S)
    assert number
    form = re.findall(r'name="form" value="(change-\d+)"', page[: page.index(":date_of_birth")])[-1]
    answer = officer.post(
        reverse("office-request-rectify", args=[request.pk]),
        sent_for(sent, "date_of_birth", form=form, value="31.2.1985", text="Der Grund-411"),
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "31.2.1985" in page and "Der Grund-411" in page
    assert not Correction.objects.exists()


def test_the_second_of_two_officers_is_told_and_keeps_what_they_typed(officer):
    sent = make.submission("enquiry")
    request = make.rights_request("rectification", about=[sent.subject_id])
    first = sent_for(sent, "name", value="Nadine Ober", text="Grund")
    second = sent_for(sent, "name", value="N. Oberholzer", text="Grund zwei", form_token="u" * 20)
    where = reverse("office-request-rectify", args=[request.pk])
    assert officer.post(where, first).status_code == 303
    assert officer.post(where, first).status_code == 303  # the same page again
    answer = officer.post(where, second)
    assert answer.status_code == 409 and "inzwischen geändert" in answer.content.decode()
    assert plain(value(sent, "name")) == {"value": "Nadine Ober"}


def test_a_note_of_dispute_stands_on_the_clerks_page_until_it_is_settled(officer):
    sent = make.submission("enquiry")
    request = make.rights_request("rectification", about=[sent.subject_id])
    answer = officer.post(
        reverse("office-request-dispute", args=[request.pk]),
        sent_for(sent, "message", text="Das stimmt <b>nicht</b>"),
    )
    assert answer.status_code == 303
    clerk = desk.signed_in(desk.person("clerk"))
    there = clerk.get(reverse("office-submission", args=[sent.pk])).content.decode()
    assert "Bestritten" in there and "Das stimmt &lt;b&gt;nicht&lt;/b&gt;" in there
    note = Correction.objects.get()
    settle = reverse("office-request-settle-dispute", args=[request.pk, note.pk])
    assert officer.post(settle).status_code == 303
    assert "Bestritten" not in clerk.get(reverse("office-submission", args=[sent.pk])).content.decode()


def test_whoever_got_the_old_value_gets_the_new_one_as_a_file(officer):
    one = case()
    disclose(vault.Actor.staff(make.clerk()), Order("creditor", "collection", "contract", "csv"), [one])
    request = make.rights_request("rectification", about=[one.subject_id])
    answer = officer.post(
        reverse("office-request-rectify", args=[request.pk]),
        {
            "form": "change-1", "record_type": "zusage.case", "record_id": str(one.pk), "column": "debtor_name",
            "value": "Nadine Ober", "text": "Heirat",
        },
    )  # fmt: skip
    page = officer.get(answer["Location"]).content.decode()
    assert "Die alte Angabe hat erhalten: Der Gläubiger Ihrer Rechnung" in page
    tell = reverse("office-request-tell", args=[request.pk, Correction.objects.get().pk])
    file = officer.post(tell, {"recipient": "creditor"})
    assert json.loads(file.content) == [{"reference": "ZH-2026-10041", "debtor_name": "Nadine Ober"}]
    assert file["Cache-Control"] == "no-store" and "attachment" in file["Content-Disposition"]
    assert Disclosure.objects.filter(purpose="rights", recipient="creditor").exists()
    assert officer.post(tell, {"recipient": "creditor"}).status_code == 409


@pytest.mark.parametrize("role", ["clerk", "administrator"])
@pytest.mark.parametrize("name", ["deliver", "rectify", "dispute"])
def test_nobody_else_comes_here(role, name):
    request = make.rights_request("rectification")
    client = desk.signed_in(desk.person(role))
    assert client.post(reverse(f"office-request-{name}", args=[request.pk])).status_code == 403


@pytest.mark.parametrize("language", ["fr", "it", "en"])
@pytest.mark.parametrize("right", ["access", "copy", "rectification"])
def test_the_panels_speak_each_language(language, right):
    sent = make.submission("payment")
    person = desk.person("officer")
    person.language = language
    person.save()
    page = desk.signed_in(person).get(page_of(make.rights_request(right, about=[sent.subject_id])))
    assert page.status_code == 200
