"""Walking over the inventory of stored fields (`stored.py`): access, export, erasure and sweep do.

A column that is not in it stops the start and the tests.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.db.models import Model

from zusage.models.stored import INVENTORY, Table
from zusage.stores import ELSEWHERE
from zusage.tenant import policy
from zusage.vault.sealed import BY_FIELD, SealedField

CLASSES = frozenset({"id", "subject", "digest", "sealed", "state", "time", "staff", "house"})
WHYS = frozenset({"", "staff", "house", "library", "session", "task", "anonymous"})
"""Why a table isn't searched for a subject: words `inventory.why.<id>` say it to the person."""


def tables() -> dict[type[Model], Table]:
    """Every table of every store with what it holds, in the order of this list."""
    return {apps.get_model(label): table for label, table in INVENTORY.items()}


def store_of(model: type[Model]) -> str:
    """The store a table is in: data, keys or protocol."""
    return ELSEWHERE.get(model._meta.label_lower, "data")


def rows_of(model: type[Model], subject_id: Any) -> Any:
    """A table's rows about one subject: a query, for a table that has any."""
    return model._default_manager.filter(**{INVENTORY[model._meta.label].subject: subject_id})


def rows_of_all(model: type[Model], subjects: Collection[Any]) -> Any:
    """A table's rows about several subjects, with one query."""
    return model._default_manager.filter(**{f"{INVENTORY[model._meta.label].subject}__in": list(subjects)})


def category_of(row: Any, column: str) -> str:
    """The category of a sealed column in this row; empty for a field that the policy no longer declares."""
    category = str(row._meta.get_field(column).category)
    if category != BY_FIELD:
        return category
    declared = policy().fields.get(row.field)
    return declared.category if declared else ""


def unclassified() -> list[str]:
    """The lines that are missing from the inventory, as they would have to be added."""
    lines = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.auto_created:
            continue
        table = INVENTORY.get(model._meta.label)
        known = table.columns if table else {}
        fields = [*model._meta.concrete_fields, *model._meta.local_many_to_many]
        for one in fields:
            if known.get(one.name) not in CLASSES:
                lines.append(f'"{model._meta.label}": {{"{one.name}": "…"}}')
    return lines


def stale() -> list[str]:
    """Entries of the inventory that no table has."""
    labels = {model._meta.label: {f.name for f in model._meta.get_fields()} for model in apps.get_models()}
    return [
        f"{label}.{name}"
        for label, table in INVENTORY.items()
        for name in table.columns
        if name not in labels.get(label, set())
    ]


def undeclared() -> list[str]:
    """Sealed columns of a category that the policy lacks, and tables about no subject that don't say why."""
    found = []
    for model, table in tables().items():
        for one in model._meta.concrete_fields:
            known = {BY_FIELD, *policy().categories}
            if isinstance(one, SealedField) and one.category not in known and table.kept in policy().purposes:
                found.append(f"{model._meta.label}.{one.name} is of category '{one.category}'")
        if not table.subject and table.why not in WHYS - {""}:
            found.append(f"{model._meta.label} is about no subject, and doesn't say why")
    return found
