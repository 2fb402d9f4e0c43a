"""Deletion splits by the law: what may go goes everywhere, what a statute keeps is blocked, and the person is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.make import clerk, officer, rights_request, submission
from tests.test_sweep import FILE, closed_case
from zusage.actions import holds, mailbox, office
from zusage.actions.base import Conflict
from zusage.actions.cases import open_case
from zusage.actions.rights import erase, restrict
from zusage.actions.rights.steps import concern
from zusage.actions.sweep import sweep
from zusage.models import (
    RIGHTS,
    Case,
    Correction,
    Document,
    Mailbox,
    Message,
    Note,
    RightsRequest,
    Submission,
    SubmissionValue,
)  # fmt: skip
from zusage.protocol.models import Outbox
from zusage.queries import mailbox as mailbox_queries
from zusage.rules.problems import Problem
from zusage.vault import api as vault
from zusage.vault.models import NOTICE, BlindIndex, Consent, DataKey, Restriction, Tombstone, Warrant

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.localdate


def written(request: RightsRequest) -> str:
    """The last letter of the agency, as the person reads it."""
    return mailbox_queries.letters(request.subject_id)[-1].body


def rich() -> Submission:
    """A submission with everything around it: letters, note, consents, notice address."""
    sent = submission("enquiry", consents=("callback",))
    someone = clerk()
    mailbox.ask_notice(sent.subject_id, "nadine@example.ch")
    mailbox.reply(sent.subject_id, sent.pk, "Noch etwas", "token-of-a-page-1")
    office.answer(someone, sent.pk, "Antwort", "token-of-a-page-2", 1)
    office.note(someone, sent.pk, "Notiz", "token-of-a-page-3")
    return sent


def sealed_left(sent: Submission) -> int:
    rows = [
        *SubmissionValue.objects.filter(submission=sent),
        *Message.objects.filter(submission=sent),
        *Note.objects.filter(submission=sent),
        *Mailbox.objects.filter(subject_id=sent.subject_id),
    ]
    columns = ("value", "body", "notice_email")
    return sum(getattr(row, name, None) is not None for row in rows for name in columns)


def test_what_nothing_demands_goes_and_the_person_reads_what():
    sent, neighbour = rich(), rich()
    request = rights_request("deletion", about=[sent.subject_id])
    assert sealed_left(sent) > 8
    planned = erase.plan(officer(), request.pk)
    assert [part for one in planned for part in one.parts if one.about_id == sent.subject_id] == [vault.ALL]
    assert sealed_left(sent) > 8  # to look changes nothing
    erase.erase(officer(), request.pk)
    assert sealed_left(sent) == 0 and sealed_left(neighbour) > 8
    assert not DataKey.objects.filter(subject_id=sent.subject_id).exists()
    assert not BlindIndex.objects.filter(subject_id=sent.subject_id).exists()
    assert not Consent.objects.filter(subject_id=sent.subject_id).exists()
    assert not Mailbox.objects.filter(subject_id=sent.subject_id).exists()
    stone = Tombstone.objects.get(subject_id=sent.subject_id)
    assert (stone.purpose, stone.ground) == ("", "request") and stone.cleared_at
    request.refresh_from_db()
    assert (request.state, request.closed_at is not None) == ("answered", True)
    said = written(request)
    assert (
        "Frage zu einer Forderung" in said
        and "Anruf zu Ihrem Budget" in said
        and "Hinweis per E-Mail" in said
    )
    assert "Ihre Rechte" in said and "3 Jahre nach dem Abschluss Ihres Gesuchs" in said
    assert list(request.steps.order_by("at").values_list("act", flat=True))[-2:] == ["erased", "executed"]
    assert Outbox.objects.filter(act="erase", subject_id=sent.subject_id).count() == 1
    assert not Warrant.objects.filter(ended_at=None).exists()


def test_the_askers_own_mailbox_stays_for_the_letter_and_the_address_goes():
    sent = rich()
    own = rights_request("deletion")
    # The same person asks in the mailbox of what they wrote before.
    request = in_mailbox_of(sent, own)
    erase.erase(officer(), request.pk)
    assert Mailbox.objects.get(subject_id=sent.subject_id).notice_email is None
    assert mailbox_queries.exists(sent.subject_id)
    assert set(DataKey.objects.filter(subject_id=sent.subject_id).values_list("purpose", flat=True)) == {
        RIGHTS
    }
    assert "gelöscht" in written(request)
    assert not mailbox_queries.notice_on(sent.subject_id)
    parts = set(Tombstone.objects.filter(subject_id=sent.subject_id).values_list("purpose", flat=True))
    assert parts == {"enquiry", NOTICE, "callback"}
    sent.refresh_from_db()
    assert (sent.state, sent.assigned_to_id, sent.case_id) == ("closed", None, None)
    with pytest.raises(Conflict, match="erased"):
        office.answer(clerk(), sent.pk, "Noch eine", "token-of-a-page-9", 2)


def in_mailbox_of(sent: Submission, request: RightsRequest) -> RightsRequest:
    """A deletion filed in this mailbox."""
    ring = vault.Keyring()
    ring.key_or_new(sent.subject_id, RIGHTS)
    exchange = Submission.objects.create(
        subject_id=sent.subject_id, purpose=RIGHTS, language="de", notice_version=sent.notice_version
    )
    made = RightsRequest.objects.create(
        submission=exchange, subject_id=sent.subject_id, right=request.right, way="mailbox", regime="ch",
        received_on=TODAY(), due_on=TODAY() + timedelta(days=30), identity="given",
    )  # fmt: skip
    concern(made, sent.subject_id)
    return made


def test_a_closed_case_loses_its_details_and_the_voucher_is_blocked_until_its_day():
    case = closed_case(date(2026, 3, 4))
    request = rights_request("deletion", about=[case.subject_id], language="fr")
    erase.erase(officer(), request.pk)
    case.refresh_from_db()
    assert case.date_of_birth is None and case.reference is not None and case.balance is not None
    block = Restriction.objects.get(subject_id=case.subject_id)
    assert (block.purpose, block.until, block.ground, block.request_id) == (
        "collection", date(2036, 12, 31), "collection", request.pk,
    )  # fmt: skip
    stone = Tombstone.objects.get(subject_id=case.subject_id)
    assert (stone.purpose, stone.category) == ("collection", "date-of-birth")
    with pytest.raises(vault.Refused, match="restricted"):
        vault.open(case, "collection", vault.Actor.staff(clerk()))
    said = written(request)
    assert "31 décembre 2036" in said and "CO 958f" in said and "Date de naissance" in said
    assert vault.find("reference", ["ZH202610041"], "zusage.case") == [case.pk]
    assert vault.find("reference", ["ZH202610041"], "zusage.case", "collection") == []


def test_an_open_case_is_needed_for_its_claim_and_stays_as_it_is():
    case = open_case(vault.Actor.system("test"), date(2026, 3, 4), FILE)
    request = rights_request("deletion", about=[case.subject_id])
    erase.erase(officer(), request.pk)
    case.refresh_from_db()
    assert case.date_of_birth is not None
    assert not Restriction.objects.filter(subject_id=case.subject_id).exists()
    assert "um eine Forderung geltend zu machen" in written(request)
    assert vault.open(case, "collection", vault.Actor.staff(clerk()))


def test_a_legal_hold_stops_the_deletion_and_its_end_lets_it_follow():
    sent, person = rich(), officer()
    hold = holds.place(person, sent.subject_id, "", "Klage hängig", TODAY() + timedelta(days=90))
    request = rights_request("deletion", about=[sent.subject_id])
    erase.erase(person, request.pk)
    assert sealed_left(sent) > 8
    assert "Verfahren" in written(request)
    with pytest.raises(vault.Refused, match="restricted"):
        vault.open(SubmissionValue.objects.filter(submission=sent)[0], "enquiry", vault.Actor.staff(clerk()))
    assert vault.open(
        SubmissionValue.objects.filter(submission=sent)[0], "claims-defence", vault.Actor.staff(person)
    )
    sweep()
    assert sealed_left(sent) > 8
    holds.lift(person, hold.pk)
    sweep()
    assert sealed_left(sent) == 0
    assert not DataKey.objects.filter(subject_id=sent.subject_id, purpose="enquiry").exists()


def test_earlier_packages_in_the_mailbox_and_old_values_go_too():
    sent = rich()
    request = in_mailbox_of(sent, rights_request("deletion"))
    ring = vault.Keyring()
    package = Document(
        submission=request.submission, subject_id=sent.subject_id, name="a.pdf", media_type="application/pdf"
    )
    vault.seal(package, {"content": "QUJD"}, ring)
    package.save(force_insert=True)
    old = Correction(
        subject_id=sent.subject_id, purpose="enquiry", record_type="zusage.submissionvalue",
        record_id=f"{sent.pk}:name", column="value", state="changed",
    )  # fmt: skip
    vault.seal(old, {"before": "Nadina"}, ring)
    old.save(force_insert=True)
    erase.erase(officer(), request.pk)
    assert not Document.objects.exists() and not Correction.objects.exists()


def test_the_old_value_of_a_category_goes_with_it():
    case = closed_case(date(2026, 3, 4))
    ring = vault.Keyring()
    for column in ("date_of_birth", "debtor_name"):
        old = Correction(
            subject_id=case.subject_id, purpose="collection", record_type="zusage.case", record_id=str(case.pk),
            column=column, state="changed",
        )  # fmt: skip
        vault.seal(old, {"before": "before"}, ring)
        old.save(force_insert=True)
    erase.erase(officer(), rights_request("deletion", about=[case.subject_id]).pk)
    assert list(Correction.objects.values_list("column", flat=True)) == ["debtor_name"]


def test_broken_off_between_the_stores_it_is_done_by_pressing_again(monkeypatch):
    sent, person = rich(), officer()
    request = rights_request("deletion", about=[sent.subject_id])

    def dies(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(erase.vault, "clear", dies)
        with pytest.raises(KeyboardInterrupt):
            erase.erase(person, request.pk)
    # The keys are gone and the tombstone stands; nothing opens any more, though the data store hasn't followed.
    assert not DataKey.objects.filter(subject_id=sent.subject_id).exists() and sealed_left(sent) > 8
    assert Tombstone.objects.get(subject_id=sent.subject_id).cleared_at is None
    erase.erase(person, request.pk)
    assert vault.finish() <= 1
    assert sealed_left(sent) == 0
    request.refresh_from_db()
    assert request.state == "answered"


def test_the_same_button_twice_is_one_letter_and_two_officers_conflict():
    request = rights_request("deletion")
    erase.erase(officer(), request.pk)
    erase.erase(officer(), request.pk)
    assert Message.objects.filter(submission=request.submission).count() == 1
    other = rights_request("access")
    with pytest.raises(Conflict, match="other-right"):
        erase.erase(officer(), other.pk)
    with pytest.raises(Conflict, match="identity-open"):
        erase.erase(officer(), rights_request("deletion", "stranger").pk)
    with pytest.raises(vault.Refused):
        erase.plan(clerk(), request.pk)
    RightsRequest.objects.filter(pk=other.pk).update(right="deletion", state="refused")
    with pytest.raises(Conflict, match="request-closed"):
        erase.erase(officer(), other.pk)


def test_blocking_shuts_what_is_named_tells_the_person_and_ends_with_reasons():
    sent, person = rich(), officer()
    request = rights_request("blocking", about=[sent.subject_id])
    assert restrict.purposes_of(request) == ["enquiry"]
    restrict.block(person, request.pk)
    restrict.block(person, request.pk)
    row = SubmissionValue.objects.filter(submission=sent)[0]
    with pytest.raises(vault.Refused, match="restricted"):
        vault.open(row, "enquiry", vault.Actor.staff(clerk()))
    assert vault.open(row, "enquiry", vault.Actor.subject(sent.subject_id))
    assert "gesperrt" in written(request) and "Frage zu einer Forderung" in written(request)
    block = Restriction.objects.get()
    assert (block.kind, block.ground, block.request_id) == ("restriction", "request", request.pk)
    with pytest.raises(Problem, match="missing"):
        restrict.lift(person, block.pk, "")
    restrict.lift(person, block.pk, "Die Angaben sind geklärt.")
    assert vault.open(row, "enquiry", vault.Actor.staff(clerk()))
    assert "Die Angaben sind geklärt." in written(request)
    with pytest.raises(Conflict, match="already-lifted"):
        restrict.lift(person, block.pk, "Noch einmal")


def test_an_objection_that_is_upheld_stops_the_purposes_it_names():
    sent = rich()
    case = open_case(vault.Actor.system("test"), date(2026, 3, 4), FILE)
    request = rights_request("objection", about=[sent.subject_id, case.subject_id], language="it")
    assert restrict.purposes_of(request) == ["enquiry", "collection"]
    with pytest.raises(Problem, match="missing"):
        restrict.object_to(officer(), request.pk, ["rights", "nonsense"])
    restrict.object_to(officer(), request.pk, ["collection"])
    with pytest.raises(vault.Refused, match="restricted"):
        vault.open(case, "collection", vault.Actor.staff(clerk()))
    assert vault.open(
        SubmissionValue.objects.filter(submission=sent)[0], "enquiry", vault.Actor.staff(clerk())
    )
    assert set(Restriction.objects.values_list("kind", "purpose")) == {("objection", "collection")}
    assert "si è opposto" in written(request)


def test_holds_are_placed_reviewed_and_lifted_by_the_officer():
    person, ahead = officer(), TODAY() + timedelta(days=90)
    case = open_case(vault.Actor.system("test"), date(2026, 3, 4), FILE)
    with pytest.raises(Conflict, match="no-such-case"):
        holds.place_by_reference(person, "ZH-2026-99999", "", "Klage", ahead)
    hold = holds.place_by_reference(person, "zh 2026 10041", "collection", "Klage", ahead)
    assert hold.subject_id == case.subject_id
    assert vault.open(hold, "claims-defence", vault.Actor.staff(person)) == {"reason": "Klage"}
    assert vault.open(case, "claims-defence", vault.Actor.staff(person))
    with pytest.raises(Conflict, match="held-already"):
        holds.place(person, case.subject_id, "collection", "Klage", ahead)
    with pytest.raises(Conflict, match="no-such-purpose"):
        holds.place(person, case.subject_id, "protocol", "Klage", ahead)
    with pytest.raises(Problem, match="missing"):
        holds.place(person, case.subject_id, "", "", ahead)
    with pytest.raises(Problem, match="date-past"):
        holds.review(person, hold.pk, TODAY())
    with pytest.raises(vault.Refused):
        holds.place(clerk(), case.subject_id, "", "Klage", ahead)
    holds.review(person, hold.pk, ahead + timedelta(days=30))
    holds.lift(person, hold.pk)
    with pytest.raises(vault.Refused, match="no-warrant"):
        vault.open(case, "claims-defence", vault.Actor.staff(person))
    with pytest.raises(Conflict, match="hold-ended"):
        holds.lift(person, hold.pk)
    acts = Outbox.objects.filter(record_type="zusage.hold").exclude(act="open").order_by("at")
    assert list(acts.values_list("act", flat=True)) == ["hold", "review-hold", "lift-hold"]
    assert Case.objects.count() == 1


def test_a_hold_on_a_reference_that_only_collides_is_none(monkeypatch):
    person = officer()
    open_case(vault.Actor.system("test"), date(2026, 3, 4), FILE)
    monkeypatch.setattr("zusage.vault.index.digest", lambda name, normal: b"the same for all")
    other = open_case(vault.Actor.system("test"), date(2026, 3, 4), {**FILE, "reference": "BE-2026-20013"})
    with pytest.raises(Conflict, match="no-such-case"):
        holds.place_by_reference(person, "SG-2026-40002", "", "Klage", TODAY() + timedelta(days=9))
    assert not Warrant.objects.exists() and not Outbox.objects.filter(act="hold").exists()
    assert other.pk
