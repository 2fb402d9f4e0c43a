"""Checking a backup from its first to its last byte, before anything is written: it is whole, and ours, and fits."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.db.migrations import RunPython, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from django.utils import timezone

from zusage.backup import container, journal, manifest, rows
from zusage.backup import folder as folders
from zusage.backup.dump import Progress
from zusage.backup.journal import Erasure, What
from zusage.backup.make import context, part_of
from zusage.backup.manifest import Manifest, Mark
from zusage.backup.problems import Broken, CannotRun, Declined
from zusage.backup.recovery import Secrets
from zusage.stores import ALIASES
from zusage.tenant import policy, version
from zusage.vault.models import DataKey, RootKey, Tombstone

KEYS = "keys"


class Head(NamedTuple):
    """A table's name and its columns."""

    table: str
    columns: tuple[str, ...]


@dataclass(slots=True)
class Checked:
    """A backup that may be restored. `keys` is the manifest of the keys' copy: its own, or that of a later backup.

    `tombstones`: what was erased before the keys were copied, and when the data had followed (None: not yet).
    `notes`: what the operator should know.
    """

    folder: Path
    manifest: Manifest
    keys: Manifest
    tombstones: dict[What, tuple[Erasure, datetime | None]] = field(default_factory=dict)
    keks: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def sources(self) -> Iterator[tuple[str, Manifest]]:
        """Each part, keys first, and the backup that it is from."""
        for part in sorted(self.manifest.parts, key=lambda one: (one != KEYS, one)):
            yield part, self.keys if part == KEYS else self.manifest


@dataclass(frozen=True, slots=True)
class Choice:
    """Which backup: the newest, where `backup_id` is empty.

    `keys_of`: the later backup whose copy of the keys is to be taken instead. `old_keys`: even one that is older than
    the policy allows. `closed_too`: where the private recovery key isn't here, unchanged files are enough.
    """

    backup_id: str = ""
    keys_of: str = ""
    old_keys: bool = False
    closed_too: bool = False


def check(folder: Path, choice: Choice, secrets: Secrets, progress: Progress) -> Checked:
    """Check a backup whole. Nothing is written. Raises Broken, Declined, CannotRun."""
    checked = _choose(folder, choice, secrets)
    for part, source in checked.sources():
        _unchanged(folder, source, part, checked)
    _age(checked, choice.old_keys)
    _fits(checked.manifest)
    try:
        for part, source in checked.sources():
            _read_through(checked, part, source, secrets.private(source.recovery_key), progress)
    except CannotRun as problem:
        if not choice.closed_too:
            raise
        checked.notes.append(f"All files are unchanged; they weren't opened. {problem}")
    if missing := sorted(checked.keks - secrets.names):
        raise CannotRun(
            f"The keys in this backup are wrapped by key-encryption keys that aren't here: {', '.join(missing)}. "
            "Add them to ZUSAGE_KEY_ENCRYPTION_KEY, behind the present one and a comma."
        )
    if checked.manifest.policy != version():
        checked.notes.append("The policy has changed since this backup was made.")
    return checked


def read(folder: Path, source: Manifest, part: str, private: bytes) -> Iterator[tuple[Head, rows.Row, int]]:
    """A part's rows: of which table, its values, how many bytes they took. Raises Broken, at the latest at the end."""
    path = folder / manifest.part_name(source.id, part)
    head, ended = Head("", ()), False
    try:
        with path.open("rb") as file:
            for line in rows.lines(_plain(container.read(file, private, context(source.id, part)))):
                said = json.loads(line)
                if isinstance(said, list):
                    yield head, said, len(line)
                elif "table" in said:
                    head = Head(said["table"], tuple(said["columns"]))
                else:
                    ended = True
    except Broken as broken:
        raise Broken(f"{path}: {broken}.") from None
    except (ValueError, zlib.error):
        raise Broken(f"{path} doesn't hold what a backup holds.") from None
    if not ended:
        raise Broken(f"{path} has no end.")


def erasures(
    folder: Path, further: Path | None, anyway: bool, secrets: Secrets
) -> tuple[list[Erasure], list[str]]:
    """What was erased by the journal beside the backups and that in the file `further`; and what is to be noted.

    `anyway`: what can be read does, where a journal is missing or broken. Raises Broken, Declined.
    """
    beside = folder / journal.NAME
    found: list[Erasure] = []
    notes: list[str] = []
    for path in filter(None, (None if further and not beside.exists() else beside, further)):
        lines = []
        try:
            for line in journal.read(path, secrets):
                lines.append(line)
            if path == beside:
                _goes_far_enough(folder, {line.mark for line in lines}, secrets)
        except FileNotFoundError:
            if not anyway:
                raise Declined(_MISSING.format(path=path)) from None
            notes.append(f"{path} is missing: who was erased since the backup may have come back.")
        except Broken as broken:
            if not anyway:
                raise
            notes.append(f"{broken} {len(lines)} lines of it could be used.")
        found += [one for line in lines for one in line.erasures]
    return found, notes


_MISSING = (
    "{path} is missing. Without this journal everybody who was erased since the backup would come back. Put it there, "
    "or name another one with --tombstones FILE; where it is lost, say --without-tombstones. The protocol will say so."
)


def _read_through(checked: Checked, part: str, source: Manifest, private: bytes, progress: Progress) -> None:
    """Every row can be read and fits its table; those that the restore has to know beforehand are looked at."""
    of, counted = makers(part), Counter[str]()
    for head, row, _ in read(checked.folder, source, part, private):
        one = of(head)(row)
        counted[head.table] += 1
        progress(head.table, 1)
        if isinstance(one, DataKey | RootKey):
            checked.keks.add(one.kek)
        elif isinstance(one, Tombstone):
            erasure = Erasure(one.subject_id, one.purpose, one.category, one.ground, one.at)
            checked.tombstones[erasure.what] = (erasure, one.cleared_at)
    if counted != Counter(source.parts[part].rows):
        raise Broken(f"{manifest.part_name(source.id, part)} holds other rows than its manifest says.")


def _choose(folder: Path, choice: Choice, secrets: Secrets) -> Checked:
    if not folder.is_dir():
        raise CannotRun(f"{folder} is no folder.")
    there = folders.ids(folder)
    if not there:
        raise CannotRun(f"{folder} holds no backup.")
    for one in filter(None, (choice.backup_id, choice.keys_of)):
        if one not in there:
            raise CannotRun(f"{folder} holds no backup {one}. There: {', '.join(there)}.")
    chosen = folders.load(folder, choice.backup_id or there[-1], secrets)
    keys = folders.load(folder, choice.keys_of, secrets) if choice.keys_of else chosen
    if keys.created_at < chosen.created_at:
        raise Declined(
            f"The keys' copy of {keys.id} is from before {chosen.id}: it lacks keys of those data."
        )
    return Checked(folder, chosen, keys)


def _unchanged(folder: Path, source: Manifest, part: str, checked: Checked) -> None:
    """The file is the one that its manifest means. Raises Broken, CannotRun."""
    path, wanted = folder / manifest.part_name(source.id, part), source.parts[part]
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        size = path.stat().st_size
    except FileNotFoundError:
        raise CannotRun(_without_keys(checked) if part == KEYS else f"{path} is missing.") from None
    except OSError as error:
        raise CannotRun(f"{path} can't be read: {type(error).__name__}.") from None
    if size != wanted.bytes:
        raise Broken(f"{path} has {size} bytes in place of {wanted.bytes}: it was cut off, or is another's.")
    if found != wanted.sha256:
        raise Broken(f"{path} was changed, or belongs to another backup.")


def _without_keys(checked: Checked) -> str:
    with_keys = [
        one
        for one in folders.ids(checked.folder)
        if one > checked.manifest.id and (checked.folder / manifest.part_name(one, KEYS)).exists()
    ]
    way = (
        f"Restore {with_keys[-1]}, or these data with the keys of that one: "
        f"--id {checked.manifest.id} --keys-of {with_keys[-1]}."
        if with_keys
        else "No later backup is here whose keys could open its data."
    )
    return (
        f"The copy of the keys of {checked.keys.id} is gone: copies are kept for "
        f"{policy().limits.keys_copy_days} days. {way}"
    )


def _age(checked: Checked, old_keys: bool) -> None:
    days = policy().limits.keys_copy_days
    if not folders.too_old(checked.keys.created_at, timezone.now(), days):
        return
    said = f"The keys' copy of {checked.keys.id} is older than the {days} days that the policy allows"
    if not old_keys:
        raise Declined(
            f"{said}: it could open what was erased since. Take a later backup; where there is none, say --old-keys. "
            "The protocol will say so."
        )
    checked.notes.append(f"{said}.")


def _fits(made: Manifest) -> None:
    """Refuse what a newer version made, and what an older one made before a change that rewrote data."""
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    names = {".".join(one): change for one, change in known.items()}
    if newer := [one for one in made.migrations if one not in names]:
        raise Declined(
            f"A newer version of Zusage made this backup; this one doesn't know {', '.join(newer)}. "
            "Restore it with that version."
        )
    rewriting = [
        name
        for name, change in names.items()
        if name not in made.migrations
        and any(isinstance(one, RunPython | RunSQL) for one in change.operations)
    ]
    if rewriting:
        raise Declined(
            f"An older version of Zusage made this backup, before {', '.join(sorted(rewriting))} rewrote data. "
            "Restore it with that version, then update."
        )


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What was compressed."""
    press = zlib.decompressobj()
    for chunk in chunks:
        yield press.decompress(chunk)
    yield press.flush()
    if not press.eof or press.unused_data:
        raise Broken("it is cut off within")


def makers(part: str) -> Callable[[Head], Callable[[rows.Row], Model]]:
    """A function from a table's head to the maker of its rows. Raises Broken for a table or column of elsewhere."""
    alias = next(alias for alias in ALIASES if part_of(alias) == part)
    known = {rows.label(model): model for model in rows.tables(alias)}

    @cache
    def of(head: Head) -> Callable[[rows.Row], Model]:
        if head.table not in known:
            raise Broken(f"The table {head.table} of this backup isn't known to this version.")
        return rows.maker(known[head.table], head.columns)

    return of


def _goes_far_enough(folder: Path, marks: set[Mark], secrets: Secrets) -> None:
    """The journal holds at least what it held when the newest backup was made."""
    newest = folders.ours(folder, secrets)[-1]
    if newest.journal not in marks:
        raise Broken(
            f"{folder / journal.NAME} was cut off, or is another one: the backup {newest.id} knew more of it."
        )
