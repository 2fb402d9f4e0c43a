"""Probes."""

from __future__ import annotations

from collections.abc import Iterator

from zusage.promises.look import CouldNotLook, Look
from zusage.promises.types import Evidence, probe


@probe(quick=True)
def ways(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def not_by_the_clerk(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield
