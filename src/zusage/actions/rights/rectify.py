"""Rectification (Berichtigung, DSG 32(1), Art. 16 GDPR), and the note that a value is disputed (DSG 32(2))."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from zusage.actions.base import Conflict, action
from zusage.actions.cases import reindex
from zusage.actions.disclose import Disclosed, Order, disclose
from zusage.actions.rights import steps
from zusage.models import (
    DEBTOR_INDEX,
    REFERENCE_INDEX,
    RIGHTS,
    Case,
    Correction,
    RightsRequest,
    Staff,
    SubmissionValue,
)
from zusage.models.inventory import category_of
from zusage.policy.law import regimes
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries import rectify as queries
from zusage.rules import fields
from zusage.rules.problems import Problem
from zusage.rules.references import normal
from zusage.vault import api as vault
from zusage.vault.index import CATEGORIES
from zusage.vault.models import BlindIndex
from zusage.vault.sealed import row_name

Which = tuple[str, str, str]
"""Record type, record id and column of a value, as the protocol names them."""
REFERENCES = ("case_reference", "case_references")


@action
def change(
    officer: Staff,
    request_id: UUID,
    record_type: str,
    record_id: str,
    column: str,
    value: str,
    reason: str,
    *,
    seen: str = "",
    form_token: str = "",
) -> Correction:
    """Put `value` in place of what is stored; the old one is kept, sealed, with who changed it and why.

    A live dispute about it is settled by that, and the blind index follows. The same page sent twice is one change.
    Raises Problem where the value breaks the rule of its field, or the same value is there already ("value-same");
    Conflict: "no-such-value", "value-changed" where another stands there than was `seen`, "only-disputed", "erased",
    "identity-open", "request-closed"; vault.Refused.
    """
    request = _ready(officer, request_id)
    correction_id = _id("rectify", request, (record_type, record_id, column), value, form_token)
    done = Correction.objects.filter(pk=correction_id).first()
    if done:
        return done
    row = _row(request, record_type, record_id, column)
    if isinstance(row, queries.ONLY_DISPUTED):
        raise Conflict("only-disputed")
    if seen and seen != queries.seen(row, column):
        raise Conflict("value-changed")
    before = _opened(officer, row)[column]
    new = _cleaned(row, column, value, before)
    if not reason:
        raise Problem("missing")
    correction = _correction(request, officer, row, column, "changed", correction_id)
    ring = vault.Keyring()
    vault.seal(correction, {"before": before, "note": reason}, ring)
    vault.seal(row, {column: new}, ring)
    row.save(update_fields=[column])
    correction.save(force_insert=True)
    _reindex(officer, row, column, new)
    _live(correction).update(state="settled")
    _told(officer, request, correction, "rectify", "rectified")
    return correction


@action
def dispute(
    officer: Staff,
    request_id: UUID,
    record_type: str,
    record_id: str,
    column: str,
    note: str,
    *,
    form_token: str = "",
) -> Correction:
    """Neither true nor false can be shown: `note` goes with the value from now on, wherever it is shown or sent.

    The same page sent twice is one note. Raises as `change`.
    """
    request = _ready(officer, request_id)
    correction_id = _id("dispute", request, (record_type, record_id, column), note, form_token)
    done = Correction.objects.filter(pk=correction_id).first()
    if done:
        return done
    row = _row(request, record_type, record_id, column)
    _opened(officer, row)
    if not note:
        raise Problem("missing")
    correction = _correction(request, officer, row, column, "disputed", correction_id)
    vault.seal(correction, {"note": note}, vault.Keyring())
    correction.save(force_insert=True)
    _told(officer, request, correction, "dispute", "disputed")
    return correction


@action
def settle(officer: Staff, request_id: UUID, correction_id: UUID) -> None:
    """The dispute is over: the note stays on record and goes with the value no more. Raises Correction.DoesNotExist."""
    request = _ready(officer, request_id)
    correction = _of(request, correction_id)
    if correction.state != "disputed":
        return
    Correction.objects.filter(pk=correction.pk).update(state="settled")
    _told(officer, request, correction, "settle", "settled")


@action
def tell(
    officer: Staff, request_id: UUID, correction_id: UUID, recipient: str, form: str = "json"
) -> Disclosed:
    """Give the value as it is now to somebody who got the old one, through the gate; with what names its case.

    Raises Conflict("nobody-to-tell") where `recipient` got nothing, or has been told; NotDisclosed; as `change`.
    """
    request = _ready(officer, request_id)
    correction = _of(request, correction_id)
    earlier = next((one for one in queries.to_tell(correction) if one.recipient == recipient), None)
    if earlier is None:
        raise Conflict("nobody-to-tell")
    row = _row(request, correction.record_type, correction.record_id, correction.column)
    name = getattr(row, "field", "") or correction.column
    # Whoever got it by law is told by law, too: the demand of then is closed, and this is another article.
    by_law = earlier.ground == "law"
    law = regimes()[request.regime].correction.citation if by_law else ""
    order = Order(recipient, RIGHTS, earlier.ground, form, law, (name, *_naming(row, name)))  # type: ignore[arg-type]
    told = disclose(Actor.staff(officer), order, _with_reference(row), demand=earlier.demand)
    steps.step(request, "told", officer)
    return told


def _ready(officer: Staff, request_id: UUID) -> RightsRequest:
    request = steps.locked(officer, request_id)
    if request.identity not in ("given", "proven"):
        raise Conflict("identity-open")
    return request


def _row(request: RightsRequest, record_type: str, record_id: str, column: str) -> Any:
    """The row, locked, if it is about somebody whom the request concerns."""
    row = queries.record(record_type, record_id, column)
    if row is None or row.subject_id not in steps.concerned(request):
        raise Conflict("no-such-value")
    return row


def _opened(officer: Staff, row: Any) -> vault.Opened:
    """The row's values, which are thereby shown to be open to the officer for this request."""
    try:
        return vault.open(row, RIGHTS, Actor.staff(officer))
    except vault.Refused as refused:
        if refused.reason in ("erased", "damaged"):
            raise Conflict("erased" if refused.reason == "erased" else "no-such-value") from None
        raise


def _cleaned(row: Any, column: str, value: str, before: str) -> str:
    """`value` as the rule of its field leaves it."""
    new = fields.correction(queries.kind_of(row, column), value, timezone.localdate(), before)
    if isinstance(new, str):
        return new
    if not isinstance(row, SubmissionValue):
        raise Problem("reference-too-many", limit=1)  # a case file has one
    return "\n".join(new)


def _correction(
    request: RightsRequest, officer: Staff, row: Any, column: str, state: str, correction_id: UUID
) -> Correction:
    return Correction(
        id=correction_id,
        subject_id=row.subject_id,
        purpose=row.purpose,
        request=request,
        record_type=row._meta.label_lower,
        record_id=row_name(row),
        column=column,
        field=queries.field_of(row, column),
        state=state,
        author=officer,
    )


def _id(what: str, request: RightsRequest, which: Which, text: str, form_token: str) -> UUID:
    parts = (*which, text, form_token)
    return vault.keyed_id(what, request.pk.bytes, *(part.encode() for part in parts))


def _of(request: RightsRequest, correction_id: UUID) -> Correction:
    return Correction.objects.select_for_update().get(pk=correction_id, request=request)


def _live(correction: Correction) -> Any:
    """Disputes about the same value that still go with it."""
    return Correction.objects.filter(
        record_type=correction.record_type,
        record_id=correction.record_id,
        column=correction.column,
        state="disputed",
    )


def _reindex(officer: Staff, row: Any, column: str, new: str) -> None:
    """What the value was found by leads to it no more; the new one does. A form's references lead to its submission."""
    if isinstance(row, Case):
        reindex(row.subject_id, gone=[category_of(row, column)], actor=Actor.staff(officer), purpose=RIGHTS)
    if category_of(row, column) not in CATEGORIES[REFERENCE_INDEX]:
        return
    index = DEBTOR_INDEX if column == "debtor_number" else REFERENCE_INDEX
    target = row.submission if isinstance(row, SubmissionValue) else row
    BlindIndex.objects.filter(name=index, record_type=target._meta.label_lower, record_id=target.pk).delete()
    for one in dict.fromkeys(normal(reference) for reference in new.split("\n")):
        vault.entry(index, one, target).save(force_insert=True)


def _told(officer: Staff, request: RightsRequest, correction: Correction, act: str, step: str) -> None:
    steps.step(request, step, officer)
    deed = Deed(act, correction.record_type, correction.record_id, correction.subject_id, RIGHTS)
    record(Actor.staff(officer), [deed])


def _naming(row: Any, name: str) -> tuple[str, ...]:
    """The names under which the recipient knows the case that the value is of."""
    names = REFERENCES if isinstance(row, SubmissionValue) else ("reference",)
    return tuple(one for one in names if one != name)


def _with_reference(row: Any) -> list[Any]:
    if not isinstance(row, SubmissionValue):
        return [row]
    beside = SubmissionValue.objects.filter(submission=row.submission_id, field__in=REFERENCES)
    return [row, *beside.exclude(field=row.field)]
