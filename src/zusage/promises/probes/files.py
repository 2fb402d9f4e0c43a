"""Who may read the files of the house."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connections

from zusage.environment import SECRET_FILES
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.traces import store_files
from zusage.promises.types import Evidence, judged, kept, probe
from zusage.stores import ALIASES
from zusage.vault.models import BackupPlace

OTHERS, ALL_BUT_OWNER = 0o007, 0o077
MOST = 5000


@probe(quick=True)
def modes(look: Look) -> Iterator[Evidence]:
    """Secrets are for their owner alone; stores, backups and the var folder are closed to everybody else."""
    var = Path(settings.VAR)
    if not var.is_dir():
        raise CouldNotLook("there is no var folder")
    secrets = _secrets(var)
    yield judged(
        "files with secrets",
        len(secrets),
        (f"{one.name} can be read by others" for one in secrets if _open(one)),
    )
    stores = store_files()
    on_server = sum(connections[one].vendor != "sqlite" for one in ALIASES)
    if on_server:
        yield kept("stores on a database server", on_server, "their files belong to that server")
    yield judged(
        "files of stores",
        len(stores),
        (f"{one.name} can be read by others" for one in stores if _reached(one)),
    )
    inside = [one for one in sorted(var.rglob("*"))[:MOST] if not one.is_dir()]
    yield judged(
        "files in the var folder",
        len(inside),
        (f"{one.name} can be read by others" for one in inside if _reached(one)),
    )
    backups = [file for place in BackupPlace.objects.all() for file in _files(Path(place.path))]
    yield judged(
        "files of backups",
        len(backups),
        (f"{one.name} can be read by others" for one in backups if _reached(one)),
    )


@probe(quick=True)
def owner(look: Look) -> Iterator[Evidence]:
    """Stores, secrets and the var folder belong to the one who runs the portal, and nobody else can change them."""
    var = Path(settings.VAR)
    files = [var, *_secrets(var), *store_files()]
    mine = os.geteuid() or var.stat().st_uid  # who looks as root sees whose folder it is
    yield judged(
        "owners of files",
        len(files),
        (f"{one.name} belongs to somebody else" for one in files if one.stat().st_uid not in (mine, 0)),
    )
    yield judged(
        "who can write to files",
        len(files),
        (
            f"{one.name} can be written by others"
            for one in files
            if one.stat().st_mode & 0o022 and _reached(one)
        ),
    )


def _secrets(var: Path) -> list[Path]:
    """The files that secrets come from: those in the var folder, and those that the environment names."""
    named = [
        os.environ.get(f"{name}_FILE", "")
        for name in (*SECRET_FILES, "ZUSAGE_RECOVERY_KEY", "ZUSAGE_MAIL_URL")
    ]
    own = [var / name for name in (*SECRET_FILES.values(), "demo-logins.txt")]
    return [one for one in (*own, *(Path(name) for name in named if name)) if one.is_file()]


def _open(file: Path) -> bool:
    return bool(file.stat().st_mode & ALL_BUT_OWNER)


def _reached(file: Path) -> bool:
    """Whether others get at it: it is open to them, and so is the folder that it lies in."""
    try:
        return bool(file.stat().st_mode & OTHERS) and bool(file.parent.stat().st_mode & OTHERS)
    except FileNotFoundError:
        return False  # it went while we looked


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())[:MOST] if folder.is_dir() else []
