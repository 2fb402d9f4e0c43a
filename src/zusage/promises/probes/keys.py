"""Where keys are, and what wraps them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import Count
from django.db.models.functions import Length

from zusage.backup import folder as folders
from zusage.backup import journal, manifest
from zusage.backup.recovery import secrets
from zusage.environment import SECRET_FILES
from zusage.promises.look import Look
from zusage.promises.traces import found_in, store_files
from zusage.promises.types import Evidence, judged, probe
from zusage.stores import ALIASES, ELSEWHERE
from zusage.vault.cipher import Damaged, name_of
from zusage.vault.keys import Keyring
from zusage.vault.models import BackupPlace, DataKey, RootKey

NEWEST = 200
WRAPPED = 1 + 12 + 32 + 16
"""Bytes of a wrapped key: version, nonce, the key itself, tag."""
LEAST_DIFFERENT = 12
"""Of 32 random bytes at least so many differ; fewer, and somebody made them up."""
IN_KEYS = tuple(label for label, alias in ELSEWHERE.items() if alias == "keys")
KEY_MODELS = ("vault.DataKey", "vault.RootKey")
SMALL = 4 * 1024 * 1024


@probe(quick=True)
def wrapped(look: Look) -> Iterator[Evidence]:
    """The newest keys and all of the house's are wrapped by a key-encryption key that is here, and open by it alone."""
    newest = list(DataKey.objects.order_by("-created_at")[:NEWEST])
    yield judged("the newest keys of subjects", len(newest), _unopened(newest))
    roots = list(RootKey.objects.all())
    known = {name_of(one) for one in settings.KEY_ENCRYPTION_KEYS}
    yield judged(
        "keys of the house", len(roots), _odd((one.name, one.kek, len(bytes(one.wrapped))) for one in roots)
    )
    yield judged(
        "key-encryption keys",
        len(known),
        (
            f"the key-encryption key {name_of(one)} can be guessed"
            for one in settings.KEY_ENCRYPTION_KEYS
            if len(set(one)) < LEAST_DIFFERENT
        ),
    )


@probe(quick=False)
def all_wrapped(look: Look) -> Iterator[Evidence]:
    """Every key of every subject is wrapped by a key-encryption key that is here."""
    groups = DataKey.objects.order_by().values_list("kek", Length("wrapped")).annotate(number=Count("kek"))
    found = list(groups)
    total = sum(number for _, _, number in found)
    yield judged(
        "keys of subjects", total, _odd((f"{number} keys", kek, size) for kek, size, number in found)
    )


@probe(quick=True)
def apart(look: Look) -> Iterator[Evidence]:
    """Keys are in a store of their own: none is in the data store, in the data of a backup, or lying about."""
    names = {alias: _place(alias) for alias in ALIASES}
    yield judged(
        "places of the stores",
        len(names),
        (
            f"{one} and {other} are one store"
            for one in names
            for other in names
            if one < other and names[one] == names[other]
        ),
    )
    with connections["default"].cursor() as cursor:
        there = set(connections["default"].introspection.table_names(cursor))
    tables = {label.replace(".", "_") for label in IN_KEYS}
    yield judged(
        "tables of the data store", len(there), (f"{one} is there, too" for one in sorted(there & tables))
    )
    yield from _backups()
    yield _lying_about()


def _unopened(rows: Sequence[DataKey]) -> Iterator[str]:
    owners = [(row.subject_id, row.purpose) for row in rows if len(bytes(row.wrapped)) == WRAPPED]
    try:
        Keyring().fetch(owners)
        opened = set(owners)
    except Damaged:
        opened = set()  # one of them; it is looked for below
    for row in rows:
        if (row.subject_id, row.purpose) in opened:
            continue
        if len(bytes(row.wrapped)) != WRAPPED:
            yield f"the key of {row.subject_id} for {row.purpose} isn't wrapped"
            continue
        try:
            Keyring().fetch([(row.subject_id, row.purpose)])
        except Damaged:
            yield f"the key of {row.subject_id} for {row.purpose} doesn't open"


def _odd(keys: Any) -> Iterator[str]:
    known = {name_of(one) for one in settings.KEY_ENCRYPTION_KEYS}
    for what, kek, size in keys:
        if size != WRAPPED:
            yield f"{what}: not wrapped"
        elif kek not in known:
            yield f"{what}: wrapped by a key-encryption key that isn't here"


def _place(alias: str) -> tuple[str, ...]:
    said = connections[alias].settings_dict
    if connections[alias].vendor == "sqlite":
        return (str(Path(said["NAME"]).resolve()),)
    return (str(said["HOST"]), str(said["PORT"]), str(said["NAME"]))


def _backups() -> Iterator[Evidence]:
    """Each backup keeps the tables of keys in the part of their own, and no file of keys lies beside it."""
    for place in BackupPlace.objects.all():
        folder = Path(place.path)
        if not folder.is_dir():
            continue
        found = folders.ours(folder, secrets())
        faults = [
            f"backup {one.id} has {table} in its part {part}"
            for one in found
            for part, told in one.parts.items()
            for table in told.rows
            if part != "keys" and table in KEY_MODELS
        ]
        strange = [file for file in folder.iterdir() if not _of_a_backup(file.name)]
        faults += [f"{file.name} is no part of a backup" for file in strange]
        yield judged("backups and the files beside them", len(found), faults)


def _of_a_backup(name: str) -> bool:
    id_, _, rest = name.removesuffix(folders.UNFINISHED).partition(".")
    if name.startswith(journal.NAME):
        return True
    parts = {manifest.part_name(id_, store.lower()) for store in ALIASES.values()}
    return bool(manifest.IDS.fullmatch(id_)) and (f"{id_}.{rest}" in {manifest.name(id_), *parts})


def _lying_about() -> Evidence:
    """No small file of the var folder or beside a backup holds a key-encryption key, but the one that is meant to."""
    var = Path(settings.VAR)
    places = [var, *(Path(one) for one in BackupPlace.objects.values_list("path", flat=True))]
    known = {var / SECRET_FILES["ZUSAGE_KEY_ENCRYPTION_KEY"], *store_files()}
    files = [
        file
        for place in places
        if place.is_dir()
        for file in place.rglob("*")
        if file.is_file() and file not in known and file.stat().st_size <= SMALL
    ]
    needles = {}
    for key in settings.KEY_ENCRYPTION_KEYS:
        needles[f"{name_of(key)} in raw bytes"] = bytes(key)
        needles[f"{name_of(key)} in base64"] = base64.b64encode(key)
        needles[f"{name_of(key)} in hex"] = key.hex().encode()
    found = found_in(files, needles)
    return judged(
        "files where no key-encryption key belongs",
        len(files),
        (f"{place} holds the key-encryption key {name}" for name, place in found.items()),
    )
