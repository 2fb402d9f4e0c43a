"""Sealed columns: code can't reach plaintext by an attribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from django.apps import apps
from django.db import models

from zusage.stores import ELSEWHERE
from zusage.tenant import policy
from zusage.vault import cipher
from zusage.vault.keys import Keyring


class Sealed:
    """A ciphertext. It has no plain form but through `vault.open`; shown by mistake it says that it is sealed."""

    __slots__ = ("_ciphertext",)

    def __init__(self, ciphertext: bytes):
        self._ciphertext = ciphertext

    def __str__(self) -> str:
        return "[sealed]"

    def __repr__(self) -> str:
        return f"<Sealed, {len(self._ciphertext)} bytes>"

    def __bytes__(self) -> bytes:
        return self._ciphertext

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other._ciphertext == self._ciphertext

    def __hash__(self) -> int:
        return hash(self._ciphertext)


BY_FIELD = "*"
"""The category of a column whose row names, in `field`, the declared field that the value is of."""


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """A column of ciphertext. Empty (NULL) where nothing was given or the subject was erased.

    `category` is the policy's category of what it holds, by which it is kept, told and erased, or `BY_FIELD`.
    """

    def __init__(self, *args: Any, category: str = "", **kwargs: Any):
        self.category = category
        kwargs["null"] = True
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def get_db_prep_save(self, value: Any, connection: Any) -> bytes | None:
        # Every sealed value that is stored passes here: Django's own way takes five times as long.
        if type(value) is Sealed:
            return value._ciphertext
        prepared: bytes | None = super().get_db_prep_save(value, connection)
        return prepared

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.model.__name__}.{self.name} takes what vault.seal made, nothing else.")
        return super().get_db_prep_value(None if value is None else bytes(value), connection, prepared)


class Undeclared(Exception):
    """Code tried to keep something that the policy doesn't declare."""


class Record(Protocol):
    """A row with sealed columns: it knows its id, its subject, and the purpose its values were collected for."""

    pk: UUID | tuple[UUID | str, ...]
    subject_id: UUID
    purpose: str


def sealed_columns(model: type[models.Model]) -> tuple[str, ...]:
    """The names of a model's sealed columns."""
    return _sealed_columns(model._meta.label)


@cache
def _sealed_columns(label: str) -> tuple[str, ...]:
    fields = apps.get_model(label)._meta.concrete_fields
    return tuple(field.name for field in fields if isinstance(field, SealedField))


def columns_of(model: type[models.Model], category: str) -> tuple[str, ...]:
    """The sealed columns of `model` that hold values of `category`, whichever row; not those that are `BY_FIELD`."""
    fields = (one for one in model._meta.concrete_fields if isinstance(one, SealedField))
    return tuple(one.name for one in fields if one.category == category)


def of_subjects(model: type[models.Model], subjects: Sequence[UUID]) -> models.QuerySet[Any]:
    """A model's rows about `subjects`: by `subject_id`, or by the way that the model names (``SUBJECT_LOOKUP``).

    That way is asked for first: an update over a join would look at every row of a table with a key of two columns.
    """
    relation, _, rest = getattr(model, "SUBJECT_LOOKUP", "subject_id").rpartition("__")
    if not relation:
        return model._default_manager.filter(**{f"{rest}__in": subjects})
    related: Any = model._meta.get_field(relation).related_model
    owners = related._default_manager.filter(**{f"{rest}__in": subjects})
    return model._default_manager.filter(**{f"{relation}__in": owners.values("pk")})


def row_name(record: Any) -> str:
    """A row's id as the protocol names it; the parts of a composite one joined by a colon."""
    return ":".join(map(str, record.pk)) if isinstance(record.pk, tuple) else str(record.pk)


def several(names: Iterable[str], room: int) -> list[str]:
    """Names of rows as few words of at most `room` characters: `form:name` and `form:email` are `form:name,email`.

    `apart` gives them back one by one.
    """
    found: list[str] = []
    last: dict[str, int] = {}
    for name in names:
        head, colon, tail = name.partition(":")
        at = last.get(head) if colon else None
        if at is not None and len(found[at]) + 1 + len(tail) <= room:
            found[at] += f",{tail}"
        else:
            last[head] = len(found)
            found.append(name)
    return found


def apart(name: str) -> list[str]:
    """The rows that the protocol names by `name`: see `several`."""
    head, colon, tail = name.partition(":")
    return [f"{head}:{one}" for one in tail.split(",")] if colon else [name]


class Place:
    """What the ciphertexts of one record are bound to: store, table, column, row, subject, purpose."""

    __slots__ = ("_after", "_before")

    def __init__(self, record: Any) -> None:
        meta = record._meta
        store = ELSEWHERE.get(meta.label_lower, "default")
        self._before = f"{store}\0{meta.db_table}\0"
        self._after = f"\0{row_name(record)}\0{record.subject_id}\0{record.purpose}"

    def of(self, column: str) -> bytes:
        """The place of the value in `column`."""
        return f"{self._before}{column}{self._after}".encode()


def place(record: Any, column: str) -> bytes:
    """What one ciphertext is bound to."""
    return Place(record).of(column)


def seal(record: Any, values: Mapping[str, str], ring: Keyring) -> None:
    """Put `values` (column -> text) into `record`, sealed under its subject's key for its purpose.

    Raises NoKey where the subject has been erased; KeyError for a column that isn't sealed; Undeclared for a purpose
    that the policy, and so its public record, doesn't list.
    """
    if record.purpose not in policy().purposes:
        raise Undeclared(f"The policy declares no purpose {record.purpose}: nothing can be kept for it.")
    columns = sealed_columns(type(record))
    key = ring.key(record.subject_id, record.purpose)
    for column, text in values.items():
        if column not in columns:
            raise KeyError(f"{type(record).__name__} has no sealed column {column}.")
        setattr(record, column, Sealed(cipher.seal(key, text.encode(), place(record, column))))


class RowSealer:
    """Seals the columns of many new rows of one table, for one purpose, as `seal` does. Raises Undeclared."""

    def __init__(self, model: type[models.Model], purpose: str) -> None:
        if purpose not in policy().purposes:
            raise Undeclared(f"The policy declares no purpose {purpose}: nothing can be kept for it.")
        meta = model._meta
        self._before = f"{ELSEWHERE.get(meta.label_lower, 'default')}\0{meta.db_table}\0"
        self._purpose = purpose
        self._columns = frozenset(sealed_columns(model))

    def seal(self, row: UUID, subject: UUID, key: bytes, values: Mapping[str, str]) -> dict[str, Sealed]:
        """`values` (column -> text) of the row, under the key of its subject. KeyError for one that isn't sealed."""
        if not self._columns.issuperset(values):
            raise KeyError("a column that isn't sealed")
        before, after = self._before, f"\0{row}\0{subject}\0{self._purpose}"
        places = [(text.encode(), f"{before}{column}{after}".encode()) for column, text in values.items()]
        sealed = cipher.Sealer(key).seal_all(places)
        return {column: Sealed(one) for column, one in zip(values, sealed, strict=True)}
