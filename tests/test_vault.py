"""The vault: bound to its place, opened by one door, recorded, shredded."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ON_POSTGRES
from tests.make import NADINE, clerk, staff, submission
from zusage.actions.house import deliver
from zusage.insert import insert
from zusage.lookup import question
from zusage.models import Mailbox, Message, Submission, SubmissionValue
from zusage.models.inventory import CLASSES, INVENTORY, stale, tables, unclassified, undeclared
from zusage.protocol.models import Entry, Outbox
from zusage.protocol.outbox import Deed, gathered, lines, record, taken
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault import cipher, keys
from zusage.vault.models import BlindIndex, Consent, DataKey, Restriction, RootKey, Tombstone, Warrant
from zusage.vault.sealed import apart, several

pytestmark = pytest.mark.django_db(databases=["default", "keys", "protocol", "visits"])

MARK = "Quittengelee-7391"


def value_of(sent: Submission, field: str) -> SubmissionValue:
    return SubmissionValue.objects.get(submission=sent, field=field)


@settings(max_examples=50)
@given(plain=st.binary(max_size=2000), place=st.binary(max_size=100))
def test_what_is_sealed_opens_at_its_place_alone(plain, place):
    key = cipher.new_key()
    sealed = cipher.seal(key, plain, place)
    assert cipher.unseal(key, sealed, place) == plain
    for other in (place + b"x", b"elsewhere"):
        with pytest.raises(cipher.Damaged):
            cipher.unseal(key, sealed, other)
    with pytest.raises(cipher.Damaged):
        cipher.unseal(cipher.new_key(), sealed, place)


@settings(max_examples=50)
@given(rubbish=st.binary(max_size=200))
def test_rubbish_is_damaged_and_nothing_else(rubbish):
    with pytest.raises(cipher.Damaged):
        cipher.unseal(cipher.new_key(), rubbish, b"place")


def test_keyed_hash_tells_parts_apart():
    key = cipher.new_key()
    assert cipher.keyed_hash(key, b"ab", b"c") != cipher.keyed_hash(key, b"a", b"bc")
    assert cipher.keyed_hashes(key, [b"ab", b""]) == [cipher.keyed_hash(key, one) for one in (b"ab", b"")]


def test_the_clerk_opens_for_the_declared_purpose_and_it_is_recorded():
    sent = submission("enquiry", message=MARK)
    row = value_of(sent, "message")
    actor = vault.Actor.staff(clerk())
    assert vault.open(row, "enquiry", actor) == {"value": MARK}
    line = Outbox.objects.get(act="open", actor_kind="staff")
    assert (line.record_type, line.record_id, line.subject_id, line.purpose, line.actor_id) == (
        "zusage.submissionvalue",
        f"{sent.pk}:message",
        sent.subject_id,
        "enquiry",
        actor.id,
    )


def test_values_of_one_form_share_a_line_as_far_as_it_has_room():
    one, other = submission("contact", company="Quitten AG", case_reference="ZH-1"), submission("enquiry")
    rows = [*SubmissionValue.objects.filter(submission=one), value_of(other, "name")]
    for purpose in ("contact", "enquiry"):
        vault.open_many(rows, purpose, vault.Actor("staff", "x", "clerk"))
    lines = list(Outbox.objects.filter(act="open").order_by("pk"))
    named = {(line.subject_id, row) for line in lines for row in apart(line.record_id)}
    assert named == {(row.subject_id, f"{row.submission_id}:{row.field}") for row in rows}
    assert len(lines) == 3 and all(len(line.record_id) <= 100 for line in lines)


def test_names_of_rows_come_apart_as_they_were():
    names = ["a:name", "b", "a:email", "c:name", "b", "a:" + "x" * 20, "d:e"]
    said = several(names, 20)
    assert said == ["a:name,email", "b", "c:name", "b", "a:" + "x" * 20, "d:e"]
    assert sorted(one for line in said for one in apart(line)) == sorted(names)


def test_lines_are_gathered_and_written_at_once_or_nothing_is_done():
    sent, actor = submission("enquiry"), vault.Actor("staff", "x", "clerk")
    Outbox.objects.all().delete()
    with transaction.atomic(), gathered():
        vault.open(value_of(sent, "name"), "enquiry", actor)
        assert not Outbox.objects.exists()
        record(actor, [Deed("first"), Deed("second")])
        insert([*taken(), *lines(actor, [Deed("third")])])
        assert Outbox.objects.count() == 4 and not taken()
        record(actor, [Deed("last")])
    assert sorted(Outbox.objects.values_list("act", flat=True)) == [
        "first",
        "last",
        "open",
        "second",
        "third",
    ]
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), gathered():
            vault.open(value_of(sent, "name"), "enquiry", actor)
            raise ZeroDivisionError
        assert connection.needs_rollback  # whoever goes on from here does so in vain
        transaction.set_rollback(False)


def test_blocks_read_beside_the_rows_shut_them_and_blocks_of_others_are_not_believed():
    sent, other = submission("enquiry"), submission("enquiry")
    Restriction.objects.create(subject_id=sent.subject_id, kind="restriction", purpose="")
    asked, actor = question(SubmissionValue, "subject_id"), vault.Actor("staff", "x", "clerk")
    asked_by_form = question(SubmissionValue, "submission_id")
    rows, blocks, _ = vault.rows_and_blocks(asked, [sent.subject_id])
    _, others, _ = vault.rows_and_blocks(asked, [other.subject_id])
    _, by_form, (same,) = vault.rows_and_blocks(question(Submission, "id"), [sent.pk], asked_by_form)
    assert {one.pk for one in asked_by_form.rows(same)} == {one.pk for one in rows}
    assert by_form.subjects == {sent.subject_id}
    for known in (blocks, others, by_form, None):
        assert {str(one) for one in vault.open_many(rows, "enquiry", actor, (), known)} == {"restricted"}


@pytest.mark.parametrize("purpose", ["contact", "payment", "collection", "rights", "marketing", ""])
def test_no_other_purpose_opens_it(purpose):
    row = value_of(submission("enquiry", message=MARK), "message")
    with pytest.raises(vault.Refused):
        vault.open(row, purpose, vault.Actor.staff(clerk()))
    assert not Outbox.objects.filter(act="open").exists()


@pytest.mark.parametrize("role", ["officer", "administrator", "nobody"])
@pytest.mark.parametrize(
    "purpose", ["contact", "enquiry", "payment", "callback", "collection", "mailbox-notice"]
)
def test_officer_and_administrator_open_no_message(role, purpose):
    row = value_of(submission("enquiry"), "name")
    with pytest.raises(vault.Refused, match="not-your-purpose"):
        vault.open(row, purpose, vault.Actor("staff", str(uuid.uuid4()), role))


def test_a_person_opens_their_own_and_nobody_elses():
    mine, theirs = submission("enquiry", message=MARK), submission("enquiry")
    me = vault.Actor.subject(mine.subject_id)
    assert vault.open(value_of(mine, "message"), "enquiry", me) == {"value": MARK}
    with pytest.raises(vault.Refused, match="not-your-data"):
        vault.open(value_of(theirs, "message"), "enquiry", me)


def test_the_system_opens_the_notice_address_alone():
    row = value_of(submission("enquiry"), "name")
    for part in ("notices", "worker", "demo"):
        with pytest.raises(vault.Refused):
            vault.open(row, "enquiry", vault.Actor.system(part))


@pytest.mark.parametrize("kind", ["restriction", "objection"])
@pytest.mark.parametrize("purpose", ["", "enquiry"])
def test_restriction_and_objection_shut_the_door_but_not_for_the_person(kind, purpose):
    sent = submission("enquiry", message=MARK)
    row = value_of(sent, "message")
    Restriction.objects.create(subject_id=sent.subject_id, kind=kind, purpose=purpose)
    with pytest.raises(vault.Refused, match="restricted"):
        vault.open(row, "enquiry", vault.Actor.staff(clerk()))
    other = value_of(submission("enquiry", message="other"), "message")
    shut, opened = vault.open_many([row, other], "enquiry", vault.Actor.staff(clerk()))
    assert isinstance(shut, vault.Refused)
    assert opened == {"value": "other"}
    assert vault.open(row, "enquiry", vault.Actor.subject(sent.subject_id)) == {"value": MARK}


def test_an_ended_restriction_and_one_for_another_purpose_shut_nothing():
    sent = submission("enquiry", message=MARK)
    Restriction.objects.create(
        subject_id=sent.subject_id, kind="restriction", ended_at="2026-01-01T00:00:00Z", purpose=""
    )
    Restriction.objects.create(subject_id=sent.subject_id, kind="objection", purpose="payment")
    row = value_of(sent, "message")
    assert vault.open(row, "enquiry", vault.Actor.staff(clerk())) == {"value": MARK}


def test_a_further_purpose_opens_its_fields_with_consent_alone():
    sent = submission("payment")
    actor = vault.Actor.staff(clerk())
    phone = value_of(sent, "phone_day")
    with pytest.raises(vault.Refused, match="no-consent"):
        vault.open(phone, "callback", actor)
    consent = Consent.objects.create(subject_id=sent.subject_id, purpose="callback", notice_version="x")
    assert vault.open(phone, "callback", actor) == {"value": NADINE["phone_day_normal"]}
    with pytest.raises(vault.Refused, match="not-your-purpose"):
        vault.open(value_of(sent, "message"), "callback", actor)
    Consent.objects.filter(pk=consent.pk).update(withdrawn_at="2026-01-01T00:00:00Z")
    with pytest.raises(vault.Refused, match="no-consent"):
        vault.open(phone, "callback", actor)


def test_a_ciphertext_moved_to_another_row_column_or_subject_does_not_open():
    one, other = submission("enquiry"), submission("enquiry")
    actor = vault.Actor.staff(clerk())
    source, target = value_of(one, "name"), value_of(one, "message")
    target.value = source.value
    target.save()
    with pytest.raises(vault.Refused, match="damaged"):
        vault.open(SubmissionValue.objects.get(pk=target.pk), "enquiry", actor)
    foreign = value_of(other, "name")
    foreign.value = source.value
    foreign.save()
    with pytest.raises(vault.Refused, match="damaged"):
        vault.open(SubmissionValue.objects.get(pk=foreign.pk), "enquiry", actor)


def test_a_sealed_column_has_no_plain_form():
    row = value_of(submission("enquiry", message=MARK), "message")
    assert MARK not in f"{row.value}{row.value!r}{bytes(row.value)!r}{row.__dict__}"
    row.value = MARK
    with pytest.raises(TypeError, match="takes what vault"):
        row.save()


def test_sealing_into_a_plain_column_is_refused():
    row = value_of(submission("enquiry"), "name")
    with pytest.raises(KeyError):
        vault.seal(row, {"field": "name"}, vault.Keyring())


def test_shredding_takes_keys_columns_and_index_and_leaves_a_tombstone():
    sent = submission("enquiry", message=MARK)
    row = value_of(sent, "message")
    neighbour = submission("enquiry", message="neighbour")
    assert BlindIndex.objects.filter(subject_id=sent.subject_id).exists()
    vault.shred(sent.subject_id, "test", vault.Actor.system("test"))
    assert not DataKey.objects.filter(subject_id=sent.subject_id).exists()
    assert not BlindIndex.objects.filter(subject_id=sent.subject_id).exists()
    assert not SubmissionValue.objects.filter(subject_id=sent.subject_id).exclude(value=None).exists()
    assert Tombstone.objects.filter(subject_id=sent.subject_id, ground="test").exists()
    # What is left of it opens for nobody, not even for the person.
    for actor in (vault.Actor.staff(clerk()), vault.Actor.subject(sent.subject_id)):
        with pytest.raises(vault.Refused, match="erased"):
            vault.open(value_of(sent, "message"), "enquiry", actor)
    # The row as it was before: even whoever kept a copy can't open it any more.
    with pytest.raises(vault.Refused, match="erased"):
        vault.open(row, "enquiry", vault.Actor.staff(clerk()))
    assert vault.open(value_of(neighbour, "message"), "enquiry", vault.Actor.staff(clerk()))
    vault.shred(sent.subject_id, "again", vault.Actor.system("test"))
    assert Tombstone.objects.get(subject_id=sent.subject_id).ground == "test"


def test_one_purpose_is_shredded_and_the_others_stay():
    sent, actor = submission("enquiry", message=MARK), vault.Actor.system("test")
    letter_of_right = Message(
        submission=sent, subject_id=sent.subject_id, purpose="rights", sender="person", id=uuid.uuid4()
    )
    ring = vault.Keyring()
    ring.key_or_new(sent.subject_id, "rights")
    vault.seal(letter_of_right, {"body": "my request"}, ring)
    letter_of_right.save(force_insert=True)
    vault.shred(sent.subject_id, "test", actor, [vault.Part("enquiry")])
    assert list(DataKey.objects.filter(subject_id=sent.subject_id).values_list("purpose", flat=True)) == [
        "rights"
    ]
    assert not SubmissionValue.objects.filter(subject_id=sent.subject_id).exclude(value=None).exists()
    assert not BlindIndex.objects.filter(subject_id=sent.subject_id).exists()
    with pytest.raises(vault.Refused, match="erased"):
        vault.open(value_of(sent, "message"), "enquiry", vault.Actor.subject(sent.subject_id))
    assert vault.open(letter_of_right, "rights", vault.Actor.subject(sent.subject_id)) == {
        "body": "my request"
    }
    assert not vault.erased(sent.subject_id)


@pytest.mark.skipif(ON_POSTGRES, reason="SQLite tells its plan without data; PostgreSQL's depends on them")
def test_an_erasure_looks_at_no_table_as_a_whole():
    sent = submission("enquiry", case_reference="ZH-2026-10041")
    parts = [vault.Part("enquiry", "phone"), vault.Part("enquiry"), vault.ALL]
    with CaptureQueriesContext(connection) as caught:
        vault.shred(sent.subject_id, "test", vault.Actor.system("test"), parts)
    writes = [one["sql"] for one in caught.captured_queries if one["sql"].startswith(("UPDATE", "DELETE"))]
    assert any("zusage_submissionvalue" in one for one in writes), "the test sees what it is about"
    with connection.cursor() as cursor:
        for sql in writes:
            plan = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
            assert not [step for step in plan if step.startswith("SCAN")], sql


def test_one_category_is_nulled_and_the_rest_opens():
    sent, actor = submission("enquiry", message=MARK), vault.Actor.staff(clerk())
    vault.shred(sent.subject_id, "test", vault.Actor.system("test"), [vault.Part("enquiry", "phone")])
    assert value_of(sent, "phone_day").value is None
    assert vault.open(value_of(sent, "message"), "enquiry", actor) == {"value": MARK}
    assert BlindIndex.objects.filter(subject_id=sent.subject_id).exists()
    vault.shred(
        sent.subject_id, "test", vault.Actor.system("test"), [vault.Part("enquiry", "case-reference")]
    )
    assert not BlindIndex.objects.filter(subject_id=sent.subject_id).exists()


def test_what_died_between_the_stores_is_finished():
    sent = submission("enquiry", message=MARK)
    Tombstone.objects.create(subject_id=sent.subject_id, purpose="enquiry", ground="test")
    assert vault.finish() == 1 and vault.finish() == 0
    assert value_of(sent, "message").value is None
    assert not DataKey.objects.filter(subject_id=sent.subject_id).exists()


def test_a_lawful_exception_needs_something_on_record():
    sent, officer = submission("enquiry", message=MARK), vault.Actor.staff(staff("officer"))
    row = value_of(sent, "message")
    with pytest.raises(vault.Refused, match="no-warrant"):
        vault.open(row, "rights", officer)
    warrant = Warrant.objects.create(subject_id=sent.subject_id, purpose="rights", record_id=uuid.uuid4())
    with pytest.raises(vault.Refused, match="no-warrant"):
        vault.open(row, "legal-duty", officer)
    assert vault.open(row, "rights", officer) == {"value": MARK}
    Restriction.objects.create(subject_id=sent.subject_id, kind="restriction")
    assert vault.open(row, "rights", officer) == {"value": MARK}
    with pytest.raises(vault.Refused, match="restricted"):
        vault.open(row, "enquiry", vault.Actor.staff(clerk()))
    with pytest.raises(vault.Refused, match="not-your-purpose"):
        vault.open(row, "rights", vault.Actor.staff(clerk()))
    Warrant.objects.filter(pk=warrant.pk).update(ended_at=warrant.since)
    with pytest.raises(vault.Refused, match="no-warrant"):
        vault.open(row, "rights", officer)


def test_what_is_blocked_for_its_own_purpose_is_blocked_for_a_further_one():
    sent = submission("enquiry", consents=("callback",))
    row, actor = value_of(sent, "phone_day"), vault.Actor.staff(clerk())
    assert vault.open(row, "callback", actor)
    Restriction.objects.create(subject_id=sent.subject_id, kind="objection", purpose="enquiry")
    with pytest.raises(vault.Refused, match="restricted"):
        vault.open(row, "callback", actor)


def test_a_purpose_that_the_policy_does_not_list_keeps_nothing():
    sent = submission("enquiry")
    row = Message(submission=sent, subject_id=sent.subject_id, purpose="scoring", sender="person")
    with pytest.raises(vault.Undeclared, match="scoring"):
        vault.seal(row, {"body": MARK}, vault.Keyring())


def test_a_restored_copy_is_erased_again():
    sent = submission("enquiry", message=MARK)
    key = DataKey.objects.get(subject_id=sent.subject_id)
    row = value_of(sent, "message")
    vault.shred(sent.subject_id, "test", vault.Actor.system("test"))
    key.save(force_insert=True)
    row.save()
    assert vault.replay() == 1
    assert not DataKey.objects.filter(subject_id=sent.subject_id).exists()
    assert value_of(sent, "message").value is None


def test_a_key_wrapped_by_an_older_key_still_opens_and_an_unknown_one_says_so(settings):
    sent = submission("enquiry", message=MARK)
    row, actor = value_of(sent, "message"), vault.Actor.staff(clerk())
    settings.KEY_ENCRYPTION_KEYS = (cipher.new_key(), *settings.KEY_ENCRYPTION_KEYS)
    assert vault.open(row, "enquiry", actor) == {"value": MARK}
    settings.KEY_ENCRYPTION_KEYS = (cipher.new_key(),)
    with pytest.raises(vault.Damaged, match="add the one that wrapped"):
        vault.open(row, "enquiry", actor)


def test_keys_are_made_ahead_in_one_batch():
    ring = vault.Keyring()
    first = ring.reserve("enquiry")
    assert DataKey.objects.filter(purpose="enquiry").count() == keys.BATCH
    second = ring.reserve("enquiry")
    assert DataKey.objects.filter(purpose="enquiry").count() == keys.BATCH
    assert first != second and ring.key(first, "enquiry") != ring.key(second, "enquiry")
    assert DataKey.objects.filter(subject_id__in=[first, second]).count() == 2


def test_unused_keys_go_and_used_ones_stay():
    sent = submission("enquiry")
    DataKey.objects.update(created_at="2026-01-01T00:00:00Z")
    candidates = keys.unused_candidates()
    assert sent.subject_id in candidates
    assert keys.prune_unused([sent.subject_id], candidates) == keys.BATCH - 1
    assert list(DataKey.objects.values_list("subject_id", flat=True)) == [sent.subject_id]


def test_the_keys_store_holds_no_key_in_plain():
    ring = vault.Keyring()
    subject = ring.reserve("enquiry")
    wrapped = bytes(DataKey.objects.get(subject_id=subject).wrapped)
    assert ring.key(subject, "enquiry") not in wrapped
    root = vault.root_key("receipt")
    assert all(root not in bytes(row.wrapped) for row in RootKey.objects.all())


def test_a_blind_index_finds_and_tells_nothing():
    sent = submission("enquiry", case_reference="ZH-2026-10041")
    assert vault.find("reference", ["ZH202610041"], "zusage.submission") == [sent.pk]
    assert vault.find("reference", ["ZH202610042"], "zusage.submission") == []
    assert vault.find("email", ["ZH202610041"], "zusage.submission") == []
    row = BlindIndex.objects.get(subject_id=sent.subject_id)
    assert b"10041" not in bytes(row.digest)


def test_a_protocol_line_outside_a_transaction_is_refused(transactional_db):
    with pytest.raises(RuntimeError, match="transaction"):
        record(vault.Actor.system("test"), [Deed("open")])


def test_if_the_protocol_cannot_be_written_nothing_happened(transactional_db):
    sent = submission("enquiry", message=MARK)
    row = value_of(sent, "message")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE protocol_outbox RENAME TO hidden")
    try:
        with pytest.raises(Exception, match="protocol_outbox"), transaction.atomic():
            vault.open(row, "enquiry", vault.Actor.staff(clerk()))
        with pytest.raises(Exception, match="protocol_outbox"):
            submission("enquiry")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE hidden RENAME TO protocol_outbox")
    assert Submission.objects.count() == 1
    assert Mailbox.objects.count() == 1


def test_delivery_moves_each_line_once_even_after_a_crash():
    submission("enquiry")
    lines = set(Outbox.objects.values_list("pk", flat=True))
    copied = Outbox.objects.first()
    Entry.objects.create(
        **{field.attname: getattr(copied, field.attname) for field in Outbox._meta.concrete_fields}
    )
    assert deliver() == len(lines)
    assert set(Entry.objects.values_list("pk", flat=True)) == lines
    assert not Outbox.objects.exists()


def test_every_column_is_classified_and_none_is_stale():
    assert unclassified() == []
    assert stale() == []


def test_a_column_that_nobody_classified_is_found(monkeypatch):
    table = INVENTORY["zusage.Message"]
    known = {name: kind for name, kind in table.columns.items() if name != "body"}
    monkeypatch.setitem(INVENTORY, "zusage.Message", replace(table, columns=known))
    assert unclassified() == ['"zusage.Message": {"body": "…"}']


def test_every_sealed_column_is_classified_as_sealed_and_nothing_else_is():
    for model, table in tables().items():
        sealed = {name for name, kind in table.columns.items() if kind == "sealed"}
        assert sealed == {
            field.name for field in model._meta.concrete_fields if isinstance(field, vault.SealedField)
        }
    assert {kind for table in INVENTORY.values() for kind in table.columns.values()} <= CLASSES
    assert undeclared() == []


def test_the_policy_declares_every_purpose_that_tables_assume():
    for purpose in ("collection", "mailbox-notice"):
        assert purpose in policy().purposes
