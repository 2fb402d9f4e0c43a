"""The probes of these seven sections of the notice, on houses where all is well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from tests.lies.scene import Scene, filled
from tests.server import free_port
from zusage.actions.house import chores, publish_notice
from zusage.models import Concern, Mailbox, Staff, Subject, Submission
from zusage.promises.portal import Portal
from zusage.promises.prover import prove
from zusage.promises.types import Result
from zusage.vault.models import Consent, Warrant

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

OURS = (
    "data-when-given", "purpose-bound", "new-purpose-told", "retention", "contact-form", "enquiry-form",
    "exact-assignment", "payment-form", "collection-only", "objection", "withdrawal", "no-third-parties",
    "processors-minimum", "processors-bound", "transfer-safeguards", "legal-duty", "questions-complaints",
)  # fmt: skip


@pytest.fixture
def scene(transactional_db: None, settings: Any) -> Scene:
    return filled(settings)


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


def test_where_a_store_is_away_nothing_that_looks_at_it_is_kept(scene: Scene):
    away = connections["protocol"]
    known = away.settings_dict["NAME"]
    away.close()
    away.settings_dict["NAME"] = "/nowhere/at-all.sqlite3" if away.vendor == "sqlite" else "nowhere"
    try:
        results = {one.promise: one.state for one in prove(OURS, keep=False)}
    finally:
        away.close()
        away.settings_dict["NAME"] = known
    looks = (
        "data-when-given",
        "purpose-bound",
        "exact-assignment",
        "collection-only",
        "withdrawal",
        "legal-duty",
    )
    assert {results[one] for one in looks} == {"unknown"}
    assert "broken" not in results.values()


def test_where_the_portal_is_away_nothing_that_looks_at_it_is_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    @contextmanager
    def nobody() -> Iterator[Portal]:
        yield Portal("127.0.0.1", free_port(), running=True)

    monkeypatch.setattr("zusage.promises.look.portal", nobody)
    results = {one.promise: one.state for one in prove(OURS, keep=False)}
    asks = ("data-when-given", "purpose-bound", "new-purpose-told", "contact-form", "objection", "withdrawal")
    assert {results[one] for one in (*asks, "questions-complaints")} == {"unknown"}
    assert "broken" not in results.values()


def test_whom_it_plants_is_gone_with_all_that_they_asked_for(scene: Scene):
    before = {
        model: model.objects.count() for model in (Subject, Submission, Mailbox, Consent, Concern, Staff)
    }
    prove(["objection", "withdrawal", "purpose-bound"], keep=False)
    assert {model: model.objects.count() for model in before} == before
    assert not Warrant.objects.exclude(subject_id__in=Subject.objects.values("pk")).exists()
