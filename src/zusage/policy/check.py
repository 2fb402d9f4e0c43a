"""Holes in a policy: everything that would make its notice untrue, incomplete or unlawful, in words to act on."""

from __future__ import annotations

from collections.abc import Mapping

from zusage.policy.holes import cookies, data, parties, plans, promises, purposes, texts
from zusage.policy.types import Finding, Language, Policy


def check(policy: Policy, own: Mapping[Language, Mapping[str, str]]) -> list[Finding]:
    """Every hole in `policy`, in the order of its files; `own` are the tenant's words as written, by language."""
    return [
        *parties.tenant(policy),
        *data.data(policy),
        *purposes.purposes(policy),
        *parties.recipients(policy),
        *cookies.cookies(policy),
        *cookies.topics(policy),
        *promises.promises(policy),
        *parties.roles(policy),
        *plans.plans(policy),
        *promises.terms(policy),
        *texts.texts(policy, own),
    ]
