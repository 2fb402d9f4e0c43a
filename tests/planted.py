"""Somebody about whom every table knows something: in each column a value that is nowhere else.

Made from the tables themselves, not from a list: a new column is planted the day it is added.
"""

from __future__ import annotations

import base64
import itertools
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models, transaction

from tests.make import clerk
from zusage.models import PaymentFile, Staff, Subject
from zusage.models.inventory import store_of, tables
from zusage.vault import api as vault

NUMBERS = itertools.count(1)
PURPOSE = "enquiry"
FIXED = {"actor_kind": "staff", "media_type": "text/plain"}
"""What code looks at, so that no marker can stand there."""
FILES = ("zusage.Document", "zusage.Proof")
"""Tables whose sealed value is a file in base64."""


@dataclass
class Planted:
    """A person's rows by table, and by table and column what was planted there: stored values, and sealed texts."""

    subject_id: uuid.UUID
    clerk: Staff
    rows: dict[str, Any] = field(default_factory=dict)
    stored: dict[tuple[str, str], Any] = field(default_factory=dict)
    sealed: dict[tuple[str, str], str] = field(default_factory=dict)


def plant() -> Planted:
    """A row in every table that can have one about a subject."""
    ring = vault.Keyring()
    person = Planted(ring.reserve(PURPOSE), clerk())
    Subject.objects.create(id=person.subject_id)
    for model in _in_order():
        _plant(model, person, ring)
    return person


def _in_order() -> Iterator[type[models.Model]]:
    """Tables with a subject; what another one points to comes before it."""
    waiting = [model for model, table in tables().items() if table.subject]
    while waiting:
        ready = [one for one in waiting if not any(to in waiting and to is not one for to in _parents(one))]
        yield from ready
        waiting = [one for one in waiting if one not in ready]


def _parents(model: type[models.Model]) -> list[Any]:
    return [one.related_model for one in model._meta.concrete_fields if one.is_relation]


def _plant(model: type[models.Model], person: Planted, ring: vault.Keyring) -> None:
    label = model._meta.label
    row = Subject.objects.get(pk=person.subject_id) if model is Subject else model()
    sealed = {}
    for one in model._meta.concrete_fields:
        if isinstance(one, vault.SealedField):
            sealed[one.name] = _text(label)
        elif model is Subject and one.primary_key:
            continue
        else:
            _put(row, one, person)
    if sealed:
        ring.key_or_new(row.subject_id, row.purpose)
        vault.seal(row, sealed, ring)
    with transaction.atomic(using="default" if store_of(model) == "data" else store_of(model)):
        row.save()
    person.rows[label] = row
    for name, text in sealed.items():
        person.sealed[label, name] = text
    for one in model._meta.concrete_fields:
        if one.name not in sealed and not one.is_relation and not isinstance(one, models.UUIDField):
            person.stored[label, one.name] = getattr(row, one.attname)


def _text(label: str) -> str:
    marker = f"Zw{next(NUMBERS):05}{secrets.token_hex(4)}"
    return (
        base64.b64encode(f"Datei {marker}".encode()).decode()
        if label in {"zusage.Document", "zusage.Proof"}
        else marker
    )


def _put(row: Any, one: Any, person: Planted) -> None:
    if one.is_relation:
        parent = one.related_model
        whose = {Subject: person.subject_id, Staff: person.clerk.pk, PaymentFile: None}
        if parent is PaymentFile:
            whose[parent] = PaymentFile.objects.create(digest=secrets.token_bytes(32), kind="camt.053").pk
        value: Any = whose[parent] if parent in whose else person.rows[parent._meta.label].pk
    elif isinstance(one, models.UUIDField):
        value = person.subject_id if one.name in ("subject_id", "about_id", "other_id") else uuid.uuid4()
    elif one.name == "purpose" and any(isinstance(f, vault.SealedField) for f in row._meta.concrete_fields):
        value = row.purpose or PURPOSE  # sealed for a purpose that there is
    elif one.name == "actor_id":
        value = str(person.clerk.pk)
    elif one.name in FIXED:
        value = FIXED[one.name]
    else:
        value = marker(one)
    setattr(row, one.attname, value)


def marker(one: Any) -> Any:
    """A value for a column that is like no other."""
    number = next(NUMBERS)
    if isinstance(one, models.BooleanField):
        return True
    if isinstance(one, models.DateTimeField):
        return datetime(1971, 1, 1, 12, 0, 7, tzinfo=UTC) + timedelta(days=number)
    if isinstance(one, models.DateField):
        return date(1931, 1, 1) + timedelta(days=number)
    if isinstance(one, models.IntegerField):
        return 10_000 + number
    if isinstance(one, models.BinaryField):
        return secrets.token_bytes(32)
    if isinstance(one, models.CharField):
        letters = "abcdefghijkmnopqrstuvwxyz"
        if one.max_length < 6:
            return letters[number // 25 % 25] + letters[number % 25]
        return f"q{number:05}"[: one.max_length]
    raise TypeError(f"{one} is of a kind that nobody plants yet")
