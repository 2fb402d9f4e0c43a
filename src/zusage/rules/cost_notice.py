"""What has to be said of costs before a plan of instalments is agreed, and which text somebody was shown."""

from __future__ import annotations

import hashlib

from zusage.policy.law import regimes
from zusage.policy.types import Policy

KEY = "plan.cost_notice"
"""Of the notice in the policy's words."""


def cost_notice_needed(policy: Policy) -> bool:
    """Whether a law that the policy names wants the notice before a plan is agreed. Not where there are no plans."""
    return policy.plans is not None and any(regimes()[name].cost_notice for name in policy.regimes)


def cost_notice(policy: Policy, language: str) -> str:
    """The notice in `language`; empty where none is needed."""
    return policy.text(language, KEY) if cost_notice_needed(policy) else ""


def version(text: str) -> str:
    """The version of a notice: SHA-256 of its text, 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
