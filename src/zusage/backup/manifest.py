"""The manifest of a backup: which parts belong together, what is in them, and the seal that says so.

``<id>.manifest.json`` is plain text and names counts and times, nothing about anybody. Its ``mac`` (HMAC-SHA-256 under
a key that follows from the key-encryption key) covers all the rest, with it each part's hash: parts of two backups, or
a part that was changed, don't pass. It gets its name last, so a backup without one was never finished.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from zusage.backup.problems import Broken, CannotRun
from zusage.backup.recovery import Secrets

FORMAT = 1
MAC_KEY = "backup manifest"
IDS = re.compile(r"\d{8}T\d{6}Z-\d{6}")
LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """One store's file: size in bytes, SHA-256 in hex, rows by table."""

    bytes: int
    sha256: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the journal of erasures went: which journal, how many lines, and the hash that chains them."""

    journal: str
    lines: int
    head: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is. `migrations` ("app.name"): the state of its tables; `policy`: the notice's hash of then."""

    id: str
    created_at: datetime
    policy: str
    recovery_key: str
    key_encryption_key: str
    migrations: tuple[str, ...]
    parts: Mapping[str, Part]
    journal: Mark


def name(backup_id: str) -> str:
    """The file name of a manifest."""
    return f"{backup_id}.manifest.json"


def part_name(backup_id: str, part: str) -> str:
    """The file name of a part: ``data``, ``keys``, ``protocol``, ``visits``."""
    return f"{backup_id}.{part}.zbk"


def write(manifest: Manifest, secrets: Secrets) -> bytes:
    """The file's content."""
    said = {"format": FORMAT, **asdict(manifest), "created_at": manifest.created_at.isoformat()}
    key = secrets.under(manifest.key_encryption_key, MAC_KEY)
    if key is None:
        raise CannotRun("the key-encryption key of the manifest isn't here")
    said["mac"] = _mac(key, json.loads(json.dumps(said)))
    return json.dumps(said, indent=2).encode() + b"\n"


def read(content: bytes, backup_id: str, secrets: Secrets) -> Manifest:
    """The manifest in `content`, which must be that of `backup_id`.

    Raises Broken, or CannotRun where the key that sealed it isn't here.
    """
    try:
        said = json.loads(content)
        mac, kek = said.pop("mac"), said["key_encryption_key"]
        hmac.compare_digest(mac, "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Broken(f"{name(backup_id)} is no manifest of a backup.") from None
    key = secrets.under(str(kek), MAC_KEY)
    if key is None:
        raise CannotRun(
            f"{name(backup_id)} is sealed by a key-encryption key that isn't here. Add the one of then to "
            "ZUSAGE_KEY_ENCRYPTION_KEY, behind the present one and a comma: the keys in that backup need it, too."
        )
    if not hmac.compare_digest(mac, _mac(key, said)):
        raise Broken(f"{name(backup_id)} was changed: its seal doesn't fit.")
    if said["format"] != FORMAT:
        raise Broken(f"{name(backup_id)} has the format {said['format']}, this version reads {FORMAT}.")
    if said["id"] != backup_id:
        raise Broken(f"{name(backup_id)} is the manifest of another backup, {said['id']}.")
    return _made_of(said)


def _made_of(said: dict[str, Any]) -> Manifest:
    return Manifest(
        said["id"],
        datetime.fromisoformat(said["created_at"]),
        said["policy"],
        said["recovery_key"],
        said["key_encryption_key"],
        tuple(said["migrations"]),
        {part: Part(**facts) for part, facts in said["parts"].items()},
        Mark(**said["journal"]),
    )


def _mac(key: bytes, said: dict[str, Any]) -> str:
    plain = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    return hmac.new(key, plain, sha256).hexdigest()
