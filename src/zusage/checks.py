"""What stops a start: a hole in the policy, a column that nobody classified, a processing that nobody listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register

from zusage import processing
from zusage.models.inventory import stale, unclassified, undeclared
from zusage.models.stored import HOUSE, INVENTORY, LAST, OWN
from zusage.policy.types import PolicyError
from zusage.queries.periods import without_start
from zusage.tenant import policy
from zusage.vault.door import SYSTEM_OPENS

OURS = "zusage"
"""The tag of these checks."""


@register(OURS)
def policy_is_whole(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every hole in the policy, as an error of its own."""
    try:
        policy()
    except PolicyError as error:
        return [Error(str(finding), id="zusage.E001") for finding in error.findings]
    return []


@register(OURS)
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


@register(OURS)
def every_processing_is_listed(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """What the code does with personal data, and the policy, so the public record, doesn't say."""
    try:
        missing = processing.missing(policy())
    except PolicyError:
        return []  # said already
    return [Error(one, id="zusage.E004") for one in [*missing, *processing.unknown(_named_purposes())]]


def _named_purposes() -> dict[str, str]:
    """Where tables, their retention and the system's own openings name a purpose, and which."""
    found = {}
    for model in apps.get_models():
        for one in model._meta.concrete_fields:
            if one.name == "purpose" and one.has_default():
                found[f"The table {model._meta.label}"] = str(one.get_default())
    for label, table in INVENTORY.items():
        if table.kept not in (OWN, LAST, HOUSE):
            found[f"The retention of {label}"] = table.kept
    for part, purposes in SYSTEM_OPENS.items():
        found |= {f"What '{part}' opens ({one})": one for one in purposes}
    return found


@register(OURS)
def every_category_is_declared(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every stored field of a category that the policy doesn't declare, or of a table that doesn't say whose it is."""
    try:
        found = undeclared()
    except PolicyError:
        return []  # said already
    return [Error(f"models/stored.py: {one}.", id="zusage.E005") for one in found]


@register(OURS)
def every_period_begins(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every table with subject data whose rows have no period, or one that nothing starts: they would stay for ever."""
    try:
        found = without_start(policy())
    except PolicyError:
        return []  # said already
    return [Error(f"models/stored.py: {one}.", id="zusage.E006") for one in found]
