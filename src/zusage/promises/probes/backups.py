"""Whether there are backups, how old they are, whether they are whole, and whether they know who was erased since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from zusage.backup import folder as folders
from zusage.backup import journal, manifest
from zusage.backup.manifest import Manifest
from zusage.backup.problems import Broken, CannotRun
from zusage.backup.recovery import secrets
from zusage.models import NoticeVersion, Submission
from zusage.promises.look import Look
from zusage.promises.portal import is_demo
from zusage.promises.types import Evidence, broken, judged, kept, probe, unknown
from zusage.vault.models import BackupPlace, Tombstone

OLDEST = timedelta(days=8)
"""A backup a week, and a day to be late."""
SOON = timedelta(minutes=15)
PIECE = 1 << 20
WHERE = "folders with backups"


@probe(quick=True)
def young(look: Look) -> Iterator[Evidence]:
    """The newest backup is about a week old at most; a demo, and a house younger than that, may have none yet."""
    places = list(BackupPlace.objects.all())
    if not places:
        yield _none_yet(look.now)
        return
    there = [place for place in places if Path(place.path).is_dir()]
    if not there:
        yield unknown(WHERE, "none of them is mounted just now")
        return
    ages = [look.now - made.created_at for place in there if (made := _newest(Path(place.path)))]
    away = len(places) - len(there)
    worst = f"{away} folders aren't mounted just now" if away else ""
    if not ages or min(ages) > OLDEST:
        yield broken(WHERE, len(places), f"the newest backup is {min(ages).days if ages else '?'} days old")
    else:
        yield kept(WHERE, len(places), worst or f"the newest backup is {min(ages).days} days old")


@probe(quick=True)
def told(look: Look) -> Iterator[Evidence]:
    """Each folder with backups knows of every erasure that is more than some minutes old."""
    faults, number = [], 0
    for place in BackupPlace.objects.all():
        path = Path(place.path) / journal.NAME
        if not path.parent.is_dir():
            continue
        number += 1
        if not path.is_file():
            faults.append("a folder with backups has lost its journal of erasures")
            continue
        since = place.told_at or place.last_at
        waiting = Tombstone.objects.filter(at__gte=since, at__lt=look.now - SOON)
        known = _erased(path, since - timedelta(days=1)) if waiting.exists() else set()
        rows = waiting.values_list("subject_id", "purpose", "category")[:2000]
        late = sum(row not in known for row in rows)
        if late:
            faults.append(f"{late} erasures weren't told to a folder with backups")
    yield judged("journals of erasures beside the backups", number, faults)


@probe(quick=True)
def there(look: Look) -> Iterator[Evidence]:
    """Every part of each folder's newest backup is there in its size, and sealed by this house."""
    for place in BackupPlace.objects.all():
        folder = Path(place.path)
        if folder.is_dir():
            made = _newest(folder)
            faults = list(_parts(folder, made, whole=False)) if made else ["no backup in it is ours"]
            yield judged("parts of the newest backup", len(made.parts) if made else 0, faults)
    if not BackupPlace.objects.exists():
        yield _none_yet(look.now)


@probe(quick=False)
def whole(look: Look) -> Iterator[Evidence]:
    """Every byte of each folder's newest backup is as it was written: it could be put back."""
    for place in BackupPlace.objects.all():
        folder = Path(place.path)
        made = _newest(folder) if folder.is_dir() else None
        if made:
            yield judged("bytes of the newest backup", len(made.parts), _parts(folder, made, whole=True))
            yield _can_be_opened(made)
    if not BackupPlace.objects.exists():
        yield _none_yet(look.now)


def _none_yet(now: datetime) -> Evidence:
    if is_demo():
        return kept(WHERE, 0, "a demo makes no backups")
    since = NoticeVersion.objects.order_by("published_at").values_list("published_at", flat=True).first()
    first = min(filter(None, (since, _first_letter())), default=now)
    if now - first <= OLDEST:
        return kept(WHERE, 0, "no backup was made yet: the house is younger than a week")
    return broken(WHERE, 0, f"no backup was ever made, in {(now - first).days} days")


def _first_letter() -> datetime | None:
    """A house that lost its notices is no younger for it."""
    oldest = [
        Submission.objects.filter(state=state)
        .order_by("received_at")
        .values_list("received_at", flat=True)
        .first()
        for state, _ in Submission.STATES
    ]
    return min(filter(None, oldest), default=None)


def _newest(folder: Path) -> Manifest | None:
    found = folders.ours(folder, secrets())
    return found[-1] if found else None


def _erased(path: Path, since: datetime) -> set[journal.What]:
    try:
        return {one.what for line in journal.newest(path, since, secrets()) for one in line.erasures}
    except Broken:
        return set()


def _parts(folder: Path, made: Manifest, *, whole: bool) -> Iterator[str]:
    for part, said in made.parts.items():
        file = folder / manifest.part_name(made.id, part)
        if not file.is_file():
            yield f"the part {part} of backup {made.id} is gone"
        elif file.stat().st_size != said.bytes:
            yield f"the part {part} of backup {made.id} has another size"
        elif whole and _sum(file) != said.sha256:
            yield f"the part {part} of backup {made.id} was changed"


def _sum(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            found.update(piece)
    return found.hexdigest()


def _can_be_opened(made: Manifest) -> Evidence:
    """Who has the private recovery key can open it. Where it is kept elsewhere, nobody can look."""
    keys = secrets()
    try:
        keys.private(made.recovery_key)
    except CannotRun:
        known = keys.recovery_key.name == made.recovery_key
        what = "the private recovery key is kept elsewhere, as it should be"
        return (
            kept("keys that open the backup", 1, what)
            if known
            else broken(
                "keys that open the backup", 1, "it is encrypted to a recovery key that nobody here knows"
            )
        )
    return kept("keys that open the backup", 1)
