"""Removing and looking up rows by many ids at once, with statements that are made once.

The sweep deletes thousands of rows a second; with Django's ORM most of that time would go into making statements. This
is its shortcut, as `insert.py` is the intake's. Measured in `bench/`.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connections, models, router

UUIDS = models.UUIDField()


def remove(model: type[models.Model], column: str, ids: Collection[UUID], **equal: str) -> None:
    """Delete the rows whose `column` is one of `ids`, and whose other columns are `equal`; in the transaction open."""
    _run(model, "DELETE FROM {table}", column, ids, equal)


def blank(
    model: type[models.Model], columns: tuple[str, ...], column: str, ids: Collection[UUID], **equal: str
) -> None:
    """Set `columns` to NULL in the rows whose `column` is one of `ids`, and whose other columns are `equal`."""
    nulls = ", ".join(f"{{{one}}} = NULL" for one in columns)
    _run(model, f"UPDATE {{table}} SET {nulls}", column, ids, equal)  # noqa: S608  (names of columns)


def look(
    model: type[models.Model], wanted: tuple[str, ...], column: str, ids: Collection[UUID], **equal: str
) -> list[tuple[Any, ...]]:
    """The columns `wanted` of the rows whose `column` is one of `ids`; ids as UUIDs."""
    names = ", ".join(f"{{{one}}}" for one in wanted)
    found = _run(model, f"SELECT {names} FROM {{table}}", column, ids, equal)  # noqa: S608  (names of columns)
    if connections[router.db_for_write(model)].vendor == "postgresql":
        return found
    kinds = [_field(model, one) for one in wanted]
    return [
        tuple(UUID(hex=value) if kind is UUIDS else value for kind, value in zip(kinds, row, strict=True))
        for row in found
    ]


def _where(column: str, equal: dict[str, str]) -> str:
    return " AND ".join([f"{{{column}}} {{among}}", *(f"{{{name}}} = {{}}" for name in equal)])


def _run(
    model: type[models.Model], what: str, column: str, ids: Collection[UUID], equal: dict[str, str]
) -> list[Any]:
    connection = connections[router.db_for_write(model)]
    if not ids:
        return []
    statement = _statement(model, f"{what} WHERE {_where(column, equal)}", connection.alias)
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        from psycopg import RawCursor

        with connection.wrap_database_errors, RawCursor(connection.connection) as cursor:
            cursor.execute(statement, [list(ids), *equal.values()], prepare=True)
            return cursor.fetchall() if cursor.description else []
    among = json.dumps([one.hex for one in ids])
    with connection.wrap_database_errors:
        found: list[Any] = connection.connection.execute(statement, [among, *equal.values()]).fetchall()
        return found


@cache
def _statement(model: type[models.Model], template: str, alias: str) -> str:
    """The database's own words: names quoted, one placeholder for all ids, one for each other value."""
    connection = connections[alias]
    quote = connection.ops.quote_name
    postgres = connection.vendor == "postgresql"
    names = {field.attname: quote(str(field.column)) for field in model._meta.concrete_fields}
    among = "= ANY($1)" if postgres else "IN (SELECT value FROM json_each(?))"
    pieces = template.split("{}")
    text = pieces[0]
    for number, piece in enumerate(pieces[1:], start=2):
        text += (f"${number}" if postgres else "?") + piece
    return text.format(table=quote(model._meta.db_table), among=among, **names)


@cache
def _field(model: type[models.Model], attname: str) -> models.UUIDField[Any, Any] | None:
    """UUIDS where the column holds ids."""
    field: Any = next(one for one in model._meta.concrete_fields if one.attname == attname)
    while field.is_relation:
        field = field.target_field
    return UUIDS if isinstance(field, models.UUIDField) else None
