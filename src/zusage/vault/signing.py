"""The house's signature (Ed25519, RFC 8032) and its seal (HMAC-SHA-256) under root keys of the keys store.

Whoever has the public key can check a signature; to check the keyed hash takes the house's keys. A context goes before
what is signed, so that nothing signed for one purpose passes for another.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from zusage.vault.keys import root_key

SEED, SEALING = "signing", "protocol-seal"
"""The root keys: the private key's seed, and the key of the keyed hashes."""


class Signer:
    """The keys of this house, looked up at their first use (`protocol.sealing.Sealer`)."""

    @property
    def key(self) -> str:
        """The public key's name: half of its hash."""
        return name_of(public_key())

    def sign(self, context: str, message: bytes) -> bytes:
        """64 bytes of signature."""
        return _private(root_key(SEED)).sign(_said(context, message))

    def verifies(self, context: str, message: bytes, signature: bytes) -> bool:
        """Whether this house has signed `message` for `context`."""
        return verifies(public_key(), context, message, signature)

    def mac(self, context: str, message: bytes) -> bytes:
        """32 bytes that only this house can make."""
        return hmac.digest(root_key(SEALING), _said(context, message), "sha256")


def public_key() -> bytes:
    """The 32 bytes by which anybody can check what this house has signed."""
    return _private(root_key(SEED)).public_key().public_bytes_raw()


def verifies(public: bytes, context: str, message: bytes, signature: bytes) -> bool:
    """Whether the owner of the key `public` has signed `message` for `context`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _said(context, message))
    except (InvalidSignature, ValueError):
        return False
    return True


def name_of(public: bytes) -> str:
    """16 hexadecimal digits that name a public key."""
    return hashlib.sha256(public).hexdigest()[:16]


@cache
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def _said(context: str, message: bytes) -> bytes:
    return b"zusage " + context.encode() + b"\0" + message
