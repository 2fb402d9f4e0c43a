"""purposes.toml: purposes that open what stays shut to all others (DSG 30 to 32, Art. 18(2) and 21(1) GDPR)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from zusage.policy.types import Exemption, Finding, Policy, Purpose

FILE = "purposes.toml"
DUTY, INTEREST = "eu-gdpr:A6-1-c", "eu-gdpr:A6-1-f"
RESTS_ON: Mapping[Exemption, tuple[str, ...]] = MappingProxyType(
    {"own-rights": (DUTY,), "law": (DUTY,), "defence": (DUTY, INTEREST)}
)
"""What each exception can rest on: rights and laws bind the agency, claims are a duty or an interest."""


def exception(policy: Policy, purpose: Purpose) -> Iterator[Finding]:
    """An exception that everybody could use, that nobody could, or that stands on nothing."""
    if not purpose.exception:
        return
    place = f"purpose.{purpose.id}"
    if purpose.form or purpose.of or purpose.source == "connection":
        yield Finding(
            FILE,
            f"{place}.exception",
            f"Purpose '{purpose.id}' would open what is blocked for whatever a form or a visit brings.",
            'Keep the exception for a purpose of its own, with source = "rights" or "staff".',
        )
    basis = policy.bases.get(purpose.basis)
    allowed = RESTS_ON[purpose.exception]
    if basis and basis.dpv not in allowed:
        fit = [f"'{one.id}'" for one in policy.bases.values() if one.dpv in allowed]
        yield Finding(
            FILE,
            f"{place}.basis",
            f"The exception '{purpose.exception}' can't rest on '{basis.id}'.",
            f"Name {' or '.join(fit)}." if fit else f'Declare a basis with dpv = "{allowed[0]}".',
        )
    if not any(purpose.id in role.opens for role in policy.roles.values()):
        yield Finding(
            "roles.toml",
            "role",
            f"Nobody may open what '{purpose.id}' is an exception for.",
            f"Add '{purpose.id}' to the `opens` of a role.",
        )
