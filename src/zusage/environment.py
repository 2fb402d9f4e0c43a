"""What the operator sets: environment variables, each also as ``NAME_FILE`` naming a file that holds the value.

Two secrets are needed to start. They come from the environment, from their ``…_FILE``, or from the file of that name
in the var folder, which ``zusage run --demo`` makes for itself.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

SECRET_FILES = {"ZUSAGE_SECRET_KEY": "secret-key", "ZUSAGE_KEY_ENCRYPTION_KEY": "key-encryption-key"}
LARGEST = 100_000


class EnvironmentProblem(Exception):
    """A setting that can't be used; the text names the variable and the remedy, never its value."""


def setting(name: str, default: str | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The value of `name`, or of the file that ``{name}_FILE`` names. Raises EnvironmentProblem if neither is there."""
    value, path = environ.get(name), environ.get(f"{name}_FILE")
    if value and path:
        raise EnvironmentProblem(f"{name} and {name}_FILE are both set. Keep one of them.")
    if value:
        return value
    if path:
        return _read(name, Path(path))
    if default is None:
        raise EnvironmentProblem(f"{name} is missing. Set it, or {name}_FILE to a file that holds it.")
    return default


def secret(name: str, var: Path, environ: Mapping[str, str] = os.environ) -> str:
    """A secret: as `setting`, or from its file in `var` where an earlier ``run --demo`` made one."""
    own = var / SECRET_FILES[name]
    if not environ.get(name) and not environ.get(f"{name}_FILE") and own.exists():
        return _read(name, own)
    try:
        return setting(name, environ=environ)
    except EnvironmentProblem as problem:
        raise EnvironmentProblem(f"{problem} (`zusage run --demo` makes its own.)") from None


def key_encryption_keys(value: str) -> tuple[bytes, ...]:
    """The key-encryption keys in `value`, newest first: base64 of 32 bytes each, separated by commas."""
    keys = []
    for part in value.split(","):
        key = _key(part)
        if key is None:
            raise EnvironmentProblem(
                "ZUSAGE_KEY_ENCRYPTION_KEY must be base64 of 32 bytes "
                "(several: newest first, separated by commas). Make one with `openssl rand -base64 32`."
            )
        keys.append(key)
    return tuple(keys)


PUBLIC = "pub:"


def recovery_key(value: str) -> tuple[bool, bytes] | None:
    """What backups are encrypted to: whether `value` gives the public half alone, and its 32 bytes; None if empty."""
    if not value:
        return None
    key = _key(value.removeprefix(PUBLIC))
    if key is None:
        raise EnvironmentProblem(
            "ZUSAGE_RECOVERY_KEY must be base64 of 32 bytes, with pub: before it where it is the public half alone. "
            "`zusage backup --new-recovery-key` makes one."
        )
    return value.startswith(PUBLIC), key


def secret_key(value: str) -> str:
    """The signing secret, refused where it is too short to keep anything."""
    if len(value) < 32:
        raise EnvironmentProblem(
            "ZUSAGE_SECRET_KEY is shorter than 32 characters. Use `openssl rand -base64 48`."
        )
    return value


MAIL_SCHEMES = ("smtp", "smtp+starttls", "smtps")


def mail_url(url: str, sender: str) -> str:
    """The mail server's URL, checked: a typing error shows at the start, not when the first mail should go out.

    Empty: no mails are sent. `sender` is ``ZUSAGE_MAIL_FROM``. The problem never shows the URL, which may hold a
    password.
    """
    if not url:
        return url
    try:
        parts = urlsplit(url)
        good = parts.scheme in MAIL_SCHEMES and bool(parts.hostname) and parts.port != 0
        good = (
            good and parts.path in ("", "/") and not parts.query and not parts.fragment and url.isprintable()
        )
    except ValueError:
        good = False
    if not good:
        raise EnvironmentProblem(
            "ZUSAGE_MAIL_URL names no mail server. Write smtp://host:25, smtp+starttls://user:password@host:587 "
            "or smtps://user:password@host:465."
        )
    local, at, domain = sender.rpartition("@")
    if not (local and at and domain) or not sender.isprintable() or any(sign in sender for sign in " ,;<>"):
        raise EnvironmentProblem(
            "ZUSAGE_MAIL_URL is set, and ZUSAGE_MAIL_FROM is no sender's address. Write post@agency.example."
        )
    return url


def make_demo_secrets(var: Path) -> None:
    """Write the two secrets into `var` (mode 0600) where they are missing."""
    for name, filename in SECRET_FILES.items():
        path = var / filename
        if not path.exists():
            size = 32 if name == "ZUSAGE_KEY_ENCRYPTION_KEY" else 48
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(base64.b64encode(os.urandom(size)) + b"\n")


def _key(value: str) -> bytes | None:
    """The 32 bytes that `value` is the base64 of."""
    try:
        key = base64.b64decode(value.strip(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == 32 else None


def _read(name: str, path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            value = file.read(LARGEST).strip()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise EnvironmentProblem(
            f"{name}_FILE names {path}, which can't be read: {type(error).__name__}."
        ) from None
    if not value:
        raise EnvironmentProblem(f"{name}_FILE names {path}, which is empty.")
    return value
