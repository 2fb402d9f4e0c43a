"""Backups from within: which tables they hold, how old keys may be, what fits which version, who is told what."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import timezone

from tests.make import clerk, submission
from zusage.backup import check, journal, make, manifest, places, rows
from zusage.backup.check import Choice
from zusage.backup.problems import Broken, CannotRun, Declined
from zusage.backup.recovery import secrets
from zusage.protocol.models import Outbox
from zusage.stores import ALIASES
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import BackupPlace, RestoreMark, Tombstone

pytestmark = pytest.mark.django_db(transaction=True)


def backup(folder: Path) -> str:
    return make.backup(folder, lambda table, number: None).manifest.id


def checked(folder: Path, **choice) -> check.Checked:
    return check.check(folder, Choice(**choice), secrets(), lambda table, number: None)


@pytest.fixture
def clock(monkeypatch):
    """Call it with days to move the clock by."""
    moved = [timedelta()]
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + moved[0])

    def move(days: float) -> None:
        moved[0] += timedelta(days=days)

    return move


def erase(subject_id) -> None:
    vault.shred(subject_id, "request", vault.Actor.system("test"))


def told(folder: Path) -> list[str]:
    lines = journal.read(folder / journal.NAME, secrets())
    return [str(one.subject_id) for line in lines for one in line.erasures]


def test_every_table_is_in_a_backup_or_has_a_reason_not_to_be():
    held = {rows.label(model) for alias in ALIASES for model in rows.tables(alias)}
    everything = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert held | set(rows.LEFT_OUT) == everything and not held & set(rows.LEFT_OUT)
    for model in apps.get_models(include_auto_created=True):
        rows.writer(model), rows.maker(model, rows.columns(model))  # every kind of column is known


def test_any_value_comes_back_as_it_was():
    someone = clerk("Änne \u2028 \"'\\ 名前")
    sent = submission("contact", message="x")
    for one in (someone, sent, sent.values.first(), Outbox.objects.first()):
        model = type(one)
        row = model._base_manager.filter(pk=one.pk).values_list(*rows.columns(model)).get()
        line = rows.writer(model)(row)
        again = rows.maker(model, rows.columns(model))(json.loads(line))
        assert line.count(b"\n") == 1
        for name in rows.columns(model):
            assert getattr(again, name) == getattr(model._base_manager.get(pk=one.pk), name), name


def test_a_column_too_many_is_refused_and_a_missing_one_gets_its_default():
    model = apps.get_model("zusage.Submission")
    names = rows.columns(model)
    with pytest.raises(Broken, match="it has colour too much"):
        rows.maker(model, [*names, "colour"])
    with pytest.raises(Broken, match="lacks subject_id"):
        rows.maker(model, [name for name in names if name != "subject_id"])
    sent = submission("contact")
    row = model.objects.filter(pk=sent.pk).values_list(*(name for name in names if name != "closed_at")).get()
    line = json.loads(json.dumps(row, default=str))
    assert rows.maker(model, [name for name in names if name != "closed_at"])(line).closed_at is None


def test_copies_of_the_keys_live_as_long_as_the_policy_says(tmp_path, clock):
    days = policy().limits.keys_copy_days
    submission("enquiry")
    first = backup(tmp_path)
    clock(days - 0.5)
    second = backup(tmp_path)
    assert (tmp_path / f"{first}.keys.zbk").exists()
    clock(1)
    done = make.backup(tmp_path, lambda table, number: None)
    assert done.keys_removed == [first]
    assert not (tmp_path / f"{first}.keys.zbk").exists() and (tmp_path / f"{second}.keys.zbk").exists()
    assert (tmp_path / f"{first}.data.zbk").exists()
    assert Outbox.objects.filter(act="forget-keys-copy", record_id=first).count() == 1
    # Its data can be restored by the keys of a later one, which know nobody erased since.
    with pytest.raises(CannotRun, match=f"--id {first} --keys-of {done.manifest.id}"):
        checked(tmp_path, backup_id=first)
    assert checked(tmp_path, backup_id=first, keys_of=second).keys.id == second
    with pytest.raises(Declined, match=f"from before {second}"):
        checked(tmp_path, backup_id=second, keys_of=first)


def test_an_old_copy_of_the_keys_takes_a_word(tmp_path, clock):
    submission("enquiry")
    only = backup(tmp_path)
    clock(policy().limits.keys_copy_days + 0.1)
    assert (tmp_path / f"{only}.keys.zbk").exists(), "the only one is never removed"
    with pytest.raises(Declined, match="--old-keys"):
        checked(tmp_path)
    notes = checked(tmp_path, old_keys=True).notes
    assert len(notes) == 1 and "older than the" in notes[0]


def test_nothing_that_is_not_ours_is_removed_for_its_age(tmp_path, clock):
    submission("enquiry")
    first = backup(tmp_path)
    made = json.loads((tmp_path / manifest.name(first)).read_bytes())
    (tmp_path / manifest.name(first)).write_text(json.dumps({**made, "mac": "0" * 64}))
    second = backup(tmp_path / "other")
    for file in (tmp_path / "other").glob(f"{second}.*"):
        file.rename(tmp_path / file.name)
    clock(policy().limits.keys_copy_days + 1)
    assert make.backup(tmp_path, lambda table, number: None).keys_removed == [second]
    assert (tmp_path / f"{first}.keys.zbk").exists()


def test_any_harm_to_any_file_is_noticed(tmp_path):
    """Cut, longer, a bit changed anywhere, taken from another backup, missing: of every file."""
    for _ in range(3):
        submission("enquiry")
    source, folder = tmp_path / "source", tmp_path / "harmed"
    first = backup(source)
    erase(submission("payment").subject_id)
    second = backup(source)
    whole = {path.name: path.read_bytes() for path in source.iterdir()}

    def look(files: dict[str, bytes]) -> int:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        checked(folder)
        return len(check.erasures(folder, None, False, secrets())[0])

    assert look(whole) == 1
    looked_at = [name for name in whole if name.startswith(second) or name == journal.NAME]
    assert len(looked_at) == 6
    for name in looked_at:
        content = whole[name]
        others = [
            whole[other] for other in whole if other != name and other.split(".")[1:] == name.split(".")[1:]
        ]
        harms = [content[:-2], content[: len(content) // 2], b"", *others]
        if name != journal.NAME:
            harms.append(content + b"x")  # there, half a line at the end is what a sudden end leaves
        for place in range(0, len(content) - 1, max(1, len(content) // 12)):
            harms.append(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        for harm in harms:
            if name.endswith(".json") and same(harm, content):
                continue
            with pytest.raises((Broken, CannotRun, Declined)):
                look({**whole, name: harm})
        if not name.endswith(
            ".json"
        ):  # without its manifest it is no backup, and the one before is the newest
            with pytest.raises((Broken, CannotRun, Declined)):
                look({other: whole[other] for other in whole if other != name})
    # The parts of the first, altogether under the second's names.
    mixed = {name.replace(first, second): whole[name] for name in whole if name.startswith(first)}
    with pytest.raises(Broken):
        look({**whole, **mixed})
    assert look(whole) == 1


def same(one: bytes, other: bytes) -> bool:
    """Whether two manifests say the same: a space more or less is no harm."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def test_a_backup_of_a_newer_version_is_refused(tmp_path, monkeypatch):
    real = make.migrations()
    monkeypatch.setattr(make, "migrations", lambda: (*real, "zusage.0999_future"))
    backup(tmp_path)
    with pytest.raises(Declined, match=r"zusage\.0999_future"):
        checked(tmp_path)


def test_a_backup_from_before_data_was_rewritten_is_refused(tmp_path, monkeypatch):
    real = make.migrations()
    monkeypatch.setattr(make, "migrations", lambda: tuple(one for one in real if one != "vault.0002_rights"))
    backup(tmp_path)
    with pytest.raises(Declined, match=r"before vault\.0002_rights rewrote data"):
        checked(tmp_path)


def test_a_changed_policy_is_noted(tmp_path, monkeypatch):
    backup(tmp_path)
    monkeypatch.setattr(check, "version", lambda: "another")
    assert checked(tmp_path).notes == ["The policy has changed since this backup was made."]


def test_keys_wrapped_by_an_unknown_key_are_said(tmp_path, settings):
    submission("enquiry")
    backup(tmp_path)
    newer = (bytes(range(32)), *settings.KEY_ENCRYPTION_KEYS)
    settings.KEY_ENCRYPTION_KEYS = newer
    submission("payment")
    assert checked(tmp_path).notes == []
    both = backup(tmp_path)
    settings.KEY_ENCRYPTION_KEYS = newer[:1]
    with pytest.raises(CannotRun, match="wrapped by key-encryption keys that aren't here"):
        checked(tmp_path, backup_id=both)


def test_every_place_is_told_of_each_erasure_once(tmp_path):
    people = [submission("enquiry").subject_id for _ in range(4)]
    one, other = tmp_path / "one", tmp_path / "other"
    erase(people[0])
    for folder in (one, other):
        backup(folder)
    assert told(one) == told(other) == [str(people[0])]
    erase(people[1])
    assert places.export_tombstones(places.A_MOMENT) == {str(one): "told", str(other): "told"}
    assert told(one) == told(other) == [str(people[0]), str(people[1])]
    sizes = [(folder / journal.NAME).stat().st_size for folder in (one, other)]
    places.export_tombstones()
    places.export_tombstones(places.A_MOMENT)
    assert [(folder / journal.NAME).stat().st_size for folder in (one, other)] == sizes


def test_what_was_committed_late_is_told_all_the_same(tmp_path, clock):
    """An erasure that says it began before the folder was told last."""
    backup(tmp_path)
    late = submission("enquiry").subject_id
    clock(1 / 24 / 60)
    erase(submission("enquiry").subject_id)
    places.export_tombstones(places.A_MOMENT)
    erase(late)
    Tombstone.objects.filter(subject_id=late).update(at=timezone.now() - timedelta(minutes=1))
    places.export_tombstones(places.A_MOMENT)
    assert str(late) not in told(tmp_path)
    places.export_tombstones()
    assert str(late) in told(tmp_path)


def test_a_place_that_is_away_is_told_when_it_is_back(tmp_path, clock):
    folder, elsewhere = tmp_path / "backups", tmp_path / "unmounted"
    backup(folder)
    folder.rename(elsewhere)
    gone = submission("enquiry").subject_id
    erase(gone)
    assert places.export_tombstones() == {str(folder): "away"}
    assert not folder.exists(), "nothing is begun where the folder isn't"
    clock(30)
    elsewhere.rename(folder)
    assert places.export_tombstones(places.A_MOMENT) == {str(folder): "told"}
    assert told(folder) == [str(gone)]
    assert places.forget(folder) and not BackupPlace.objects.exists() and not places.forget(folder)


def test_a_broken_journal_is_said_and_the_next_backup_begins_another(tmp_path):
    backup(tmp_path)
    gone = [submission("enquiry").subject_id for _ in range(2)]
    erase(gone[0])
    places.export_tombstones()
    file = tmp_path / journal.NAME
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(bytes(content))
    erase(gone[1])
    assert places.export_tombstones() == {str(tmp_path): "broken"}
    assert file.read_bytes() == bytes(content)
    done = make.backup(tmp_path, lambda table, number: None)
    assert done.journal_renewed and set(told(tmp_path)) == {str(one) for one in gone}
    assert [path.read_bytes() for path in tmp_path.glob("*.broken")] == [bytes(content)]
    assert check.erasures(tmp_path, None, False, secrets())[1] == []


def test_nobody_is_told_while_a_restore_is_at_work(tmp_path):
    backup(tmp_path)
    RestoreMark.objects.create(backup_id="x")
    assert places.export_tombstones() == {}
    with pytest.raises(CannotRun, match="restore broke off"):
        backup(tmp_path)


def test_what_can_be_read_of_a_broken_journal_is_used_where_that_is_said(tmp_path):
    backup(tmp_path)
    gone = submission("enquiry").subject_id
    erase(gone)
    places.export_tombstones()
    with (tmp_path / journal.NAME).open("ab") as file:
        file.write(b"nonsense\n")
    with pytest.raises(Broken):
        check.erasures(tmp_path, None, False, secrets())
    found, notes = check.erasures(tmp_path, None, True, secrets())
    assert [one.subject_id for one in found] == [gone] and "2 lines of it could be used" in notes[0]
