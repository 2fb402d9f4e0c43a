"""Reading rows by many ids or digests at once with statements that are made once.

Looking for a message's file asks a dozen small questions. Django compiles each of them anew, which costs several times
what the databases need to answer; this is the shortcut of the vault and the matcher, as `insert.py` is the intake's.
Measured in `bench/matching/latency.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import count
from operator import itemgetter
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
    return _rows(model, names, columns(model, names, column, values))


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
    return ask((question(model, column, *wanted, **equal), values))[0]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Which columns of which rows are wanted, by values of which column: see `question`, which makes each once."""

    model: type[models.Model]
    column: str
    wanted: tuple[str, ...]
    equal: tuple[tuple[str, str], ...]
    by: tuple[type[models.Model], str] | None = None

    def rows(self, answer: Iterable[tuple[Any, ...]]) -> list[Any]:
        """An answer as rows of the model."""
        return _rows(self.model, self.wanted, answer)


@cache
def question(
    model: type[models.Model],
    column: str,
    *wanted: str,
    by: tuple[type[models.Model], str] | None = None,
    **equal: str,
) -> Question:
    """The columns `wanted`, or all, of the rows whose `column` is one of some values and whose others are `equal`.

    `by`: a table and its column that the values are of; its rows' own `column` says which rows are meant.
    """
    return Question(model, column, wanted or _all(model), tuple(equal.items()), by)


def ask(*asked: tuple[Question, Collection[Key]]) -> list[list[tuple[Any, ...]]]:
    """The answers to some questions about one store, each with its own values, by one statement."""
    kept = [one for one in asked if one[1]]
    if not kept:
        return [[] for _ in asked]
    first = kept[0][0].model
    connection = connections[alias_of(first)]
    if connection.connection is None:
        connection.ensure_connection()
    given: list[Any] = []
    with connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            for one, values in kept:
                given += [_array(values), *[value for _, value in one.equal]]
            plan = _plan(tuple((one, 1) for one, _ in kept), "postgresql")
            found = cursor_of(connection.connection).execute(plan.statement, given, prepare=True).fetchall()
        else:
            shape = []
            for one, values in kept:
                listed = [value.hex if type(value) is UUID else value for value in values]
                places = _room(len(listed))
                given += listed + listed[-1:] * (places - len(listed)) + [value for _, value in one.equal]
                shape.append((one, places))
            plan = _plan(tuple(shape), "sqlite")
            found = connection.connection.execute(plan.statement, given).fetchall()
    answers = plan.parted(found)
    if len(kept) == len(asked):
        return answers
    rest = iter(answers)
    return [next(rest) if values else [] for _, values in asked]


def _room(number: int) -> int:
    """How many placeholders so many values get: few different numbers, so that SQLite keeps what it has prepared."""
    if number > _MANY:
        return -(-number // _MANY) * _MANY
    return 1 << ((number - 1).bit_length() + 1 & ~1)


_MANY = 64


@dataclass(frozen=True, slots=True)
class _Plan:
    """How some questions are asked: the statement, where each answer's columns stand in its rows, and what turns them
    into Python's values. The first column says which question a row answers, where there are several."""

    statement: str
    picks: tuple[Callable[[tuple[Any, ...]], tuple[Any, ...]], ...]
    converts: tuple[tuple[tuple[int, Convert], ...], ...]

    def parted(self, found: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
        """The answers, from the rows."""
        if not self.picks:
            parts = [found]
        else:
            parts = [[] for _ in self.picks]
            for one in found:
                parts[one[0]].append(self.picks[one[0]](one))
        return [
            [_converted(one, converts) for one in part] if converts else part
            for part, converts in zip(parts, self.converts, strict=True)
        ]


def _rows(model: type[Row], names: tuple[str, ...], answer: Iterable[tuple[Any, ...]]) -> list[Row]:
    alias = alias_of(model)
    return [row(model, dict(zip(names, one, strict=True)), alias) for one in answer]


def _converted(values: tuple[Any, ...], converts: tuple[tuple[int, Convert], ...]) -> tuple[Any, ...]:
    turned = list(values)
    for at, convert in converts:
        if turned[at] is not None:
            turned[at] = convert(turned[at])
    return tuple(turned)


_cursors: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def cursor_of(connection: Any) -> Any:
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
def _plan(shape: tuple[tuple[Question, int], ...], vendor: str) -> _Plan:
    """`shape`: each question and how many values it has; one for PostgreSQL, which takes all as an array.

    Each column of an answer gets a place where the others have columns of its type, too, or nothing: PostgreSQL joins
    only what is of one type.
    """
    questions = [one for one, _ in shape]
    kinds: list[str] = []
    places = [_places(one, kinds) for one in questions]
    numbers = count(1)
    parts = [
        _part(one, values, numbers, vendor, _selected(at, one, mine, kinds, vendor) if len(shape) > 1 else "")
        for at, ((one, values), mine) in enumerate(zip(shape, places, strict=True))
    ]
    picks = tuple(_pick([place + 1 for place in mine]) for mine in places) if len(shape) > 1 else ()
    return _Plan(
        " UNION ALL ".join(parts), picks, tuple(_converts(one.model, one.wanted) for one in questions)
    )


def _pick(places: list[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    return itemgetter(*places)


def _places(one: Question, kinds: list[str]) -> list[int]:
    """Where its columns stand among `kinds`, the types of the places, which grow as needed."""
    free = list(enumerate(kinds))
    found = []
    for name in one.wanted:
        kind = _kind(one.model, name)
        at = next((at for at, has in free if has == kind), len(kinds))
        if at == len(kinds):
            kinds.append(kind)
        else:
            free.remove((at, kind))
        found.append(at)
    return found


def _kind(model: type[models.Model], attribute: str) -> str:
    """The type of a column, without its length."""
    field = next(one for one in model._meta.concrete_fields if one.attname == attribute)
    return str(field.db_type(connections[alias_of(model)])).partition("(")[0].partition(" CHECK")[0]


def _selected(at: int, one: Question, places: list[int], kinds: list[str], vendor: str) -> str:
    named = _named(one.model)
    columns = dict(zip(places, one.wanted, strict=True))
    nothing = [f"NULL::{kind}" if vendor == "postgresql" else "NULL" for kind in kinds]
    said = (named[columns[place]] if place in columns else nothing[place] for place in range(len(kinds)))
    return ", ".join((str(at), *said))


def _part(one: Question, places: int, numbers: Iterator[int], vendor: str, selected: str) -> str:
    named, quote = _named(one.model), connections[alias_of(one.model)].ops.quote_name
    model, column = one.by or (one.model, one.column)
    among = _named(model)[column]
    if vendor == "postgresql":
        kind = model._meta.get_field(column).db_type(connections[alias_of(model)])
        where = [f"{among} = ANY(${next(numbers)}::{kind}[])"]
    else:
        where = [f"{among} IN ({', '.join('?' * places)})"]
    if one.by:
        mine, theirs = _named(model)[one.column], quote(model._meta.db_table)
        where = [f"{named[one.column]} IN (SELECT {mine} FROM {theirs} WHERE {where[0]})"]  # noqa: S608
    where += [
        f"{named[name]} = {f'${next(numbers)}' if vendor == 'postgresql' else '?'}" for name, _ in one.equal
    ]
    names = selected or ", ".join(named[name] for name in one.wanted)
    return f"SELECT {names} FROM {quote(one.model._meta.db_table)} WHERE {' AND '.join(where)}"  # noqa: S608  (names of columns)


def _named(model: type[models.Model]) -> dict[str, str]:
    """Attribute -> quoted column."""
    quote = connections[alias_of(model)].ops.quote_name
    return {field.attname: quote(str(field.column)) for field in model._meta.concrete_fields}


@cache
def alias_of(model: type[models.Model]) -> str:
    return router.db_for_write(model)


@cache
def _converts(model: type[models.Model], wanted: tuple[str, ...]) -> tuple[tuple[int, Convert], ...]:
    """Place of a column, and what makes Python's value of the database's; without those where it is that already."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    found = ((at, _convert(model, fields[name])) for at, name in enumerate(wanted))
    return tuple((at, convert) for at, convert in found if convert)


def _convert(model: type[models.Model], field: Any) -> Convert | None:
    connection = connections[alias_of(model)]
    if connection.vendor == "sqlite" and isinstance(field.get_col("").output_field, models.UUIDField):
        return _uuid
    expression = field.get_col(model._meta.db_table)
    backend = connection.ops.get_db_converters(expression)
    found = [*backend, *expression.get_db_converters(connection)]
    if not found:
        return None
    steps = [partial(one, expression=expression, connection=connection) for one in found]
    return steps[0] if len(steps) == 1 else partial(_through, steps)


@lru_cache(maxsize=1024)
def _uuid(text: str) -> UUID:
    """`UUID(text)` in a third of the time, for 32 hexadecimal digits. The rows of one person name the same id each."""
    made = _new(UUID)
    _set(made, "int", int(text, 16))
    _set(made, "is_safe", _SAFE)
    return made


_new, _set, _SAFE = object.__new__, object.__setattr__, UUID(int=0).is_safe


def _through(steps: Sequence[Convert], value: Any) -> Any:
    for step in steps:
        value = step(value)
    return value
