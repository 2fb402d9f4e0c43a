"""What the stores really hold: their tables and columns, the rows written last, the lines of the protocol."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain, islice
from typing import Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import connections
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from zusage.promises.look import Look
from zusage.protocol.models import Entry, Outbox
from zusage.rules.erasure import latest_start
from zusage.stores import ALIASES, ELSEWHERE

T = TypeVar("T")

NEWEST = 300
"""How many of a table's rows a quick probe looks at: those that were written last."""
LINES = 2000
"""How many of the protocol's lines it looks at."""
CHUNK = 500
PAGE = 8192
"""Bytes of a page of a table on PostgreSQL."""
LIBRARIES = ("django_migrations",)
"""Tables that no model knows."""

Columns = dict[str, dict[str, str]]
"""Table -> column -> the type that the database gives it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the protocol."""

    act: str
    at: datetime
    actor_kind: str
    actor_id: str
    purpose: str
    subject_id: UUID | None
    record_type: str
    record_id: str
    recipient: str


def columns(look: Look, store: str) -> Columns:
    """The tables and views of a store, with their columns, as the database itself names them."""
    return look.once(f"columns {store}", lambda: _columns(look, store))


def _columns(look: Look, store: str) -> Columns:
    if connections[store].vendor == "sqlite":
        statement = (
            "SELECT m.name, p.name, lower(p.type) FROM sqlite_master m JOIN pragma_table_xinfo(m.name) p "
            "WHERE m.type IN ('table', 'view') AND substr(m.name, 1, 7) <> 'sqlite_'"
        )
    else:
        statement = (
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_schema NOT LIKE 'pg_toast%%'"
        )
    found: Columns = {}
    for table, column, kind in look.rows(store, statement):
        found.setdefault(table, {})[column] = kind
    return found


def hooks(look: Look, store: str) -> list[str]:
    """What a database does by itself when a row is written: its triggers and rules."""
    if connections[store].vendor == "sqlite":
        statement = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        statement = (
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal "
            "UNION SELECT rulename FROM pg_rules WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
    return [name for (name,) in look.rows(store, statement)]


def declared(store: str) -> dict[str, type[Model]]:
    """Table -> model, of the tables that the code has in a store."""
    return {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if ELSEWHERE.get(model._meta.label_lower, "default") == store
    }


def stores() -> tuple[str, ...]:
    """The names of the four stores."""
    return tuple(ALIASES)


def newest(rows: QuerySet[Any], number: int = NEWEST) -> QuerySet[Any]:
    """The rows of a table that were written last, as far as the store tells without looking at all of them."""
    connection = connections[rows.db]
    if connection.vendor == "sqlite":
        return rows.order_by(RawSQL("rowid", ()).desc())[:number]
    table = rows.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size(%s::regclass)", [f'"{table}"'])
        pages = int(cursor.fetchone()[0]) // PAGE
    first = max(0, pages - number // 8 - 1)
    last = rows.extra(where=["ctid >= %s::tid"], params=[f"({first},0)"])
    return last.order_by(RawSQL("ctid", ()).desc())[:number]


def last_of(look: Look, store: str, table: str, number: int = NEWEST) -> str:
    """The end of a statement that reads the rows of a table that were written last."""
    if connections[store].vendor == "sqlite":
        return f"ORDER BY rowid DESC LIMIT {number}"
    pages = look.number(store, "SELECT pg_relation_size(%s::regclass)", f'"{table}"') // PAGE
    return f"WHERE ctid >= '({max(0, pages - number // 8 - 1)},0)'::tid ORDER BY ctid DESC LIMIT {number}"


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """`items` in lists of at most `size`."""
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece


def newest_lines(look: Look) -> list[Line]:
    """The protocol's newest lines, those that wait in the outbox included."""
    return look.once("newest lines", _newest_lines)


def _newest_lines() -> list[Line]:
    waiting = newest(Outbox.objects.all(), LINES)
    arrived = Entry.objects.order_by("-at")[:LINES]
    return sorted(map(_line, chain(_values(waiting), _values(arrived))), key=lambda one: one.at, reverse=True)


def every_line(*acts: str) -> Iterator[Line]:
    """All lines with one of `acts`, one after the other."""
    for model in (Outbox, Entry):
        rows = _values(model._default_manager.filter(act__in=acts).order_by())
        yield from map(_line, rows.iterator(CHUNK))


def lines_about(subjects: Collection[UUID], *acts: str) -> dict[UUID, list[Line]]:
    """Subject -> the lines about it with one of `acts`, the oldest first."""
    found: dict[UUID, list[Line]] = {}
    for piece in chunks(subjects):
        for model in (Outbox, Entry):
            for one in map(_line, _values(model._default_manager.filter(subject_id__in=piece, act__in=acts))):
                if one.subject_id is not None:
                    found.setdefault(one.subject_id, []).append(one)
    for rows in found.values():
        rows.sort(key=lambda one: one.at)
    return found


def remembered(look: Look) -> datetime:
    """From when on the protocol has every line: what is older may have gone by its period."""
    last_gone = latest_start(look.policy.period("protocol"), timezone.localdate(look.now))
    if last_gone.year < 1900:
        return datetime.min.replace(year=1900, tzinfo=look.now.tzinfo)
    return timezone.make_aware(datetime.combine(last_gone, time())) + timedelta(days=2)


def _values(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.values_list(*Line.__dataclass_fields__)


def _line(row: tuple[Any, ...]) -> Line:
    return Line(*row)
