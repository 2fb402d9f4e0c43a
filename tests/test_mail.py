"""The one mail: it goes to whoever asked for it, says that a letter waits, and nothing else."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.doors import LANGUAGES
from tests.make import clerk, submission
from tests.server import free_port
from tests.test_bytes import Mails, mail_server
from zusage import mail
from zusage.actions import disclose as gate
from zusage.actions import mailbox, mails, office
from zusage.management.commands.worker import run_tasks
from zusage.models import Disclosure, Submission
from zusage.protocol.models import Outbox
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Restriction

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "nadine.waits@briefkasten.example"
ANSWER = "Die Zahlung vom 3. November ist angekommen."


class Refusing(Mails):
    """A mail server that wants nobody, and says whom."""

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        return f"550 no such person as {address} here"


@pytest.fixture
def post(settings):
    """A mail server on the loopback; what it got."""
    handler, port = Mails(), free_port()
    settings.MAIL_URL, settings.MAIL_FROM = f"smtp://127.0.0.1:{port}", "post@agentur.example"
    with mail_server(handler, port):
        yield handler.mails


@pytest.fixture
def no_post(settings):
    """A mail server that isn't there."""
    settings.MAIL_URL, settings.MAIL_FROM = f"smtp://127.0.0.1:{free_port()}", "post@agentur.example"


def asked(language: str = "de", address: str = ADDRESS) -> Submission:
    sent = submission("enquiry", language=language)
    mailbox.ask_notice(sent.subject_id, address)
    return sent


def answer(sent: Submission, token: str = "one-page") -> None:
    seen = sent.messages.count()
    office.answer(clerk(), sent.pk, ANSWER, token, seen)


def kept() -> str:
    """Everything that the table of tasks holds, in words."""
    return repr(list(DBTaskResult.objects.values()))


def all_due() -> None:
    DBTaskResult.objects.ready().update(run_after=timezone.now() - timedelta(seconds=1))
    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_sends_one_mail_that_says_nothing(language, post):
    sent = asked(language)
    answer(sent)
    run_tasks()
    run_tasks()
    assert [to for to, _ in post] == [[ADDRESS]]
    raw = post[0][1]
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Subject"] == policy().text(language, "mail.notice.subject")
    body = message.get_content()
    assert body.split() == policy().text(language, "mail.notice.body").split()
    assert message["To"] == ADDRESS and message["From"] == "post@agentur.example"
    assert message["Auto-Submitted"] == "auto-generated" and message["Message-ID"] and message["Date"]
    assert not message.is_multipart() and not (message["Cc"] or message["Bcc"])
    del message["Message-ID"]  # random digits, and made before anything is known of the person
    whole = f"{message} {body}"
    values = (ANSWER, "Oberholzer", "Nadine O", "10041", "1984", "http", "ZH-")
    ids = (sent.pk, sent.subject_id, sent.subject.mailbox.pk)
    for secret in (*values, *map(str, ids), *(one.hex for one in ids)):
        assert secret not in whole


def test_the_mail_is_on_record_as_what_left_the_house(post):
    sent = asked()
    answer(sent)
    run_tasks()
    (line,) = Disclosure.objects.all()
    assert (line.recipient, line.purpose, line.ground, line.form, line.fields) == (
        "mail-service",
        "mailbox-notice",
        "contract",
        "mail",
        "notice_email",
    )
    assert (line.subject_id, line.country, line.actor_kind) == (sent.subject_id, "CH", "system")
    assert "contracts/mail-service.txt" in line.contract and ADDRESS not in repr(vars(line))
    assert Outbox.objects.get(act="disclose").recipient == "mail-service"
    answer(sent, "another-page")
    run_tasks()
    assert Disclosure.objects.count() == len(post) == 2


@pytest.mark.parametrize("contract", ["none", "over", "not-yet"])
def test_without_a_contract_that_holds_no_mail_goes_out(post, monkeypatch, contract):
    service, today = policy().recipients["mail-service"], timezone.localdate()
    assert service.contract is not None
    day = timedelta(days=1)
    bound = {
        "none": None,
        "over": replace(service.contract, until=today - day),
        "not-yet": replace(service.contract, concluded=today + day),
    }[contract]
    recipients = {**policy().recipients, "mail-service": replace(service, contract=bound)}
    answer(asked())
    with monkeypatch.context() as change:
        broken = replace(policy(), recipients=MappingProxyType(recipients))
        change.setattr(gate, "policy", lambda: broken)
        run_tasks()
    assert post == [] and not Disclosure.objects.exists()
    answer(asked(address="later@briefkasten.example"))
    run_tasks()
    assert [to for to, _ in post] == [["later@briefkasten.example"]]


def test_who_did_not_ask_gets_none(post):
    answer(submission("enquiry"))
    run_tasks()
    assert post == [] and DBTaskResult.objects.count() == 0


def test_an_answer_sent_twice_is_one_mail(post):
    sent = asked()
    for _ in range(2):
        office.answer(clerk(), sent.pk, ANSWER, "one-page", 0)
    run_tasks()
    assert len(post) == 1


def test_after_withdrawal_nothing_goes_out(post):
    sent = asked()
    answer(sent)
    mailbox.withdraw(sent.subject_id, mailbox.NOTICE)
    run_tasks()
    answer(sent, "another-page")
    run_tasks()
    assert post == []
    mailbox.ask_notice(sent.subject_id, "new@briefkasten.example")
    answer(sent, "a-third-page")
    run_tasks()
    assert [to for to, _ in post] == [["new@briefkasten.example"]]


def test_after_erasure_or_restriction_nothing_goes_out(post):
    erased, restricted = asked(), asked()
    for sent in (erased, restricted):
        answer(sent)
    vault.shred(erased.subject_id, "request", vault.Actor.system("test"))
    Restriction.objects.create(subject_id=restricted.subject_id, kind="restriction")
    run_tasks()
    assert post == []
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {"SUCCESSFUL"}


def test_a_server_that_is_down_is_tried_again_later(no_post, settings):
    answer(asked())
    run_tasks()
    waiting = DBTaskResult.objects.get(status="READY")
    assert waiting.run_after > timezone.now() + timedelta(minutes=1)
    assert ADDRESS not in kept() and "briefkasten" not in kept()
    run_tasks()  # not due yet
    assert DBTaskResult.objects.count() == 2

    handler, port = Mails(), free_port()
    settings.MAIL_URL = f"smtp://127.0.0.1:{port}"
    all_due()
    with mail_server(handler, port):
        run_tasks()
        run_tasks()
    assert [to for to, _ in handler.mails] == [[ADDRESS]]


def test_withdrawn_while_the_server_was_down(no_post, settings):
    sent = asked()
    answer(sent)
    run_tasks()
    mailbox.withdraw(sent.subject_id, mailbox.NOTICE)
    handler, port = Mails(), free_port()
    settings.MAIL_URL = f"smtp://127.0.0.1:{port}"
    all_due()
    with mail_server(handler, port):
        run_tasks()
    assert handler.mails == []


def test_what_the_server_says_about_an_address_is_not_kept(settings, caplog, capfd):
    handler, port = Refusing(), free_port()
    settings.MAIL_URL, settings.MAIL_FROM = f"smtp://127.0.0.1:{port}", "post@agentur.example"
    with mail_server(handler, port):
        answer(asked())
        for _ in range(mails.TRIES + 2):
            run_tasks()
            all_due()
    assert DBTaskResult.objects.filter(status="FAILED").count() == 1
    assert DBTaskResult.objects.count() == mails.TRIES
    said = capfd.readouterr()
    for place in (kept(), caplog.text, said.out, said.err):
        assert ADDRESS not in place and "briefkasten" not in place
    assert "MailFailed" in kept()


def test_without_a_mail_server_nothing_waits_for_ever(settings):
    settings.MAIL_URL = ""
    answer(asked())
    run_tasks()
    assert set(DBTaskResult.objects.values_list("status", flat=True)) <= {"SUCCESSFUL"}


@pytest.mark.parametrize(
    "bad",
    [
        "a@b.example\r\nBcc: all@b.example",
        "a@b.example\nSubject: x",
        "a@b.example\r\n\r\nbody",
        "a\x00@b.example",
    ],
)
def test_an_address_cannot_bring_headers_along(bad, post):
    from zusage.rules import emails

    with pytest.raises(Problem):
        emails.email(bad)
    with pytest.raises(ValueError):
        mail.send(bad, "Subject", "Body")
    with pytest.raises(ValueError):
        mail.send(ADDRESS, f"Subject\r\nBcc: {ADDRESS}", "Body")
    assert post == []
