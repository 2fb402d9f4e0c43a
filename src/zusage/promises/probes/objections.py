"""Probes."""

from __future__ import annotations

from collections.abc import Iterator

from zusage.promises.look import CouldNotLook, Look
from zusage.promises.types import Evidence, probe


@probe(quick=True)
def nothing_opened(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def one_objects(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def nothing_after_withdrawal(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def one_withdraws(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield
