"""What of a person's data can be corrected or disputed, and who has to be told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import CompositePrimaryKey, Model

from zusage.models import (
    RIGHTS,
    Correction,
    Disclosure,
    Instalment,
    Message,
    Payment,
    Plan,
    PlanShare,
    PlanStep,
    RightsRequest,
    Staff,
)
from zusage.models.inventory import category_of, rows_of, tables
from zusage.policy.types import Kind
from zusage.queries.opening import Shut, opened
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.sealed import row_name, sealed_columns

ONLY_DISPUTED = (Message, Plan, PlanShare, Instalment, PlanStep, Payment)
"""A letter is what somebody wrote, a plan what was agreed, a payment what a bank reported: changing it would make it
false. What it says can be disputed."""


@dataclass(frozen=True, slots=True)
class Held:
    """A value that is stored. `seen` names its stored form, so that nobody changes what they haven't seen.

    `changeable`: it can be corrected, not only disputed. `disputed`: the note, None where there is none.
    """

    record_type: str
    record_id: str
    column: str
    field: str
    purpose: str
    category: str
    value: str
    shut: Shut
    changeable: bool
    disputed: str | None
    seen: str


def held(officer: Staff, subjects: Sequence[UUID]) -> list[Held]:
    """Every value of `subjects` that can be corrected or disputed, opened under the request's warrant."""
    actor = vault.Actor.staff(officer)
    found: list[Held] = []
    for model in _models():
        rows = [row for subject in subjects for row in rows_of(model, subject) if _open_to_it(row)]
        for row, (plain, shut) in zip(rows, opened(rows, RIGHTS, actor), strict=True):
            found += [
                _held(row, column, plain[column] if not shut else "", shut, plain.disputed.get(column))
                for column in sealed_columns(model)
                if column in plain or (shut and getattr(row, column) is not None)
            ]
    return found


def record(record_type: str, record_id: str, column: str) -> Any:
    """The row of a value that can be corrected or disputed, locked; None where there is none."""
    for model in _models():
        if model._meta.label_lower != record_type or column not in sealed_columns(model):
            continue
        parts = tuple(record_id.split(":"))
        composite = isinstance(model._meta.pk, CompositePrimaryKey)
        try:
            row = (
                model._default_manager.select_for_update(of=("self",))
                .filter(pk=parts if composite else record_id)
                .first()
            )
        except (ValueError, ValidationError):
            return None
        return row if row is not None and _open_to_it(row) and getattr(row, column) is not None else None
    return None


def kind_of(row: Any, column: str) -> Kind:
    """The kind of a value, whose rule a new one has to pass: of its field, else of a field of the same category."""
    declared = policy().fields.get(getattr(row, "field", "")) or policy().fields.get(field_of(row, column))
    return declared.kind if declared else "line"


def field_of(row: Any, column: str) -> str:
    """The declared field that a value is of, or one of its category; empty where no form asks for such a thing."""
    fields = policy().fields
    named = getattr(row, "field", "") or column
    category = category_of(row, column)
    if named in fields and fields[named].category == category:
        return named
    of_category = [one for one in fields.values() if one.category == category]
    # Of several the one that stands for the whole, such as `name` beside first and last name.
    whole = [one.id for one in of_category if one.id == category]
    return next(iter(whole or [one.id for one in of_category]), "")


def seen(row: Any, column: str) -> str:
    """What names the stored form of a value: another one after each change."""
    return vault.keyed_hash(vault.root_key("id"), bytes(getattr(row, column))).hex()[:32]


def corrections(request: RightsRequest) -> list[Correction]:
    """What was corrected or disputed for this request, oldest first."""
    return list(request.corrections.select_related("author").order_by("at", "pk"))


def to_tell(correction: Correction) -> list[Disclosure]:
    """Who got the value as it was and hasn't been told since: the last disclosure to each (DSG 32(4), Art. 19 GDPR)."""
    name = _disclosed_name(correction)
    record = correction.record_id.partition(":")[0]
    last: dict[str, Disclosure] = {}
    told: set[str] = set()
    for one in Disclosure.objects.filter(subject_id=correction.subject_id).order_by("at", "pk"):
        about = one.record_id in ("", record) or one.record_type not in ("", correction.record_type)
        if name not in one.fields.split() or not about:
            continue
        if one.at >= correction.at:
            told.add(one.recipient)
        else:
            last[one.recipient] = one
    return [one for one in last.values() if one.recipient not in told]


def _disclosed_name(correction: Correction) -> str:
    """How the gate's lines name the value: by its field, else by its column."""
    return correction.record_id.partition(":")[2] or correction.column


def _models() -> list[type[Model]]:
    return [model for model, table in tables().items() if table.subject and sealed_columns(model)]


def _open_to_it(row: Any) -> bool:
    """Not what proves how requests, demands and holds were handled, nor the history of corrections itself."""
    declared = policy().purposes.get(row.purpose)
    return bool(declared) and not (declared and declared.exception) and not isinstance(row, Correction)


def _held(row: Any, column: str, value: str, shut: Shut, disputed: str | None) -> Held:
    return Held(
        record_type=row._meta.label_lower,
        record_id=row_name(row),
        column=column,
        field=getattr(row, "field", ""),
        purpose=row.purpose,
        category=category_of(row, column),
        value=value,
        shut=shut,
        changeable=not isinstance(row, ONLY_DISPUTED),
        disputed=disputed,
        seen=seen(row, column),
    )
