"""Inserting rows with a statement that is made once.

Django compiles an INSERT anew each time, which costs several times what the database needs for it. The intake writes
to six tables per submission; this is its shortcut, and it holds no lock while thinking. Measured in `bench/`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db import connections, models, router


def insert(rows: Sequence[models.Model]) -> None:
    """Insert `rows`, all of one model and with ids of their own, in one statement. Nothing for an empty sequence.

    Raises what the database raises, such as django.db.IntegrityError.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    columns = _columns(model)
    values = []
    for row in rows:
        held = row.__dict__
        values += [prepare(held[name], connection) if prepare else held[name] for name, prepare in columns]
        row._state.adding = False
    # Past Django's cursor, which on SQLite rewrites each placeholder of each statement; its errors come as Django's.
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.connection.execute(_statement(model, len(rows)), values)


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
