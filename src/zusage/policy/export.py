"""A policy for machines: DPV JSON-LD of the processing, and all that is declared as JSON data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from zusage.policy import jsonld
from zusage.policy.types import Policy
from zusage.policy.versions import digest
from zusage.policy.vocabulary import iri

MAPPINGS = (
    "bases",
    "retentions",
    "categories",
    "persons",
    "fields",
    "purposes",
    "recipients",
    "cookies",
    "topics",
    "measures",
    "promises",
    "roles",
)


def export(policy: Policy) -> dict[str, Any]:
    """The policy as JSON data: DPV JSON-LD of the processing, and under ``facts`` all that is declared."""
    return {
        "@context": {**jsonld.CONTEXT, "facts": None},  # no part of the graph
        **jsonld.controller(policy),
        "version": digest(policy),
        iri("dpv:hasProcess"): jsonld.processes(policy),
        iri("dpv:hasTechnicalOrganisationalMeasure"): jsonld.measures(policy),
        "facts": facts(policy),
    }


def facts(policy: Policy) -> dict[str, Any]:
    """All that is declared, without the words, as JSON data."""
    found: dict[str, Any] = {
        "id": policy.id,
        "regimes": list(policy.regimes),
        "promised": list(policy.promised),
        "controller": _plain(policy.controller),
        "limits": _plain(policy.limits),
        "matching": _plain(policy.matching),
        "look": _plain(policy.look),
        "plans": _plain(policy.plans),
        "accounts": _plain(policy.accounts),
    }
    for name in MAPPINGS:
        entries: Mapping[str, Any] = getattr(policy, name)
        found[name] = {id_: _plain(entry) for id_, entry in entries.items()}
    return found


def _plain(value: Any) -> Any:
    """Dataclasses, mappings and tuples as JSON data."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
