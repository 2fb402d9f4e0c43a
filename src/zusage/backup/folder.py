"""The folder that backups lie in: which are there, which keys' copies are too old, what a killed backup left."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from zusage.backup import manifest
from zusage.backup.manifest import Manifest
from zusage.backup.problems import Broken, CannotRun
from zusage.backup.recovery import Secrets

UNFINISHED = ".part"


def ids(folder: Path) -> list[str]:
    """The backups in a folder, oldest first."""
    names = (path.name.removesuffix(".manifest.json") for path in folder.glob("*.manifest.json"))
    return sorted(one for one in names if manifest.IDS.fullmatch(one))


def load(folder: Path, backup_id: str, secrets: Secrets) -> Manifest:
    """A backup's manifest. Raises Broken, CannotRun."""
    path = folder / manifest.name(backup_id)
    try:
        with path.open("rb") as file:
            content = file.read(manifest.LARGEST)
    except OSError as error:
        raise CannotRun(f"{path} can't be read: {type(error).__name__}.") from None
    return manifest.read(content, backup_id, secrets)


def ours(folder: Path, secrets: Secrets) -> list[Manifest]:
    """The manifests that this house sealed, oldest first; whatever else lies there is passed over."""
    found = []
    for backup_id in ids(folder):
        try:
            found.append(load(folder, backup_id, secrets))
        except (Broken, CannotRun):
            continue
    return found


def forget_old_keys(folder: Path, newest: Manifest, days: int, secrets: Secrets) -> list[str]:
    """Remove copies of the keys that are older than `days`, but for that of `newest`; the names of the backups.

    They are overwritten first, for what that is worth on the disk at hand.
    """
    gone = []
    for one in ours(folder, secrets):
        path = folder / manifest.part_name(one.id, "keys")
        if one.id != newest.id and too_old(one.created_at, newest.created_at, days) and path.exists():
            _overwrite(path)
            path.unlink()
            gone.append(one.id)
    return gone


def too_old(made: datetime, now: datetime, days: int) -> bool:
    """Whether a copy of the keys made then is older than the policy allows."""
    return now - made > timedelta(days=days)


@contextmanager
def unfinished(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that bears its name only once it is whole and on disk; locked, so that nobody tidies it away."""
    draft = path.with_name(path.name + UNFINISHED)
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
            file.flush()
            os.fsync(file.fileno())
            draft.rename(path)
        sync(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def sync(folder: Path) -> None:
    """Names in this folder are on disk, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def tidy(folder: Path) -> int:
    """Remove what backups left that were killed; how many they were. What another one is writing just now stays.

    A backup opens its manifest first and names it last, so one that never ended has left a draft of it.
    """
    gone = 0
    for draft in folder.glob(f"*.manifest.json{UNFINISHED}"):
        backup_id = draft.name.removesuffix(f".manifest.json{UNFINISHED}")
        if not manifest.IDS.fullmatch(backup_id):
            continue
        with draft.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            for left in folder.glob(f"{backup_id}.*"):
                left.unlink(missing_ok=True)
            gone += 1
    return gone


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        left = file.seek(0, os.SEEK_END)
        file.seek(0)
        while left > 0:
            left -= file.write(os.urandom(min(left, 1 << 20)))
        file.flush()
        os.fsync(file.fileno())
