"""A case that is known gets what an import says of it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from zusage.models import COLLECTION, DEBTOR_INDEX, Case, Correction, PlanShare
from zusage.rules.cases.rows import PARTS, Row
from zusage.rules.references import normal
from zusage.vault import api as vault
from zusage.vault.models import BlindIndex, Tombstone
from zusage.vault.sealed import columns_of

MONEY = frozenset(("balance", *PARTS))


@dataclass(frozen=True, slots=True)
class Known:
    """A case with its columns as opened, the row about it, and the keyed hash of that row."""

    case: Case
    plain: Mapping[str, str]
    row: Row
    stamp: bytes


def update(known: Known) -> list[str]:
    """Store what has changed; the acts for the protocol, none where nothing has. In the transaction that is open.

    A column that the row has no place for stays; one that it leaves empty is emptied. What a person had corrected by
    right stays as corrected, and what was erased isn't brought back.
    """
    case, row = known.case, known.row
    state = "paused" if row.state == "open" and _disputed(case) else row.state
    fixed = _fixed(case)
    new = {
        column: row.values.get(column, "")
        for column in row.speaks_of - fixed
        if row.values.get(column, "") != known.plain.get(column, "")
    }
    acts = []
    if new or (case.opened_on, case.debtor_kind) != (row.opened_on, row.kind):
        acts.append("update-case")
    if state != case.state:
        acts.append({"closed": "close-case", "paused": "pause-case"}.get(state, "reopen-case"))
    closed_on = row.closed_on or case.closed_on or timezone.localdate() if row.state == "closed" else None
    if closed_on != case.closed_on and not acts:
        acts.append("update-case")
    _seal(case, new)
    case.state, case.opened_on, case.closed_on = state, row.opened_on, closed_on
    case.debtor_kind, case.import_digest = row.kind, known.stamp
    plain = ("state", "opened_on", "closed_on", "debtor_kind", "import_digest")
    case.save(update_fields=[*plain, *new])
    if "debtor_number" in new:
        BlindIndex.objects.filter(name=DEBTOR_INDEX, record_id=case.pk).delete()
        if new["debtor_number"]:
            vault.entry(DEBTOR_INDEX, normal(new["debtor_number"]), case).save(force_insert=True)
    return acts


def _disputed(case: Case) -> bool:
    """Whether it rests since its debtor disputed something: a clerk has to look, whatever the creditor's file says."""
    return (
        case.state == "paused"
        and PlanShare.objects.filter(case=case, live=True, plan__state="paused").exists()
    )


def _seal(case: Case, new: Mapping[str, str]) -> None:
    given = {column: text for column, text in new.items() if text}
    if given:
        vault.seal(case, given, vault.Keyring())
    for column in new.keys() - given.keys():
        setattr(case, column, None)


def _fixed(case: Case) -> set[str]:
    """The columns that an import may not change: corrected by right, or of a category that was erased."""
    changed = Correction.objects.filter(
        record_type=case._meta.label_lower, record_id=str(case.pk), state="changed"
    )
    fixed = set(changed.values_list("column", flat=True))
    stones = Tombstone.objects.filter(subject_id=case.subject_id, purpose=COLLECTION).exclude(category="")
    for category in stones.values_list("category", flat=True):
        fixed.update(columns_of(Case, category))
    return fixed | MONEY if fixed & MONEY else fixed
