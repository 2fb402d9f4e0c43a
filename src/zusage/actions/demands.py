"""An authority or a court demands data: we look at what it names, hand over what the law demands, and keep that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any
from uuid import UUID

from django.utils import timezone

from zusage.actions.base import Conflict, action
from zusage.actions.disclose import Disclosed, NotDisclosed, Order, disclose
from zusage.models import (
    LEGAL_DUTY,
    REFERENCE_INDEX,
    Case,
    Demand,
    Message,
    Staff,
    Submission,
    SubmissionValue,
)
from zusage.protocol.outbox import Actor, Deed, record
from zusage.rules.disclosure import citation
from zusage.rules.references import normal
from zusage.vault import api as vault
from zusage.vault.models import Warrant

AUTHORITIES = "authorities"


@dataclass(frozen=True, slots=True)
class Received:
    """What came in: who demands, under which number of theirs, by which law, on which day, about which case files."""

    authority: str
    reference: str
    citation: str
    received_on: date
    case_references: tuple[str, ...]


class NoSuchCase(Exception):
    """There is no case file for `reference`: nothing was stored."""

    def __init__(self, reference: str):
        self.reference = reference
        super().__init__("no such case")


def receive(officer: Staff, received: Received, form_token: str) -> UUID:
    """Put a demand on record, and let the officer look at what it is about; the id that joins its rows.

    It is about the subject of each case file named, and those of the letters that a clerk assigned to it. The same page
    sent twice is one demand. Raises NoSuchCase, NotDisclosed("no-citation"), vault.Refused.
    """
    vault.may(Actor.staff(officer), LEGAL_DUTY)
    law = citation(received.citation)
    subjects = list(dict.fromkeys(chain.from_iterable(map(_subjects, received.case_references))))
    ring = vault.Keyring()
    for subject_id in subjects:  # made ahead: each is a commit of its own in the keys store
        ring.key_or_new(subject_id, LEGAL_DUTY)
    batch = vault.keyed_id("demand", officer.pk.bytes, form_token.encode())
    _receive(officer, received, law, subjects, batch, ring)
    return batch


@action
def _receive(
    officer: Staff, received: Received, law: str, subjects: list[UUID], batch: UUID, ring: vault.Keyring
) -> None:
    if Demand.objects.filter(batch=batch).exists():
        return
    for subject_id in subjects:
        demand = Demand(
            subject_id=subject_id, batch=batch, citation=law, author=officer, received_on=received.received_on
        )
        vault.seal(demand, {"authority": received.authority, "reference": received.reference}, ring)
        demand.save(force_insert=True)
        Warrant.objects.create(subject_id=subject_id, purpose=LEGAL_DUTY, record_id=demand.pk)
        _record(officer, "receive-demand", demand)


@action
def hand_over(
    officer: Staff, batch: UUID, fields: tuple[str, ...], form: str, form_token: str = ""
) -> list[tuple[Any, Disclosed]]:
    """Disclose `fields` of what the demand is about, through the gate: for each subject its records and what went.

    Of whom none of `fields` is held is passed over; the same page sent twice is one disclosure.
    Raises Conflict("demand-closed"), NotDisclosed, vault.Refused, Demand.DoesNotExist.
    """
    went = []
    for demand in _locked(officer, batch):
        order = Order(AUTHORITIES, LEGAL_DUTY, "law", form, demand.citation, fields)
        held = records(demand.subject_id)
        try:
            found = disclose(
                Actor.staff(officer), order, held, demand=demand, batch=batch, form_token=form_token
            )
            went.append((held, found))
        except NotDisclosed as refused:
            if refused.reason != "nothing":
                raise
    if not went:
        raise NotDisclosed("nothing")
    return went


@action
def close(officer: Staff, batch: UUID) -> None:
    """The demand is answered: what it let open is shut again. Raises as `hand_over`."""
    for demand in _locked(officer, batch):
        demand.closed_at = timezone.now()
        demand.save(update_fields=["closed_at"])
        Warrant.objects.filter(record_id=demand.pk, ended_at=None).update(ended_at=demand.closed_at)
        _record(officer, "close-demand", demand)


def records(subject_id: UUID) -> list[Any]:
    """What an authority can ask for: case files, what came by form, letters. Notes of clerks are none of it."""
    return [
        *Case.objects.filter(subject_id=subject_id).order_by("opened_on", "pk"),
        *SubmissionValue.objects.filter(submission__subject_id=subject_id).order_by("submission_id", "field"),
        *Message.objects.filter(subject_id=subject_id).order_by("sent_at", "pk"),
    ]


def _subjects(reference: str) -> Sequence[UUID]:
    cases = list(Case.objects.filter(pk__in=vault.find(REFERENCE_INDEX, [normal(reference)], "zusage.case")))
    if not cases:
        raise NoSuchCase(reference)
    writers = Submission.objects.filter(case__in=cases).order_by("received_at")
    return [*(one.subject_id for one in cases), *writers.values_list("subject_id", flat=True)]


def _locked(officer: Staff, batch: UUID) -> list[Demand]:
    vault.may(Actor.staff(officer), LEGAL_DUTY)
    demands = list(Demand.objects.select_for_update().filter(batch=batch).order_by("pk"))
    if not demands:
        raise Demand.DoesNotExist
    if any(one.closed_at for one in demands):
        raise Conflict("demand-closed")
    return demands


def _record(officer: Staff, act: str, demand: Demand) -> None:
    deed = Deed(act, "zusage.demand", str(demand.pk), demand.subject_id, LEGAL_DUTY)
    record(Actor.staff(officer), [deed])
