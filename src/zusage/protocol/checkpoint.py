"""Checkpoints: a signed line that says how far the protocol went, to be kept where nobody of the house can reach it.

Whoever has one can tell whether the protocol was rewound or written anew since: its newest seal has to be there still,
the very same.
"""

from __future__ import annotations

import binascii
import json
from datetime import UTC, datetime
from pathlib import Path

from zusage.protocol import canon
from zusage.protocol.sealing import Sealer
from zusage.protocol.verify import Known

WHAT = "zusage protocol checkpoint 1"
LARGEST = 10_000


class NoCheckpoint(Exception):
    """A file that is no checkpoint of this house; the message says which, and why."""


def write(newest: Known, sealer: Sealer, public_key: bytes) -> str:
    """The text of a checkpoint of the newest seal. The public key is for whoever checks it without this program."""
    content = {
        "what": WHAT,
        "number": newest.number,
        "last": newest.last,
        "digest": newest.digest.hex(),
        "at": newest.at.astimezone(UTC).isoformat(),
        "key": sealer.key,
        "public_key": public_key.hex(),
        "signature": sealer.sign(canon.CHECKPOINT, statement(newest)).hex(),
    }
    return json.dumps(content, indent=2) + "\n"


def read(path: Path, sealer: Sealer) -> Known:
    """What a checkpoint says. Raises NoCheckpoint, OSError."""
    with path.open("rb") as file:
        raw = file.read(LARGEST)
    try:
        said = json.loads(raw)
        if said["what"] != WHAT:
            raise ValueError
        known = Known(
            str(path),
            int(said["number"]),
            int(said["last"]),
            bytes.fromhex(said["digest"]),
            datetime.fromisoformat(said["at"]).astimezone(UTC),
        )
        key, signature = str(said["key"]), bytes.fromhex(said["signature"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, binascii.Error):
        raise NoCheckpoint(f"{path} is no checkpoint.") from None
    if key != sealer.key:
        raise NoCheckpoint(f"{path} was signed with another key ({key[:16]!r}), so by another house.")
    if not sealer.verifies(canon.CHECKPOINT, statement(known), signature):
        raise NoCheckpoint(f"{path} was changed: its signature doesn't fit.")
    return known


def statement(known: Known) -> bytes:
    """What is signed."""
    return canon.mark_bytes(known.number, known.last, known.digest, known.at)
