"""Rows as any database gives and takes them: lines of JSON, the same from SQLite and from PostgreSQL.

A part's plain text is a line ``{"table": …, "columns": […]}`` for each table, a list for each of its rows, and at the
end ``{"end": {table: rows}}``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models, router

from zusage.backup.problems import Broken
from zusage.vault.sealed import Sealed, SealedField

Row = list[Any]
Change = Callable[[Any], Any]

# Tables that no backup holds, and why not.
LEFT_OUT = {
    "sessions.Session": "whoever was signed in signs in again; nobody comes back in by an old session",
    "django_tasks_database.DBTaskResult": "what waited to be done then has most likely been done since",
    "contenttypes.ContentType": "made anew with the tables",
    "auth.Permission": "made anew with the tables",
    "auth.Group": "a role decides what somebody may, not a group",
    "auth.Group_permissions": "as auth.Group",
    "vault.RestoreMark": "says what goes on here and now",
    "zusage.ProbePerson": "whoever was planted goes within minutes",
    "protocol.SealMark": "says how far the protocol goes that is here",
    "visits.View": "single visits are for counting within the hour, and for nothing else",
    "visits.Choice": "as visits.View",
}


def label(model: type[models.Model]) -> str:
    """A table's name in a backup."""
    return model._meta.label


def tables(alias: str) -> list[type[models.Model]]:
    """The tables of one store that a backup holds."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if router.db_for_read(model) == alias and model._meta.managed and label(model) not in LEFT_OUT
    ]


def columns(model: type[models.Model]) -> list[str]:
    """The names of a table's columns, as attributes of its rows."""
    return [field.attname for field in model._meta.concrete_fields]


def head(model: type[models.Model]) -> bytes:
    """The line before a table's rows."""
    return _line({"table": label(model), "columns": columns(model)})


def end(counts: dict[str, int]) -> bytes:
    """The last line."""
    return _line({"end": counts})


def writer(model: type[models.Model]) -> Callable[[tuple[Any, ...]], bytes]:
    """A function from a row, as `values_list` gives it, to its line."""
    changes = [_out(field) for field in model._meta.concrete_fields]

    def write(row: tuple[Any, ...]) -> bytes:
        return _line(
            [
                change(value) if change and value is not None else value
                for change, value in zip(changes, row, strict=True)
            ]
        )

    return write


def maker(model: type[models.Model], given: Sequence[str]) -> Callable[[Row], models.Model]:
    """A function from a read row with the columns `given` to an unsaved instance.

    A column that the backup doesn't have yet gets its default. Raises Broken for what can't be loaded.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    unknown = [name for name in given if name not in fields]
    lacking = [
        name
        for name, field in fields.items()
        if name not in given and not (field.has_default() or field.null or field.empty_strings_allowed)
    ]
    if unknown or lacking:
        raise Broken(
            f"The table {label(model)} of this backup doesn't fit this version: "
            f"it has {', '.join(unknown) or 'nothing'} too much and lacks {', '.join(lacking) or 'nothing'}. "
            "Restore it with the version that made it."
        )
    changes = [(name, _in(fields[name])) for name in given]

    def make(row: Row) -> models.Model:
        return model(
            **{
                name: change(value) if change and value is not None else value
                for (name, change), value in zip(changes, row, strict=True)
            }
        )

    return make


def lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What stands in a part, line by line, without the line's end."""
    waiting = b""
    for chunk in chunks:
        *whole, waiting = (waiting + chunk).split(b"\n")
        yield from whole
    if waiting:
        raise Broken("it ends in the middle of a line")


def _line(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _out(field: Any) -> Change | None:
    kind = _kind(field)
    if issubclass(kind, models.BinaryField):
        return lambda value: base64.b64encode(bytes(value)).decode()
    if issubclass(kind, models.UUIDField):
        return lambda value: value.hex
    if issubclass(kind, models.DateTimeField):
        return lambda value: value.astimezone(UTC).isoformat()
    if issubclass(kind, models.DateField):
        return lambda value: value.isoformat()
    return None


def _in(field: Any) -> Change | None:
    kind = _kind(field)
    if issubclass(kind, SealedField):
        return lambda value: Sealed(base64.b64decode(value))
    if issubclass(kind, models.BinaryField):
        return base64.b64decode
    if issubclass(kind, models.UUIDField):
        return UUID
    if issubclass(kind, models.DateTimeField):
        return datetime.fromisoformat
    if issubclass(kind, models.DateField):
        return date.fromisoformat
    return None


AS_THEY_ARE = (
    models.BooleanField,
    models.CharField,
    models.IntegerField,
    models.JSONField,
    models.TextField,
)


def _kind(field: Any) -> type[models.Field[Any, Any]]:
    """A column's type; of one that refers to another table, that of what it refers to."""
    while field.is_relation:
        field = field.target_field
    kind: type[models.Field[Any, Any]] = type(field)
    known = (models.BinaryField, models.UUIDField, models.DateField, *AS_THEY_ARE)
    if not issubclass(kind, known):
        raise TypeError(f"A backup doesn't know columns of the kind {kind.__name__} yet: backup/rows.py.")
    return kind
