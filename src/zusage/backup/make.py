"""Making a backup: each store into a part of its own, at one moment each, while the house stays open.

The data come first and the keys after them: a key without data does no harm. The protocol comes after the data, too: a
line on its way from one to the other is then in one of them, or in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from zusage.backup import folder as folders
from zusage.backup import journal, manifest, places, rows
from zusage.backup.dump import Progress, dump
from zusage.backup.manifest import Manifest, Mark
from zusage.backup.problems import Broken, CannotRun, Declined
from zusage.backup.recovery import Secrets, secrets
from zusage.protocol.outbox import Actor, Deed, record
from zusage.stores import ALIASES
from zusage.tenant import policy, version
from zusage.turns import turn

OPERATOR = Actor.system("operator")


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made; the ids of those whose copies of the keys were removed for their age."""

    manifest: Manifest
    keys_removed: list[str]
    journal_renewed: bool
    places: Mapping[str, places.State]


def part_of(alias: str) -> str:
    """What a store's part is called."""
    return ALIASES[alias].lower()


def context(backup_id: str, part: str) -> bytes:
    """What a part is bound to, so that it passes for no other."""
    return f"{backup_id}\0{part}".encode()


def backup(folder: Path, progress: Progress) -> Made:
    """Make a backup into `folder`, which is made where it is missing. Raises CannotRun, Declined, OSError."""
    if places.half_restored():
        raise CannotRun("A restore broke off here. Finish it with `zusage restore` before a backup is made.")
    keys = secrets()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _must_be_ours(folder, keys)
    folders.tidy(folder)
    begun = timezone.now()
    # Before the keys are copied: whoever restores this goes on telling this folder of erasures.
    places.remember(folder, begun)
    made, renewed = _write(folder, begun, keys, progress)
    places.remember(folder, begun, begun)
    days = policy().limits.keys_copy_days
    removed = folders.forget_old_keys(folder, made, days, keys)
    deeds = [Deed("backup", "backup", made.id), *(Deed("forget-keys-copy", "backup", one) for one in removed)]
    with turn(connection), transaction.atomic():
        record(OPERATOR, deeds)
    return Made(made, removed, renewed, places.export_tombstones())


def migrations() -> tuple[str, ...]:
    """The state of the tables, as Django keeps it."""
    applied: set[tuple[str, str]] = set()
    for alias in ALIASES:
        applied |= set(MigrationRecorder(connections[alias]).applied_migrations())
    return tuple(sorted(".".join(one) for one in applied))


def _write(folder: Path, begun: datetime, keys: Secrets, progress: Progress) -> tuple[Manifest, bool]:
    backup_id = f"{begun:%Y%m%dT%H%M%SZ-%f}"
    recovery_key = keys.recovery_key
    with folders.unfinished(folder / manifest.name(backup_id)) as file:
        parts = {}
        with ExitStack() as drafts:
            for alias in filter(rows.tables, ALIASES):
                part = part_of(alias)
                path = folder / manifest.part_name(backup_id, part)
                out = drafts.enter_context(folders.unfinished(path))
                parts[part] = dump(alias, out, recovery_key.public, context(backup_id, part), progress)
        mark, renewed = _tell(folder, keys)
        made = Manifest(
            backup_id,
            begun,
            version(),
            recovery_key.name,
            keys.newest,
            migrations(),
            parts,
            mark,
        )
        file.write(manifest.write(made, keys))
    return made, renewed


def _tell(folder: Path, keys: Secrets) -> tuple[Mark, bool]:
    """Everything ever erased stands in the folder's journal; one that was changed is put aside, and begun anew."""
    path, renewed = folder / journal.NAME, False
    everything = places.erasures(None)
    if not path.exists():
        journal.begin(path, keys)
    try:
        return journal.append(path, everything, None, keys), renewed
    except Broken:
        aside = path.with_name(f"{journal.NAME}.{timezone.now():%Y%m%dT%H%M%SZ}.broken")
        path.rename(aside)
        journal.begin(path, keys)
        return journal.append(path, everything, None, keys), True


def _must_be_ours(folder: Path, keys: Secrets) -> None:
    """Refuse a folder in which another house keeps its backups: its journal would be taken for a broken one of ours."""
    try:
        if folders.ids(folder):
            ours = bool(folders.ours(folder, keys))
        else:
            ours = not (folder / journal.NAME).exists() or all(journal.read(folder / journal.NAME, keys))
    except Broken:
        ours = False
    if not ours:
        raise Declined(
            f"{folder} holds backups of another house, or of this one under keys that aren't here any more. "
            "Choose another folder."
        )
