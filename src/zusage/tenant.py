"""The policy of this process: loaded once, checked whole; a policy with a hole stops the start."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from zusage.policy.load import load
from zusage.policy.types import Policy
from zusage.policy.versions import digest

POLICIES = Path(__file__).parent / "policies"


def folder(name: str) -> Path:
    """The folder of a tenant's policy: a name under ``policies/``, or a path."""
    own = POLICIES / name
    return own if own.is_dir() else Path(name)


@cache
def policy() -> Policy:
    """The tenant's policy. Raises PolicyError with every hole."""
    return load(folder(settings.ZUSAGE_POLICY))


@cache
def version() -> str:
    """The hash of the notice that people see now: submissions and consents name it."""
    return digest(policy())


def smallest_cell() -> int:
    """Below so many visits, statistics show no number."""
    return policy().limits.smallest_cell
