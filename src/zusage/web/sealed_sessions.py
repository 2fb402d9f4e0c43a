"""Sessions as Django keeps them in the data store, sealed: they name subjects and hold secrets about to be enrolled."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from zusage.vault import api as vault
from zusage.vault import cipher

PLACE = b"session"


class SessionStore(DatabaseStore):
    """Django's engine with another coding. What doesn't open is an empty session."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        plain = json.dumps(session_dict).encode()
        return base64.b64encode(cipher.seal(vault.root_key("session"), plain, PLACE)).decode()

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        try:
            sealed = base64.b64decode(session_data, validate=True)
            found: dict[str, Any] = json.loads(cipher.unseal(vault.root_key("session"), sealed, PLACE))
        except (binascii.Error, cipher.Damaged, ValueError):
            return {}
        return found
