"""Versions of the published notice: each kept under its hash, any two comparable side by side."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from zusage.policy.types import Policy


def document(policy: Policy) -> dict[str, Any]:
    """The notice in all languages as plain data."""
    return {"tenant": policy.id, "words": {language: dict(words) for language, words in policy.words.items()}}


def digest(policy: Policy) -> str:
    """SHA-256, in hex, of the notice in all languages."""
    canonical = json.dumps(document(policy), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
