"""The protection officer's queue and the page of a request: what is shown, what is opened, and that nothing is lost."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests import desk, make
from zusage.actions import mailbox as mailbox_actions
from zusage.actions.cases import open_case
from zusage.actions.rights import decisions
from zusage.models import Case, Message, Proof, RightsRequest, Staff, Step
from zusage.protocol.models import Outbox
from zusage.vault import api as vault
from zusage.vault.models import Restriction
from zusage.web.office.deadline import deadline

pytestmark = pytest.mark.django_db

TOKEN = "t" * 22
NAME = "Nadine Oberholzer"


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    desk.forget_tries()


@pytest.fixture
def officer() -> Staff:
    return desk.person("officer", "dario")


@pytest.fixture
def client(officer: Staff) -> Client:
    return desk.signed_in(officer)


def ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def file(**values: str) -> Case:
    known = {"reference": "ZH-2026-10041", "debtor_name": NAME, "date_of_birth": "1984-03-17"}
    return open_case(vault.Actor.system("test"), date(2026, 1, 5), {**known, **values})


def path(one: RightsRequest, what: str = "") -> str:
    return f"/office/rights/{one.pk}/{what}"


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def send(client: Client, one: RightsRequest, what: str, **fields: str) -> HttpResponse:
    """Send one of the page's forms as a browser does: with its hidden fields."""
    page = text(client.get(path(one)))
    form = re.search(rf'<form[^>]*action="[^"]*/{what}/[^"]*".*?</form>', page, re.S)
    assert form, f"no form {what}"
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    return client.post(path(one, f"{what}/"), {**hidden, **fields})


def said(client: Client, answer: HttpResponse) -> str:
    assert answer.status_code == 303, text(answer)
    page = text(client.get(answer.headers["Location"]))
    return re.search(r'role="status">.*?<p>(.*?)</p>', page, re.S)[1]


# --- the queue


def test_what_is_overdue_is_red_and_at_the_top(client: Client) -> None:
    for right, days in (("question", 3), ("access", 33), ("deletion", 29)):
        make.rights_request(right, received=ago(days))
    page = text(client.get("/office/rights/"))
    rows = re.findall(r'<tr( class="overdue")?>\s*<th scope="row"><a[^>]*>([^<]*)', page)
    assert rows == [(' class="overdue"', "Auskunft"), ("", "Löschung"), ("", "Frage zum Datenschutz")]
    assert "seit 3 Tagen überfällig" in page and "fällig morgen" in page and "fällig in 27 Tagen" in page
    assert "seit 33 Tagen" in page and "3 Gesuche" in page
    assert re.search(r"Gesuche <span class=\"badge late\">.*?3, davon 1 überfällig", page)


def test_the_queue_opens_nothing(client: Client) -> None:
    one = make.rights_request("access", "stranger", name=NAME, message="Was haben Sie?")
    Outbox.objects.all().delete()
    page = text(client.get("/office/rights/"))
    assert NAME not in page and "mit Ausweis" in page and "zu prüfen" in page
    assert not Outbox.objects.filter(act="open").exists()
    assert NAME in text(client.get(path(one)))
    assert set(Outbox.objects.filter(act="open").values_list("purpose", "subject_id")) == {
        ("rights", one.subject_id)
    }


def test_filters_and_counts(client: Client, officer: Staff) -> None:
    mine = make.rights_request("access")
    decisions.assign(officer, mine.pk, officer, None)
    make.rights_request("deletion", regime="de")
    make.rights_request("complaint", "stranger")
    done = make.rights_request("question")
    decisions.answer(officer, done.pk, "Ja.", TOKEN, 0)

    def shown(query: str) -> set[str]:
        page = text(client.get(f"/office/rights/?{query}"))
        return set(re.findall(r'class="row-link"[^>]*>([^<]*)', page))

    assert shown("") == {"Auskunft", "Löschung", "Beschwerde"}
    assert shown("who=mine") == {"Auskunft"}
    assert shown("who=nobody") == {"Löschung", "Beschwerde"}
    assert shown("right=deletion") == {"Löschung"}
    assert shown("regime=de") == {"Löschung"}
    assert shown("identity=pending") == {"Beschwerde"}
    assert shown("state=closed") == {"Frage zum Datenschutz"}
    assert len(shown("state=all")) == 4
    assert shown("state=nonsense&right=%00&page=zwei") == {"Auskunft", "Löschung", "Beschwerde"}
    assert "Zu dieser Auswahl gibt es nichts" in text(client.get("/office/rights/?right=copy"))


def test_an_empty_queue_says_so(client: Client) -> None:
    page = text(client.get("/office/rights/"))
    assert "Niemand wartet auf eine Entscheidung." in page


def test_many_requests_come_in_pages(client: Client) -> None:
    for days in range(27):
        make.rights_request("access", received=ago(days))
    assert "Seite 1 von 2" in text(client.get("/office/rights/"))
    assert "Seite 2 von 2" in text(client.get("/office/rights/?page=2"))


def test_a_letter_after_the_decision_comes_back_into_the_queue(client: Client, officer: Staff) -> None:
    one = make.rights_request("question")
    decisions.answer(officer, one.pk, "Ja.", TOKEN, 0)
    assert "Niemand wartet" in text(client.get("/office/rights/"))
    mailbox_actions.reply(one.subject_id, one.submission_id, "Noch etwas", "r" * 22)
    assert "neuer Brief" in text(client.get("/office/rights/"))
    assert said(client, send(client, one, "settle")) == "Abgelegt."
    assert "Niemand wartet" in text(client.get("/office/rights/"))


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_due_dates_in_words(language: str) -> None:
    one = RightsRequest(regime="ch", due_on=date(2026, 12, 25))
    shown = deadline(language, one)
    assert shown["note"] and "(CH)" in shown["note"]
    assert {"de": "Freitag", "fr": "vendredi", "it": "venerdì", "en": "Friday"}[language] in shown["day"]
    weekend = deadline(language, RightsRequest(regime="ch", due_on=date(2027, 1, 16)))
    assert {"de": "Samstag", "fr": "samedi", "it": "sabato", "en": "Saturday"}[language] in weekend["day"]
    assert {"de": "Freitag", "fr": "vendredi", "it": "venerdì", "en": "Friday"}[language] in weekend["note"]
    assert deadline(language, RightsRequest(regime="ch", due_on=date(2027, 1, 14)))["note"] == ""


# --- a request


def test_a_request_with_all_that_is_needed(client: Client) -> None:
    case = file()
    one = make.rights_request(
        "deletion", "letter-code", about=[case.subject_id], message="Bitte alles löschen.", received=ago(2)
    )
    page = text(client.get(path(one)))
    for what in (
        "Bitte alles löschen.", "mit dem Code des Briefs", "fällig in 28 Tagen", "DSG 32; DSV 18 Abs. 1", NAME,
        "17. März 1984", "Akten: 1", "Postfach dieses Gesuchs", "Eingegangen",
    ):  # fmt: skip
        assert what in page, what
    assert "Ein Gesetz verlangt, dass wir die Daten aufbewahren (OR 958f; DSG 31 Abs. 1)" in page


def test_blocked_people_s_requests_are_opened_all_the_same(client: Client) -> None:
    case = file()
    Restriction.objects.create(subject_id=case.subject_id, kind="restriction")
    one = make.rights_request("access", about=[case.subject_id])
    assert NAME in text(client.get(path(one)))


def test_no_such_request(client: Client) -> None:
    nowhere = "/office/rights/00000000-0000-4000-8000-000000000000/"
    assert client.get(nowhere).status_code == 404
    assert client.get(f"{nowhere}proof/").status_code == 404
    assert client.post(f"{nowhere}answer/", {"text": "x"}).status_code == 404
    assert client.post(f"{nowhere}refuse/", {"text": "x"}).status_code == 404


def test_the_proof_is_a_picture_in_a_box_and_each_look_is_on_record(client: Client, officer: Staff) -> None:
    one = make.rights_request("access", "stranger")
    Outbox.objects.all().delete()
    answer = client.get(path(one, "proof/"))
    assert answer.content == make.PNG
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("inline; filename=")
    line = Outbox.objects.get(act="open")
    assert (line.record_type, line.subject_id, line.actor_id) == (
        "zusage.proof",
        one.subject_id,
        str(officer.pk),
    )
    Proof.objects.update(media_type="application/pdf")
    assert client.get(path(one, "proof/")).headers["Content-Disposition"].startswith("attachment; filename=")
    decisions.decide_identity(officer, one.pk, True, "")
    assert client.get(path(one, "proof/")).status_code == 404
    assert "Jedes Ansehen steht" not in text(client.get(path(one)))


def test_from_proof_to_answer(client: Client) -> None:
    case = file()
    one = make.rights_request("access", "stranger", name=NAME, case_reference="ZH-2026-10041")
    page = text(client.get(path(one)))
    assert "Antworten und abschliessen" not in page and "Ablehnen" not in page
    assert "Entscheiden Sie, ob es dieselbe Person ist." in said(
        client, send(client, one, "look", reference="zh2026 10041")
    )
    assert "17. März 1984" in text(client.get(path(one)))
    assert "gehört jetzt" in said(client, send(client, one, "concern", about=str(case.subject_id)))
    assert "gelöscht" in said(client, send(client, one, "identity", proven="yes", text=""))
    assert "abgeschlossen" in said(client, send(client, one, "answer", text="Hier ist alles."))
    one.refresh_from_db()
    assert one.state == "answered"
    page = text(client.get(path(one)))
    assert "beantwortet" in page and "Noch einen Brief schreiben" in page


def test_a_refusal_is_seen_before_it_is_sent(client: Client) -> None:
    one = make.rights_request("access", language="fr")
    answer = send(client, one, "refuse", ground="vexatious", text="Vous avez reçu ceci hier.")
    page = text(answer)
    assert answer.status_code == 200 and not Message.objects.exists()
    assert "So geht der Brief hinaus" in page and "Nous refusons votre demande." in page
    assert "edoeb.admin.ch" in page and page.count("Vous avez reçu ceci hier.") == 2
    form = re.search(r'<form[^>]*action="[^"]*/refuse/[^"]*".*?</form>', page, re.S)[0]
    assert 'value="vexatious" selected' in form and 'name="send"' in form
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    sent = {**hidden, "ground": "vexatious", "text": "Vous avez reçu ceci hier.", "send": "yes"}
    for _ in range(2):  # pressed twice
        assert "Die Ablehnung liegt im Postfach." in said(client, client.post(path(one, "refuse/"), sent))
    assert Message.objects.count() == 1


def test_hand_on_regime_and_extension(client: Client) -> None:
    other = desk.person("officer", "olga")
    one = make.rights_request("access", received=ago(3))
    assert "Neu zugeteilt." in said(client, send(client, one, "assign", to=str(other.pk)))
    assert "neu gerechnet" in said(client, send(client, one, "regime", regime="de"))
    until = ago(-50)
    written = f"{until.day}.{until.month}.{until.year}"
    assert "verlängert" in said(client, send(client, one, "extend", until=written, text="Viele Akten."))
    one.refresh_from_db()
    assert (one.assigned_to, one.regime, one.due_on, one.extended) == (other, "de", until, True)
    assert "Frist verlängern" not in text(client.get(path(one)))


@pytest.mark.parametrize(
    ("what", "fields", "says"),
    [
        ("answer", {"text": " "}, "Diese Angabe fehlt"),
        ("answer", {"text": "x" * 10_001}, "Möglich sind 10000 Zeichen"),
        ("refuse", {"ground": "claims", "text": "Weil."}, "nicht in der Liste des Gesetzes"),
        ("refuse", {"ground": "vexatious", "text": ""}, "Diese Angabe fehlt"),
        ("extend", {"until": "morgen", "text": "Weil."}, "Dieses Datum verstehen wir nicht"),
        ("extend", {"until": "2020-01-01", "text": "Weil."}, "muss nach der ersten Frist liegen"),
        ("write", {"text": ""}, "Diese Angabe fehlt"),
        ("look", {"reference": ""}, "Diese Angabe fehlt"),
        ("look", {"reference": "<script>"}, "In einem Aktenzeichen stehen nur"),
        ("look", {"reference": "ZH-9999"}, "gibt es keine Akte"),
        ("regime", {"regime": "us"}, "Diese Angabe fehlt"),
        ("assign", {"to": "nobody"}, "kann das Gesuch nicht übernehmen"),
    ],
)
def test_wrong_entries_are_said_and_kept(
    client: Client, what: str, fields: dict[str, str], says: str
) -> None:
    one = make.rights_request("access")
    answer = send(client, one, what, **fields)
    page = text(answer)
    assert answer.status_code in (409, 422)
    assert says in page and 'role="alert"' in page
    for value in fields.values():
        if value.strip() and what not in ("regime", "assign") and value != "claims":
            assert html.escape(value[:9]) in page
    assert not Message.objects.exists() and Step.objects.count() == 1


def test_bad_concerns_and_identities(client: Client) -> None:
    one = make.rights_request("access", "stranger")
    for about in ("", "x", "00000000-0000-4000-8000-000000000000"):
        assert client.post(path(one, "concern/"), {"about": about}).status_code == 409
    assert send(client, one, "identity", proven="maybe", text="x").status_code == 409
    assert send(client, one, "identity", proven="no", text="").status_code == 422
    assert Proof.objects.exists()


def test_two_officers_at_once_and_nothing_is_lost(client: Client) -> None:
    one, other = make.rights_request("question"), desk.person("officer", "olga")
    page = text(client.get(path(one)))
    decisions.answer(other, one.pk, "Von Olga.", "o" * 22, 0)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    answer = client.post(
        path(one, "answer/"), {**hidden, "form": "answer", "seen": "0", "text": "Von Dario."}
    )
    assert answer.status_code == 409
    assert "Inzwischen ist dieses Gesuch entschieden worden" in text(answer)
    assert "Von Dario." in text(answer)
    assert Message.objects.count() == 1


def test_signed_out_meanwhile_the_text_is_given_back(client: Client) -> None:
    one = make.rights_request("question")
    answer = Client().post(path(one, "answer/"), {"form": "answer", "text": "Lange überlegt."})
    assert answer.status_code == 403 and "Lange überlegt." in text(answer)
    old = desk.signed_in(desk.person("officer"), enforce_csrf_checks=True)
    answer = old.post(path(one, "answer/"), {"form": "answer", "text": "Lange überlegt."})
    assert (
        answer.status_code == 403 and "zu lange offen" in text(answer) and "Lange überlegt." in text(answer)
    )


def test_who_dealt_with_the_matter_is_told_why_not_and_what_to_do(client: Client, officer: Staff) -> None:
    matter = make.submission("enquiry")
    matter.assigned_to = officer
    matter.save()
    one = make.rights_request("complaint", about=[matter.subject_id], message="Man hört mir nicht zu.")
    page = text(client.get(path(one)))
    assert "Darum entscheidet jemand anders" in page and "sonst niemand da" in page
    assert "Antworten und abschliessen" not in page
    answer = client.post(path(one, "answer/"), {"text": "Doch.", "form_token": TOKEN, "seen": "0"})
    assert answer.status_code == 409
    desk.person("officer", "olga")
    page = text(client.get(path(one)))
    assert "Geben Sie es weiter." in page and ">olga</option>" in page and ">dario</option>" not in page


# --- the clerk


def test_a_clerk_sees_that_a_request_runs_and_nothing_of_it(officer: Staff) -> None:
    clerk = desk.signed_in(desk.person("clerk"))
    case, matter, other = file(), make.submission("enquiry"), make.submission("contact")
    address, unrelated = (f"/office/submissions/{one.pk}/" for one in (matter, other))
    assert "Gesuch läuft" not in text(clerk.get(address))
    one = make.rights_request("access", about=[matter.subject_id], message="Geheim")
    page = text(clerk.get(address))
    assert "Gesuch läuft" in page and "Geheim" not in page and "Auskunft" not in page.split("Notizen")[0]
    assert "Gesuch läuft" not in text(clerk.get(unrelated))
    decisions.answer(officer, one.pk, "Hier.", TOKEN, 0)
    assert "Gesuch läuft" not in text(clerk.get(address))
    matter.case = case
    matter.save()
    make.rights_request("access", about=[case.subject_id])
    assert "Gesuch läuft" in text(clerk.get(address))


def test_panels_stand_on_the_page_of_their_right_while_it_is_open(
    client: Client, officer: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zusage.web.office import panels

    def context(one: RightsRequest, who: Staff) -> dict[str, Any]:
        return {"seen": f"{one.right} {who.username}"}

    monkeypatch.setitem(panels.PANELS, "copy", panels.Panel("office/said.html", context))
    one = make.rights_request("copy")
    assert '<section class="panel"' in text(client.get(path(one)))
    assert '<section class="panel"' not in text(client.get(path(make.rights_request("question"))))
    decisions.answer(officer, one.pk, "Hier.", TOKEN, 0)
    assert '<section class="panel"' not in text(client.get(path(one)))
