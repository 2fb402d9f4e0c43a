"""The clerk's work: inbox, a submission, answer, note, hand on, case file, close."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests import desk, make
from zusage.actions import mailbox as mailbox_actions
from zusage.actions import office as actions
from zusage.actions.cases import open_case
from zusage.models import Case, Message, Note, Submission, SubmissionValue
from zusage.protocol.models import Outbox
from zusage.rules.references import normal
from zusage.vault import api as vault
from zusage.vault.models import Consent, Restriction

pytestmark = pytest.mark.django_db

CASE = {
    "reference": "ZH-2026-10041",
    "debtor_name": "Nadine Oberholzer",
    "date_of_birth": "1984-03-17",
    "address": "Lindenweg 4, 8400 Winterthur",
    "creditor": "Velohaus Tössfeld AG",
    "balance": "CHF 420.50",
}


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    desk.forget_tries()


def file(**values: str) -> Case:
    return open_case(vault.Actor.system("test"), date(2026, 1, 5), {**CASE, **values})


def path(one: Submission, what: str = "") -> str:
    return f"/office/submissions/{one.pk}/{what}"


def fields_of(client: Client, one: Submission, action: str) -> dict[str, str]:
    """The hidden fields of one form of the page, as a browser would send them back."""
    page = client.get(path(one)).content.decode()
    form = re.search(rf'<form[^>]*action="[^"]*/{action}/[^"]*".*?</form>', page, re.S)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def deeds(act: str) -> list[Outbox]:
    return list(Outbox.objects.filter(act=act).order_by("at"))


# --- inbox


def test_inbox_shows_who_waits_longest_first() -> None:
    client = desk.signed_in(desk.person("clerk", "klara"))
    now = timezone.now()
    for name, days in (("Eins Neu", 0), ("Zwei Alt", 9), ("Drei Mittel", 3)):
        one = make.submission("enquiry", name=name)
        Submission.objects.filter(pk=one.pk).update(received_at=now - timedelta(days=days))
    page = client.get("/office/").content.decode()
    assert page.index("Zwei Alt") < page.index("Drei Mittel") < page.index("Eins Neu")
    assert "seit 9 Tagen" in page
    assert "3 Einträge" in page
    # A later letter of the person is what now waits.
    old = Submission.objects.order_by("received_at").first()
    mailbox_actions.reply(old.subject_id, old.pk, "Noch etwas", "t" * 16)
    page = client.get("/office/").content.decode()
    assert page.index("Drei Mittel") < page.index("Zwei Alt")


def test_each_name_shown_is_an_opening_recorded_with_its_purpose() -> None:
    clerk = desk.person("clerk")
    client = desk.signed_in(clerk)
    contact, enquiry = make.submission("contact"), make.submission("enquiry")
    client.get("/office/")
    opened = deeds("open")
    assert {(one.purpose, one.subject_id) for one in opened} == {
        ("contact", contact.subject_id),
        ("enquiry", enquiry.subject_id),
    }
    # What was opened of one form shares a line.
    assert {one.record_id for one in opened} == {f"{contact.pk}:first_name,last_name", f"{enquiry.pk}:name"}
    assert {one.actor_id for one in opened} == {str(clerk.pk)}


def test_filters_and_counts() -> None:
    clerk = desk.person("clerk")
    client = desk.signed_in(clerk)
    mine = make.submission("payment", name="Meins Zuerst")
    actions.assign(clerk, mine.pk, clerk, None)
    make.submission("enquiry", name="Frage Hier", language="fr")
    closed = make.submission("contact", last_name="Zu-Ende")
    actions.close(clerk, closed.pk)

    def shown(query: str) -> set[str]:
        page = client.get(f"/office/?{query}").content.decode()
        return {name for name in ("Meins Zuerst", "Frage Hier", "Zu-Ende") if name in page}

    assert shown("") == {"Meins Zuerst", "Frage Hier"}
    assert shown("who=mine") == {"Meins Zuerst"}
    assert shown("who=nobody") == {"Frage Hier"}
    assert shown("kind=payment") == {"Meins Zuerst"}
    assert shown("language=fr") == {"Frage Hier"}
    assert shown("state=closed") == {"Zu-Ende"}
    assert shown("state=all") == {"Meins Zuerst", "Frage Hier", "Zu-Ende"}
    assert shown("state=all&kind=contact&language=fr") == set()
    assert shown("state=nonsense&kind=%00&page=zwei") == {"Meins Zuerst", "Frage Hier"}


def test_what_lies_with_somebody_who_left_lies_with_nobody() -> None:
    gone, client = make.clerk(), desk.signed_in(desk.person("clerk"))
    one = make.submission("enquiry")
    actions.assign(gone, one.pk, gone, None)
    assert "Nadine" not in client.get("/office/?who=nobody").content.decode()
    gone.is_active = False
    gone.save()
    assert "Nadine" in client.get("/office/?who=nobody").content.decode()


def test_pages() -> None:
    client = desk.signed_in(desk.person("clerk"))
    for number in range(27):
        make.submission("enquiry", name=f"Person Nummer{number:02}")
    first = client.get("/office/").content.decode()
    assert len(re.findall("Person Nummer", first)) == 25
    assert "Seite 1 von 2" in first
    second = client.get("/office/?page=2").content.decode()
    assert len(re.findall("Person Nummer", second)) == 2


def test_empty_inbox_says_so() -> None:
    client = desk.signed_in(desk.person("clerk"))
    assert "Alles erledigt" in client.get("/office/").content.decode()
    assert "Nichts gefunden" in client.get("/office/?state=closed").content.decode()


# --- one submission


def test_shows_what_is_known() -> None:
    clerk = desk.person("clerk")
    client = desk.signed_in(clerk)
    one = make.submission("payment", consents=("callback",))
    actions.note(clerk, one.pk, "Interne Bemerkung", "n" * 16)
    actions.answer(clerk, one.pk, "Unsere erste Antwort", "a" * 16, 0)
    mailbox_actions.reply(one.subject_id, one.pk, "Meine Rückfrage", "r" * 16)
    page = client.get(path(one)).content.decode()
    for text in ("Nadine Oberholzer", "17. März 1984", "+41 44 300 01 99", "120.00", "Interne Bemerkung"):
        assert text in page
    assert page.index("Guten Tag") < page.index("Unsere erste Antwort") < page.index("Meine Rückfrage")
    assert "Anruf zu Ihrem Budget" in page
    assert "Eingewilligt am" in page
    assert [one.record_type for one in deeds("open") if one.purpose == "callback"] == [
        "zusage.submissionvalue"
    ]


def test_without_consent_nothing_is_opened_for_the_further_purpose() -> None:
    client = desk.signed_in(desk.person("clerk"))
    one = make.submission("payment")
    page = client.get(path(one)).content.decode()
    assert "Keine Einwilligung" in page
    assert not Outbox.objects.filter(act="open", purpose="callback").exists()
    given = make.submission("payment", consents=("callback",))
    Consent.objects.filter(subject_id=given.subject_id).update(withdrawn_at=timezone.now())
    assert "Keine Einwilligung" in client.get(path(given)).content.decode()
    assert not Outbox.objects.filter(act="open", purpose="callback").exists()


def test_answer() -> None:
    clerk = desk.person("clerk")
    client = desk.signed_in(clerk)
    one = make.submission("enquiry")
    form = fields_of(client, one, "answer")
    answer = client.post(path(one, "answer/"), {**form, "answer": "Ja, das Geld ist da."})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Ja, das Geld ist da." in page
    assert "liegt im Postfach" in page
    one.refresh_from_db()
    assert one.state == "answered"
    assert one.assigned_to_id == clerk.pk
    assert len(deeds("answer")) == 1


def test_double_click_is_one_answer() -> None:
    client = desk.signed_in(desk.person("clerk"))
    one = make.submission("enquiry")
    form = {**fields_of(client, one, "answer"), "answer": "Einmal"}
    assert [client.post(path(one, "answer/"), form).status_code for _ in range(2)] == [303, 303]
    assert Message.objects.count() == 1
    note = {**fields_of(client, one, "note"), "note": "Einmal"}
    assert [client.post(path(one, "note/"), note).status_code for _ in range(2)] == [303, 303]
    assert Note.objects.count() == 1


def test_a_new_letter_meanwhile_is_a_conflict_that_keeps_the_text() -> None:
    client = desk.signed_in(desk.person("clerk"))
    one = make.submission("enquiry")
    form = fields_of(client, one, "answer")
    mailbox_actions.reply(one.subject_id, one.pk, "Es hat sich erledigt", "r" * 16)
    answer = client.post(path(one, "answer/"), {**form, "answer": "Mein langer Text"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "ein neuer Brief dazugekommen" in page
    assert "Es hat sich erledigt" in page
    assert re.search(r"<textarea[^>]*>\s*Mein langer Text</textarea>", page)
    assert not Message.objects.filter(sender="agency").exists()
    # The page that came back can be sent.
    again = dict(re.findall(r'<input type="hidden" name="(form_token|seen)" value="([^"]*)"', page))
    assert client.post(path(one, "answer/"), {**again, "answer": "Mein langer Text"}).status_code == 303


def test_closed_meanwhile_is_a_conflict() -> None:
    clerk = desk.person("clerk")
    client = desk.signed_in(clerk)
    one = make.submission("enquiry")
    form = fields_of(client, one, "answer")
    actions.close(clerk, one.pk)
    answer = client.post(path(one, "answer/"), {**form, "answer": "Zu spät"})
    assert answer.status_code == 409
    assert "abgeschlossen" in answer.content.decode()


@pytest.mark.parametrize("bad", ["", "   \n ", "mit \x00 drin", "ab\u202eba", "x" * 10_001, "\ufffd"])
@pytest.mark.parametrize("what", ["answer", "note"])
def test_bad_text_is_422_and_kept(what: str, bad: str) -> None:
    client = desk.signed_in(desk.person("clerk"))
    one = make.submission("enquiry")
    answer = client.post(path(one, f"{what}/"), {**fields_of(client, one, what), what: bad})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    if bad.strip():
        assert bad in answer.content.decode()
    assert Message.objects.count() + Note.objects.count() == 0


def test_handing_on() -> None:
    clerk, other = desk.person("clerk"), desk.person("clerk", "otto")
    client = desk.signed_in(clerk)
    one = make.submission("enquiry")
    assert client.post(path(one, "assign/"), {"to": str(clerk.pk), "expected": ""}).status_code == 303
    assert (
        client.post(path(one, "assign/"), {"to": str(other.pk), "expected": str(clerk.pk)}).status_code == 303
    )
    one.refresh_from_db()
    assert one.assigned_to_id == other.pk
    late = client.post(path(one, "assign/"), {"to": str(clerk.pk), "expected": ""})
    assert late.status_code == 409
    assert "jemand anderem zugeteilt" in late.content.decode()
    assert client.post(path(one, "assign/"), {"to": "", "expected": str(other.pk)}).status_code == 303
    one.refresh_from_db()
    assert one.assigned_to_id is None
    assert len(deeds("assign")) == 3


@pytest.mark.parametrize("role", ["officer", "administrator"])
def test_only_clerks_can_be_given_a_submission(role: str) -> None:
    other, client = desk.person(role), desk.signed_in(desk.person("clerk"))
    one = make.submission("enquiry")
    answer = client.post(path(one, "assign/"), {"to": str(other.pk), "expected": ""})
    assert answer.status_code == 409
    one.refresh_from_db()
    assert one.assigned_to_id is None


def test_the_case_file_is_suggested_and_a_human_assigns_it() -> None:
    client = desk.signed_in(desk.person("clerk"))
    right, other = file(), file(reference="ZH-2026-99999", debtor_name="Jemand Anderes")
    one = make.submission("enquiry", case_reference="zh 2026.10041")
    page = client.get(path(one)).content.decode()
    assert "Velohaus Tössfeld AG" in page
    assert 'class="candidate"' in page
    assert "Jemand Anderes" not in page
    one.refresh_from_db()
    assert one.case_id is None
    assert ("open", "collection", right.subject_id) in Outbox.objects.values_list(
        "act", "purpose", "subject_id"
    )
    assert not Outbox.objects.filter(act="open", subject_id=other.subject_id).exists()
    assert client.post(path(one, "case/"), {"case": str(right.pk)}).status_code == 303
    one.refresh_from_db()
    assert one.case_id == right.pk
    assert "Gleiches Geburtsdatum" in client.get(path(one)).content.decode()
    assert client.post(path(one, "case/undo/")).status_code == 303
    one.refresh_from_db()
    assert one.case_id is None
    assert [len(deeds("assign-case")), len(deeds("unassign-case"))] == [1, 1]


def test_the_index_only_narrows_down() -> None:
    client = desk.signed_in(desk.person("clerk"))
    values = {"debtor_name": "Hans Anders", "date_of_birth": "1950-01-01", "address": ""}
    wrong = file(reference="SG-2026-40002", creditor="Energie Steinach AG", **values)
    vault.entry("reference", normal("ZH-2026-10041"), wrong).save()  # two references with one hash
    one = make.submission("enquiry")
    assert "Energie Steinach AG" not in client.get(path(one)).content.decode()
    assert client.post(path(one, "case/"), {"reference": "ZH-2026-10041"}).status_code == 409


def test_another_date_of_birth_is_said() -> None:
    client = desk.signed_in(desk.person("clerk"))
    right, one = file(date_of_birth="1990-01-01"), make.submission("enquiry")
    assert "agreement conflicts" in client.get(path(one)).content.decode()
    assert client.post(path(one, "case/"), {"case": str(right.pk)}).status_code == 303
    assert "Anderes Geburtsdatum" in client.get(path(one)).content.decode()


def test_the_case_file_by_its_reference() -> None:
    client = desk.signed_in(desk.person("clerk"))
    right = file(reference="LU-2026-50008")
    one = make.submission("contact")
    assert client.post(path(one, "case/"), {"reference": "lu 2026 50008"}).status_code == 303
    one.refresh_from_db()
    assert one.case_id == right.pk


@pytest.mark.parametrize("typed", ["gibt-es-nicht-1", "<b>", "", "x" * 100])
def test_a_reference_that_leads_nowhere_is_kept(typed: str) -> None:
    client = desk.signed_in(desk.person("clerk"))
    one = make.submission("contact")
    answer = client.post(path(one, "case/"), {"reference": typed})
    assert answer.status_code in (409, 422)
    shown = typed.replace("<", "&lt;").replace(">", "&gt;")
    assert f'name="reference" value="{shown}"' in answer.content.decode()


def test_closing_and_reopening() -> None:
    client = desk.signed_in(desk.person("clerk"))
    one = make.submission("enquiry")
    assert client.post(path(one, "close/"), fields_of(client, one, "close")).status_code == 303
    one.refresh_from_db()
    assert one.state == "closed"
    page = client.get(path(one)).content.decode()
    assert re.search(r"Löschung:\s+\d", page)  # a date: the period runs
    assert 'name="answer"' not in page
    assert client.post(path(one, "reopen/")).status_code == 303
    one.refresh_from_db()
    assert one.state == "open"


def test_nothing_is_closed_over_a_letter_that_nobody_has_read() -> None:
    client = desk.signed_in(desk.person("clerk"))
    one = make.submission("enquiry")
    form = fields_of(client, one, "close")
    mailbox_actions.reply(one.subject_id, one.pk, "Noch eine Frage", "r" * 16)
    answer = client.post(path(one, "close/"), form)
    assert answer.status_code == 409
    assert "Noch eine Frage" in answer.content.decode()
    one.refresh_from_db()
    assert one.state == "open"


def test_two_clerks_and_two_case_files() -> None:
    client = desk.signed_in(desk.person("clerk"))
    first, second = file(), file()
    one = make.submission("enquiry")
    assert client.post(path(one, "case/"), {"case": str(first.pk), "expected": ""}).status_code == 303
    late = client.post(path(one, "case/"), {"case": str(second.pk), "expected": ""})
    assert late.status_code == 409
    assert "anders zugeordnet" in late.content.decode()
    one.refresh_from_db()
    assert one.case_id == first.pk
    # Two files with one reference: the person's word doesn't decide between them.
    other = make.submission("contact")
    assert client.post(path(other, "case/"), {"reference": "ZH-2026-10041"}).status_code == 409


# --- what may not be opened


def test_restricted_subject() -> None:
    client = desk.signed_in(desk.person("clerk"))
    shut, other = (
        make.submission("enquiry", name="Gesperrte Person"),
        make.submission("enquiry", name="Andere"),
    )
    Restriction.objects.create(subject_id=shut.subject_id, kind="restriction")
    inbox = client.get("/office/").content.decode()
    assert "gesperrt" in inbox
    assert "Gesperrte Person" not in inbox
    assert "Andere" in inbox
    page = client.get(path(shut)).content.decode()
    assert "Gesperrte Person" not in page
    assert "Guten Tag" not in page
    assert "Oberholzer" not in page
    assert not Outbox.objects.filter(act="open", subject_id=shut.subject_id).exists()
    assert Outbox.objects.filter(act="open", subject_id=other.subject_id).exists()
    for what in ("answer", "note"):
        answer = client.post(path(shut, f"{what}/"), {what: "Trotzdem", "form_token": "t" * 16, "seen": "0"})
        assert answer.status_code == 409
    assert client.post(path(shut, "case/"), {"reference": "ZH-2026-10041"}).status_code == 409
    assert Message.objects.count() + Note.objects.count() == 0


def test_objection_to_one_purpose_shuts_that_purpose() -> None:
    client = desk.signed_in(desk.person("clerk"))
    one = make.submission("payment", consents=("callback",))
    Restriction.objects.create(subject_id=one.subject_id, kind="objection", purpose="callback")
    page = client.get(path(one)).content.decode()
    assert "Nadine Oberholzer" in page
    assert not Outbox.objects.filter(act="open", purpose="callback").exists()


def test_erased_subject() -> None:
    clerk = desk.person("clerk")
    client = desk.signed_in(clerk)
    one = make.submission("enquiry")
    actions.answer(clerk, one.pk, "Vorher", "a" * 16, 0)
    vault.shred(one.subject_id, "test", vault.Actor.system("test"))
    assert "gelöscht" in client.get("/office/?state=all").content.decode()
    page = client.get(path(one))
    assert page.status_code == 200
    assert "sind gelöscht" in page.content.decode()
    assert not Outbox.objects.filter(act="open", subject_id=one.subject_id).exists()
    form = {"answer": "Nachher", "form_token": "t" * 16, "seen": "1"}
    assert client.post(path(one, "answer/"), form).status_code == 409


def test_a_tampered_value_spoils_no_other() -> None:
    client = desk.signed_in(desk.person("clerk"))
    bad, good = (
        make.submission("enquiry", name="Verdorben"),
        make.submission("enquiry", name="Lesbare Person"),
    )
    swapped = SubmissionValue.objects.get(submission=good, field="message").value
    SubmissionValue.objects.filter(submission=bad, field="name").update(value=swapped)
    inbox = client.get("/office/").content.decode()
    assert "nicht lesbar" in inbox
    assert "Lesbare Person" in inbox
    assert client.get(path(bad)).status_code == 200


# --- pages that are too old


def test_missing_token_is_403_and_the_text_is_kept() -> None:
    client = desk.signed_in(desk.person("clerk"), enforce_csrf_checks=True)
    one = make.submission("enquiry")
    for what in ("answer", "note"):
        answer = client.post(
            path(one, f"{what}/"), {what: "Mit Mühe geschrieben", "form_token": "t" * 16, "seen": "0"}
        )
        assert answer.status_code == 403
        assert "Mit Mühe geschrieben" in answer.content.decode()
    for what in ("assign", "case", "close", "reopen"):
        assert client.post(path(one, f"{what}/")).status_code == 403
    assert Message.objects.count() + Note.objects.count() == 0
    one.refresh_from_db()
    assert one.state == "open"
    # With the token of a page it works.
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(path(one)).content.decode())[1]
    form = {"answer": "Jetzt", "form_token": "t" * 16, "seen": "0", "csrfmiddlewaretoken": token}
    assert client.post(path(one, "answer/"), form).status_code == 303


def test_signed_out_meanwhile_gives_the_text_back() -> None:
    one = make.submission("enquiry")
    answer = Client(enforce_csrf_checks=True).post(path(one, "answer/"), {"answer": "Mit Mühe <geschrieben>"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Mit Mühe &lt;geschrieben&gt;" in page
    assert "Oberholzer" not in page
    assert Message.objects.count() == 0


def test_two_tabs() -> None:
    client = desk.signed_in(desk.person("clerk"))
    one, two = make.submission("enquiry"), make.submission("contact")
    first, second = fields_of(client, one, "answer"), fields_of(client, two, "answer")
    assert client.post(path(two, "answer/"), {**second, "answer": "Zweiter Tab"}).status_code == 303
    assert client.post(path(one, "answer/"), {**first, "answer": "Erster Tab"}).status_code == 303
    assert Message.objects.count() == 2


def test_unknown_submission_is_404() -> None:
    client = desk.signed_in(desk.person("clerk"))
    nowhere = "/office/submissions/00000000-0000-4000-8000-000000000000/"
    assert client.get(nowhere).status_code == 404
    for what in ("answer", "note", "assign", "case", "close", "reopen"):
        assert client.post(f"{nowhere}{what}/", {what: "x", "reference": "ZH-1"}).status_code == 404


def test_pages_of_the_office_stay_nowhere() -> None:
    client = desk.signed_in(desk.person("clerk"))
    answer = client.get(path(make.submission("enquiry")))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "connect-src" not in answer.headers["Content-Security-Policy"]
    page = answer.content.decode()
    assert not re.search(r"<script(?![^>]*src=)", page)
    assert " style=" not in page
