"""Inserting rows with statements that are made once.

Django compiles an INSERT anew each time, which costs several times what the database needs for it. The intake writes
to seven tables per submission; this is its shortcut. Measured in `bench/`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cache, partial
from itertools import chain, count, islice, repeat
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import connections, models, router, transaction
from django.db.models.base import ModelState

from zusage.turns import turn

Prepare = Callable[[Any, Any], Any]
Row = TypeVar("Row", bound=models.Model)
Shape = tuple[tuple[type[models.Model], int], ...]


def insert(*tables: Sequence[models.Model]) -> None:
    """Insert the rows of each table, in the order given; empty tables are passed over.

    All or nothing: PostgreSQL gets one statement for all tables, which costs one round trip; SQLite a statement a
    table, in the transaction that is open or in one of their own. A table's rows are of one model and have their ids;
    all tables are in one store. Raises what the database raises, such as django.db.IntegrityError.
    """
    kept = [rows for rows in tables if rows]
    if not kept:
        return
    connection = connections[router.db_for_write(type(kept[0][0]))]
    shape, values = held(kept, connection)
    # Past Django's cursor, which rewrites each placeholder of each statement; errors come as Django's all the same.
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        from psycopg import RawCursor

        # Django's own cursors put values into the text; this one sends them beside a prepared statement.
        with connection.wrap_database_errors, RawCursor(connection.connection) as cursor:
            cursor.execute(_together(shape), list(chain.from_iterable(values)), prepare=True)
        return
    whole = transaction.atomic(using=connection.alias, savepoint=False)
    with turn(connection), whole, connection.wrap_database_errors:
        for (model, number), own in zip(shape, values, strict=True):
            connection.connection.execute(_alone(model, number), own)


def pour(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert many rows of one table without making objects of them: by attribute names, other columns are NULL.

    The ids of a column may be given as their 32 letters, which both databases take and are made once for many rows.

    All or nothing, in the transaction that is open or in one of their own. Raises what the database raises.
    """
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    prepares = dict(_columns(model))
    chosen = [prepares[column] for column in columns]
    turned = [
        values if prepare is None else _prepared(prepare, values, connection)
        for prepare, values in zip(chosen, zip(*rows, strict=True), strict=True)
    ]
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        with (
            connection.wrap_database_errors,
            connection.connection.cursor() as cursor,
            cursor.copy(_copy(model, tuple(columns))) as copy,
        ):
            for row in zip(*turned, strict=True):
                copy.write_row(row)
        return
    whole = transaction.atomic(using=connection.alias, savepoint=False)
    with turn(connection), whole, connection.wrap_database_errors:
        connection.connection.executemany(_one(model, tuple(columns)), zip(*turned, strict=True))


def neighbours(number: int) -> list[UUID]:
    """Fresh ids in their order, for rows that come together: 90 bits of each are random, and 32 are all of theirs.

    So they lie side by side in each tree of the store, which then touches a page for dozens of them, not one for each.
    """
    first, rest = os.urandom(4), os.urandom(12 * number)
    return [
        UUID(bytes=first + one, version=4)
        for one in sorted(rest[at : at + 12] for at in range(0, len(rest), 12))
    ]


def _prepared(prepare: Prepare, values: Sequence[Any], connection: Any) -> Sequence[Any]:
    first = values[0]
    if prepare is _hex and type(first) is str:
        return values
    if all(value is first for value in values):  # such as the time of a batch
        return [prepare(first, connection)] * len(values)
    return [prepare(value, connection) for value in values]


@cache
def _copy(model: type[models.Model], attributes: tuple[str, ...]) -> str:
    table, names = _named(model, attributes)
    return f"COPY {table} ({names}) FROM STDIN"


@cache
def _one(model: type[models.Model], attributes: tuple[str, ...]) -> str:
    table, names = _named(model, attributes)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(attributes))})"  # noqa: S608


def _named(model: type[models.Model], attributes: tuple[str, ...]) -> tuple[str, str]:
    quote = connections[router.db_for_write(model)].ops.quote_name
    columns = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    return quote(model._meta.db_table), ", ".join(quote(columns[one]) for one in attributes)


def row(model: type[Row], values: dict[str, Any], alias: str | None = None) -> Row:
    """A row with these attributes and no others, as the store `alias` has it; without one, unsaved.

    Django's own way looks at each column for its default, and takes five times as long.
    """
    made = model.__new__(model)
    state = ModelState()
    state.adding, state.db = alias is None, alias
    made.__dict__.update(values, _state=state)
    return made


def _values(rows: Sequence[models.Model], connection: Any) -> list[Any]:
    columns = _columns(type(rows[0]))
    values: list[Any] = []
    for row in rows:
        held = row.__dict__
        values += [prepare(held[name], connection) if prepare else held[name] for name, prepare in columns]
        row._state.adding = False
    return values


@cache
def _together(shape: Shape) -> str:
    """One statement for all tables: the inserts before the last as WITH queries. Keys are checked at its end."""
    inserts, taken = before(shape[:-1])
    model, rows = shape[-1]
    return inserts + _statement(model, rows, (f"${number}" for number in count(taken + 1)))


@cache
def before(shape: Shape) -> tuple[str, int]:
    """What puts the inserts before another statement of PostgreSQL's, and how many values they take: see `held`."""
    numbers = count(1)
    found = [_statement(model, rows, (f"${number}" for number in numbers)) for model, rows in shape]
    parts = ", ".join(f"part{number} AS ({statement})" for number, statement in enumerate(found))
    return f"WITH {parts} " if parts else "", next(numbers) - 1


def held(tables: Sequence[Sequence[models.Model]], connection: Any) -> tuple[Shape, list[list[Any]]]:
    """Of each table that has any rows: the model and their number, and their values."""
    kept = [rows for rows in tables if rows]
    shape = tuple((type(rows[0]), len(rows)) for rows in kept)
    return shape, [_values(rows, connection) for rows in kept]


@cache
def _alone(model: type[models.Model], rows: int) -> str:
    return _statement(model, rows, repeat("?"))


def _statement(model: type[models.Model], rows: int, placeholders: Iterator[str]) -> str:
    quote = connections[router.db_for_write(model)].ops.quote_name
    columns = [str(field.column) for field in model._meta.concrete_fields]
    values = ", ".join(f"({', '.join(islice(placeholders, len(columns)))})" for _ in range(rows))
    names = ", ".join(map(quote, columns))
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {values}"  # noqa: S608


@cache
def _columns(model: type[models.Model]) -> list[tuple[str, Prepare | None]]:
    """Attribute by attribute, how its value becomes the database's; None where it is that already."""
    vendor = connections[router.db_for_write(model)].vendor
    return [(field.attname, _prepare(field, vendor)) for field in model._meta.concrete_fields]


def _prepare(field: Any, vendor: str) -> Prepare | None:
    """Django's own way, but for the kinds that most columns are of: short text, ids, digests, days."""
    if type(field) in (models.CharField, models.BinaryField):
        return None
    while field.is_relation:
        field = field.target_field
    if type(field) is models.UUIDField:
        return None if vendor == "postgresql" else _hex
    if type(field) is models.DateField:
        return None if vendor == "postgresql" else _day
    if type(field) is models.DateTimeField and vendor != "postgresql":
        return partial(_moment, field.get_db_prep_save)
    return cast("Prepare", field.get_db_prep_save)


def _moment(usual: Prepare, value: datetime | None, connection: Any) -> Any:
    """How Django keeps a time in SQLite."""
    if value is None or value.tzinfo is not UTC:
        return usual(value, connection)
    return str(value.replace(tzinfo=None))


def _day(value: date | None, connection: Any) -> str | None:
    """How Django keeps a day in SQLite."""
    return None if value is None else value.isoformat()


def _hex(value: UUID | None, connection: Any) -> str | None:
    """How Django keeps an id in SQLite."""
    return None if value is None else value.hex
