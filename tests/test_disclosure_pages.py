"""What leaves the house, in the office: the log, what a clerk passes on, what an authority gets."""

from __future__ import annotations

import csv
import io
import json

import pypdf
import pytest

from tests import desk, make
from tests.doors import hidden, shown, text
from tests.test_gate import FILE, case
from zusage.actions import letters
from zusage.actions.matching import choose
from zusage.actions.rights import rectify, steps
from zusage.models import Demand, Disclosure
from zusage.protocol.models import Outbox
from zusage.vault.models import Restriction

pytestmark = pytest.mark.django_db

DEMAND = {
    "authority": "Betreibungsamt Winterthur",
    "reference": "BA-2026-8811",
    "citation": "Art. 91 Abs. 4 SchKG",
    "received_on": "2026-11-20",
    "case_references": "zh 2026 10041",
}
HIDDEN = ("csrfmiddlewaretoken", "form_token")


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    desk.forget_tries()


@pytest.fixture
def officer():
    return desk.signed_in(desk.person("officer"), enforce_csrf_checks=True)


@pytest.fixture
def clerk():
    return desk.signed_in(desk.person("clerk"), enforce_csrf_checks=True)


def tokens(client, path):
    page = hidden(text(client.get(path)))
    return {name: page[name] for name in HIDDEN}


def assigned(purpose="payment", **values):
    sent, file = make.submission(purpose, **values), case()
    choose(make.clerk(), sent.pk, file.pk)
    return sent


def pass_on(client, sent, form="csv", fields=("debtor_name", "monthly_instalment", "message"), **more):
    page = tokens(client, f"/office/submissions/{sent.pk}/")
    return client.post(
        f"/office/submissions/{sent.pk}/pass-on/", {**page, "field": fields, "form": form, **more}
    )


def test_a_clerk_passes_on_what_is_ticked_and_the_page_says_so(clerk):
    sent = assigned(message='=HYPERLINK("http://x") Grüezi')
    page = shown(clerk.get(f"/office/submissions/{sent.pk}/"))
    assert "Dem Gläubiger weitergeben" in page and "Geburtsdatum" not in page.partition("Dem Gläubiger")[2]
    file = pass_on(clerk, sent)
    assert file.status_code == 200 and "attachment" in file.headers["Content-Disposition"]
    assert "no-store" in file.headers["Cache-Control"]
    head, row = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    got = dict(zip(head, row, strict=True))
    assert got["debtor_name"] == FILE["debtor_name"] and got["monthly_instalment"] == "120.00"
    assert got["message"].startswith("'=HYPERLINK")
    told = json.loads(pass_on(clerk, sent, "json").content)
    assert told["recipient"] == "creditor" and told["values"]["message"].startswith("=HYPERLINK")
    assert "Schon weitergegeben" in shown(clerk.get(f"/office/submissions/{sent.pk}/"))


def test_the_same_page_sent_twice_is_on_record_once(clerk):
    sent = assigned()
    page = tokens(clerk, f"/office/submissions/{sent.pk}/")
    entry = {**page, "field": ["debtor_name", "message"], "form": "csv"}
    first, second = (clerk.post(f"/office/submissions/{sent.pk}/pass-on/", entry) for _ in range(2))
    assert first.content == second.content
    assert (
        Disclosure.objects.count() == 2 and Outbox.objects.filter(act="disclose").count() == 2
    )  # case and form
    assert pass_on(clerk, sent).status_code == 200 and Disclosure.objects.count() == 4


@pytest.mark.parametrize(
    "fields, form, said",
    [
        ((), "csv", "Kreuzen Sie an"),
        (("message",), "exe", "Kreuzen Sie an"),
        (("phone_day",), "csv", "darf dieser Empfänger nicht"),
        (("date_of_birth",), "csv", "darf dieser Empfänger nicht"),
        (("x" * 5000,), "csv", "nichts vorhanden"),
    ],
)
def test_what_may_not_go_is_refused_in_words(clerk, fields, form, said):
    sent = assigned()
    refused = pass_on(clerk, sent, form, fields)
    assert refused.status_code == 409 and said in shown(refused)
    assert not Disclosure.objects.exists()


def test_without_a_case_or_blocked_nothing_is_offered_and_nothing_goes(clerk):
    free = make.submission("payment")
    assert "Dem Gläubiger weitergeben" not in shown(clerk.get(f"/office/submissions/{free.pk}/"))
    assert "Ordnen Sie zuerst die Akte zu" in shown(pass_on(clerk, free))
    sent = assigned()
    Restriction.objects.create(subject_id=sent.subject_id, kind="restriction")
    assert "Dem Gläubiger weitergeben" not in shown(clerk.get(f"/office/submissions/{sent.pk}/"))
    page = tokens(clerk, f"/office/submissions/{free.pk}/")
    refused = clerk.post(
        f"/office/submissions/{sent.pk}/pass-on/", {**page, "field": ["message"], "form": "csv"}
    )
    assert refused.status_code == 409 and "gesperrt" in shown(refused)
    assert not Disclosure.objects.exists()


def test_a_note_of_dispute_goes_where_its_value_goes_and_is_called_by_its_name(officer, clerk):
    sent, asking = assigned(), make.rights_request("rectification")
    sent.refresh_from_db()
    file = sent.case
    steps.concern(asking, file.subject_id)
    rectify.dispute(make.officer(), asking.pk, "zusage.case", str(file.pk), "balance", "Schon bezahlt")
    rectify.dispute(make.officer(), asking.pk, "zusage.case", str(file.pk), "address", "Umgezogen")
    told = json.loads(pass_on(clerk, sent, "json", ("balance",)).content)
    assert told["values"] == {"balance": FILE["balance"], "balance_disputed": "Schon bezahlt"}
    path = demanded(officer).headers["Location"].partition("?")[0]
    assert "Schon bezahlt" in shown(officer.get(f"{path}?values"))
    entry = {**tokens(officer, path), "field": ["balance"], "form": "pdf"}
    paper = officer.post(f"{path}hand-over/", entry)
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper.content)).pages)
    assert "Schon bezahlt" in words and "Umgezogen" not in words
    for page in (words, shown(officer.get("/office/disclosures/"))):
        assert "Offener Betrag (bestritten)" in " ".join(page.split()) and "_disputed" not in page
    letters.write(
        make.clerk(), [file.pk], "t" * 22
    )  # the printers carry the address, not the quarrel about it
    assert "disputed" not in Disclosure.objects.get(recipient="print-service").fields


def demanded(client, **changes):
    page = tokens(client, "/office/demands/new/")
    return client.post("/office/demands/new/", {**page, **DEMAND, **changes})


def test_a_demand_is_answered_with_what_the_law_names(officer):
    sent = assigned()
    answer = demanded(officer)
    assert answer.status_code == 303, shown(answer)
    path = answer.headers["Location"].partition("?")[0]
    page = shown(officer.get(path))
    assert DEMAND["authority"] in page and FILE["debtor_name"] not in page
    assert not Outbox.objects.filter(act="open", record_type="zusage.case", purpose="legal-duty").exists()
    assert FILE["debtor_name"] in shown(officer.get(f"{path}?values"))
    assert Outbox.objects.filter(act="open", record_type="zusage.case", purpose="legal-duty").exists()
    entry = {**tokens(officer, path), "field": ["debtor_name", "address", "monthly_instalment"]}
    told = json.loads(officer.post(f"{path}hand-over/", {**entry, "form": "json"}).content)
    assert told["citation"] == DEMAND["citation"] and told["authority"] == DEMAND["authority"]
    assert {"record": "case", "debtor_name": FILE["debtor_name"], "address": FILE["address"]} in told[
        "records"
    ]
    assert {"record": "form", "monthly_instalment": "120.00"} in told["records"]
    assert "message" not in json.dumps(told)
    paper = officer.post(f"{path}hand-over/", {**entry, "form": "pdf"})
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper.content)).pages)
    assert FILE["address"] in words and DEMAND["citation"] in words and FILE["balance"] not in words
    assert Disclosure.objects.filter(form="json").count() == 2
    assert officer.post(f"{path}hand-over/", {**entry, "form": "json"}).status_code == 200
    assert Disclosure.objects.filter(form="json").count() == 2
    log = shown(officer.get("/office/disclosures/?ground=law"))
    assert "Behörden und Gerichte" in log and DEMAND["citation"] in log and FILE["debtor_name"] not in log
    assert officer.post(f"{path}close/", tokens(officer, "/office/demands/new/")).status_code == 303
    late = officer.post(f"{path}hand-over/", {**entry, "form": "json"})
    assert late.status_code == 409 and "abgeschlossen" in shown(late)
    assert sent.pk


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"authority": ""}, "Diese Angabe fehlt"),
        ({"authority": "x" * 201}, "zu lang"),
        ({"citation": "weil"}, "Nennen Sie das Gesetz"),
        ({"citation": ""}, "Diese Angabe fehlt"),
        ({"citation": "Art. 1 " + "x" * 500}, "Nennen Sie das Gesetz"),
        ({"received_on": "morgen"}, "verstehen wir nicht"),
        ({"received_on": "2999-01-01"}, "Zukunft"),
        ({"case_references": ""}, "Diese Angabe fehlt"),
        ({"case_references": "ZH-2026-10041\r\nZZ-99"}, "Zeile 2"),
        ({"case_references": "<script>"}, "Aktenzeichen"),
        ({"authority": "a\x07b"}, "Steuerzeichen"),
    ],
)
def test_a_demand_with_a_hole_is_not_stored_and_nothing_typed_is_lost(officer, changes, said):
    case()
    answer = demanded(officer, **changes)
    assert answer.status_code == 422 and said in shown(answer)
    assert DEMAND["reference"] in text(answer)
    assert not Demand.objects.exists()


def test_the_log_opens_nothing_and_its_filters_take_anything(officer, clerk):
    pass_on(clerk, assigned())
    before = Outbox.objects.filter(act="open").count()
    for query in ("", "?recipient=creditor", "?recipient=%27OR&ground=x&page=99999999999", "?page=-1"):
        page = officer.get(f"/office/disclosures/{query}")
        assert page.status_code == 200 and "Der Gläubiger Ihrer Rechnung" in shown(page)
    assert Outbox.objects.filter(act="open").count() == before
    empty = officer.get("/office/disclosures/?recipient=authorities")
    assert "Keine Weitergabe" in shown(empty)
