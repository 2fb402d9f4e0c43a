"""What stops a start: a hole in the policy, or a column that nobody classified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register

from zusage.models.inventory import stale, unclassified, undeclared
from zusage.policy.types import PolicyError
from zusage.tenant import policy


@register
def policy_is_whole(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every hole in the policy, as an error of its own."""
    try:
        policy()
    except PolicyError as error:
        return [Error(str(finding), id="zusage.E001") for finding in error.findings]
    return []


@register
def every_column_is_classified(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every column that `models/inventory.py` doesn't know, with the line to add."""
    missing = [
        Error(f"models/inventory.py doesn't say what this column holds. Add: {line}", id="zusage.E002")
        for line in unclassified()
    ]
    gone = [
        Error(f"models/inventory.py names {name}, which is no column.", id="zusage.E003") for name in stale()
    ]
    return missing + gone


@register
def every_category_is_declared(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every stored field of a category that the policy doesn't declare, or of a table that doesn't say whose it is."""
    try:
        found = undeclared()
    except PolicyError:
        return []  # said already
    return [Error(f"models/stored.py: {one}.", id="zusage.E005") for one in found]
