"""The register of breaches in the office: entered, amended, closed, printed; what is typed is kept, nothing breaks."""

from __future__ import annotations

import io
from datetime import timedelta

import pypdf
import pytest
from django.utils import timezone

from tests import desk, make
from tests.doors import hidden, shown, text
from zusage.models import Breach
from zusage.vault import api as vault

pytestmark = pytest.mark.django_db

ENTRY = {
    "what": "Laptop mit Quittengelee-Notizen im Zug liegen gelassen",
    "risk": "high",
    "noticed_at": "2026-11-24T09:30",
    "measures": "Sitzungen beendet, Schlüssel gewechselt",
}
HOSTILE = [
    "=cmd|'/c calc'!A0",
    '<script>alert(1)</script> #import "x" $x$ \\ *b* _i_',
    "דוגמה العربية தமிழ் 👩‍👩‍👧 ß",
    "x" * 9_999,
]


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    desk.forget_tries()


@pytest.fixture
def officer():
    return desk.signed_in(desk.person("officer"), enforce_csrf_checks=True)


def send(client, path="/office/breaches/new/", **changes):
    page = hidden(text(client.get(path)))
    names = ("csrfmiddlewaretoken", "form_token", "edition")
    sent = {name: page[name] for name in names if name in page}
    return client.post(path, sent | ENTRY | changes, headers={"Origin": "http://testserver"})


def test_a_breach_is_entered_amended_closed_and_printed(officer):
    answer = send(officer)
    assert answer.status_code == 303, shown(answer)
    path = answer.headers["Location"].partition("?")[0]
    page = officer.get(path)
    assert ENTRY["what"] in shown(page) and "so rasch als möglich melden (Schweiz)" in shown(page)
    assert "(Deutschland)" in shown(page)
    assert send(officer, path, consequences="Niemand kommt daran, es war verschlüsselt.").status_code == 303
    close = hidden(text(officer.get(path)))
    again = {name: close[name] for name in ("csrfmiddlewaretoken", "edition")}
    refused = officer.post(f"{path}close/", again)
    assert refused.status_code == 409 and "Aufsicht weiss noch nichts" in shown(refused)
    assert send(officer, path, authority_told_at="25.11.2026 08:00").status_code == 303
    again["edition"] = hidden(text(officer.get(path)))["edition"]
    assert officer.post(f"{path}close/", again).status_code == 303
    assert "Abgeschlossen am" in shown(officer.get("/office/breaches/"))
    paper = officer.get(f"{path}paper/?language=fr")
    assert paper.headers["Content-Type"] == "application/pdf" and "no-store" in paper.headers["Cache-Control"]
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper.content)).pages)
    assert "Quittengelee" in words and "Annonce d’une violation" in words


def test_the_same_page_sent_twice_is_one_breach(officer):
    page = hidden(text(officer.get("/office/breaches/new/")))
    sent = {name: page[name] for name in ("csrfmiddlewaretoken", "form_token")} | ENTRY
    first, second = (officer.post("/office/breaches/new/", sent) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Breach.objects.count() == 1


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"what": ""}, "Diese Angabe fehlt"),
        ({"what": "a\x00b"}, "Steuerzeichen"),
        ({"measures": "x" * 10_001}, "zu lang"),
        ({"noticed_at": ""}, "Diese Angabe fehlt"),
        ({"noticed_at": "gestern"}, "verstehen wir nicht"),
        ({"occurred_at": "2026-02-31T10:00"}, "verstehen wir nicht"),
        ({"noticed_at": "9999-12-31T23:59:59999"}, "verstehen wir nicht"),
        ({"risk": "enormous"}, "Diese Angabe fehlt"),
    ],
)
def test_wrong_entries_are_named_and_everything_is_kept(officer, changes, said):
    answer = send(officer, **changes)
    assert answer.status_code == 422 and said in shown(answer)
    assert ENTRY["measures"] in shown(answer) or "measures" in changes
    assert not Breach.objects.exists()


@pytest.mark.parametrize("entry", HOSTILE)
def test_anything_that_is_text_is_kept_shown_and_printed_as_it_is(officer, entry):
    answer = send(officer, what=entry)
    assert answer.status_code == 303
    page = officer.get(answer.headers["Location"])
    assert "<script>alert" not in text(page) and entry[:40] in shown(page)
    assert officer.get(answer.headers["Location"].partition("?")[0] + "paper/").content.startswith(b"%PDF")


def test_two_officers_keep_what_they_typed(officer):
    path = send(officer).headers["Location"].partition("?")[0]
    old = hidden(text(officer.get(path)))
    assert send(officer, path, told="Als Erster").status_code == 303
    sent = {name: old[name] for name in ("csrfmiddlewaretoken", "form_token", "edition")} | ENTRY
    late = officer.post(path, {**sent, "told": "Als Zweiter"})
    assert late.status_code == 409 and "Als Zweiter" in shown(late) and "geändert" in shown(late)
    breach = Breach.objects.get()
    assert vault.open(breach, "breach", vault.Actor.staff(make.staff("officer")))["told"] == "Als Erster"


def test_a_page_from_elsewhere_changes_nothing_and_loses_nothing(officer):
    forged = officer.post("/office/breaches/new/", ENTRY)
    assert forged.status_code == 403 and ENTRY["what"] in shown(forged)
    assert not Breach.objects.exists()


def test_what_is_late_says_so(officer):
    noticed = timezone.localtime() - timedelta(hours=80)
    send(officer, noticed_at=noticed.strftime("%Y-%m-%dT%H:%M"))
    assert "Überfällig: der Aufsicht zu melden" in shown(officer.get("/office/breaches/"))
