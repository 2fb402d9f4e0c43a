"""The proof of the prover: on a house where all is well it says so, and each lie turns its promise red."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lies import Lie, all_lies
from tests.lies._seen import SEEN, seen_by
from tests.lies.scene import Scene, filled
from zusage.policy.names import written_probes
from zusage.promises import prover
from zusage.promises.types import Result
from zusage.tenant import policy

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def scene(transactional_db: None, settings: Any) -> Scene:
    return filled(settings)


def told(results: list[Result]) -> str:
    """What isn't kept, for whoever reads a red test."""
    return "\n".join(
        f"{one.promise} {piece.state}: {piece.looked_at}: {piece.worst}"
        for one in results
        for piece in one.evidence
        if piece.state != "kept"
    )


def test_where_all_is_well_every_promise_is_kept(scene: Scene):
    results = prover.prove()
    assert {one.promise for one in results} == set(policy().promises)
    assert not told(results), told(results)


def test_every_promise_has_a_lie_and_every_lie_a_promise():
    lies = all_lies()
    assert len(lies) >= 40
    assert {turned for one in lies for turned in one.turns} == set(policy().promises)
    assert len({one.name for one in lies}) == len(lies)


def test_every_probe_sees_a_lie_by_itself():
    names = {one.name for one in all_lies()}
    assert set(SEEN) == names
    assert {probe for name in names for probe in seen_by(name)} == written_probes()


@pytest.mark.parametrize("one", all_lies(), ids=lambda one: one.name)
def test_a_lie_turns_its_promise_red_and_leaves_the_others(
    scene: Scene, one: Lie, monkeypatch: pytest.MonkeyPatch
):
    """A promise is as its worst probe: those look that have to see the lie, and all of the promises that stay."""
    promised, has_to = prover.to_run((), False), seen_by(one.name)
    wanted = [(promise, name) for promise, name in promised if promise.id in one.stays or name in has_to]
    monkeypatch.setattr(prover, "to_run", lambda ids, quick: wanted)
    undo = one.tell(scene)
    if isinstance(undo, Iterator):
        next(undo)
    try:
        results = prover.prove(keep=False)
    finally:
        if isinstance(undo, Iterator):
            next(undo, None)
    states = {
        result.promise: result.state for result in results if result.promise in (*one.turns, *one.stays)
    }
    assert states == {**dict.fromkeys(one.stays, "kept"), **dict.fromkeys(one.turns, "broken")}, told(results)
    seen = {probed.probe: probed.state for result in results for probed in result.probes}
    assert {name: seen[name] for name in has_to} == dict.fromkeys(has_to, "broken")
