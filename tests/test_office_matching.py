"""What the clerk sees of matching: candidates beside the message, deciding, undoing, correcting, the inbox's filter."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from tests import desk, household
from tests.cast import LEA, LIA, VRENI
from zusage.actions import matching
from zusage.models import Assignment, Breach, Case, MatchTally, Submission
from zusage.protocol.models import Outbox
from zusage.queries.matching import find
from zusage.rules.matching.calibrate import STEPS
from zusage.vault import api as vault
from zusage.vault.models import Restriction
from zusage.web.words import say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    desk.forget_tries()


@pytest.fixture
def client() -> Client:
    return desk.signed_in(desk.person("clerk", "klara"))


def path(one: Submission, what: str = "") -> str:
    return f"/office/submissions/{one.pk}/{what}"


def page_of(client: Client, one: Submission, query: str = "") -> str:
    answer = client.get(path(one) + query)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def candidates(page: str) -> list[str]:
    """The text of each candidate, without tags."""
    found = re.findall(r'<section class="candidate".*?</section>', page, re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)) for one in found]


def look(one: Submission) -> Submission:
    matching.look_at_waiting()
    one.refresh_from_db()
    return one


def cases_opened() -> int:
    return Outbox.objects.filter(act="open", record_type="zusage.case").count()


def send(client: Client, one: Submission, what: str, **fields: object) -> str:
    """Press a button; what the page then says."""
    answer = client.post(path(one, f"case/{what}"), {"expected": str(one.case_id or ""), **fields})
    assert answer.status_code == 303, answer.content.decode()
    one.refresh_from_db()
    return html.unescape(client.get(answer.headers["Location"]).content.decode())


def test_twins_are_left_to_a_human_who_sees_why(client: Client) -> None:
    lea, lia = household.twins()
    one = look(household.left_to_a_human())
    assert (one.search, one.case_id) == ("human", None)
    page = page_of(client, one)
    assert "Warum Sie entscheiden:" in page
    guard = find(one, vault.Actor.system("matching")).decision.guard
    assert guard and all(say("de", f"office.matching.guard.{word}") in page for word in guard)
    shown = candidates(page)
    assert len(shown) == 2
    of_lea, of_lia = sorted(shown, key=lambda text: "Lia Kuratli" in text.split("Geschrieben")[0])
    assert re.search(r"Name Geschrieben: Lia Kuratli-Wyssenbach In der Akte: Lea Kuratli-Wyssenbach", of_lea)
    assert f"In der Akte: {LEA.references[0]} stimmt" in of_lea
    assert "Nachname: stimmt" in of_lea and "Vorname: stimmt" not in of_lea
    assert re.search(r"In der Akte: Lia Kuratli-Wyssenbach stimmt", of_lia)
    assert f"In der Akte: {LIA.references[0]} widerspricht" in of_lia
    assert "In der Akte: 28. Februar 2001 stimmt" in of_lia
    assert all("CHF 420.50" in text and "Fitnessklettergarten" in text for text in shown)
    # Each of the two files was opened in the clerk's name.
    opened = Outbox.objects.filter(act="open", record_type="zusage.case", actor_kind="staff")
    assert {str(lea.pk), str(lia.pk)} <= set(opened.values_list("record_id", flat=True))

    assert "Die Akte ist zugeordnet." in send(client, one, "", case=lia.pk)
    assert one.case_id == lia.pk
    assert Assignment.objects.get().way == "clerk"
    page = page_of(client, one)
    assert candidates(page) == [] and "von klara" in page
    assert "Rückgängig gemacht." in send(client, one, "undo/")
    assert one.case_id is None
    page = page_of(client, one)
    assert len(candidates(page)) == 2
    assert "<s>Zugeordnet: " in page


def test_not_this_person_and_none(client: Client) -> None:
    lea, _ = household.twins()
    one = look(household.left_to_a_human())
    page = send(client, one, "not-this/", case=lea.pk)
    assert "nicht diese Person" in page
    assert len(candidates(page)) == 1 and LEA.references[0] not in candidates(page)[0].split("In der Akte")[1]
    assert "Keine Akte passt." in send(client, one, "none/", none="yes")
    assert [made.way for made in Assignment.objects.order_by("at")] == ["not-this", "none"]
    # What was decided is shown without opening anybody's file anew, but for its reference in the history.
    before = cases_opened()
    page = page_of(client, one)
    assert candidates(page) == [] and "so entschieden" in page
    assert cases_opened() == before + 1
    client.post(path(one, "case/undo/"))
    assert len(candidates(page_of(client, one))) == 1


def test_automatic_is_said_and_corrected_in_one_step(client: Client) -> None:
    one = look(household.clear())
    wrong = Case.objects.get()
    right = household.file(VRENI, reference="AG-2026-000001")
    assert one.case_id == wrong.pk
    page = page_of(client, one)
    assert "Automatisch zugeordnet" in page and "von der Software" in page
    assert re.search(r"Sicherheit: (sehr )?sicher \(", page)
    assert "Grund: Aktenzeichen (genau), Geburtsdatum (genau), Vorname (genau)" in page
    assert "Reihenfolge" not in page
    assert candidates(page) == []
    page = page_of(client, one, "?wrong=yes")
    assert "Richtige Akte wählen" in page
    assert "Dem Gläubiger weitergeben" not in page
    # A reference that isn't there: nothing happens, and what was typed is kept.
    expected = {"expected": str(wrong.pk), "reference": "ZZ-9999-1"}
    answer = client.post(path(one, "case/correct/?wrong=yes"), expected)
    assert answer.status_code == 409
    assert "ZZ-9999-1" in answer.content.decode() and "Richtige Akte" in answer.content.decode()
    page = send(client, one, "correct/", reference="ag 2026 000001")
    assert one.case_id == right.pk
    assert "Berichtigt." in page and "Verletzung der Datensicherheit ist vermerkt" in page
    assert "/office/breaches/" not in page  # the register isn't the clerk's
    assert Breach.objects.count() == 1
    assert send(client, one, "correct/", none="yes")
    assert one.case_id is None


def test_two_files_of_one_person_are_two_buttons(client: Client) -> None:
    first = household.file(LIA)
    second = household.further_file(first, LIA, reference="AG-2026-000002", creditor="Bergbahn Nesslau AG")
    one = look(household.enquiry(LIA, case_reference=""))
    assert one.case_id is None
    page = page_of(client, one)
    assert "kein Aktenzeichen sagt, welche gemeint ist" in page
    (shown,) = candidates(page)
    assert "Diese Person hat mehrere Akten. Welche ist gemeint?" in shown
    assert "Diese Akte: AG-2026-000002" in shown and f"Diese Akte: {LIA.references[0]}" in shown
    assert "Bergbahn Nesslau AG" in shown and "Fitnessklettergarten" in shown
    send(client, one, "", case=second.pk)
    assert one.case_id == second.pk


def test_what_is_blocked_is_said_and_not_shown(client: Client) -> None:
    lea, _ = household.twins()
    Restriction.objects.create(subject_id=lea.subject_id, purpose="", ground="request")
    one = look(household.left_to_a_human())
    page = page_of(client, one)
    assert "Eine Akte, die passen könnte, ist gesperrt." in page
    assert "Lea Kuratli" not in page.replace(LIA.message, "").replace("Schwester Lea", "")
    assert client.post(path(one, "case/"), {"case": lea.pk, "expected": ""}).status_code == 409


def test_what_a_clerk_taught_by_a_mistake_is_taken_back_with_it(client: Client) -> None:
    lea, lia = household.twins()
    one = household.enquiry(LIA)

    def taught() -> list[tuple[int, int]]:
        return [each for each in MatchTally.objects.values_list("right", "wrong") if any(each)]

    send(client, one, "", case=lea.pk)
    assert taught() == [(0, 1)]  # the software had meant Lia
    send(client, one, "correct/", case=lia.pk)
    assert taught() == []


@pytest.mark.parametrize("what", ["", "none/", "not-this/", "undo/", "correct/"])
def test_nothing_happens_without_what_it_takes(client: Client, what: str) -> None:
    household.twins()
    one = household.left_to_a_human()
    for fields in ({}, {"case": "nonsense"}, {"case": str(one.pk), "expected": str(one.pk)}):
        answer = client.post(path(one, f"case/{what}"), fields)
        assert answer.status_code in (303, 409) and (answer.status_code == 409 or what in ("none/", "undo/"))
    assert Submission.objects.get(pk=one.pk).case_id is None
    assert not Assignment.objects.exclude(way="none").exists()


def test_the_inbox_tells_what_needs_a_human(client: Client) -> None:
    household.twins()
    household.clear()
    mine, none = household.left_to_a_human(), household.enquiry(LIA, name="Lia Andere", case_reference="")
    open_ = household.enquiry(LEA, name="Lea Dritte", case_reference=LIA.references[0])
    matching.look_at_waiting()
    clerk = desk.person("clerk")
    matching.choose(clerk, mine.pk, Case.objects.first().pk)
    matching.none(clerk, none.pk)

    def shown(query: str) -> list[str]:
        page = client.get(f"/office/?{query}").content.decode()
        return re.findall(r"<bdi>([^<]+)</bdi>", page)

    assert shown("file=automatic") == [VRENI.name]
    assert shown("file=assigned") == [LIA.name]
    assert shown("file=none") == ["Lia Andere"]
    assert shown("file=open") == ["Lea Dritte"]
    assert len(shown("file=nonsense")) == 4
    assert open_.pk
    page = re.sub(r"<[^>]+>|\s+", " ", client.get("/office/").content.decode())
    assert re.search(r"Akte\s+alle\s+4\s+offen\s+1\s+automatisch\s+1\s+zugeordnet\s+1\s+keine\s+1", page)


def test_how_sure_it_is(client: Client) -> None:
    officer = desk.signed_in(desk.person("officer"))
    for one in (client, officer):
        page = one.get("/office/matching/").content.decode()
        assert "Noch hat niemand" in page and '<svg class="plot"' not in page
    MatchTally.objects.create(step=STEPS.index(0.999), doubted=False, right=900, wrong=1)
    MatchTally.objects.create(step=STEPS.index(0.9), doubted=True, right=10, wrong=40)
    household.twins()
    one = household.left_to_a_human()
    matching.choose(desk.person("clerk"), one.pk, Case.objects.first().pk)
    page = html.unescape(officer.get("/office/matching/").content.decode())
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"99,9 % bis 99,95 % 900 1 99,8 % stimmt", text)
    assert re.search(r"90 % bis 95 % 10 4[01] (20|19) % seltener richtig als gesagt", text)
    assert re.search(r"20\d\d 0 1 0 0", text)  # one decision of a human's, this month
    assert "Automatisch zugeordnet wird erst ab 99,9 %" in text
    assert LIA.name not in page
