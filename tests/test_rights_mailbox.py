"""What a person demands from within their mailbox, and what the agency lays there for them."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.utils import dateformat, timezone, translation

from tests.doors import LANGUAGES, browser, enter, in_mailbox, letters, receipt, shown, text
from tests.make import clerk, staff
from tests.rights import newest
from tests.server import free_port, hidden
from tests.test_bad_input import entries_in
from tests.test_bytes import Mails, mail_server
from zusage.actions import office
from zusage.actions.rights import steps
from zusage.management.commands.worker import run_tasks
from zusage.models import RIGHTS, Document, Mailbox, Message, RightsRequest, Submission
from zusage.policy.law import RIGHTS as ALL
from zusage.protocol.models import Outbox
from zusage.rules import clock
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Consent, Warrant
from zusage.web.words import say

pytestmark = pytest.mark.django_db

ROOM = "/de/mailbox/rights/"
CONTENT = b"%PDF-1.7 all that is known"


def opened(purpose: str = "enquiry", **changes: str):
    """A client in a new mailbox, its submission and its receipt."""
    client = browser()
    code = receipt(client, purpose, **changes)
    assert enter(client, code).status_code == 303
    return client, Submission.objects.latest("received_at"), code


def ask(client, right: str, language: str = "de", **fields: str):
    page = hidden(text(client.get(f"/{language}/mailbox/rights/?right={right}")))
    return client.post(f"/{language}/mailbox/rights/", {**page, **fields})


def answer(sent: Submission, body: str) -> None:
    office.answer(clerk(), sent.pk, body, f"token-{body}", sent.messages.count())


def lay(sent: Submission, name: str = "auskunft.pdf", content: bytes = CONTENT) -> Document:
    """A document, as the officer lays it there."""
    ring = vault.Keyring()
    ring.key_or_new(sent.subject_id, RIGHTS)
    made = Document(submission=sent, subject_id=sent.subject_id, name=name, media_type="application/pdf")
    vault.seal(made, {"content": base64.b64encode(content).decode()}, ring)
    made.save(force_insert=True)
    return made


# --- asking -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_click_asks_and_the_list_says_until_when(language):
    client, sent, _ = opened()
    page = client.get(f"/{language}/mailbox/rights/")
    for right in ALL:
        assert (f'href="?right={right}"' in text(page)) is (right != "not-me")
    done = ask(client, "access", language)
    assert done.status_code == 303
    made = newest()
    regime, due = clock.earliest(timezone.localdate(), policy().regimes)
    assert (made.subject_id, made.way, made.identity) == (sent.subject_id, "mailbox", "given")
    assert (made.regime, made.due_on) == (regime, due)
    assert [one.about_id for one in made.concerns.all()] == [sent.subject_id]
    assert Warrant.objects.filter(subject_id=sent.subject_id, record_id=made.pk, ended_at=None).exists()
    listed = shown(client.get(done.headers["Location"]))
    assert say(language, "rights.filed") in listed and say(language, "rights.access.name") in listed
    with translation.override(language):
        day = dateformat.format(due, say(language, "date.full"))
    assert say(language, "rights.state_open", date=day) in listed
    assert say(language, "rights.letter_of", name=say(language, "rights.access.name")) in shown(
        letters(client, language)
    )


def test_the_officer_may_open_what_the_person_sent_from_then_on():
    client, sent, _ = opened()
    officer = vault.Actor.staff(staff("officer"))
    value = sent.values.get(pk=(sent.pk, "name"))
    with pytest.raises(vault.Refused, match="no-warrant"):
        vault.open(value, RIGHTS, officer)
    ask(client, "access")
    assert vault.open(value, RIGHTS, officer)["value"] == "Vreni Grünenfelder"


@pytest.mark.parametrize("right", ["rectification", "complaint", "question"])
def test_where_words_are_needed_they_are_asked_for(right):
    client, _, _ = opened()
    wrong = ask(client, right)
    assert wrong.status_code == 422 and say("de", "problem.missing") in shown(wrong)
    bad = ask(client, right, message="a\x00b")
    assert bad.status_code == 422 and entries_in(text(bad))["message"] == "a\x00b"
    assert not RightsRequest.objects.exists()
    assert ask(client, right, message="Der Name ist falsch.").status_code == 303
    assert "Der Name ist falsch." in shown(letters(client))


def test_the_same_page_sent_twice_is_one_request():
    client, _, _ = opened()
    page = hidden(text(client.get(f"{ROOM}?right=deletion")))
    for _ in range(2):
        assert client.post(ROOM, page).status_code == 303
    assert RightsRequest.objects.count() == 1
    assert ask(client, "deletion").status_code == 303 and RightsRequest.objects.count() == 2


def test_an_unknown_right_is_asked_again():
    client, _, _ = opened()
    for right in ("everything", "not-me", ""):
        page = hidden(text(client.get(f"{ROOM}?right=access")))
        assert client.post(ROOM, {**page, "right": right}).status_code == 422
    assert not RightsRequest.objects.exists()


def test_a_forged_form_asks_for_nothing():
    client, _, _ = opened()
    assert client.post(ROOM, {"right": "deletion"}).status_code == 403
    assert browser().post(ROOM, {"right": "deletion"}).status_code in (303, 403)
    assert not RightsRequest.objects.exists()


@pytest.mark.parametrize("then, to", [("access", f"{ROOM}?right=access"), ("rights", ROOM), ("//evil", ROOM)])
def test_the_door_leads_on_to_where_somebody_was_going(then, to):
    client = browser()
    code = receipt(client)
    door = client.get(f"/de/mailbox/?then={then}")
    sent = client.post("/de/mailbox/", {**hidden(text(door)), "receipt": code})
    assert sent.status_code == 303
    assert client.get(sent.headers["Location"]).headers["Location"] == to
    assert client.get(f"/de/mailbox/?then={then}").headers["Location"] == to
    assert browser().get(to).headers["Location"].startswith("/de/mailbox/?then=")
    without = browser().get(sent.headers["Location"], follow=True)
    assert say("de", "mailbox.no_cookie") in shown(without)


# --- taking consent back ----------------------------------------------------------------------------------------


def test_a_withdrawal_takes_effect_at_once_and_is_done():
    client, sent, _ = opened("payment", consent_callback="yes")
    in_mailbox(client, "notice", notice="on", notice_email="vreni@bergpost.example")
    page = shown(client.get(f"{ROOM}?right=withdrawal"))
    for purpose in ("callback", "mailbox-notice"):
        assert policy().text("de", f"purpose.{purpose}.title") in page
    done = ask(client, "withdrawal")
    assert say("de", "rights.withdrawn") in shown(client.get(done.headers["Location"]))
    assert not Consent.in_force.filter(subject_id=sent.subject_id).exists()
    assert (
        Consent.objects.filter(subject_id=sent.subject_id).count() == 2
    )  # that they were given stays recorded
    assert Mailbox.objects.get(subject_id=sent.subject_id).notice_email is None
    made = newest()
    assert [step.act for step in made.steps.order_by("at")] == ["received", "executed", "answered"]
    assert made.state == "answered" and made.closed_at and made.submission.state == "closed"
    assert not Warrant.objects.filter(ended_at=None).exists()
    value = sent.values.get(pk=(sent.pk, "phone_day"))
    with pytest.raises(vault.Refused, match="no-consent"):
        vault.open(value, "callback", vault.Actor.staff(clerk()))


def test_a_withdrawal_with_words_is_done_and_read_by_somebody():
    client, _, _ = opened("payment", consent_callback="yes")
    ask(client, "withdrawal", message="Auch am Telefon nicht mehr.")
    made = newest()
    assert not Consent.in_force.exists()
    assert [step.act for step in made.steps.order_by("at")] == ["received", "executed"]
    assert made.state == "open"


def test_without_a_consent_a_withdrawal_says_what_it_means():
    client, _, _ = opened()
    assert say("de", "rights.withdraw_nothing") in shown(client.get(f"{ROOM}?right=withdrawal"))
    assert ask(client, "withdrawal").status_code == 422
    assert ask(client, "withdrawal", message="Die vom Telefon").status_code == 303
    assert [step.act for step in newest().steps.all()] == ["received"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by", ["request", "click"])
def test_a_mail_that_waits_is_not_sent_any_more(settings, by):
    mails, port = Mails(), free_port()
    settings.MAIL_URL, settings.MAIL_FROM = f"smtp://127.0.0.1:{port}", "post@agentur.example"
    client, sent, _ = opened()
    with mail_server(mails, port):
        in_mailbox(client, "notice", notice="on", notice_email="vreni@bergpost.example")
        answer(sent, "First")
        run_tasks()
        assert len(mails.mails) == 1
        answer(sent, "Second")  # queued, and then the person thinks better of it
        if by == "request":
            ask(client, "withdrawal")
        else:
            in_mailbox(client, "notice", notice="off")
        run_tasks()
        assert len(mails.mails) == 1
        assert Outbox.objects.filter(act="open", purpose="mailbox-notice").count() == 1


# --- letters about several matters ------------------------------------------------------------------------------


def test_a_letter_goes_to_the_matter_that_it_is_about():
    client, sent, _ = opened()
    assert '<select id="matter"' not in text(letters(client))
    ask(client, "access")
    made = newest()
    page = letters(client)
    assert text(page).index(str(made.pk)) < text(page).index(str(sent.pk), text(page).index("matter"))
    answer(sent, "An answer to the enquiry")
    in_mailbox(client, "letters", message="To the last letter of theirs")
    assert Message.objects.get(sender="person").submission == sent
    in_mailbox(client, "letters", message="To the request", matter=str(made.pk))
    assert Message.objects.get(sender="person", submission=made.submission).purpose == RIGHTS
    wrong = in_mailbox(client, "letters", message="", matter=str(made.pk))
    assert f'value="{made.pk}" selected' in text(wrong)
    for other in ("nonsense", str(opened()[1].pk)):
        in_mailbox(client, "letters", message=f"To {other}", matter=other)
    assert Message.objects.filter(sender="person", submission=sent).count() == 3


def test_a_letter_about_a_decided_request_waits_for_the_officer():
    client, _, _ = opened()
    ask(client, "access")
    made = newest()
    steps.close(made, "answered")
    in_mailbox(client, "letters", message="Da fehlt noch etwas.", matter=str(made.pk))
    assert Submission.objects.get(pk=made.pk).state == "open"


# --- documents --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_document_is_listed_and_fetched(language):
    client, sent, _ = opened()
    laid = lay(sent, content=b"x" * 120_000)
    page = shown(letters(client, language))
    until = timezone.localdate() + timedelta(days=policy().period(RIGHTS, "access-package").length)
    assert "auskunft.pdf" in page and "117" in page and str(until.year) in page
    got = client.get(f"/{language}/mailbox/document/{laid.pk}/")
    assert got.status_code == 200 and got.content == b"x" * 120_000
    assert got.headers["Content-Disposition"] == 'attachment; filename="auskunft.pdf"'
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Cache-Control"] == "no-store"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    line = Outbox.objects.get(act="open", record_type="zusage.document")
    assert (line.actor_kind, line.actor_id, line.record_id) == ("subject", str(sent.subject_id), str(laid.pk))


def test_nobody_fetches_what_isnt_theirs_or_is_over(monkeypatch):
    _, theirs, _ = opened()
    laid = lay(theirs)
    client, own, _ = opened()
    mine = lay(own)
    assert client.get(f"/de/mailbox/document/{laid.pk}/").status_code == 404
    assert browser().get(f"/de/mailbox/document/{laid.pk}/").headers["Location"].startswith("/de/mailbox/")
    assert client.get(f"/de/mailbox/document/{mine.pk}/").status_code == 200
    Document.objects.filter(pk=mine.pk).update(made_at=timezone.now() - timedelta(days=31))
    assert client.get(f"/de/mailbox/document/{mine.pk}/").status_code == 404
    assert "auskunft.pdf" not in shown(letters(client))
