"""The ciphers, and nothing else: AES-256-GCM (NIST SP 800-38D) and keyed hashes (HMAC-SHA-256, RFC 2104).

A sealed value is ``version (1 byte) | nonce (12) | ciphertext and tag``. The associated data binds it to its place.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE = 12
_BLOCK = 64
_PADS = tuple(int.from_bytes(bytes([one]) * _BLOCK, "big") for one in (0x36, 0x5C))
"""Of HMAC with SHA-256."""


class Damaged(Exception):
    """A ciphertext that doesn't open: changed, moved elsewhere, or sealed with another key."""


def new_key() -> bytes:
    """256 random bits."""
    return os.urandom(32)


def seal(key: bytes, plain: bytes, place: bytes) -> bytes:
    """`plain` sealed under `key` (32 bytes), bound to `place`."""
    nonce = os.urandom(NONCE)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plain, place)


class Sealer:
    """Seals many values under one key (32 bytes), as `seal` does."""

    def __init__(self, key: bytes) -> None:
        self._encrypt = AESGCM(key).encrypt

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """`plain` sealed, bound to `place`."""
        nonce = os.urandom(NONCE)
        return VERSION + nonce + self._encrypt(nonce, plain, place)

    def seal_all(self, pairs: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Each plain value of (plain, place) sealed; the system is asked for random bytes once."""
        random, encrypt = os.urandom(NONCE * len(pairs)), self._encrypt
        nonces = (random[at : at + NONCE] for at in range(0, len(random), NONCE))
        return [
            VERSION + nonce + encrypt(nonce, plain, place)
            for nonce, (plain, place) in zip(nonces, pairs, strict=True)
        ]


class Opener:
    """Unseals many values under one key."""

    def __init__(self, key: bytes) -> None:
        self._decrypt = AESGCM(key).decrypt

    def unseal(self, sealed: bytes, place: bytes) -> bytes:
        """The plain bytes. Raises Damaged where key, place or content don't fit."""
        if sealed[:1] != VERSION or len(sealed) < 1 + NONCE + 16:
            raise Damaged("not a sealed value")
        try:
            return self._decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], place)
        except InvalidTag:
            raise Damaged("a sealed value doesn't open") from None


@lru_cache(maxsize=8)
def opener(key: bytes) -> Opener:
    """What unseals by a key of the house, which is in memory anyway; never for a subject's key."""
    return Opener(key)


def unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    """The plain bytes. Raises Damaged where key, place or content don't fit."""
    return Opener(key).unseal(sealed, place)


def keyed_hash(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA-256 over `parts`, each preceded by its length, so that no two lists of parts collide."""
    message = b"".join([len(part).to_bytes(8, "big") + part for part in parts])
    return hmac.digest(key, message, "sha256")


def keyed_hashes(key: bytes, values: Iterable[bytes]) -> list[bytes]:
    """`keyed_hash` of each of `values` by itself, which are many: a third of the time, as the key is hashed in once.

    `key` is no longer than a block of the hash (64 bytes).
    """
    block = int.from_bytes(key.ljust(_BLOCK, b"\0"), "big")
    inner, outer = (hashlib.sha256((block ^ pad).to_bytes(_BLOCK, "big")).copy for pad in _PADS)
    found = []
    for one in values:
        inside, outside = inner(), outer()
        inside.update(len(one).to_bytes(8, "big") + one)
        outside.update(inside.digest())
        found.append(outside.digest())
    return found


def short_hash(key: bytes, value: bytes, size: int) -> bytes:
    """BLAKE2b with a key (RFC 7693), `size` bytes: for many short values, in a quarter of an HMAC's time."""
    return hashlib.blake2b(value, key=key, digest_size=size).digest()


@lru_cache(maxsize=8)
def name_of(key: bytes) -> str:
    """A short public name for a key-encryption key, so that rotation knows what wraps what."""
    return hashlib.sha256(b"zusage-kek-name" + key).hexdigest()[:16]
