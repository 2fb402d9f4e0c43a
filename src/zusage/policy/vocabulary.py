"""The terms of the W3C Data Privacy Vocabulary that policies use: `dpv.toml`, a term and its IRI a line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

PREFIXES = MappingProxyType(
    {
        "dpv": "https://w3id.org/dpv#",
        "pd": "https://w3id.org/dpv/pd#",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    }
)


@cache
def terms() -> Mapping[str, str]:
    """Term, e.g. ``dpv:Consent``, to its IRI."""
    text = (Path(__file__).parent / "dpv.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text)["terms"])


def iri(term: str) -> str:
    """The IRI of `term`. KeyError for a term that the vocabulary lacks."""
    return terms()[term]
