"""What exactly is hashed and signed: the same bytes on every database, and no two things with the same ones.

Everything is a JSON list in ASCII without spaces, whose first element says what it is and in which edition. Times are
whole microseconds since 1970 in UTC, ids 32 hexadecimal digits, bytes hexadecimal; what is empty is "".
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from zusage.protocol.merkle import leaf_hash

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NOTHING = bytes(32)
"""What the first seal names as the one before."""

PROOF, EXPIRED, SEAL, MARK = "protocol entry", "protocol expired", "protocol seal", "protocol mark"
CHECKPOINT = "protocol checkpoint"
"""What a key is used for: no signature or keyed hash of one passes for another's."""

_dumps = json.JSONEncoder(separators=(",", ":")).encode
_quoted = json.encoder.encode_basestring_ascii

Content = tuple[str, str, str, str, UUID | None, str, str, str]
"""Act, actor's kind and id, purpose, subject, record's type and id, recipient."""


def digest_of(content: Content, salt: bytes) -> bytes:
    """A hash that commits to what an entry says. Without the salt (16 bytes) nobody can try out what that was."""
    act, kind, actor, purpose, subject, record_type, record_id, recipient = content
    said = (act, kind, actor, purpose, subject.hex if subject else "", record_type, record_id, recipient)
    # As `_dumps` writes it, in a third of the time: this is done for each line.
    return hashlib.sha256(salt + f'["content 1",{",".join(map(_quoted, said))}]'.encode()).digest()


def leaf(position: int, id_: UUID, at: datetime, digest: bytes) -> bytes:
    """The leaf of an entry: its place, its id, its time, and the hash of what it says."""
    return leaf_hash(f'["entry 1",{position},"{id_.hex}",{microseconds(at)},"{digest.hex()}"]'.encode())


def seal_bytes(
    number: int, first: int, last: int, root: bytes, before: bytes, at: datetime, key: str
) -> bytes:
    """What a seal says, and is signed for."""
    said = ["seal 1", number, first, last, root.hex(), before.hex(), microseconds(at), key]
    return _dumps(said).encode()


def seal_digest(stated: bytes) -> bytes:
    """The hash by which the next seal names the one before, and marks and checkpoints name the newest."""
    return hashlib.sha256(stated).digest()


def expired_bytes(one: Any) -> bytes:
    """What the rest of an expired entry says (`models.Expired`)."""
    said = [
        "expired 1", one.position, one.entry_id.hex, microseconds(one.at), bytes(one.digest).hex(),
        bytes(one.proof).hex(), microseconds(one.removed_at), one.rule, one.length, one.unit,
    ]  # fmt: skip
    return _dumps(said).encode()


def mark_bytes(number: int, last: int, digest: bytes, at: datetime) -> bytes:
    """How far the protocol goes: the newest seal's number, last position, hash and time."""
    return _dumps(["newest 1", number, last, digest.hex(), microseconds(at)]).encode()


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970 in UTC. `at` knows its zone."""
    return (at - EPOCH) // MICROSECOND
