"""Reading rows by many ids or digests at once, and changing a single one, with statements that are made once.

Looking for a message's file asks a dozen small questions. Django compiles each of them anew, which costs several times
what the databases need to answer; this is the shortcut of the vault and the matcher, as `insert.py` is the intake's.
Measured in `bench/matching/latency.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connections, models, router

from zusage.insert import row

Row = TypeVar("Row", bound=models.Model)
Key = UUID | bytes | str | int
Convert = Callable[[Any], Any]


def rows(model: type[Row], column: str, values: Collection[Key], wanted: tuple[str, ...] = ()) -> list[Row]:
    """The rows whose `column` is one of `values`, in no order; with all columns, or with those `wanted` alone."""
    names = wanted or _all(model)
    alias = _alias(model)
    return [
        row(model, dict(zip(names, one, strict=True)), alias) for one in columns(model, names, column, values)
    ]


def columns(
    model: type[models.Model],
    wanted: tuple[str, ...],
    column: str,
    values: Collection[Key],
    **equal: str,
) -> list[tuple[Any, ...]]:
    """The columns `wanted` of the rows whose `column` is one of `values` and whose others are `equal`, in no order.

    Columns are named as attributes of `model`.
    """
    return together(Question(model, wanted, column, tuple(equal.items())), values=values)


@dataclass(frozen=True, slots=True)
class Question:
    """Which columns of which rows are wanted: see `columns`. An empty name in `wanted` gives None."""

    model: type[models.Model]
    wanted: tuple[str, ...]
    column: str
    equal: tuple[tuple[str, str], ...] = ()


def together(*questions: Question, values: Collection[Key]) -> list[tuple[Any, ...]]:
    """The answers to several questions about the same values, by one statement and in one list.

    All of them are about one store, and want as many columns of the same kinds; no names but the first one's count.
    """
    if not values:
        return []
    connection = connections[_alias(questions[0].model)]
    connection.ensure_connection()
    equal = [value for question in questions for _, value in question.equal]
    found: list[tuple[Any, ...]]
    with connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            statement = _statement(questions, 0)
            given = [_array(values), *equal]
            found = _cursor(connection.connection).execute(statement, given, prepare=True).fetchall()
        else:
            listed = [one.hex if isinstance(one, UUID) else one for one in values]
            # As many placeholders as the next power of two, so that there are few statements to prepare.
            places = 1 << (len(listed) - 1).bit_length()
            listed += [listed[-1]] * (places - len(listed))
            found = connection.connection.execute(_statement(questions, places), [*listed, *equal]).fetchall()
    converts = _converts(questions[0].model, questions[0].wanted)
    if not converts:
        return found
    return [_converted(one, converts) for one in found]


def _converted(values: tuple[Any, ...], converts: tuple[tuple[int, Convert], ...]) -> tuple[Any, ...]:
    turned = list(values)
    for at, convert in converts:
        if turned[at] is not None:
            turned[at] = convert(turned[at])
    return tuple(turned)


def change(one: models.Model, *attributes: str, **was: str) -> bool:
    """Write these attributes of a row of the store, where other columns still are what they were.

    Whether it was so: else nothing is written. Who else changes the row at this moment is waited for.
    """
    connection = connections[_alias(type(one))]
    prepares = _prepares(type(one), (*attributes, "pk"))
    values = [*(prepare(getattr(one, name), connection) for name, prepare in prepares), *was.values()]
    statement = _changing(type(one), attributes, tuple(was))
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            done: bool = _cursor(connection.connection).execute(statement, values, prepare=True).rowcount == 1
        else:
            done = connection.connection.execute(statement, values).rowcount == 1
    return done


@cache
def _prepares(model: type[models.Model], attributes: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    fields = {field.attname: field for field in model._meta.concrete_fields} | {"pk": model._meta.pk}
    return tuple((name, fields[name].get_db_prep_save) for name in attributes)


@cache
def _changing(model: type[models.Model], attributes: tuple[str, ...], was: tuple[str, ...]) -> str:
    connection = connections[_alias(model)]
    quote = connection.ops.quote_name
    fields = {field.attname: field for field in model._meta.concrete_fields}
    names = [quote(str(fields[one].column)) for one in (*attributes, model._meta.pk.attname, *was)]
    at = [f"${n}" if connection.vendor == "postgresql" else "?" for n in range(1, len(names) + 1)]
    pairs = [f"{name} = {place}" for name, place in zip(names, at, strict=True)]
    table = quote(model._meta.db_table)
    wanted, where = pairs[: len(attributes)], pairs[len(attributes) :]
    return f"UPDATE {table} SET {', '.join(wanted)} WHERE {' AND '.join(where)}"  # noqa: S608  (names of columns)


_cursors: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def _cursor(connection: Any) -> Any:
    """The one cursor that all statements of a connection to PostgreSQL go through: each is read before the next."""
    found = _cursors.get(connection)
    if found is None:
        from psycopg import RawCursor

        found = _cursors[connection] = RawCursor(connection)
    return found


def _array(values: Collection[Key]) -> str:
    """PostgreSQL's own writing of an array, which is quicker made than the driver's."""
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: Key) -> str:
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


@cache
def _all(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields)


@cache
def _statement(questions: tuple[Question, ...], places: int) -> str:
    """The values come first. `places`: how many there are; 0 for PostgreSQL, which takes all as one array."""
    numbers = count((places or 1) + 1)
    return " UNION ALL ".join(_part(one, places, numbers) for one in questions)


def _part(one: Question, places: int, numbers: Iterator[int]) -> str:
    connection = connections[_alias(one.model)]
    quote, sign = connection.ops.quote_name, "?" if places else "$"
    named = {field.attname: quote(str(field.column)) for field in one.model._meta.concrete_fields}
    kind = one.model._meta.get_field(one.column).db_type(connection)
    all_of_them = ", ".join(f"?{place}" for place in range(1, places + 1))
    among = f"IN ({all_of_them})" if places else f"= ANY($1::{kind}[])"
    where = [f"{named[name]} = {sign}{next(numbers)}" for name, _ in one.equal]
    where.append(f"{named[one.column]} {among}")
    names = ", ".join(named[name] if name else "NULL" for name in one.wanted)
    table = quote(one.model._meta.db_table)
    return f"SELECT {names} FROM {table} WHERE {' AND '.join(where)}"  # noqa: S608  (names of columns)


@cache
def _alias(model: type[models.Model]) -> str:
    return router.db_for_write(model)


@cache
def _converts(model: type[models.Model], wanted: tuple[str, ...]) -> tuple[tuple[int, Convert], ...]:
    """Place of a column, and what makes Python's value of the database's; without those where it is that already."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    found = ((at, _convert(model, fields[name])) for at, name in enumerate(wanted) if name)
    return tuple((at, convert) for at, convert in found if convert)


def _convert(model: type[models.Model], field: Any) -> Convert | None:
    connection = connections[_alias(model)]
    if connection.vendor == "sqlite" and isinstance(field.get_col("").output_field, models.UUIDField):
        return UUID
    expression = field.get_col(model._meta.db_table)
    backend = connection.ops.get_db_converters(expression)
    found = [*backend, *expression.get_db_converters(connection)]
    if not found:
        return None
    steps = [partial(one, expression=expression, connection=connection) for one in found]
    return steps[0] if len(steps) == 1 else partial(_through, steps)


def _through(steps: Sequence[Convert], value: Any) -> Any:
    for step in steps:
        value = step(value)
    return value
