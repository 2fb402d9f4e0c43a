"""The mailbox: who gets in, what they find, and how it shuts."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.doors import browser, enter, in_mailbox, letters, receipt, shown, text
from tests.make import clerk
from tests.server import hidden
from zusage.actions import office
from zusage.actions.house import chores
from zusage.models import Mailbox, Message, Submission
from zusage.protocol.models import Outbox
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Consent
from zusage.web.words import say

pytestmark = pytest.mark.django_db

DOOR = "/de/mailbox/"


def opened(purpose: str = "enquiry", **changes: str):
    """A client in a new mailbox, and its submission."""
    client = browser()
    code = receipt(client, purpose, **changes)
    assert enter(client, code).status_code == 303
    return client, Submission.objects.latest("received_at"), code


def answer(sent: Submission, body: str) -> Message:
    seen = Message.objects.filter(submission=sent).count()
    office.answer(clerk(), sent.pk, body, f"token-{body}", seen)
    return Message.objects.latest("sent_at")


def test_letters_stand_in_the_order_in_which_they_came():
    client, sent, _ = opened(message="First of all")
    answer(sent, "Second, from the agency")
    assert in_mailbox(client, "letters", message="Third, from me").status_code == 303
    answer(sent, "Fourth, from the agency")
    page = shown(letters(client))
    places = [page.index(said) for said in ("First of all", "Second, from", "Third, from me", "Fourth, from")]
    assert places == sorted(places)
    assert "Vreni Grünenfelder" in page  # what was sent is shown again to whoever sent it


def test_what_was_typed_is_shown_and_not_run():
    attack = "<script>alert(1)</script> & <b>bold</b>"
    client, sent, _ = opened(message=attack)
    answer(sent, attack)
    assert in_mailbox(client, "letters", message=attack).status_code == 303
    page = letters(client)
    assert "<script" not in text(page) and "<b>bold" not in text(page) and shown(page).count(attack) == 3


def test_seeing_marks_read_and_the_protocol_says_so():
    client, sent, _ = opened()
    message = answer(sent, "An answer")
    assert message.read_at is None
    letters(client)
    message.refresh_from_db()
    assert message.read_at is not None
    assert Outbox.objects.filter(act="read", record_id=str(message.pk)).count() == 1
    at = message.read_at
    letters(client)
    message.refresh_from_db()
    assert message.read_at == at


def test_a_letter_sent_twice_is_one_letter_and_opens_a_closed_matter():
    client, sent, _ = opened()
    office.close(clerk(), sent.pk)
    page = hidden(text(letters(client)))
    fields = {name: page[name] for name in ("csrfmiddlewaretoken", "form_token")}
    for _ in range(2):
        done = client.post(f"{DOOR}letters/", {**fields, "message": "Once more"})
        assert done.status_code == 303
    assert Message.objects.count() == 1
    assert say("de", "letters.sent") in shown(client.get(done.headers["Location"]))
    sent.refresh_from_db()
    assert sent.state == "open"


def test_a_letter_that_was_wrong_can_be_sent_again_from_the_same_page():
    client, _, _ = opened()
    wrong = in_mailbox(client, "letters", message="")
    fields = {name: hidden(text(wrong))[name] for name in ("csrfmiddlewaretoken", "form_token")}
    assert client.post(f"{DOOR}letters/", {**fields, "message": "Now"}).status_code == 303
    assert Message.objects.count() == 1


def test_the_notice_is_switched_on_and_off():
    client, sent, _ = opened()
    assert say("de", "notice.is_on") not in shown(letters(client))
    on = in_mailbox(client, "notice", notice="on", notice_email="Vreni@Bergpost.example")
    assert say("de", "notice.now_on") in shown(client.get(on.headers["Location"]))
    assert say("de", "notice.is_on") in shown(letters(client))
    mailbox = Mailbox.objects.get(subject_id=sent.subject_id)
    kept = vault.open(mailbox, "mailbox-notice", vault.Actor.system("notices"))
    assert kept == {"notice_email": "Vreni@bergpost.example"}
    off = in_mailbox(client, "notice", notice="off")
    assert say("de", "notice.now_off") in shown(client.get(off.headers["Location"]))
    mailbox.refresh_from_db()
    assert mailbox.notice_email is None
    assert [consent.withdrawn_at is None for consent in Consent.objects.all()] == [False]


def test_a_consent_given_with_the_form_is_withdrawn_with_one_click():
    client, _, _ = opened("payment", consent_callback="yes")
    assert policy().text("de", "consent.callback.ask") in shown(letters(client))
    consent = Consent.objects.get(purpose="callback")
    assert in_mailbox(client, "withdraw", consent=str(consent.pk)).status_code == 303
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    assert policy().text("de", "consent.callback.ask") not in shown(letters(client))


def test_nobody_withdraws_what_isnt_theirs():
    opened("payment", consent_callback="yes")
    theirs = Consent.objects.get(purpose="callback")
    client, _, _ = opened()
    for wanted in (str(theirs.pk), "", "nonsense", "\x00"):
        assert in_mailbox(client, "withdraw", consent=wanted).status_code == 303
    theirs.refresh_from_db()
    assert theirs.withdrawn_at is None


def test_two_mailboxes_do_not_see_each_other():
    one, _, _ = opened(message="The letter of one")
    other, _, _ = opened(message="The letter of the other")
    assert "The letter of the other" not in shown(letters(one)) and "The letter of one" in shown(letters(one))
    assert "The letter of one" not in shown(letters(other))


def test_closing_ends_the_session_everywhere():
    client, _, _ = opened()
    key = client.cookies["zusage-mailbox"].value
    assert Session.objects.filter(session_key=key).exists()
    done = in_mailbox(client, "close")
    assert done.status_code == 303 and say("de", "mailbox.closed") in shown(
        client.get(done.headers["Location"])
    )
    assert not Session.objects.filter(session_key=key).exists()
    stolen = browser()
    stolen.cookies["zusage-mailbox"] = key
    assert letters(stolen).headers["Location"] == DOOR


def test_closing_while_another_tab_is_loading_is_no_fault(monkeypatch):
    from zusage.web.mailbox import views

    client, _, _ = opened()
    real = views._letters_page

    def slow(*args, **kwargs):
        Session.objects.all().delete()  # what closing in another tab does
        return real(*args, **kwargs)

    monkeypatch.setattr(views, "_letters_page", slow)
    assert letters(client).status_code == 200
    assert not Session.objects.exists()
    monkeypatch.undo()
    assert letters(client).headers["Location"] == DOOR


@pytest.mark.parametrize("minutes_too_many, stays_open", [(-1, True), (1, False)])
def test_an_idle_mailbox_shuts_by_itself(monkeypatch, minutes_too_many, stays_open):
    client, _, _ = opened()
    later = timezone.now() + timedelta(minutes=policy().limits.mailbox_idle_minutes + minutes_too_many)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert (letters(client).status_code == 200) is stays_open
    if not stays_open:
        assert in_mailbox_after_expiry(client).status_code in (303, 403)
        assert not Message.objects.exists()
        chores()
        assert not Session.objects.exists()


def in_mailbox_after_expiry(client):
    return client.post(f"{DOOR}letters/", {"message": "too late"})


def test_coming_back_in_time_keeps_it_open(monkeypatch):
    client, _, _ = opened()
    real, idle = timezone.now, policy().limits.mailbox_idle_minutes
    for step in range(1, 5):
        monkeypatch.setattr(timezone, "now", lambda step=step: real() + timedelta(minutes=step * (idle - 5)))
        assert letters(client).status_code == 200


def test_an_erased_persons_mailbox_is_gone_at_once():
    client, sent, code = opened()
    vault.shred(sent.subject_id, "request", vault.Actor.system("test"))
    assert letters(client).headers["Location"] == DOOR
    for room, fields in [
        ("letters", {"message": "x"}),
        ("notice", {"notice_email": "a@example.ch"}),
        ("withdraw", {}),
    ]:
        answered = client.post(f"{DOOR}{room}/", fields)
        assert answered.status_code in (303, 403), room
    assert not Message.objects.exists() and not Consent.objects.exists()
    assert say("de", "mailbox.wrong") in shown(enter(browser(), code))
    with pytest.raises(vault.NoKey):
        vault.Keyring().key_or_new(sent.subject_id, "mailbox-notice")


def test_the_door_leads_in_whoever_is_in_and_no_one_else():
    client, _, _ = opened()
    assert client.get(DOOR).headers["Location"] == f"{DOOR}letters/"
    for room in ("letters", "notice", "withdraw", "close"):
        assert browser().get(f"{DOOR}{room}/").status_code in (303, 405)


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_whoever_comes_in_without_a_cookie_is_told_why_the_mailbox_stays_shut(language):
    client = browser()
    way = enter(client, receipt(client), language).headers["Location"]
    told = say(language, "mailbox.no_cookie")
    assert told in shown(browser().get(way, follow=True))
    taken_in = client.get(way)
    assert taken_in.headers["Location"] == f"/{language}/mailbox/letters/"
    assert told not in shown(client.get(way, follow=True))
    assert told not in shown(letters(browser(), language)) + shown(browser().get(f"/{language}/mailbox/"))


@pytest.mark.parametrize(
    "change", [str.lower, lambda code: code.replace("-", " "), lambda code: f"  {code}\n"]
)
def test_a_receipt_is_read_as_people_write_it(change):
    client = browser()
    code = receipt(client)
    assert enter(client, change(code)).status_code == 303


def test_a_receipt_never_stands_in_an_address_or_a_page_after_it_was_shown():
    client, _, code = opened()
    plain = code.replace("-", "")
    for page in (letters(client), client.get(DOOR), enter(client, code)):
        assert code not in text(page) + page.headers.get("Location", "")
        assert plain not in text(page) + page.headers.get("Location", "")


def test_a_ticket_runs_out():
    client = browser()
    from tests.doors import send

    sent = send(client, "enquiry")
    Mailbox.objects.update(ticket_until=timezone.now() - timedelta(seconds=1))
    assert client.get(sent.headers["Location"]).status_code == 410
    assert chores()["tickets"] == 1
    assert Mailbox.objects.get().ticket_box is None


def test_the_session_names_nobody():
    client, sent, code = opened()
    row = Session.objects.get(session_key=client.cookies["zusage-mailbox"].value)
    assert str(sent.subject_id) not in row.session_data and sent.subject_id.hex not in row.session_data
    assert not re.search(code.replace("-", ""), row.session_data)
    assert row.expire_date.timestamp() - time.time() <= policy().limits.mailbox_idle_minutes * 60 + 1
