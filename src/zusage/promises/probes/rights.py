"""Probes."""

from __future__ import annotations

from collections.abc import Iterator

from zusage.promises.look import CouldNotLook, Look
from zusage.promises.types import Evidence, probe


@probe(quick=True)
def none_overdue(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def package(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def corrections(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def blocked_stays_shut(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def one_is_blocked(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def erased_is_gone(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def one_is_erased(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def record(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def notice(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield
