"""How indexes hash a value in normal form: also where there is no store, and the key is handed in."""

from __future__ import annotations

from zusage.vault import cipher

BYTES = 12
"""96 bits: no chance collision among a billion values; the caller opens and compares anyway."""


def digest(key: bytes, normal: str) -> bytes:
    """The keyed hash of a value, such as a reference."""
    return cipher.keyed_hash(key, normal.encode())[:BYTES]


def key_digest(key: bytes, normal: str) -> bytes:
    """The keyed hash of a match key. A file has up to twelve, and an import brings a million files."""
    return cipher.short_hash(key, normal.encode(), BYTES)
