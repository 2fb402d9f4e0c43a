"""Case files: a single one comes in; and what their subjects are found by follows from what stands in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from zusage.actions.base import action
from zusage.insert import insert
from zusage.models import COLLECTION, DEBTOR_INDEX, REFERENCE_INDEX, Case, Subject
from zusage.protocol.outbox import Actor, Deed, record
from zusage.remove import remove
from zusage.rules.matching.blocks import stored
from zusage.rules.matching.person import debtor
from zusage.rules.references import normal
from zusage.vault import api as vault
from zusage.vault.index import indexes_of
from zusage.vault.models import MatchKey

MATCHING = Actor.system("matching")


@action
def open_case(actor: Actor, opened_on: date, values: dict[str, str]) -> Case:
    """A new case file with a subject of its own. `values`: the sealed columns of `Case`, `reference` among them."""
    ring = vault.Keyring()
    subject = Subject.objects.create(id=ring.reserve(COLLECTION))
    case = Case(subject=subject, opened_on=opened_on)
    vault.seal(case, values, ring)
    case.save(force_insert=True)
    vault.entry(REFERENCE_INDEX, normal(values["reference"]), case).save(force_insert=True)
    if "debtor_number" in values:
        vault.entry(DEBTOR_INDEX, normal(values["debtor_number"]), case).save(force_insert=True)
    insert(_keys(subject.pk, [_plain(case, values)]))
    record(actor, [Deed("open-case", "zusage.case", str(case.pk), subject.pk, COLLECTION)])
    return case


def reindex(
    *subjects: UUID, gone: Sequence[str] = ("",), actor: Actor = MATCHING, purpose: str = COLLECTION
) -> None:
    """Make the match keys of these subjects anew from what stands in their case files; in the transaction open.

    What may not be opened for `purpose` by `actor`, since it is blocked, isn't looked at: then the rows made of the
    categories in `gone` go, all for an empty one, so that none outlives what it was made from; the others stay.
    """
    cases = list(Case.objects.filter(subject_id__in=subjects))
    plain: dict[UUID, list[Mapping[str, str]]] = defaultdict(list)
    shut = set()
    for case, opened in zip(cases, vault.open_many(cases, purpose, actor), strict=True):
        if not isinstance(opened, vault.Refused):
            plain[case.subject_id].append(_plain(case, opened))
        elif opened.reason not in ("erased", "damaged"):
            shut.add(case.subject_id)
    names = {name for category in gone for name in indexes_of(category)}
    MatchKey.objects.filter(subject_id__in=shut, name__in=names)._raw_delete("default")
    rest = [one for one in subjects if one not in shut]
    remove(MatchKey, "subject_id", rest)
    for subject in rest:
        insert(_keys(subject, plain[subject]))


def _plain(case: Case, opened: Mapping[str, str]) -> Mapping[str, str]:
    return {**opened, "debtor_kind": case.debtor_kind}


def _keys(subject: UUID, cases: Sequence[Mapping[str, str]]) -> list[MatchKey]:
    return vault.match_keys(subject, COLLECTION, stored(debtor(cases))) if cases else []
