"""The three forms as people meet them: what they ask, what they say, what they keep."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

import pytest
from django.test import Client

from tests.cast import CAST, VRENI
from tests.test_public import Page
from zusage.actions.house import publish_notice
from zusage.models import Submission, SubmissionValue
from zusage.policy.types import LANGUAGES
from zusage.rules.sources import source
from zusage.tenant import policy, version
from zusage.vault import api as vault
from zusage.vault.models import Consent
from zusage.web import pressure
from zusage.web.limits import Counters
from zusage.web.words import say

pytestmark = pytest.mark.django_db

CONTRACT = {
    "contact": "first_name last_name street postcode town email phone message company case_reference",
    "enquiry": "name case_reference date_of_birth phone_day phone_evening email message",
    "payment": (
        "name case_references date_of_birth phone_day phone_evening email message monthly_instalment payment_day "
        "budget_income budget_housing budget_other"
    ),
}

RECKONED_WITH = {"amount_owed"}  # for the help of the payment form; never stored: test_payment_help.py


@pytest.fixture
def visitor() -> Client:
    publish_notice()
    return Client()


@pytest.fixture(autouse=True)
def calm(monkeypatch) -> Counters:
    """Counters of this test's own."""
    counters = Counters(1024)
    monkeypatch.setattr(pressure, "COUNTERS", counters)
    return counters


def fields(page: Page) -> dict[str, dict[str, str]]:
    """The controls of a page that a person can fill in, by name."""
    controls = [*page.all("input"), *page.all("textarea")]
    return {attrs["name"]: attrs for attrs in controls if attrs.get("type") not in ("hidden", "submit")}


def entries(html: str) -> dict[str, str]:
    """What stands in the fields of a page."""
    found = dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', html, re.S))
    for attrs in Page(html).all("input"):
        if attrs.get("type") == "submit":
            continue
        found[attrs["name"]] = attrs.get("value", "")
    return {name: unescape(value) for name, value in found.items()}


def stored() -> dict[str, str]:
    """The values of the one submission there is."""
    sent = Submission.objects.get()
    rows = list(SubmissionValue.objects.filter(submission=sent))
    opened = vault.open_many(rows, sent.purpose, vault.Actor.subject(sent.subject_id))
    return {row.field: one["value"] for row, one in zip(rows, opened, strict=True)}


@pytest.mark.parametrize("form", CONTRACT)
def test_a_form_asks_what_is_declared_and_nothing_else(visitor, form):
    asked = fields(Page(visitor.get(f"/de/{form}/").text))
    checks = {name for name, attrs in asked.items() if attrs.get("type") == "checkbox"}
    assert set(asked) - checks - RECKONED_WITH == set(CONTRACT[form].split())
    assert not any("checked" in attrs for attrs in asked.values())
    assert ("consent_callback" in checks) == (form != "contact")


@pytest.mark.parametrize("form", CONTRACT)
@pytest.mark.parametrize("language", LANGUAGES)
def test_beside_the_form_stands_why(visitor, language, form):
    text = unescape(visitor.get(f"/{language}/{form}/").text)
    purpose = policy().purposes[form]
    shown = [f"purpose.{form}.title", f"basis.{purpose.basis}.text", f"retention.{purpose.retention}.text"]
    shown += [f"recipient.{one}.name" for one in purpose.recipients]
    shown += ["warning.open-network"]
    for key in shown:
        assert policy().text(language, key) in text, key
    assert f"/{language}/mailbox/" in text


def test_every_field_has_its_label_and_what_it_takes(visitor):
    for form in CONTRACT:
        page = Page(visitor.get(f"/de/{form}/").text)
        labelled = {attrs["for"] for attrs in page.all("label")}
        ids = set(page.ids())
        for attrs in fields(page).values():
            assert attrs["id"] in labelled
            assert set(attrs.get("aria-describedby", "").split()) <= ids
    contact = fields(Page(visitor.get("/de/contact/").text))
    assert "required" in contact["town"] and "required" not in contact["company"]
    assert contact["email"]["type"] == "email" and contact["first_name"]["autocomplete"] == "given-name"


@pytest.mark.parametrize("form", CONTRACT)
@pytest.mark.parametrize("person", CAST, ids=lambda person: person.id)
def test_everybody_gets_through(visitor, person, form):
    answer = visitor.post(f"/{person.speaks}/{form}/", getattr(person, form)())
    if answer.status_code == 422 and form == "contact":
        # The contact form asks for all that the notice names; not everybody has all of it.
        assert not all((person.email, person.phone_day, person.message, person.street))
        return
    assert answer.status_code == 303, [item.error for item in answer.context["summary"]]
    assert answer["Location"].startswith(f"/{person.speaks}/mailbox/receipt/")
    found = Submission.objects.get()
    assert (found.purpose, found.language, found.notice_version) == (form, person.speaks, version())


def test_what_was_typed_is_kept_as_the_rules_write_it(visitor):
    visitor.post("/de/payment/", VRENI.payment())
    values = stored()
    assert values["date_of_birth"] == VRENI.born.isoformat()
    assert values["monthly_instalment"] == VRENI.instalment
    assert values["phone_day"] == VRENI.phone_day_e164
    assert values["payment_day"] == VRENI.payment_day.rstrip(".")


@pytest.mark.parametrize(
    "sent", ["A-1\r\nB-2, C-3", ["A-1", "B-2", "C-3"], ["A-1;B-2", "C-3"]], ids=["lines", "repeated", "both"]
)
def test_several_references_at_once(visitor, sent):
    visitor.post("/de/payment/", {**VRENI.payment(), "case_references": sent})
    assert stored()["case_references"] == "A-1\nB-2\nC-3"


def test_a_budget_may_be_told_and_is_folded_until_then(visitor):
    """It says for itself how long it is kept and who sees it: not the creditor. No income at all can be told, too."""
    page = unescape(visitor.get("/de/payment/").text)
    folded = page.partition('<details class="folded" id="group-budget">')[2].partition("</details>")[0]
    words = policy().words["de"]
    assert words["group.budget"] in folded and words["retention.budget.text"] in folded
    assert words["recipient.own-staff.name"] in folded and words["recipient.creditor.name"] not in folded
    assert "required" not in folded and page.index("consent_callback") < page.index("budget_income")
    wrong = visitor.post(
        "/de/payment/", {**VRENI.payment(), "budget_income": "viel", "budget_housing": "900"}
    )
    assert wrong.status_code == 422 and [item.name for item in wrong.context["summary"]] == ["budget_income"]
    assert '<details class="folded" id="group-budget" open>' in wrong.text and 'value="900"' in wrong.text
    assert visitor.post("/de/payment/", {**VRENI.payment(), "budget_income": "0.-"}).status_code == 303
    values = stored()
    assert values["budget_income"] == "0.00" and "budget_housing" not in values


def test_what_is_not_declared_is_not_collected(visitor):
    extra = {"income": "2500", "consent_newsletter": "yes", "phone": "044 000 00 00", "iban": "CH93"}
    answer = visitor.post("/de/enquiry/", {**VRENI.enquiry(), **extra})
    assert answer.status_code == 303
    assert set(stored()) <= set(CONTRACT["enquiry"].split())
    assert not Consent.objects.exists()


def test_a_further_purpose_is_a_consent_of_its_own(visitor):
    visitor.post("/de/enquiry/", {**VRENI.enquiry(), "consent_callback": "yes"})
    assert [(one.purpose, one.notice_version) for one in Consent.objects.all()] == [("callback", version())]


def test_a_consent_to_a_call_needs_a_number(visitor):
    entry = {**VRENI.enquiry(), "phone_day": "", "phone_evening": "", "consent_callback": "yes"}
    answer = visitor.post("/de/enquiry/", entry)
    assert answer.status_code == 422 and not Submission.objects.exists()
    assert [item.name for item in answer.context["summary"]] == ["consent_callback"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_entry_comes_back_with_everything_in_it(visitor, language):
    wrong = {
        "name": "Zoë <b>Ş</b> & Söhne",
        "date_of_birth": "31.2.1980",
        "case_references": ["A-1\r\nB/2", "§§§"],
        "monthly_instalment": "1.250",
        "payment_day": "32",
        "phone_day": "12",
        "email": "zoe@",
        "message": 'Erste Zeile\r\n\r\n  "Zweite"',
        "consent_callback": "yes",
    }
    answer = visitor.post(f"/{language}/payment/", wrong)
    assert answer.status_code == 422 and not Submission.objects.exists()
    kept = entries(answer.text)
    for name, value in wrong.items():
        expected = "\n".join(value) if isinstance(value, list) else value
        if name != "consent_callback":
            assert kept[name].replace("\r\n", "\n") == expected.replace("\r\n", "\n"), name
    page = Page(answer.text)
    controls = fields(page)
    assert "checked" in controls["consent_callback"] and "checked" not in controls["mailbox_only"]
    marked = {name for name, attrs in controls.items() if attrs.get("aria-invalid")}
    assert marked == {
        "date_of_birth",
        "case_references",
        "monthly_instalment",
        "payment_day",
        "phone_day",
        "email",
    }
    linked = {attrs["href"] for attrs in page.all("a") if attrs.get("href", "").startswith("#f-")}
    assert linked == {f"#f-{name}" for name in marked}
    assert {"tabindex": "-1", "autofocus": ""}.items() <= next(
        a for a in page.all("div") if a.get("id") == "summary"
    ).items()
    for code in ("date-impossible", "amount-ambiguous", "day-range"):
        assert say(language, f"problem.{code}") in unescape(answer.text)
    assert all(f"{controls[name]['id']}-error" in controls[name]["aria-describedby"] for name in marked)


def test_what_is_missing_is_named_once_with_its_way_out(visitor):
    answer = visitor.post("/de/enquiry/", {})
    problems = {item.name: item.error for item in answer.context["summary"]}
    assert set(problems) == {"name", "date_of_birth", "case_reference", "message", "phone_day"}
    assert "Ich habe kein Aktenzeichen" in problems["case_reference"]
    assert "Ich lese die Antwort nur im Postfach" in problems["phone_day"]


def test_the_ways_out_are_ways_out(visitor):
    entry = {
        "name": "Zoë",
        "date_of_birth": "1980-02-01",
        "message": "Guten Tag",
        "no_reference": "on",
        "mailbox_only": "on",
    }
    assert visitor.post("/de/enquiry/", entry).status_code == 303
    assert set(stored()) == {"name", "date_of_birth", "message"}
    for name in ("no_reference", "mailbox_only"):
        assert visitor.post("/de/enquiry/", {**entry, name: ""}).status_code == 422


@pytest.mark.parametrize("nasty", ["\x00", "Zo\x1bë", "Zoe\u202eeoZ", "Zo\ufffd", "x" * 5000])
def test_bad_input_is_refused_with_a_word_and_not_with_a_fault(visitor, nasty):
    answer = visitor.post("/de/enquiry/", {**VRENI.enquiry(), "name": nasty})
    assert answer.status_code == 422
    assert [item.name for item in answer.context["summary"]] == ["name"]


def test_the_same_page_sent_twice_is_one_submission(visitor):
    token = entries(visitor.get("/de/enquiry/").text)["form_token"]
    answers = [visitor.post("/de/enquiry/", {**VRENI.enquiry(), "form_token": token}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert Submission.objects.count() == 1


def test_a_page_that_came_back_with_errors_keeps_its_token(visitor):
    token = entries(visitor.get("/de/enquiry/").text)["form_token"]
    again = visitor.post("/de/enquiry/", {"form_token": token})
    assert entries(again.text)["form_token"] == token
    assert entries(visitor.post("/de/enquiry/", {"form_token": "<script>"}).text)["form_token"] != "<script>"


def test_a_version_that_was_never_published_is_not_named(visitor):
    visitor.post("/de/enquiry/", {**VRENI.enquiry(), "policy_version": "f" * 64})
    assert Submission.objects.get().notice_version == version()


def test_a_proposal_is_a_request_and_no_acknowledgement(visitor):
    for language in LANGUAGES:
        assert say(language, "form.request_only") in unescape(visitor.get(f"/{language}/payment/").text)
    assert say("de", "form.request_only") not in unescape(visitor.get("/de/enquiry/").text)


def test_whoever_is_not_that_person_finds_a_sentence_ready(visitor):
    page = visitor.get("/de/enquiry/?about=not-me")
    assert entries(page.text)["message"] == say("de", "form.not_me_message")


def test_under_pressure_the_form_waits_with_everything_in_it(visitor, calm):
    for _ in range(policy().limits.pressure_per_minute):
        calm.add("forms-of-all", b"everybody", 60)
    answer = visitor.post("/de/enquiry/", VRENI.enquiry())
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0
    kept = entries(answer.text)
    assert kept["name"] == VRENI.name and kept["wait_token"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    impatient = visitor.post("/de/enquiry/", {**VRENI.enquiry(), "wait_token": kept["wait_token"]})
    assert impatient.status_code == 429 and not Submission.objects.exists()
    # A browser's little sum opens the way at once.
    task = json.loads(
        next(a["data-challenge"] for a in Page(answer.text).all("section") if "data-challenge" in a)
    )
    most = task.get("maxnumber") or task["maxNumber"]
    number = next(
        n for n in range(most + 1) if sha256(f"{task['salt']}{n}".encode()).hexdigest() == task["challenge"]
    )
    proof = {
        **{name: task[name] for name in ("algorithm", "challenge", "salt", "signature")},
        "number": number,
    }
    sent = b64encode(json.dumps(proof).encode()).decode()
    assert visitor.post("/de/enquiry/", {**VRENI.enquiry(), "altcha": sent}).status_code == 303


def test_a_source_that_sent_too_much_keeps_its_entries(visitor, calm):
    for _ in range(policy().limits.submissions_per_source):
        calm.add("forms", source("127.0.0.1"), 600)
    answer = visitor.post("/fr/enquiry/", VRENI.enquiry())
    assert answer.status_code == 429 and not Submission.objects.exists()
    assert entries(answer.text)["email"] == VRENI.email
    assert say("fr", "pressure.refused", minutes=10) in unescape(answer.text)
    elsewhere = visitor.post("/fr/enquiry/", VRENI.enquiry(), REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 303
