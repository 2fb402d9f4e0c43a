"""How long a row is kept, computed from the policy and from when its period began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from zusage.policy.types import Policy
from zusage.rules.access.package import Kept
from zusage.rules.retention import expires


def kept(
    policy: Policy, purpose: str, categories: Sequence[str], starts: Mapping[str, date]
) -> tuple[Kept, ...]:
    """The periods of a row kept for `purpose`: one for each that its `categories` have, the same ones together.

    `starts`: starting point of a period -> the day on which it came; a period whose start isn't there hasn't begun.
    """
    declared = policy.purposes.get(purpose)
    if declared is None:
        return ()
    by_period: dict[str, list[str]] = {}
    for category in categories or ("",):
        by_period.setdefault(policy.period(purpose, category).id, []).append(category)
    found = []
    for id_, of in by_period.items():
        retention = policy.retentions[id_]
        begins = starts.get(retention.start)
        blocked = None
        if declared.blocked_after and id_ == declared.retention:
            block = policy.retentions[declared.blocked_after]
            blocked = expires(block, starts[block.start]) if block.start in starts else None
        alone = len(by_period) == 1
        until = expires(retention, begins) if begins else None
        found.append(Kept(() if alone else tuple(of), id_, begins, until, blocked))
    return tuple(found)
