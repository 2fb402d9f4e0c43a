"""What is held of a subject, by purpose, with the period of each: what a deletion and its preview go by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Model, Q
from django.utils import timezone

from zusage.models import PLAN, Hold
from zusage.models.inventory import rows_of, tables
from zusage.models.stored import HOUSE, LAST, OWN, Table
from zusage.rules.erasure import Held, LegalHold
from zusage.tenant import policy
from zusage.vault.sealed import BY_FIELD, SealedField

CREDITOR = "creditor"
FILLED = "filled_"

Key = tuple[str, str]
"""A purpose, and a category of it with a period of its own (empty: the rest)."""


def held(subject_id: UUID, closing: dict[str, date] | None = None) -> list[Held]:
    """Everything held of a subject that a period ends, by purpose and, where it has a period of its own, category.

    `closing`: purposes whose open matters are taken for closed on that day.
    """
    starts: dict[Key, list[date | None]] = {}
    for model, table in tables().items():
        if table.subject and table.kept not in (LAST, HOUSE):
            for key, start in _of_table(model, table, subject_id):
                starts.setdefault(key, []).append(start or (closing or {}).get(key[0]))
    return [_held(key, began) for key, began in starts.items()]


def holds(subject_id: UUID) -> list[LegalHold]:
    """The legal holds on a subject that haven't ended."""
    live = Hold.objects.filter(subject_id=subject_id, ended_at=None)
    return [LegalHold(held, review_on) for held, review_on in live.values_list("held", "review_on")]


def _held(key: Key, began: list[date | None]) -> Held:
    purpose, category = key
    known = [one for one in began if one]
    start = max(known) if len(known) == len(began) else None
    # A file that is open, and a plan that hasn't ended.
    claims = purpose == PLAN or policy().purposes[purpose].source == CREDITOR
    pursued = start is None and claims
    return Held(purpose, category, policy().period(purpose, category), start, pursued)


def _of_table(model: type[Model], table: Table, subject_id: UUID) -> Iterator[tuple[Key, date | None]]:
    sealed = [one for one in model._meta.concrete_fields if isinstance(one, SealedField)]
    filled = {
        f"{FILLED}{one.name}": ExpressionWrapper(Q(**{f"{one.name}__isnull": False}), BooleanField())
        for one in sealed
    }
    names = {field.name for field in model._meta.concrete_fields}
    wanted = [*table.starts.values(), *filled, *({"purpose", "field"} & names)]
    # Without their order no row is sorted, and none of their content is read.
    for row in rows_of(model, subject_id).annotate(**filled).order_by().values(*wanted):
        purpose = row["purpose"] if table.kept == OWN else table.kept
        if purpose not in policy().purposes:
            continue
        for category in _categories(row, table, sealed):
            own = category if category in policy().purposes[purpose].periods else ""
            lookup = table.starts.get(policy().period(purpose, own).start)
            yield (purpose, own), _day(row[lookup]) if lookup else None


def _categories(row: dict[str, Any], table: Table, sealed: list[SealedField]) -> set[str]:
    if table.category:
        return {table.category}
    fields = policy().fields
    found = {
        fields[row["field"]].category if row.get("field") in fields else ""
        for one in sealed
        if one.category == BY_FIELD and row[f"{FILLED}{one.name}"]
    }
    if any(one.category == BY_FIELD for one in sealed):
        return found
    # A row is something by itself, even where nothing in it is sealed.
    return {"", *(one.category for one in sealed if row[f"{FILLED}{one.name}"])}


def _day(value: date | datetime | None) -> date | None:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
