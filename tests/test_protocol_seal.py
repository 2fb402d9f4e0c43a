"""The protocol is sealed: whatever is done to it by plain SQL, behind the code's back, is found and named.

The tampering goes past the code, with statements that an administrator of the database could type.
"""

from __future__ import annotations

import threading
from datetime import date, datetime, time, timedelta
from unittest import mock
from uuid import UUID, uuid4

import pytest
from django.db import connections, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.make import submission
from zusage.actions.house import deliver
from zusage.actions.rotation import rotate
from zusage.actions.sweep import sweep
from zusage.backup.dump import snapshot
from zusage.insert import insert
from zusage.protocol import canon, checkpoint, sealing
from zusage.protocol.models import Entry, Expired, Outbox, Seal, SealMark
from zusage.protocol.verify import Finding, Known, Report, backlog, known_here, verify
from zusage.vault import api as vault
from zusage.vault import cipher, keys, signing
from zusage.vault.signing import Signer

pytestmark = pytest.mark.django_db(transaction=True)

SIGNER = Signer()


def written(number: int, at: datetime | None = None, **other: str) -> list[Outbox]:
    """So many lines in the outbox."""
    start = at or timezone.now()
    lines = [
        Outbox(
            at=start + timedelta(microseconds=one), act="open", actor_kind="staff", actor_id=str(uuid4()),
            purpose="enquiry", subject_id=uuid4(), record_type="zusage.submission", record_id=str(one), **other,
        )
        for one in range(number)
    ]  # fmt: skip
    insert(lines)
    return lines


def sealed(*batches: int) -> None:
    for number in batches:
        written(number)
        deliver()


def checked(*known: Known) -> Report:
    report = Report()
    here = known_here(SIGNER, report)
    with snapshot("protocol"):
        verify(SIGNER, [*here, *known], report)
    return report


def found(*known: Known) -> set[tuple[str, int, int]]:
    """Kind, seal and position of each finding."""
    return {(one.kind, one.seal, one.position) for one in checked(*known).findings}


def sql(statement: str, *values: object, alias: str = "protocol") -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement, values)


def id_at(position: int) -> object:
    """An id as the database has it."""
    pk = Entry.objects.get(position=position).pk
    return pk if connections["protocol"].vendor == "postgresql" else pk.hex


def newest() -> Known:
    report = checked()
    assert report.newest and not report.findings
    return report.newest._replace(source="kept elsewhere")


# --- as it should be


def test_lines_are_moved_once_and_the_chain_is_whole():
    lines = written(7)
    assert deliver() == 7 and deliver() == 0
    more = written(3)
    assert deliver() == 3
    entries = list(Entry.objects.order_by("position"))
    assert [one.position for one in entries] == list(range(1, 11))
    assert [one.pk for one in entries] == [line.pk for line in lines + more]
    assert [(one.number, one.first, one.last) for one in Seal.objects.order_by("number")] == [
        (1, 1, 7),
        (2, 8, 10),
    ]
    report = checked()
    assert (report.findings, report.notes) == ([], [])
    assert (report.entries, report.expired, report.seals) == (10, 0, 2)
    assert report.newest and (report.newest.number, report.newest.last) == (2, 10)
    mark = SealMark.objects.get()
    assert (mark.number, mark.last, bytes(mark.digest)) == (2, 10, report.newest.digest)
    backlog(10, report)
    assert not report.findings


def test_many_lines_make_several_seals(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 30)
    monkeypatch.setattr(sealing, "PIECES", (7, 1))
    written(95)
    assert deliver() == 95
    assert [one.last - one.first + 1 for one in Seal.objects.order_by("number")] == [30, 30, 30, 5]
    assert found() == set()


def test_nothing_written_is_whole():
    assert deliver() == 0 and not SealMark.objects.exists()
    report = checked()
    assert (report.findings, report.notes, report.newest) == ([], [], None)


def test_the_same_bytes_from_every_database():
    """What was sealed is hashed from the line in memory, and checked from what the database gives back."""
    at = timezone.now().replace(microsecond=1)
    written(1, at=at.replace(microsecond=0))
    written(1, at=at, recipient="ümläut «»\n\u2028\U0001f600")
    written(1, at=datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=at.tzinfo))
    insert([Outbox(act="", actor_kind="", subject_id=None)])
    deliver()
    assert found() == set()


def test_the_signature_shows_to_outsiders():
    sealed(4)
    seal = Seal.objects.get()
    said = sealing.stated(seal)
    public = signing.public_key()
    assert signing.verifies(public, canon.SEAL, said, bytes(seal.signature))
    assert not signing.verifies(public, canon.CHECKPOINT, said, bytes(seal.signature))
    assert not signing.verifies(public, canon.SEAL, said + b" ", bytes(seal.signature))
    assert not signing.verifies(b"short", canon.SEAL, said, bytes(seal.signature))
    assert seal.key == signing.name_of(public)


def test_after_a_new_key_encryption_key_it_is_the_same_chain(settings):
    sealed(3)
    settings.KEY_ENCRYPTION_KEYS = (cipher.new_key(), *settings.KEY_ENCRYPTION_KEYS)
    rotate(lambda number: None)
    settings.KEY_ENCRYPTION_KEYS = settings.KEY_ENCRYPTION_KEYS[:1]
    keys.root_key.cache_clear()
    sealed(3)
    assert found() == set() and Entry.objects.count() == 7  # with the line of the rotation itself
    assert len(set(Seal.objects.values_list("key", flat=True))) == 1


# --- tampering

CHANGES = {
    "act": "'read'",
    "actor_kind": "'system'",
    "actor_id": "'somebody else'",
    "purpose": "'payment'",
    "subject_id": "NULL",
    "record_type": "'zusage.case'",
    "record_id": "'0'",
    "recipient": "'bailiff'",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_entry(column):
    sealed(3, 5, 2)
    sql(f"UPDATE protocol_entry SET {column} = {CHANGES[column]} WHERE position = 6")
    assert found() == {("entry-changed", 2, 6)}
    (finding,) = checked().findings
    assert finding.id == str(Entry.objects.get(position=6).pk)


@pytest.mark.parametrize("position", [1, 3, 4, 8, 10])
def test_a_changed_time_or_id(position):
    sealed(3, 5, 2)
    seal = 1 if position <= 3 else 2 if position <= 8 else 3
    Entry.objects.filter(position=position).update(at=timezone.now() - timedelta(days=400))
    assert found() == {("entry-changed", seal, position)}
    other = uuid4()
    sql(
        "UPDATE protocol_entry SET id = %s WHERE position = %s",
        other if connections["protocol"].vendor == "postgresql" else other.hex,
        position,
    )
    assert found() == {("entry-changed", seal, position)}
    assert checked().findings[0].id == str(other)


@pytest.mark.parametrize("column", ["salt", "proof"])
def test_what_belongs_to_an_entry_is_changed(column):
    sealed(3, 3)
    sql(f"UPDATE protocol_entry SET {column} = %s WHERE position = 2", b"\x00" * 16)
    assert found() == {("entry-changed", 1, 2)}
    sql(f"UPDATE protocol_entry SET {column} = NULL WHERE position = 2")
    assert found() == {("entry-changed", 1, 2)}


@pytest.mark.parametrize("position", [1, 2, 3, 5, 6])
def test_a_removed_entry(position):
    sealed(3, 3)
    sql("DELETE FROM protocol_entry WHERE position = %s", position)
    assert found() == {("entry-missing", 1 if position <= 3 else 2, position)}


def test_removed_and_closed_up():
    """The rest moves up by one: each is then where another was."""
    sealed(4)
    sql("DELETE FROM protocol_entry WHERE position = 2")
    sql("UPDATE protocol_entry SET position = 2 WHERE position = 3")
    sql("UPDATE protocol_entry SET position = 3 WHERE position = 4")
    assert found() == {("entry-moved", 1, 2), ("entry-moved", 1, 3), ("entry-missing", 1, 4)}


def test_two_entries_swapped():
    sealed(3, 4)
    for old, new in ((4, 99), (6, 4), (99, 6)):
        sql("UPDATE protocol_entry SET position = %s WHERE position = %s", new, old)
    assert found() == {("entry-moved", 2, 4), ("entry-moved", 2, 6)}
    assert {one.more for one in checked().findings} == {"4", "6"}


def copied(position: object, source: int) -> UUID:
    """Insert an entry that is like another one, but for its id and its place."""
    other = uuid4()
    names = (
        "at, act, actor_kind, actor_id, purpose, subject_id, record_type, record_id, recipient, salt, proof"
    )
    sql(
        f"INSERT INTO protocol_entry (id, position, {names}) SELECT %s, %s, {names} FROM protocol_entry "
        "WHERE position = %s",
        other if connections["protocol"].vendor == "postgresql" else other.hex,
        position,
        source,
    )
    return other


@pytest.mark.parametrize("position", [-1, 0, 7, 10**15])
def test_an_inserted_entry(position):
    sealed(3, 3)
    other = copied(position, 2)
    (finding,) = checked().findings
    assert finding.kind == ("entry-unsealed" if position > 6 else "entry-inserted")
    assert (finding.position, finding.id) == (position, str(other))


def test_an_inserted_entry_without_a_position_is_never_sealed():
    sealed(3)
    other = copied(None, 2)
    assert checked().findings == [Finding("entry-inserted", id=str(other))]
    sealed(3)
    assert Entry.objects.get(pk=other).position is None and found() == {("entry-inserted", 0, 0)}


def test_an_inserted_entry_in_another_s_place():
    sealed(3)
    sql("DELETE FROM protocol_entry WHERE position = 2")
    other = copied(2, 3)
    (finding,) = checked().findings
    assert (finding.kind, finding.position, finding.id) == ("entry-changed", 2, str(other))


SEALS = {
    "first": "1",
    "last": "7",
    "at": "'2020-01-01 00:00:00+00:00'",
    "root": "x",
    "before": "x",
    "mac": "x",
    "signature": "x",
    "key": "'0123456789abcdef'",
}


@pytest.mark.parametrize("column", SEALS)
def test_a_changed_seal(column):
    sealed(3, 5, 2)
    value = SEALS[column]
    if value == "x":
        sql(f"UPDATE protocol_seal SET {column} = %s WHERE number = 2", b"\x01" * 32)
    else:
        sql(f"UPDATE protocol_seal SET {column} = {value} WHERE number = 2")
    kind = {"key": "seal-foreign", "signature": "seal-unsigned"}.get(column, "seal-changed")
    assert (kind, 2, 1 if column == "first" else 4) in found()
    assert {one.kind for one in checked().findings} == {kind}


def test_the_newest_seal_s_end_is_moved_up_and_down():
    sealed(3, 3)
    sql("UPDATE protocol_seal SET last = 9999999999999 WHERE number = 2")
    assert {one[0] for one in found()} == {"seal-changed", "rewritten"}
    sql("UPDATE protocol_seal SET last = 5 WHERE number = 2")
    assert {one[0] for one in found()} == {"seal-changed", "rewritten", "entry-unsealed"}


def test_a_seal_without_its_entries_and_entries_without_their_seal():
    sealed(3, 3, 3)
    sql("DELETE FROM protocol_entry WHERE position BETWEEN 4 AND 6")
    assert found() == {("entry-missing", 2, 4), ("entry-missing", 2, 5), ("entry-missing", 2, 6)}
    sql("DELETE FROM protocol_seal WHERE number = 2")
    assert found() == {("seal-missing", 2, 4)}


def test_under_a_removed_seal_the_entries_still_speak():
    sealed(3, 3, 3)
    sql("DELETE FROM protocol_seal WHERE number = 2")
    sql("UPDATE protocol_entry SET act = 'read' WHERE position = 5")
    assert {(kind, position) for kind, _, position in found()} == {("seal-missing", 4), ("entry-changed", 5)}


def test_two_seals_swapped():
    sealed(2, 2, 2)
    for old, new in ((2, 9), (1, 2), (9, 1)):
        sql("UPDATE protocol_seal SET number = %s WHERE number = %s", new, old)
    assert {("seal-changed", 1, 3), ("seal-changed", 2, 1)} <= found()


def another_chain(*batches: int) -> tuple[list[Entry], list[Seal]]:
    """A chain that the house itself has sealed, as an old copy of the store has it; then it began anew."""
    sealed(*batches)
    old = list(Entry.objects.order_by("position")), list(Seal.objects.order_by("number"))
    for model in (Entry, Seal, SealMark):
        model.objects.all().delete()
    return old


def test_an_entry_of_another_chain_of_the_same_house():
    """Its keyed hash fits its place: it was sealed there, only not under this root."""
    old, _ = another_chain(3)
    sealed(3, 2)
    Entry.objects.filter(position=2).delete()
    old[1].save(force_insert=True)
    assert found() == {("root-wrong", 1, 1)}


def test_a_seal_of_another_chain_of_the_same_house_with_its_entries():
    entries, seals = another_chain(3, 2)
    sealed(3, 2, 2)
    Seal.objects.filter(number=2).delete()
    Entry.objects.filter(position__in=(4, 5)).delete()
    Seal.objects.bulk_create(seals[1:])
    Entry.objects.bulk_create(entries[3:])
    assert found() == {("chain-broken", 2, 4), ("chain-broken", 3, 6)}


def cut(seal: int, position: int) -> None:
    """The tail, seals and all."""
    sql("DELETE FROM protocol_seal WHERE number > %s", seal)
    sql("DELETE FROM protocol_entry WHERE position > %s", position)


def test_a_removed_tail_shows_without_any_checkpoint():
    sealed(3, 3, 3)
    cut(2, 6)
    assert found() == {("rewound", 3, 7)}
    cut(0, 0)
    assert found() == {("rewound", 1, 1)}


def test_a_removed_tail_shows_also_after_the_worker_went_on():
    sealed(3, 3, 3)
    cut(1, 3)
    sealed(1)
    assert found() == {("rewound", 3, 5)}
    sealed(2, 2, 2)
    assert found() == {("rewritten", 3, 5)}


def test_without_the_mark_a_checkpoint_shows_it():
    """Whoever may write to both stores cuts the tail and brings the mark back to what it was."""
    sealed(3, 3)
    was = {name: getattr(SealMark.objects.get(), name) for name in ("number", "last", "digest", "at", "mac")}
    sealed(3)
    kept = newest()
    cut(2, 6)
    SealMark.objects.update(**was)
    assert found() == set()
    assert found(kept) == {("rewound", 3, 7)}
    sealed(1, 1)
    assert found() == set() and found(kept) == {("rewritten", 3, 7)}


def test_the_mark_removed_or_changed():
    sealed(3, 3)
    SealMark.objects.update(number=1, last=3)
    assert found() == {("mark-changed", 0, 0)}
    sql("DELETE FROM protocol_sealmark", alias="keys")
    assert found() == {("mark-missing", 2, 6)}
    sealed(1)
    assert found() == {("mark-missing", 3, 7)}


@given(data=st.data())
@hypothesis_settings(max_examples=25)
def test_any_one_thing_done_by_chance_is_found(data):
    for model in (Entry, Expired, Seal, SealMark):
        model.objects.all().delete()
    sealed(*data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=5)))
    number = Entry.objects.count()
    one = data.draw(st.integers(1, number))
    what = data.draw(st.sampled_from(["change", "remove", "swap", "insert", "seal", "cut"]))
    match what:
        case "change":
            column = data.draw(st.sampled_from(sorted(CHANGES)))
            sql(f"UPDATE protocol_entry SET {column} = {CHANGES[column]} WHERE position = %s", one)
            if column == "record_id" and not checked().findings:
                return  # it was that already
        case "remove":
            sql("DELETE FROM protocol_entry WHERE position = %s", one)
        case "swap":
            two = data.draw(st.integers(1, number))
            if one == two:
                return
            for old, new in ((one, 10**6), (two, one), (10**6, two)):
                sql("UPDATE protocol_entry SET position = %s WHERE position = %s", new, old)
        case "insert":
            sql("UPDATE protocol_entry SET position = position + 1000000 WHERE position >= %s", one)
            sql("UPDATE protocol_entry SET position = position - 999999 WHERE position >= 1000000")
            copied(one, one + 1)
        case "seal":
            sql(
                "DELETE FROM protocol_seal WHERE number = %s", data.draw(st.integers(1, Seal.objects.count()))
            )
        case "cut":
            last = Seal.objects.order_by("-number")[0]
            cut(last.number - 1, last.first - 1)
    assert checked().counts.total()


# --- retention


def old(number: int, day: date) -> None:
    written(number, at=timezone.make_aware(datetime.combine(day, time(12))))
    deliver()


def test_what_is_past_its_period_leaves_enough_for_the_chain():
    today = timezone.localdate()
    old(3, today - timedelta(days=500))
    sealed(2)
    said = {bytes(one.record_id, "ascii") for one in Entry.objects.all()}
    kept = newest()
    assert sweep(today)["protocol"] == 3
    assert Entry.objects.count() == 2 and Expired.objects.count() == 3 and said
    report = checked(kept)
    assert (report.findings, report.entries, report.expired) == ([], 2, 3)
    sealed(2)
    assert found(kept) == set()
    columns = {field.name for field in Expired._meta.concrete_fields}
    assert not columns & {"subject_id", "actor_id", "act", "record_id", "salt"}


def test_an_old_line_that_comes_again_is_passed_over():
    """As an old backup of the data brings it, after the entry has gone."""
    today = timezone.localdate()
    lines = written(3, at=timezone.make_aware(datetime.combine(today - timedelta(days=500), time(12))))
    deliver()
    sweep(today)
    insert(lines)
    assert deliver() == 3
    assert Entry.objects.count() == 0 and Seal.objects.count() == 1 and found() == set()


def test_a_removal_with_a_rest_of_one_s_own_is_found():
    """An entry that isn't due is deleted, and the rest of an expired one is written in its place."""
    sealed(3)
    one = Entry.objects.get(position=2)
    digest = canon.digest_of(sealing.content(one), bytes(one.salt))
    rest = Expired(
        position=2, entry_id=one.pk, at=one.at, digest=digest, proof=one.proof, removed_at=timezone.now(),
        rule="protocol", length=1, unit="years", mac=b"\x00" * 32,
    )  # fmt: skip
    one.delete()
    rest.save(force_insert=True)
    assert found() == {("expired-forged", 1, 2)}
    Expired.objects.update(at=timezone.now() - timedelta(days=500))
    assert found() == {("entry-changed", 1, 2)}


def test_a_removal_before_its_time_is_found_even_where_the_house_itself_did_it():
    sealed(3)
    ahead = timezone.localdate() + timedelta(days=500)
    assert sweep(ahead)["protocol"] >= 3
    assert {(kind, position) for kind, _, position in found()} == {("expired-early", n) for n in (1, 2, 3)}


def test_a_period_of_less_than_a_year_is_none():
    old(2, timezone.localdate() - timedelta(days=100))
    ids = list(Entry.objects.values_list("pk", flat=True))
    with transaction.atomic(using="protocol"):
        sealing.expire(ids, "protocol", 30, "days", timezone.now(), SIGNER)
    assert {kind for kind, _, _ in found()} == {"expired-early"}


@pytest.mark.parametrize("column", ["removed_at", "length", "rule", "digest", "entry_id", "position"])
def test_a_changed_rest(column):
    old(3, timezone.localdate() - timedelta(days=500))
    sweep(timezone.localdate())
    value = {
        "removed_at": timezone.now() + timedelta(days=3), "length": 2, "rule": "x", "digest": b"\x00" * 32,
        "entry_id": uuid4(), "position": 9,
    }[column]  # fmt: skip
    Expired.objects.filter(position=2).update(**{column: value})
    kinds = {kind for kind, _, _ in found()}
    assert kinds and kinds <= {"expired-forged", "entry-changed", "entry-missing", "entry-unsealed"}


def test_a_removed_rest():
    old(3, timezone.localdate() - timedelta(days=500))
    sweep(timezone.localdate())
    sql("DELETE FROM protocol_expired WHERE position = 3")
    assert found() == {("entry-missing", 1, 3)}


def test_an_entry_that_was_changed_before_it_expired_stays_named():
    old(3, timezone.localdate() - timedelta(days=500))
    sql("UPDATE protocol_entry SET act = 'read' WHERE position = 2")
    sweep(timezone.localdate())
    assert found() == {("entry-changed", 1, 2)}


def test_a_person_s_erasure_leaves_the_chain_whole():
    """The protocol holds ids alone: it stays as it is, and goes with its own period."""
    sent = submission("enquiry")
    deliver()
    kept = newest()
    before = set(Entry.objects.filter(subject_id=sent.subject_id).values_list("pk", flat=True))
    vault.shred(sent.subject_id, "request", vault.Actor.system("test"), [vault.ALL])
    deliver()
    about = Entry.objects.filter(subject_id=sent.subject_id)
    assert before and before < set(about.values_list("pk", flat=True)) and found(kept) == set()


# --- workers, ends, clocks


def test_two_workers_at_once_give_each_position_once(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 20)
    lines = written(200)
    barrier, faults = threading.Barrier(4), []

    def work() -> None:
        try:
            barrier.wait()
            deliver()
        except Exception as fault:  # shown by the assertion below
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    positions = Entry.objects.order_by("position").values_list("position", flat=True)
    assert list(positions) == list(range(1, 201))
    assert {line.pk for line in lines} == set(Entry.objects.values_list("pk", flat=True))
    assert not Outbox.objects.exists() and found() == set()


class Ended(Exception):
    """As if the power went."""


@pytest.mark.parametrize("where", ["_seal", "remove", "remember", "_begin", "_insert"])
def test_an_end_at_any_step_loses_and_doubles_nothing(where):
    sealed(2)
    lines = written(5)
    with mock.patch.object(sealing, where, side_effect=Ended), pytest.raises(Ended):
        deliver()
    assert found() == set()
    deliver()
    assert Entry.objects.count() == 7 and found() == set() and not Outbox.objects.exists()
    assert {line.pk for line in lines} <= set(Entry.objects.values_list("pk", flat=True))
    assert SealMark.objects.get().number == Seal.objects.order_by("-number")[0].number


def test_a_clock_set_back_is_told_and_loses_nothing():
    sealed(3)
    before = timezone.now() - timedelta(days=2)
    with mock.patch("django.utils.timezone.now", return_value=before):
        written(3, at=before)
        deliver()
    report = checked()
    assert report.findings == [] and report.notes == [Finding("clock", 2, 4)]
    assert list(Entry.objects.order_by("position").values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_a_backlog_is_told():
    written(3, at=timezone.now() - timedelta(minutes=11))
    first = Outbox.objects.order_by("at")[0]
    written(2)
    report = Report()
    backlog(10, report)
    assert report.findings == [Finding("backlog", id=str(first.pk), more="3")]
    written(1, at=timezone.now() + timedelta(hours=1))
    backlog(10, report)
    assert [one.kind for one in report.notes] == ["clock"]


# --- what was there before there were seals, and a restore


def before_the_chain(number: int) -> None:
    Entry.objects.bulk_create(
        Entry(act="open", actor_kind="system", at=timezone.now() - timedelta(seconds=number - one))
        for one in range(number)
    )


def test_what_was_there_before_the_chain_is_sealed_with_its_first_line(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 20)
    before_the_chain(50)
    assert [one.kind for one in checked().notes] == ["not-begun"]
    sealed(1)
    assert found() == set() and not Entry.objects.filter(position=None).exists()
    assert Entry.objects.get(position=51).act == "open"
    times = list(Entry.objects.order_by("position").values_list("at", flat=True))
    assert times == sorted(times)


def test_lines_carried_over_by_a_restore_that_broke_off_are_sealed_later():
    sealed(2)
    lines = written(3)
    sealing.carry()
    assert Entry.objects.filter(position=None).count() == 3 and Outbox.objects.count() == 3
    sealing.carry()
    deliver()
    assert found() == set() and Entry.objects.count() == 5
    assert {line.pk for line in lines} <= set(Entry.objects.values_list("pk", flat=True))


# --- checkpoints


def test_a_checkpoint_and_what_is_none(tmp_path):
    sealed(3)
    path = tmp_path / "checkpoint.json"
    text = checkpoint.write(newest(), SIGNER, signing.public_key())
    path.write_text(text)
    kept = checkpoint.read(path, SIGNER)
    assert (kept.number, kept.last) == (1, 3) and found(kept) == set()
    for other in ("", "{}", "[]", "null", text[:-20], text.replace('"last": 3', '"last": 2'), "[" * 9999):
        path.write_text(other)
        with pytest.raises(checkpoint.NoCheckpoint, match="checkpoint"):
            checkpoint.read(path, SIGNER)
    path.write_text(text.replace(SIGNER.key, "0123456789abcdef"))
    with pytest.raises(checkpoint.NoCheckpoint, match="another house"):
        checkpoint.read(path, SIGNER)
