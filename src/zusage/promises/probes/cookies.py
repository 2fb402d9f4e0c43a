"""Probes."""

from __future__ import annotations

from collections.abc import Iterator

from zusage.promises.look import CouldNotLook, Look
from zusage.promises.types import Evidence, probe


@probe(quick=True)
def declared(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def topics(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def refusable(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield
