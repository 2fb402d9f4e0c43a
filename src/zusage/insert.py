"""Inserting rows with statements that are made once.

Django compiles an INSERT anew each time, which costs several times what the database needs for it. The intake writes
to seven tables per submission; this is its shortcut. Measured in `bench/`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db import connections, models, router


def insert(*tables: Sequence[models.Model]) -> None:
    """Insert the rows of each table with one statement, in the order given; empty tables are passed over.

    A table's rows are of one model and have their ids; all tables are in one store. PostgreSQL gets the statements
    together, without waiting for the answer to each. Raises what the database raises, such as
    django.db.IntegrityError.
    """
    filled = [rows for rows in tables if rows]
    if not filled:
        return
    # Past Django's cursor, which rewrites each placeholder of each statement; errors come as Django's all the same.
    connection = connections[router.db_for_write(type(filled[0][0]))]
    connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            from psycopg import Cursor

            # Django's own cursors put values into the text; this one sends them beside it, for a prepared statement.
            with raw.pipeline(), Cursor(raw) as cursor:
                _execute(cursor, filled, connection)
        else:
            _execute(raw, filled, connection)


def _execute(cursor: Any, tables: list[Sequence[models.Model]], connection: Any) -> None:
    for rows in tables:
        model = type(rows[0])
        columns = _columns(model)
        values = []
        for row in rows:
            held = row.__dict__
            values += [prepare(held[name], connection) if prepare else held[name] for name, prepare in columns]
            row._state.adding = False
        cursor.execute(_statement(model, len(rows)), values)


@cache
def _columns(model: type[models.Model]) -> list[tuple[str, Callable[[Any, Any], Any] | None]]:
    """Attribute by attribute, how its value becomes the database's; None where it is that already: plain text."""
    return [
        (field.attname, None if type(field) is models.CharField else field.get_db_prep_save)
        for field in model._meta.concrete_fields
    ]


@cache
def _statement(model: type[models.Model], count: int) -> str:
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    placeholder = "?" if connection.vendor == "sqlite" else "%s"
    columns = [field.column for field in model._meta.concrete_fields]
    row = f"({', '.join([placeholder] * len(columns))})"
    names = ", ".join(map(quote, columns))
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {', '.join([row] * count)}"  # noqa: S608
