"""Case files come in."""

from __future__ import annotations

from datetime import date

from zusage.actions.base import action
from zusage.models import COLLECTION, REFERENCE_INDEX, Case, Subject
from zusage.protocol.outbox import Actor, Deed, record
from zusage.rules.references import normal
from zusage.vault import api as vault


@action
def open_case(actor: Actor, opened_on: date, values: dict[str, str]) -> Case:
    """A new case file with a subject of its own. `values`: the sealed columns of `Case`, `reference` among them."""
    ring = vault.Keyring()
    subject = Subject.objects.create(id=ring.reserve(COLLECTION))
    case = Case(subject=subject, opened_on=opened_on)
    vault.seal(case, values, ring)
    case.save(force_insert=True)
    vault.entry(REFERENCE_INDEX, normal(values["reference"]), case).save(force_insert=True)
    record(actor, [Deed("open-case", "zusage.case", str(case.pk), subject.pk, COLLECTION)])
    return case
