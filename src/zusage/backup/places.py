"""The folders that hold backups of this house, and telling them of every erasure.

A backup knows nobody who is erased after it. So the house remembers where its backups are, and writes each erasure
into the journal of each such folder: the worker does, a moment after it happened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from django.db import connections, transaction
from django.utils import timezone

from zusage.backup import journal
from zusage.backup.journal import Erasure
from zusage.backup.problems import Broken
from zusage.backup.recovery import Secrets, secrets
from zusage.turns import turn
from zusage.vault.models import BackupPlace, RestoreMark, Tombstone

OVERLAP = timedelta(minutes=15)
"""A tombstone bears the time at which its transaction began to write; no transaction takes that long to commit."""
A_MOMENT = timedelta(seconds=5)

State = Literal["told", "away", "broken"]


def export_tombstones(overlap: timedelta = OVERLAP) -> dict[str, State]:
    """Tell each backup place what was erased since it was told last; how that went, by path.

    `overlap`: how far before that time it is looked for what was committed late. ``away``: the folder or its journal
    isn't there (not mounted, moved): it is told when it is back. ``broken``: its journal was changed; the next
    `zusage backup` into it begins a new one.
    """
    if half_restored():
        return {}
    return {place.path: _tell(place, overlap, secrets()) for place in BackupPlace.objects.all()}


def reseal() -> dict[str, State]:
    """Seal each place's journal by the newest key-encryption key; how that went, by path."""
    return {place.path: _reseal(Path(place.path) / journal.NAME) for place in BackupPlace.objects.all()}


def half_restored() -> bool:
    """Whether a restore is at work, or broke off."""
    return RestoreMark.objects.exists()


def remember(folder: Path, at: datetime, told_at: datetime | None = None) -> None:
    """A backup was made into `folder`, or restored from it."""
    connection = connections["keys"]
    with turn(connection), transaction.atomic(using="keys"):
        BackupPlace.objects.update_or_create(
            path=str(folder.resolve()), defaults={"last_at": at, "told_at": told_at}
        )


def forget(folder: Path) -> bool:
    """Tell this folder no more. False: it wasn't known."""
    return bool(BackupPlace.objects.filter(path=str(folder.resolve())).delete()[0])


def erasures(since: datetime | None) -> list[Erasure]:
    """What this house has erased since then."""
    rows = Tombstone.objects.order_by("at")
    if since:
        rows = rows.filter(at__gte=since)
    wanted = rows.values_list("subject_id", "purpose", "category", "ground", "at")
    return [Erasure(*row) for row in wanted.iterator(chunk_size=2000)]


def _reseal(path: Path) -> State:
    try:
        journal.reseal(path, secrets())
    except OSError:
        return "away"
    except Broken:
        return "broken"
    return "told"


def _tell(place: BackupPlace, overlap: timedelta, keys: Secrets) -> State:
    begun = timezone.now()
    since = place.told_at and place.told_at - overlap
    found = erasures(since)
    path = Path(place.path) / journal.NAME
    try:
        if found or place.told_at is None:
            journal.append(path, found, since, keys)
            BackupPlace.objects.filter(path=place.path).update(told_at=begun)
        elif not path.exists():
            return "away"
    except OSError:
        return "away"
    except Broken:
        return "broken"
    return "told"
