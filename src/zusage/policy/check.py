"""Holes in a policy."""

from __future__ import annotations

from collections.abc import Mapping

from zusage.policy.types import Finding, Language, Policy


def check(policy: Policy, own: Mapping[Language, Mapping[str, str]]) -> list[Finding]:
    """Every hole in `policy`; `own` are the tenant's words as written."""
    return []
