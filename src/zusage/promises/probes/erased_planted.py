"""Somebody planted is erased, and then looked for byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connections

from zusage.actions.rights.erase import erase_again
from zusage.actions.traces import wipe
from zusage.models.inventory import rows_of, store_of, tables
from zusage.models.stored import HOUSE
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.plant import Planted, planted
from zusage.promises.traces import found_in, found_in_columns, other_files, store_files
from zusage.promises.types import Evidence, judged, probe, unknown
from zusage.protocol.outbox import Actor
from zusage.stores import ALIASES
from zusage.vault import api as vault
from zusage.vault.models import DataKey, Tombstone
from zusage.vault.sealed import of_subjects, sealed_columns

MARKS = 3
"""How many of the values are looked for: a large store is read once, and each costs its time."""


@probe(quick=False)
def one_is_erased(look: Look) -> Iterator[Evidence]:
    """Somebody planted is erased: no key opens, no table has a row, no file holds a byte of what they sent."""
    with planted(look.portal) as person:
        sealed = _ciphertexts(person.subject_id)
        if not sealed:
            raise CouldNotLook("nothing sealed was stored for somebody planted")
        if not _found(sealed, store_files(), first=True):
            raise CouldNotLook("the search doesn't find what it knows to be there")
        vault.shred(person.subject_id, "probe", Actor.system("prover"))
        erase_again(person.subject_id, (vault.ALL,))
        yield _opens(person)
    yield _rows(person.subject_id)
    if not wipe():
        yield unknown("files, for what was erased", "somebody's reading was in the way of overwriting it")
        return
    plain = sorted(person.marks, key=lambda name: -len(person.marks[name]))[:MARKS]
    needles = {**sealed, **{f"{name} in plain": person.marks[name].encode() for name in plain}}
    left = _found(needles, [*other_files(), *store_files()])
    yield judged(
        "bytes of what was erased, in files and columns",
        len(needles),
        (f"{name} stands in {place} after its erasure" for name, place in left.items()),
    )


def _ciphertexts(subject_id: UUID) -> dict[str, bytes]:
    """What is stored of some sealed values, and of the key: a part of each that fits into one page of a store."""
    found: dict[str, bytes] = {}
    for model in apps.get_models():
        for row in of_subjects(model, [subject_id]) if sealed_columns(model) else ():
            for column in sealed_columns(model):
                value = getattr(row, column)
                if value is not None:
                    found[f"{model._meta.label}.{column} {len(found)}"] = bytes(value)[:24]
    key = DataKey.objects.filter(subject_id=subject_id).first()
    return {**dict(list(found.items())[:MARKS]), **({"the key": bytes(key.wrapped)[:24]} if key else {})}


def _found(needles: dict[str, bytes], files: list[Path], first: bool = False) -> dict[str, str]:
    found = found_in(files, needles, first)
    for alias in ALIASES:
        if connections[alias].vendor == "postgresql":
            found |= found_in_columns(alias, needles)
    return found


def _opens(person: Planted) -> Evidence:
    """Neither staff nor the person themselves open anything of it."""
    me, faults, number = vault.Actor.subject(person.subject_id), [], 0
    for model in apps.get_models():
        rows = list(of_subjects(model, [person.subject_id])) if sealed_columns(model) else []
        number += len(rows)
        for row, found in zip(rows, vault.open_many(rows, person.purpose, me), strict=True):
            if not isinstance(found, vault.Refused) or any(
                getattr(row, one) is not None for one in sealed_columns(model)
            ):
                faults.append(f"{model._meta.label} still holds a value")
    if DataKey.objects.filter(subject_id=person.subject_id).exists():
        faults.append("a key is left")
    return judged("sealed rows of somebody erased", number, faults)


def _rows(subject_id: UUID) -> Evidence:
    """No table has a row about them but the protocol, and the tombstone."""
    known: list[tuple[Any, str]] = [
        (model, model._meta.label)
        for model, table in tables().items()
        if table.subject and table.kept != HOUSE
    ]
    faults = [
        f"{label} has a row of somebody erased"
        for model, label in known
        if store_of(model) != "protocol"
        and not label.startswith("protocol.")
        and rows_of(model, subject_id).exists()
    ]
    if not Tombstone.objects.filter(subject_id=subject_id, purpose="").exists():
        faults.append("there is no tombstone: a restore would bring them back")
    return judged("tables that may be about somebody", len(known), faults)
