"""From a checked form to a receipt that is shown once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.make import VALUES, letter, submission
from zusage.actions import intake
from zusage.actions.mailbox import enter
from zusage.models import Mailbox, Submission, SubmissionValue
from zusage.protocol.models import Outbox
from zusage.rules import receipts
from zusage.vault import api as vault
from zusage.vault.models import BlindIndex, Consent

pytestmark = pytest.mark.django_db(databases=["default", "keys", "protocol", "visits"])


@pytest.mark.parametrize("purpose", ["contact", "enquiry", "payment"])
def test_everything_sent_is_stored_sealed_and_opens_again(purpose):
    sent = submission(purpose)
    rows = list(SubmissionValue.objects.filter(submission=sent))
    opened = vault.open_many(rows, purpose, vault.Actor.subject(sent.subject_id))
    found = {row.field: values["value"] for row, values in zip(rows, opened, strict=True)}
    expected = {
        name: value if isinstance(value, str) else "\n".join(value) for name, value in VALUES[purpose].items()
    }
    assert found == expected


def test_a_receipt_is_shown_once_and_opens_the_mailbox():
    ticket = intake.submit(letter("enquiry"))
    receipt = intake.take_receipt(ticket)
    assert receipt is not None and receipts.normal(receipts.grouped(receipt)) == receipt
    assert intake.take_receipt(ticket) is None
    assert enter(receipt) == Submission.objects.get().subject_id
    assert enter(receipts.make(bytes(17))) is None


def test_the_store_keeps_neither_receipt_nor_ticket():
    ticket = intake.submit(letter("enquiry"))
    before = bytes(Mailbox.objects.get().ticket_box)
    receipt = intake.take_receipt(ticket)
    mailbox = Mailbox.objects.get()
    kept = b"".join(
        bytes(getattr(mailbox, name) or b"") for name in ("receipt_digest", "ticket_digest", "ticket_box")
    )
    assert mailbox.ticket_digest is None and mailbox.ticket_box is None
    for secret in (receipt.encode(), ticket.encode()):
        assert secret not in kept and secret not in before


def test_the_same_page_sent_twice_is_one_submission_with_one_receipt():
    form = letter("payment", token="a-page-of-its-own")
    first, second = intake.submit(form), intake.submit(form)
    assert Submission.objects.count() == 1
    assert first != second
    # The second click's page shows it; the first ticket is void.
    assert intake.take_receipt(first) is None
    assert enter(intake.take_receipt(second)) is not None


def test_the_receipt_can_be_had_again_by_sending_the_same_page_again():
    form = letter("payment", token="a-page-of-its-own")
    shown = intake.take_receipt(intake.submit(form))
    assert intake.take_receipt(intake.submit(form)) == shown


def test_the_same_page_with_other_content_is_another_submission():
    intake.submit(letter("enquiry", token="one-page", message="first"))
    intake.submit(letter("enquiry", token="one-page", message="second"))
    assert Submission.objects.count() == 2


def test_an_old_page_sent_again_stores_nothing_and_shows_nothing():
    form = letter("enquiry", token="an-old-page-in-a-tab")
    intake.submit(form)
    Submission.objects.update(received_at=timezone.now() - timedelta(days=3))
    with pytest.raises(intake.AlreadySent):
        intake.submit(form)
    assert Submission.objects.count() == 1


def test_without_a_token_each_submission_is_its_own():
    for _ in range(2):
        form = letter("enquiry")
        intake.submit(intake.Intake(form.purpose, form.language, form.notice_version, form.values, (), ""))
    assert Submission.objects.count() == 2


def test_what_is_not_declared_cannot_be_stored():
    with pytest.raises(vault.Undeclared):
        intake.submit(letter("enquiry", religion="none of our business"))
    with pytest.raises(vault.Undeclared):
        intake.submit(letter("contact", consents=("callback",)))
    assert Submission.objects.count() == 0
    assert not Outbox.objects.exists()


def test_a_consent_is_a_row_of_its_own_with_the_notice_that_was_seen():
    sent = submission("payment", consents=("callback",))
    consent = Consent.objects.get()
    assert (consent.subject_id, consent.purpose) == (sent.subject_id, "callback")
    assert consent.notice_version == sent.notice_version and len(consent.notice_version) == 64
    assert set(Outbox.objects.values_list("act", flat=True)) == {"submit", "consent"}


def test_several_references_are_found_one_by_one():
    sent = submission("payment")
    assert BlindIndex.objects.filter(subject_id=sent.subject_id).count() == 2
    assert vault.find("reference", ["ZH202610042"], "zusage.submission") == [sent.pk]


def test_a_ticket_expires():
    ticket = intake.submit(letter("enquiry"))
    Mailbox.objects.update(ticket_until=timezone.now() - timedelta(seconds=1))
    assert intake.take_receipt(ticket) is None


@pytest.mark.parametrize("ticket", ["", "x", "0" * 500, "é", "../..", "\0"])
def test_a_made_up_ticket_shows_nothing(ticket):
    submission("enquiry")
    assert intake.take_receipt(ticket) is None


def test_subjects_and_submissions_have_random_ids():
    sent = [submission("enquiry") for _ in range(3)]
    for one in sent:
        assert one.pk.version == 4 and one.subject_id.version == 4
