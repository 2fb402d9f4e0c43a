"""Whoever reads why a message lies with a file reads words, in each language."""

from __future__ import annotations

import pytest

from zusage.policy.types import LANGUAGES
from zusage.queries.access_routing import reasons
from zusage.rules.access.words import words
from zusage.rules.matching.guard import REASONS


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_has_words(language: str) -> None:
    known = words(language)
    parts = [one.partition("-") for one in REASONS]
    assert not [field for field, _, _ in parts if f"match.field.{field}" not in known]
    assert not [level for _, _, level in parts if f"match.level.{level}" not in known]
    unused = {key for key in known if key.startswith("match.")} - {
        *(f"match.field.{field}" for field, _, _ in parts),
        *(f"match.level.{level}" for _, _, level in parts),
    }
    assert unused == {"match.level.missing"}


def test_of_a_decision_only_the_reasons_are_told() -> None:
    findings = '{"guard": ["rival"], "blocked": 1, "reasons": ["born-exact", "given-close"], "before": {"case": "x"}}'
    assert reasons(findings) == "born-exact given-close"
    assert (
        reasons('{"threshold": 0.999}') == ""
        and reasons("what somebody else wrote") == "what somebody else wrote"
    )
