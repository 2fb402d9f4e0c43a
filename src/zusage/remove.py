"""Removing, looking up and adding rows by many ids at once, with statements that are made once.

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


def put(
    model: type[models.Model], value: tuple[str, Any], column: str, ids: Collection[UUID], **equal: str
) -> None:
    """Set one column to one value where it is NULL, in the rows whose `column` is one of `ids`."""
    name, what = value
    connection = connections[router.db_for_write(model)]
    where = f"{{{name}}} IS NULL AND {_where(column, equal)}"
    template = f"UPDATE {{table}} SET {{{name}}} = {{}} WHERE {where}"  # noqa: S608  (names of columns)
    given = [_prepared(model, name, what), *equal.values()]
    _execute(connection, _statement(model, template, connection.alias), ids, given)


def each(
    model: type[models.Model], column: str, ids: Collection[UUID], renew: str = "", **values: Any
) -> None:
    """Insert a row for each of `ids` into `column`, each with a random id of its own, and the same `values`.

    Columns not named are NULL. A row that is there already stays as it is; or gets the new values of the columns that
    `renew` names, where it names any.
    """
    connection = connections[router.db_for_write(model)]
    template = _for_each(model, column, tuple(values), renew)
    given = [_prepared(model, name, value) for name, value in values.items()]
    _execute(connection, _statement(model, template, connection.alias), ids, given)


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
    statement = _statement(model, f"{what} WHERE {_where(column, equal)}", connection.alias)
    return _execute(connection, statement, ids, list(equal.values()))


def _execute(connection: Any, statement: str, ids: Collection[UUID], values: list[Any]) -> list[Any]:
    if not ids:
        return []
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        from psycopg import RawCursor

        with connection.wrap_database_errors, RawCursor(connection.connection) as cursor:
            cursor.execute(statement, [list(ids), *values], prepare=True)
            return cursor.fetchall() if cursor.description else []
    among = json.dumps([one.hex for one in ids])
    with connection.wrap_database_errors:
        # Numbered placeholders, as PostgreSQL has them: the ids are the first.
        found: list[Any] = connection.connection.execute(statement, [among, *values]).fetchall()
        return found


def _prepared(model: type[models.Model], name: str, value: Any) -> Any:
    connection = connections[router.db_for_write(model)]
    return model._meta.get_field(name).get_db_prep_save(value, connection)  # type: ignore[union-attr]


@cache
def _for_each(model: type[models.Model], column: str, values: tuple[str, ...], renew: str) -> str:
    key = str(model._meta.pk.attname)
    names = ", ".join(f"{{{one}}}" for one in (key, column, *values))
    given = "".join(", {}" for _ in values)
    rows = f"SELECT {{random}}, {{one}}{given} FROM {{all}} WHERE true"  # noqa: S608  (names of columns)
    if not renew:
        return f"INSERT INTO {{table}} ({names}) {rows} ON CONFLICT DO NOTHING"
    (unique,) = (one.fields for one in model._meta.constraints if isinstance(one, models.UniqueConstraint))
    same = ", ".join(f"{{{one}}}" for one in unique)
    new = ", ".join(f"{{{one}}} = excluded.{{{one}}}" for one in renew.split())
    return f"INSERT INTO {{table}} ({names}) {rows} ON CONFLICT ({same}) DO UPDATE SET {new}"


@cache
def _statement(model: type[models.Model], template: str, alias: str) -> str:
    """The database's own words: names quoted, one placeholder for all ids, one for each other value."""
    connection = connections[alias]
    quote = connection.ops.quote_name
    postgres = connection.vendor == "postgresql"
    names = {field.attname: quote(str(field.column)) for field in model._meta.concrete_fields}
    pieces = template.split("{}")
    text = pieces[0]
    for number, piece in enumerate(pieces[1:], start=2):
        text += (f"${number}" if postgres else f"?{number}") + piece
    words = _POSTGRESQL if postgres else _SQLITE
    return text.format(table=quote(model._meta.db_table), **words, **names)


_SQLITE = {
    "among": "IN (SELECT value FROM json_each(?1))",
    "all": "json_each(?1)",
    "one": "value",
    "random": "lower(hex(randomblob(16)))",
}
_POSTGRESQL = {
    "among": "= ANY($1)",
    "all": "unnest($1::uuid[]) AS one",
    "one": "one",
    "random": "gen_random_uuid()",
}


@cache
def _field(model: type[models.Model], attname: str) -> models.UUIDField[Any, Any] | None:
    """UUIDS where the column holds ids."""
    field: Any = next(one for one in model._meta.concrete_fields if one.attname == attname)
    while field.is_relation:
        field = field.target_field
    return UUIDS if isinstance(field, models.UUIDField) else None
