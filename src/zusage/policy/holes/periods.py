"""purposes.toml: how long data is kept, where a purpose names more than one period."""

from __future__ import annotations

from collections.abc import Iterator

from zusage.policy.types import Finding, Policy, Purpose, Retention

FILE = "purposes.toml"
SHORT = ("identity-proof", "access-package", "access-code", "budget")
"""Categories that serve one moment: whoever keeps them says for how long, rather than as long as all the rest."""
PROTOCOL_DAYS = 360
"""A year, as twelve months or as days."""
DAYS = {"minutes": 1 / 1440, "days": 1, "months": 30, "years": 365}


def periods(policy: Policy, purpose: Purpose) -> Iterator[Finding]:
    """Periods that end otherwise than their place says, that come too late, or that are missing."""
    yield from _ends(policy, purpose)
    for category in purpose.keeps:
        if category in SHORT and category not in purpose.periods:
            yield Finding(
                FILE,
                f"purpose.{purpose.id}.periods",
                f"Purpose '{purpose.id}' would keep '{category}' as long as all the rest.",
                f'Give it a period of its own: periods = {{ {category} = "…" }}.',
            )
    yield from _protocol(policy, purpose)
    blocked, end = (policy.retentions.get(one) for one in (purpose.blocked_after, purpose.retention))
    if blocked and end and blocked.start == end.start and _length(blocked) >= _length(end):
        yield Finding(
            FILE,
            f"purpose.{purpose.id}.blocked_after",
            f"The period '{blocked.id}' is over after '{end.id}': data would be deleted before it is blocked.",
            "Name a shorter period, or remove this entry.",
        )


def _protocol(policy: Policy, purpose: Purpose) -> Iterator[Finding]:
    """The protocol is kept for a year at least (DSV 4(5)); what is sealed can't be checked for less."""
    period = policy.retentions.get(purpose.retention)
    if purpose.id == "protocol" and period and _length(period) < PROTOCOL_DAYS:
        yield Finding(
            FILE,
            f"purpose.{purpose.id}.retention",
            f"The protocol would be kept for {period.length} {period.unit}; a year is the least (DSV 4 Abs. 5).",
            "Name a period of a year or longer.",
        )


def _ends(policy: Policy, purpose: Purpose) -> Iterator[Finding]:
    """A period after which data is blocked isn't one after which it is deleted, and the other way round."""
    ends = {"retention": purpose.retention, **{f"periods.{id_}": one for id_, one in purpose.periods.items()}}
    for entry, then, named in [
        *((entry, "delete", one) for entry, one in ends.items()),
        ("blocked_after", "block", purpose.blocked_after),
    ]:
        period = policy.retentions.get(named)
        if period and period.then != then:
            yield Finding(
                FILE,
                f"purpose.{purpose.id}.{entry}",
                f"After the period '{named}' data is to {period.then}, and here it has to {then}.",
                f'Name a period with then = "{then}".',
            )


def _length(retention: Retention) -> float:
    """About how many days."""
    return retention.length * DAYS[retention.unit]
