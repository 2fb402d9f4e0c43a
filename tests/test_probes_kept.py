"""The probes of these seven sections of the notice, on houses where all is well."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lies.scene import Scene, fill
from zusage.actions.house import chores, publish_notice
from zusage.promises.prover import prove
from zusage.promises.types import Result

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

OURS = (
    "data-when-given", "purpose-bound", "new-purpose-told", "retention", "contact-form", "enquiry-form",
    "exact-assignment", "payment-form", "collection-only", "objection", "withdrawal", "no-third-parties",
    "processors-minimum", "processors-bound", "transfer-safeguards", "legal-duty", "questions-complaints",
)  # fmt: skip


@pytest.fixture
def scene(transactional_db: None, settings: Any) -> Scene:
    return fill(settings)


def others(results: list[Result], state: str) -> str:
    """What isn't `state`, for whoever reads a red test."""
    return "\n".join(
        f"{one.promise} {piece.state}: {piece.looked_at}: {piece.worst}"
        for one in results
        for piece in one.evidence
        if piece.state != state
    )


def test_in_a_house_with_something_of_everything_all_is_kept(scene: Scene):
    results = prove(OURS)
    assert {one.promise for one in results} == set(OURS)
    assert not others(results, "kept"), others(results, "kept")


def test_in_an_empty_house_all_is_kept(transactional_db: None):
    publish_notice()
    chores()
    results = prove(OURS)
    assert not others(results, "kept"), others(results, "kept")
