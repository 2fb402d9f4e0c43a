"""Probes."""

from __future__ import annotations

from collections.abc import Iterator

from zusage.promises.look import CouldNotLook, Look
from zusage.promises.types import Evidence, probe


@probe(quick=True)
def files(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def keys(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def second_factor(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def protocol(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def backups(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def headers(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def warned(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield


@probe(quick=True)
def mails(look: Look) -> Iterator[Evidence]:
    raise CouldNotLook("not written yet")
    yield
