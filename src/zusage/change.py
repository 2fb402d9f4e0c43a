"""Changing a single row with a statement that is made once: see `lookup.py`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

from django.db import connections, models

from zusage.insert import before, held, insert
from zusage.lookup import alias_of, cursor_of


def change(
    one: models.Model, *attributes: str, beside: Sequence[Sequence[models.Model]] = (), **was: str
) -> bool:
    """Write these attributes of a row of the store, where other columns still are what they were.

    Whether it was so: else the row stays. The rows of the tables `beside` are inserted either way: roll them back then.
    Who else changes the row at this moment is waited for. PostgreSQL gets one statement for all.
    """
    connection = connections[alias_of(type(one))]
    prepares = _prepares(type(one), (*attributes, "pk"))
    values = [*(prepare(getattr(one, name), connection) for name, prepare in prepares), *was.values()]
    if connection.connection is None:
        connection.ensure_connection()
    if connection.vendor == "postgresql":
        shape, inserted = held(beside, connection)
        inserts, taken = before(shape)
        statement = inserts + _changing(type(one), attributes, tuple(was), taken + 1)
        with connection.wrap_database_errors:
            given = [*chain.from_iterable(inserted), *values]
            cursor = cursor_of(connection.connection).execute(statement, given, prepare=True)
            return bool(cursor.rowcount == 1)
    insert(*beside)
    with connection.wrap_database_errors:
        statement = _changing(type(one), attributes, tuple(was), 0)
        return bool(connection.connection.execute(statement, values).rowcount == 1)


@cache
def _prepares(model: type[models.Model], attributes: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    fields = {field.attname: field for field in model._meta.concrete_fields} | {"pk": model._meta.pk}
    return tuple((name, fields[name].get_db_prep_save) for name in attributes)


@cache
def _changing(
    model: type[models.Model], attributes: tuple[str, ...], was: tuple[str, ...], first: int
) -> str:
    """`first`: the number of the first value; 0 for SQLite, which needs none."""
    connection = connections[alias_of(model)]
    quote = connection.ops.quote_name
    fields = {field.attname: field for field in model._meta.concrete_fields}
    names = [quote(str(fields[one].column)) for one in (*attributes, model._meta.pk.attname, *was)]
    at = [f"${first + n}" if first else "?" for n in range(len(names))]
    pairs = [f"{name} = {place}" for name, place in zip(names, at, strict=True)]
    table = quote(model._meta.db_table)
    wanted, where = pairs[: len(attributes)], pairs[len(attributes) :]
    return f"UPDATE {table} SET {', '.join(wanted)} WHERE {' AND '.join(where)}"  # noqa: S608  (names of columns)
