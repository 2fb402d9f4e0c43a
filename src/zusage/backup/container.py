"""The container of one part of a backup: encrypted to a recovery key, written and read as a stream.

``magic (8) | public key of this file alone (32) | chunks``. X25519 (RFC 7748) between that key and the recovery key,
HKDF-SHA-256 (RFC 5869) over the result and over what the part is, then AES-256-GCM in chunks of 64 KiB. A chunk's
nonce is its number and whether it is the last one (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár,
2015): a chunk that was changed, moved, left out or added doesn't open, nor does a file without its end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zusage.backup.problems import Broken

MAGIC = b"zusagebk"
KEY = 32
CHUNK = 64 * 1024
SEALED = CHUNK + 16


class Writer:
    """Encrypts what it is given into `out`. Without `finish` the file has no end, and nobody can read it."""

    def __init__(self, out: IO[bytes], public: bytes, context: bytes) -> None:
        own = X25519PrivateKey.generate()
        own_public = own.public_key().public_bytes_raw()
        shared = own.exchange(X25519PublicKey.from_public_bytes(public))
        self._cipher = AESGCM(_key(shared, own_public, public, context))
        self._out, self._waiting, self._number = out, bytearray(), 0
        self._digest, self.size = hashlib.sha256(), 0
        self._put(MAGIC + own_public)

    def write(self, plain: bytes) -> None:
        """Take more; it goes out in whole chunks."""
        self._waiting += plain
        # One chunk is always kept back: it might be the last.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        """The last chunk goes out, marked as such."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    @property
    def sha256(self) -> str:
        """The hash of what has gone out."""
        return self._digest.hexdigest()

    def _seal(self, plain: bytes, last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, last), plain, None))
        self._number += 1

    def _put(self, content: bytes) -> None:
        self._out.write(content)
        self._digest.update(content)
        self.size += len(content)


def read(source: IO[bytes], private: bytes, context: bytes) -> Iterator[bytes]:
    """The plain chunks, each authentic in itself and in its place; that none is missing shows at the end only.

    Raises Broken: at the chunk that doesn't open, or at the end.
    """
    head = source.read(len(MAGIC) + KEY)
    if len(head) != len(MAGIC) + KEY or not head.startswith(MAGIC):
        raise Broken("it is no part of a backup")
    own_public = head[len(MAGIC) :]
    recipient = X25519PrivateKey.from_private_bytes(private)
    public = recipient.public_key().public_bytes_raw()
    try:
        shared = recipient.exchange(X25519PublicKey.from_public_bytes(own_public))
    except ValueError:  # a public key that would give everybody the same secret
        raise Broken("it is no part of a backup") from None
    cipher = AESGCM(_key(shared, own_public, public, context))
    number, sealed = 0, source.read(SEALED)
    while True:
        following = source.read(SEALED)
        try:
            plain = cipher.decrypt(_nonce(number, last=not following), sealed, None)
        except InvalidTag:
            raise Broken("it was cut off, changed, or belongs elsewhere") from None
        yield plain
        if not following:
            return
        number, sealed = number + 1, following


def _key(shared: bytes, own_public: bytes, public: bytes, context: bytes) -> bytes:
    info = b"zusage backup part\0" + context
    return HKDF(SHA256(), length=32, salt=own_public + public, info=info).derive(shared)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
