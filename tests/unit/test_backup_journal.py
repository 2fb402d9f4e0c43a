"""The journal of erasures and the manifest: what was written comes back, and every change to it is noticed."""

from __future__ import annotations

import json
import os
import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.backup import folder, journal, manifest
from zusage.backup.journal import Erasure
from zusage.backup.manifest import Manifest, Mark, Part
from zusage.backup.problems import Broken, CannotRun
from zusage.backup.recovery import Secrets

KEYS = Secrets((bytes(range(32)),))
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def erasures(number: int, purpose: str = "enquiry") -> list[Erasure]:
    return [Erasure(uuid.uuid4(), purpose, "", "request", NOW + timedelta(seconds=n)) for n in range(number)]


def begun(path: Path) -> Path:
    file = path / journal.NAME
    journal.begin(file, KEYS)
    return file


def all_in(file: Path, keys: Secrets = KEYS) -> list[Erasure]:
    return [one for line in journal.read(file, keys) for one in line.erasures]


def test_what_is_appended_is_read(tmp_path):
    file = begun(tmp_path)
    assert all_in(file) == [] and file.stat().st_mode & 0o777 == 0o600
    first, second = erasures(3), erasures(2, "")
    journal.append(file, first, None, KEYS)
    mark = journal.append(file, second, LONG_AGO, KEYS)
    assert all_in(file) == first + second
    assert mark == list(journal.read(file, KEYS))[-1].mark and mark.lines == 3


def test_nothing_is_written_twice(tmp_path):
    file = begun(tmp_path)
    known, new = erasures(3), erasures(1)
    journal.append(file, known, None, KEYS)
    size = file.stat().st_size
    for since in (None, LONG_AGO):
        journal.append(file, known, since, KEYS)
        assert file.stat().st_size == size
    journal.append(file, known + new, LONG_AGO, KEYS)
    assert all_in(file) == known + new


def test_many_erasures_fill_many_lines(tmp_path):
    file = begun(tmp_path)
    many = erasures(2 * journal.BATCH + 1)
    assert journal.append(file, many, None, KEYS).lines == 4
    assert all_in(file) == many


def test_only_the_end_is_read_where_that_is_enough(tmp_path, monkeypatch):
    """And what was written within the time asked for is known, however long it is."""
    file = begun(tmp_path)
    journal.append(file, erasures(30 * journal.BATCH), LONG_AGO, KEYS)
    assert len(file.read_bytes().splitlines()) > 30
    assert file.stat().st_size > 5 * journal.BLOCK
    recent = erasures(1)
    journal.append(file, recent, LONG_AGO, KEYS)
    opened: list[bytes] = []
    real = journal._open
    monkeypatch.setattr(journal, "_open", lambda raw, *rest: opened.append(raw) or real(raw, *rest))
    soon = datetime.now(UTC) + timedelta(minutes=1)
    journal.append(file, [], soon, KEYS)
    assert 1 <= len(opened) <= 6
    everything = all_in(file)
    journal.append(file, everything, LONG_AGO, KEYS)
    assert all_in(file) == everything


def test_half_a_line_at_the_end_is_passed_over_and_written_over(tmp_path):
    """A machine that stopped in the middle of writing."""
    file = begun(tmp_path)
    first, second = erasures(3), erasures(2)
    journal.append(file, first, None, KEYS)
    whole = file.read_bytes()
    journal.append(file, second, None, KEYS)
    line = file.read_bytes()[len(whole) :]
    for cut in (1, len(line) // 2, len(line) - 1):
        file.write_bytes(whole + line[:cut])
        assert all_in(file) == first
        for since in (None, LONG_AGO):
            file.write_bytes(whole + line[:cut])
            journal.append(file, first + second, since, KEYS)
            assert all_in(file) == first + second


def test_any_changed_byte_is_noticed(tmp_path):
    file = begun(tmp_path)
    for number in range(4):
        journal.append(file, erasures(number + 1), None, KEYS)
    content = file.read_bytes()
    for place in range(0, len(content) - 1, 7):
        changed = bytearray(content)
        changed[place] ^= 0x01
        file.write_bytes(bytes(changed))
        with pytest.raises(Broken):
            list(journal.read(file, KEYS))


@given(st.lists(st.integers(0, 5), max_size=8))
def test_lines_can_not_be_taken_out_moved_or_doubled(order):
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        file = begun(Path(place))
        for number in range(5):
            journal.append(file, erasures(number + 1), None, KEYS)
        lines = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join(lines[number] for number in order))
        if order and order == list(range(len(order))):
            assert len(list(journal.read(file, KEYS))) == len(
                order
            )  # cut at the end: the manifest knows better
        else:
            with pytest.raises(Broken):
                list(journal.read(file, KEYS))


def test_lines_of_two_journals_do_not_mix(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir(), other.mkdir()
    files = begun(one), begun(other)
    for file in files:
        journal.append(file, erasures(1), None, KEYS)
    first = files[0].read_bytes().splitlines(keepends=True)
    second = files[1].read_bytes().splitlines(keepends=True)
    files[0].write_bytes(first[0] + second[1])
    with pytest.raises(Broken):
        list(journal.read(files[0], KEYS))


def test_many_at_once_keep_the_chain(tmp_path):
    file = begun(tmp_path)
    everything = erasures(40)
    threads = [
        threading.Thread(target=journal.append, args=(file, everything[n : n + 10], LONG_AGO, KEYS))
        for n in range(0, 40, 5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(all_in(file)) == sorted(everything)


def test_a_new_key_goes_on_and_a_lost_one_is_said(tmp_path):
    file = begun(tmp_path)
    old, new = erasures(1), erasures(1)
    journal.append(file, old, None, KEYS)
    newer = Secrets((os.urandom(32), *KEYS.keks))
    journal.append(file, new, None, newer)
    assert all_in(file, newer) == old + new
    with pytest.raises(Broken, match="ZUSAGE_KEY_ENCRYPTION_KEY lacks"):
        list(journal.read(file, Secrets(newer.keks[:1])))
    # The end alone is under the new key: it can be told more, even so.
    more = erasures(1)
    journal.append(file, more, datetime.now(UTC) + timedelta(hours=1), Secrets(newer.keks[:1]))
    assert all_in(file, newer) == old + new + more


def test_it_shows_nobody(tmp_path):
    file = begun(tmp_path)
    one = Erasure(uuid.uuid4(), "Kennwortzweck", "Kennwortart", "Kennwortgrund", NOW)
    journal.append(file, [one], None, KEYS)
    content = file.read_bytes()
    for word in (one.purpose, one.category, one.ground, str(one.subject_id), one.subject_id.hex):
        assert word.encode() not in content
    assert one.subject_id.bytes not in content


def made() -> Manifest:
    part = Part(12, "ab" * 32, {"zusage.Subject": 3})
    return Manifest(
        "20261125T120000Z-012345", NOW, "f" * 64, "r" * 16, KEYS.newest, ("zusage.0001_initial",),
        {"data": part, "keys": part}, Mark("j", 4, "c" * 64),
    )  # fmt: skip


def test_a_manifest_comes_back():
    one = made()
    assert manifest.read(manifest.write(one, KEYS), one.id, KEYS) == one


def test_every_changed_value_of_a_manifest_is_noticed():
    one = made()
    said = json.loads(manifest.write(one, KEYS))

    def ways(value):
        if isinstance(value, dict):
            for name in value:
                yield {other: content for other, content in value.items() if other != name}
                for way in ways(value[name]):
                    yield {**value, name: way}
        elif isinstance(value, list):
            yield [*value, "more"]
            yield value[1:]
        else:
            yield value + (1 if isinstance(value, int) else "0")
            yield None

    changed = list(ways(said))
    assert len(changed) > 50
    for way in changed:
        with pytest.raises((Broken, CannotRun)):
            manifest.read(json.dumps(way).encode(), one.id, KEYS)


def test_a_manifest_under_another_name_or_from_another_house_is_refused():
    one = made()
    content = manifest.write(one, KEYS)
    with pytest.raises(Broken, match="manifest of another backup"):
        manifest.read(content, one.id.replace("012345", "543210"), KEYS)
    with pytest.raises(CannotRun, match="key-encryption key that isn't here"):
        manifest.read(content, one.id, Secrets((os.urandom(32),)))
    forger = Secrets((os.urandom(32),))
    forged = manifest.write(replace(one, key_encryption_key=forger.newest), forger)
    lied = {**json.loads(forged), "key_encryption_key": KEYS.newest}
    with pytest.raises(Broken, match="seal"):
        manifest.read(json.dumps(lied).encode(), one.id, KEYS)


@given(st.one_of(st.binary(max_size=100), st.from_type(type(None)).map(lambda _: b"[" * 100_000)))
def test_rubbish_is_no_manifest(content):
    with pytest.raises((Broken, CannotRun)):
        manifest.read(content, "20261125T120000Z-012345", KEYS)


@pytest.mark.parametrize(
    "content", [b"null", b"1", b'"x"', b"[]", b"{}", b'{"mac": 1}', b'{"mac": "x", "key_encryption_key": []}',
                '{"mac": "é", "key_encryption_key": "x"}'.encode(), b"\xff\xfe"]
)  # fmt: skip
def test_what_is_no_manifest_is_said(content):
    with pytest.raises((Broken, CannotRun)):
        manifest.read(content, "20261125T120000Z-012345", KEYS)


def test_a_killed_backup_is_tidied_away_and_one_at_work_is_not(tmp_path):
    dead, living, done = (f"20261125T12000{n}Z-012345" for n in range(3))
    for name in (f"{dead}.manifest.json.part", f"{dead}.data.zbk", f"{dead}.keys.zbk.part", f"{done}.manifest.json",
                 f"{done}.data.zbk", "something.part", "else.manifest.json.part"):  # fmt: skip
        (tmp_path / name).write_bytes(b"x")
    with folder.unfinished(tmp_path / manifest.name(living)) as file:
        file.write(b"content")
        assert folder.tidy(tmp_path) == 1
        left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"{living}.manifest.json.part", f"{done}.manifest.json", f"{done}.data.zbk", "something.part",
                    "else.manifest.json.part"}  # fmt: skip
    assert (tmp_path / manifest.name(living)).read_bytes() == b"content"


def test_a_draft_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), folder.unfinished(tmp_path / "name") as file:
        file.write(b"content")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
