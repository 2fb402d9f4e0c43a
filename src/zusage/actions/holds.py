"""Legal holds: while claims are at stake, nothing of a subject goes, and the officer may open it for their defence."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.utils import timezone

from zusage.actions.base import Conflict, action
from zusage.models import DEFENCE, REFERENCE_INDEX, Case, Hold, Staff
from zusage.protocol.outbox import Actor, Deed, record
from zusage.rules.problems import Problem
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import DataKey, Warrant


def holdable() -> list[str]:
    """The purposes that a hold may be on: those that keep data of people outside, but for the exceptions themselves."""
    inside = ("system", "connection")
    return [
        one.id
        for one in policy().purposes.values()
        if one.source not in inside and not one.exception and one.id != "staff"
    ]


@action
def place(officer: Staff, subject_id: UUID, held: str, reason: str, review_on: date) -> Hold:
    """Nothing of a subject goes that is held for the purpose `held` (empty: for any), until the hold is lifted.

    Raises vault.Refused; Problem: `missing` without a reason, `date-past` for a review that isn't ahead;
    Conflict: `no-such-purpose`, `held-already`; vault.NoKey where the subject was erased.
    """
    return _place(officer, subject_id, held, reason, review_on)


@action
def place_by_reference(officer: Staff, reference: str, held: str, reason: str, review_on: date) -> Hold:
    """`place` on the subject of the case with this reference. Conflict: `no-such-case`, `several-cases`."""
    vault.may(Actor.staff(officer), DEFENCE)
    cases = list(Case.objects.filter(pk__in=vault.find(REFERENCE_INDEX, [normal(reference)], "zusage.case")))
    if not cases:
        raise Conflict("no-such-case")
    if len(cases) > 1:
        raise Conflict("several-cases")
    hold = _place(officer, cases[0].subject_id, held, reason, review_on)
    # The index only narrows down; the opened reference decides. The hold is what lets the officer open it.
    opened = vault.open(cases[0], DEFENCE, Actor.staff(officer))
    if normal(opened.get("reference", "")) != normal(reference):
        raise Conflict("no-such-case")  # and nothing happened
    return hold


@action
def review(officer: Staff, hold_id: UUID, review_on: date) -> None:
    """It is still needed; the day of the next look. Raises Hold.DoesNotExist; Conflict("hold-ended"); Problem."""
    hold = _live(officer, hold_id)
    _ahead(review_on)
    hold.review_on = review_on
    hold.save(update_fields=["review_on"])
    _record(officer, "review-hold", hold)


@action
def lift(officer: Staff, hold_id: UUID) -> None:
    """It isn't needed any more: periods count again, and what a deletion left for it goes with the next sweep."""
    hold = _live(officer, hold_id)
    hold.ended_at, hold.ended_by = timezone.now(), officer
    hold.save(update_fields=["ended_at", "ended_by"])
    Warrant.objects.filter(record_id=hold.pk, ended_at=None).update(ended_at=hold.ended_at)
    _record(officer, "lift-hold", hold)


def _place(officer: Staff, subject_id: UUID, held: str, reason: str, review_on: date) -> Hold:
    vault.may(Actor.staff(officer), DEFENCE)
    if held and held not in holdable():
        raise Conflict("no-such-purpose")
    if not reason:
        raise Problem("missing")
    _ahead(review_on)
    if not DataKey.objects.filter(subject_id=subject_id).exists():
        raise vault.NoKey("nothing is kept of this subject")
    if Hold.objects.filter(subject_id=subject_id, held=held, ended_at=None).exists():
        raise Conflict("held-already")
    hold = Hold(subject_id=subject_id, held=held, author=officer, review_on=review_on)
    ring = vault.Keyring()
    ring.key_or_new(subject_id, DEFENCE)
    vault.seal(hold, {"reason": reason}, ring)
    hold.save(force_insert=True)
    Warrant.objects.create(subject_id=subject_id, purpose=DEFENCE, record_id=hold.pk)
    _record(officer, "hold", hold)
    return hold


def _live(officer: Staff, hold_id: UUID) -> Hold:
    vault.may(Actor.staff(officer), DEFENCE)
    hold = Hold.objects.select_for_update().get(pk=hold_id)
    if hold.ended_at:
        raise Conflict("hold-ended")
    return hold


def _ahead(day: date) -> None:
    if day <= timezone.localdate():
        raise Problem("date-past")


def _record(officer: Staff, act: str, hold: Hold) -> None:
    record(Actor.staff(officer), [Deed(act, "zusage.hold", str(hold.pk), hold.subject_id, DEFENCE)])
