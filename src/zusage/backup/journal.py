"""The journal of erasures, ``tombstones.zbj`` beside the backups: who was erased since they were made.

A line is ``<name of the key-encryption key> <base64>``; within, sealed under a key that follows from that one: a
number, the hash of the line before, a time, and up to 500 erasures. Opaque ids, and nobody without the key reads even
those. A line that was changed doesn't open; one that was taken out or moved breaks the chain. Lines cut off at the end
don't show in the file itself, so each backup's manifest says how far the journal went. Half a line at the end is what a
sudden end of the machine leaves, and is passed over.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple
from uuid import UUID

from zusage.backup.folder import UNFINISHED, unfinished
from zusage.backup.manifest import Mark
from zusage.backup.problems import Broken
from zusage.backup.recovery import Secrets
from zusage.vault import cipher

NAME = "tombstones.zbj"
KEY = "tombstone journal"
PLACE = b"zusage tombstone journal"
BATCH = 500
BLOCK = 64 * 1024


What = tuple[UUID, str, str]
"""Subject, purpose, category."""


class Erasure(NamedTuple):
    """Of whom what was erased (empty purpose: all; empty category: all of the purpose), on which ground, when."""

    subject_id: UUID
    purpose: str
    category: str
    ground: str
    at: datetime

    @property
    def what(self) -> What:
        return self[:3]


@dataclass(frozen=True, slots=True)
class Line:
    """One line, opened. `head` is the hash that the next line has to name as `before`."""

    journal: str
    number: int
    before: str
    written: datetime
    erasures: tuple[Erasure, ...]
    head: str

    @property
    def mark(self) -> Mark:
        return Mark(self.journal, self.number, self.head)


def read(path: Path, secrets: Secrets) -> Iterator[Line]:
    """All whole lines from the first to the last. Raises Broken where one was changed, is missing or moved."""
    before: Line | None = None
    with path.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n"):
                return
            line = _open(raw, secrets, path)
            fits = (
                line.number == 1
                if before is None
                else (line.journal, line.number, line.before)
                == (before.journal, before.number + 1, before.head)
            )
            if not fits:
                raise Broken(f"{path} was changed: a line is missing, or not in its place.")
            yield line
            before = line
    if before is None:
        raise Broken(f"{path} is empty.")


def newest(path: Path, since: datetime, secrets: Secrets) -> list[Line]:
    """The lines written after `since`, and one more; the chain isn't checked. Raises Broken, FileNotFoundError."""
    with path.open("rb") as file:
        return _tail(file, _whole(file), since, secrets, path)


def begin(path: Path, secrets: Secrets) -> None:
    """A new journal without an erasure in it."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        first = _line(os.urandom(8).hex(), 1, "", (), secrets)
        file.write(first)
        file.flush()
        os.fsync(file.fileno())


def append(path: Path, erasures: Iterable[Erasure], since: datetime | None, secrets: Secrets) -> Mark:
    """Add those of `erasures` that aren't there yet; how far the journal then goes.

    `since`: where none of `erasures` can have been added before that time, only what was written after it is read.
    None: all of it is read and its chain checked. Raises Broken, FileNotFoundError.
    """
    with _locked(path) as file:
        end = _whole(file)
        lines = _tail(file, end, since, secrets, path) if since else list(read(path, secrets))
        # The same may be erased again, once it has begun anew.
        known = {(one.what, one.at) for line in lines for one in line.erasures}
        missing = [one for one in erasures if (one.what, one.at) not in known]
        last = lines[-1]
        written = b""
        mark = last.mark
        for start in range(0, len(missing), BATCH):
            raw = _line(mark.journal, mark.lines + 1, mark.head, missing[start : start + BATCH], secrets)
            mark = _open(raw, secrets, path).mark
            written += raw
        if written:
            file.truncate(end)
            file.seek(end)
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
    return mark


def reseal(path: Path, secrets: Secrets) -> None:
    """Seal every line by the newest key-encryption key; what they say, and so their chain, stays as it is.

    Raises Broken, FileNotFoundError.
    """
    with _locked(path) as file:
        end = _whole(file)
        file.seek(0)
        whole = file.read(end)
        for _ in read(path, secrets):
            pass  # checked: nothing that was changed is sealed anew
        lines = (_sealed(_plain(raw, secrets, path), secrets) for raw in whole.splitlines(keepends=True))
        path.with_name(path.name + UNFINISHED).unlink(
            missing_ok=True
        )  # of one that was killed: the lock is ours
        with unfinished(path) as fresh:
            fresh.writelines(lines)


def _tail(file: IO[bytes], end: int, since: datetime, secrets: Secrets, path: Path) -> list[Line]:
    """The last lines: those written after `since`, and one more."""
    block = BLOCK
    while True:
        start = max(0, end - block)
        file.seek(start)
        raws = file.read(end - start).splitlines(keepends=True)
        # Where the reading began in the middle, so probably did the first line.
        lines: list[Line] = []
        for raw in reversed(raws[1:] if start else raws):
            lines.append(_open(raw, secrets, path))
            if lines[-1].written < since:
                return lines[::-1]
        if not start and not lines:
            raise Broken(f"{path} is empty.")
        if not start:
            return lines[::-1]
        block *= 4


def _whole(file: IO[bytes]) -> int:
    """Where the last whole line ends."""
    end = file.seek(0, os.SEEK_END)
    block = BLOCK
    while True:
        start = max(0, end - block)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        if not start:
            return 0
        block *= 4


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """The journal, for this process alone. Once it is ours, it may have been replaced by another file of that name."""
    while True:
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                same = os.fstat(file.fileno()).st_ino == path.stat().st_ino
            except FileNotFoundError:
                same = False
            if same:
                yield file
                return


def _line(journal: str, number: int, before: str, erasures: Iterable[Erasure], secrets: Secrets) -> bytes:
    said = {
        "journal": journal,
        "number": number,
        "before": before,
        "written": datetime.now(UTC).isoformat(),
        "erasures": [
            [one.subject_id.hex, one.purpose, one.category, one.ground, one.at.isoformat()]
            for one in erasures
        ],
    }
    return _sealed(
        zlib.compress(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()), secrets
    )


def _sealed(plain: bytes, secrets: Secrets) -> bytes:
    key = secrets.under(secrets.newest, KEY)
    assert key is not None
    return f"{secrets.newest} ".encode() + base64.b64encode(cipher.seal(key, plain, PLACE)) + b"\n"


def _open(raw: bytes, secrets: Secrets, path: Path) -> Line:
    plain = _plain(raw, secrets, path)
    return _made_of(json.loads(zlib.decompress(plain)), hashlib.sha256(plain).hexdigest())


def _plain(raw: bytes, secrets: Secrets, path: Path) -> bytes:
    kek, _, sealed = raw.rstrip(b"\n").partition(b" ")
    key = secrets.under(kek.decode("ascii", "replace"), KEY)
    if key is None:
        raise Broken(
            f"{path} has a line that no key-encryption key here opens: it was changed, belongs to another house, or "
            "ZUSAGE_KEY_ENCRYPTION_KEY lacks an older key."
        )
    try:
        content = base64.b64decode(sealed, validate=True)
        if base64.b64encode(content) != sealed:
            raise ValueError("base64 has spare bits, and they were used")
        return cipher.unseal(key, content, PLACE)
    except (cipher.Damaged, binascii.Error, ValueError):
        raise Broken(f"{path} was changed: a line doesn't open.") from None


def _made_of(said: dict[str, Any], head: str) -> Line:
    erasures = (
        Erasure(UUID(subject), purpose, category, ground, datetime.fromisoformat(at))
        for subject, purpose, category, ground, at in said["erasures"]
    )
    return Line(
        said["journal"],
        said["number"],
        said["before"],
        datetime.fromisoformat(said["written"]),
        tuple(erasures),
        head,
    )
