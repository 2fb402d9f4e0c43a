"""The keys of backups: the recovery key that they are encrypted to, and the keys that authenticate them.

Encryption: X25519. `ZUSAGE_RECOVERY_KEY` gives the private key, or its public half alone (``pub:…``), which is enough
for making backups. Unset, it follows from the newest key-encryption key. Authentication: keys that follow from a
key-encryption key, so that nobody who merely knows the public half can make a backup that passes for ours.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from zusage.backup.problems import CannotRun
from zusage.vault.cipher import name_of, new_key


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """32 bytes each. Without `private` backups can be made, and not restored."""

    public: bytes
    private: bytes | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """A short public name, so that a restore knows which key a backup needs."""
        return hashlib.sha256(b"zusage-recovery-key-name" + self.public).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the operator has set: key-encryption keys, newest first, and perhaps a recovery key."""

    keks: tuple[bytes, ...] = field(repr=False)
    given: RecoveryKey | None = None

    @property
    def recovery_key(self) -> RecoveryKey:
        """What new backups are encrypted to."""
        return self.given or derived_recovery_key(self.keks[0])

    @property
    def newest(self) -> str:
        """The name of the key-encryption key that new backups are authenticated by."""
        return name_of(self.keks[0])

    @property
    def names(self) -> frozenset[str]:
        """The names of the key-encryption keys."""
        return frozenset(map(name_of, self.keks))

    def private(self, name: str) -> bytes:
        """The private recovery key of that name. Raises CannotRun."""
        for key in filter(None, (self.given, *map(derived_recovery_key, self.keks))):
            if key.name == name and key.private:
                return key.private
        raise CannotRun(
            f"This backup is encrypted to the recovery key {name}, whose private half isn't here. Set "
            "ZUSAGE_RECOVERY_KEY to it; if there never was one of its own, add the ZUSAGE_KEY_ENCRYPTION_KEY of then."
        )

    def under(self, kek: str, what: str) -> bytes | None:
        """The key for `what` that follows from the key-encryption key named `kek`; None where that one isn't here."""
        for key in self.keks:
            if name_of(key) == kek:
                return derive(key, what)
        return None


def secrets() -> Secrets:
    """Those of this process."""
    given = settings.RECOVERY_KEY
    if given is None:
        return Secrets(tuple(settings.KEY_ENCRYPTION_KEYS))
    is_public, key = given
    return Secrets(
        tuple(settings.KEY_ENCRYPTION_KEYS), RecoveryKey(key) if is_public else recovery_key_of(key)
    )


def derive(key: bytes, what: str) -> bytes:
    """A 256-bit key for `what` that follows from `key` (HKDF-SHA-256, RFC 5869)."""
    return HKDF(SHA256(), length=32, salt=None, info=f"zusage {what}".encode()).derive(key)


def derived_recovery_key(kek: bytes) -> RecoveryKey:
    """The recovery key of an operator who has set none."""
    return recovery_key_of(derive(kek, "recovery key"))


def recovery_key_of(private: bytes) -> RecoveryKey:
    """The pair of a private key."""
    public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return RecoveryKey(public, private)


def new_pair() -> tuple[str, str]:
    """A new recovery key as ZUSAGE_RECOVERY_KEY takes it: private, and public alone."""
    private = new_key()
    public = recovery_key_of(private).public
    return base64.b64encode(private).decode(), f"pub:{base64.b64encode(public).decode()}"
