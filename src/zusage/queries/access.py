"""Gathering an access package: walking over the inventory of every store, table by table, for a request's subjects."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model
from django.utils import timezone

from zusage.models import RIGHTS, Plan, RightsRequest, Staff, Submission
from zusage.models.inventory import category_of, rows_of_all, store_of, tables
from zusage.models.stored import HOUSE, LAST, OWN, Table
from zusage.policy.types import LANGUAGES, Language
from zusage.queries import access_routing
from zusage.rules.access.package import (
    CORRECTIONS,
    FILE,
    LAID,
    PROTOCOL,
    Cell,
    Class,
    Kept,
    Mark,
    Package,
    Plain,
    Row,
    Searched,
    Unreadable,
)
from zusage.rules.access.periods import kept
from zusage.stores import ALIASES
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.sealed import row_name, sealed_columns

STORES = tuple(store.lower() for store in ALIASES.values())
AT_ONCE = 500
"""Rows opened at once: each leaves a line in the protocol, and a statement takes so many values."""
IN_MAILBOX = "access-package"
"""The category of files that lie in the mailbox already. A package in each later package would double it each time."""

Key = tuple[str, str, str]
"""Record type, record id and column: which value a correction is of."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A row with what the door gave for it."""

    model: type[Model]
    table: Table
    about: UUID
    row: Any
    opened: vault.Opened | vault.Refused


def gather(officer: Staff, request: RightsRequest, subjects: Sequence[UUID]) -> Package:
    """Everything that the stores hold of `subjects`, opened for the request's purpose.

    Must run inside a transaction, begun by `one_read`; the protocol is read after it, so that a
    line moved meanwhile is seen in one place or in both. Raises vault.Refused where `officer` may not.
    """
    actor = vault.Actor.staff(officer)
    vault.may(actor, RIGHTS)
    now = timezone.localtime()
    held = {model: _rows(model, table, subjects, actor) for model, table in tables().items()}
    marks = _marks(one for rows in held.values() for one in rows)
    searched = [_searched(model, table, held[model], marks, subjects) for model, table in tables().items()]
    language = request.submission.language
    return Package(
        language=_language(language),
        right=request.right,
        made_at=now,
        today=now.date(),
        request=str(request.pk),
        subjects=tuple(map(str, subjects)),
        stores=STORES,
        searched=tuple(_each_line_once(searched)),
        staff=_roles(one.row for rows in held.values() for one in rows),
    )


def count(subjects: Sequence[UUID]) -> list[tuple[str, int]]:
    """How many rows each table holds about `subjects`, where it holds any; nothing is opened. (Label, number)."""
    numbers = (
        (model._meta.label, rows_of_all(model, subjects).count())
        for model, table in tables().items()
        if table.subject
    )
    return [(label, number) for label, number in numbers if number]


def one_read() -> None:
    """All that follows in this transaction sees one state of the data store. Must be its first statement.

    PostgreSQL would show each statement what is committed by then; SQLite shows all the same anyway.
    """
    outermost = connection.in_atomic_block and not connection.savepoint_ids
    if connection.vendor == "postgresql" and outermost:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _rows(model: type[Model], table: Table, subjects: Sequence[UUID], actor: vault.Actor) -> list[_Held]:
    if not table.subject:
        return []
    ways = (table.subject, *table.starts.values())
    parents = {path.rpartition("__")[0] for path in ways} - {""}
    if model is Submission:
        parents.add("case")
    if model is Plan:
        parents.add("submission")
    found_rows = rows_of_all(model, subjects).select_related(*sorted(parents))
    rows = access_routing.told(model, found_rows, subjects)
    about = [_attribute(row, table.subject) for row in rows]
    found = zip(rows, about, _opened(model, rows, actor), strict=True)
    held = [_Held(model, table, subject, row, opened) for row, subject, opened in found]
    return sorted(held, key=lambda one: (subjects.index(one.about), *_order(table, one.row)))


def _opened(model: type[Model], rows: list[Any], actor: vault.Actor) -> list[vault.Opened | vault.Refused]:
    if not sealed_columns(model):
        return [{} for _ in rows]
    found: list[vault.Opened | vault.Refused] = []
    for start in range(0, len(rows), AT_ONCE):
        found += vault.open_many(rows[start : start + AT_ONCE], RIGHTS, actor)
    return found


def _order(table: Table, row: Any) -> tuple[str, int, str]:
    """Oldest first; the fields of one form side by side, in the policy's order."""
    fields = list(policy().fields)
    field = getattr(row, "field", "")
    times = (getattr(row, name) for name, kind in table.columns.items() if kind == "time")
    when = next((str(_plain(one)) for one in times if one), "")
    place = fields.index(field) if field in fields else len(fields)
    return _group(row) or when, place, row_name(row)


def _group(row: Any) -> str:
    """What keeps the fields of one form together."""
    return str(row.submission_id) if hasattr(row, "field") and hasattr(row, "submission_id") else ""


def _searched(
    model: type[Model],
    table: Table,
    held: Sequence[_Held],
    marks: Mapping[Key, tuple[Mark, ...]],
    subjects: Sequence[UUID],
) -> Searched:
    kinds: dict[str, Class] = {name: _class(kind) for name, kind in table.columns.items()}
    return Searched(
        store_of(model),
        model._meta.label,
        table.why,
        kinds,
        tuple(access_routing.masked(_row(one, kinds, marks), one.row, subjects) for one in held),
    )


def _row(one: _Held, kinds: Mapping[str, Class], marks: Mapping[Key, tuple[Mark, ...]]) -> Row:
    row = one.row
    fields = {field.name: field for field in one.model._meta.concrete_fields}
    own = row._meta.pk.name
    cells = tuple(
        _cell(one, fields[name], kind)
        for name, kind in kinds.items()
        if kind in ("sealed", "state", "time", "digest", "staff")
    )
    links = {
        name: str(getattr(row, fields[name].attname))
        for name, kind in kinds.items()
        if kind in ("id", "subject") and name != own and getattr(row, fields[name].attname) is not None
    }
    key = (row._meta.label_lower, row_name(row))
    of_row = tuple(mark for name in sealed_columns(one.model) for mark in marks.get((*key, name), ()))
    return Row(
        reference=row_name(row),
        about=str(one.about),
        purpose=_purpose(one),
        field=getattr(row, "field", ""),
        group=_group(row),
        cells=cells,
        links=links,
        kept=_kept(one),
        marks=of_row,
        table=one.model._meta.label,
    )


def _cell(one: _Held, field: Field[Any, Any], kind: Class) -> Cell:
    name = field.name
    if kind == "sealed":
        return _sealed(one, name)
    value = getattr(one.row, field.attname)
    if kind in ("digest", "staff"):
        return Cell(name, kind, None if value is None else True)
    return Cell(name, kind, _plain(value))


def _sealed(one: _Held, name: str) -> Cell:
    category = category_of(one.row, name)
    if isinstance(one.opened, vault.Refused):
        # Of what was erased nothing is left to say whether there was a value in this very column.
        gone = one.opened.reason == "erased" or getattr(one.row, name) is not None
        return Cell(name, "sealed", None, category, _why(one.opened) if gone else "")
    plain = one.opened.get(name)
    if plain is None or "media_type" not in one.table.columns:
        return Cell(name, "sealed", plain, category)
    if category != IN_MAILBOX:
        return Cell(name, "sealed", plain, category, file=FILE)
    return Cell(name, "sealed", hashlib.sha256(_bytes(plain)).hexdigest(), category, file=LAID)


def _why(refused: vault.Refused) -> Unreadable:
    return refused.reason if refused.reason in ("erased", "damaged", "restricted") else "no-warrant"


def _bytes(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        return content.encode()


def _purpose(one: _Held) -> str:
    if "purpose" in one.table.columns:
        return str(one.row.purpose)
    return one.table.kept if one.table.kept in policy().purposes else ""


def _kept(one: _Held) -> tuple[Kept, ...]:
    table = one.table
    if table.kept == HOUSE:
        return ()
    if table.kept == LAST:
        return (Kept((), "", None, None, None),)
    purpose = one.row.purpose if table.kept == OWN else table.kept
    sealed = (name for name in sealed_columns(one.model) if getattr(one.row, name) is not None)
    categories = dict.fromkeys(category_of(one.row, name) for name in sealed)
    starts = {start: _lookup(one.row, path) for start, path in table.starts.items()}
    return kept(
        policy(),
        purpose,
        tuple(categories) or (table.category,),
        {start: day for start, day in starts.items() if day},
    )


def _lookup(row: Any, path: str) -> date | None:
    found = _attribute(row, path)
    if isinstance(found, datetime):
        return timezone.localdate(found)
    return found if isinstance(found, date) else None


def _attribute(row: Any, path: str) -> Any:
    """What a lookup of the inventory leads to from a row."""
    for name in path.split("__"):
        row = getattr(row, name) if row is not None else None
    return row


def _plain(value: Any) -> Plain:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)


def _class(kind: str) -> Class:
    known: dict[str, Class] = {one: one for one in get_args(Class)}
    return known[kind]


def _marks(held: Iterable[_Held]) -> dict[Key, tuple[Mark, ...]]:
    """The corrections and notes of dispute among the rows, by the value that they are of."""
    found: dict[Key, tuple[Mark, ...]] = {}
    for one in held:
        if one.model._meta.label != CORRECTIONS or isinstance(one.opened, vault.Refused):
            continue
        row = one.row
        key = (row.record_type, row.record_id, row.column)
        before, note = one.opened.get("before", ""), one.opened.get("note", "")
        mark = Mark(row.column, row.state, timezone.localtime(row.at), before, note)
        found[key] = (*found.get(key, ()), mark)
    return found


def _each_line_once(searched: list[Searched]) -> Iterable[Searched]:
    """A line of the protocol that was on its way when we looked is in both tables."""
    seen: set[str] = set()
    for one in searched:
        if one.table in PROTOCOL:
            one = replace(one, rows=tuple(row for row in one.rows if row.reference not in seen))
            seen |= {row.reference for row in one.rows}
        yield one


def _roles(rows: Iterable[Any]) -> dict[str, str]:
    """The roles of the members of staff who did something, by id; nobody's name."""
    ids = {row.actor_id for row in rows if getattr(row, "actor_kind", "") == "staff"}
    known = []
    for id_ in ids:
        try:
            known.append(UUID(id_))
        except ValueError:
            continue
    return {str(pk): role for pk, role in Staff.objects.filter(pk__in=known).values_list("pk", "role")}


def _language(language: str) -> Language:
    return next((one for one in LANGUAGES if one == language), LANGUAGES[0])
