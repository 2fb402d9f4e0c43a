"""A payment comes in: it is laid to the instalment that it names, or kept by itself until somebody knows whose it is.

Each is one transaction, and comes in once: `entry_digest`, a keyed hash of what names it at the bank, is unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db import IntegrityError

from zusage.actions.base import Conflict, action, not_shut
from zusage.actions.plans import letters, steps
from zusage.models import (
    PAYMENT_REFERENCE_INDEX,
    PLAN,
    Instalment,
    Payment,
    Plan,
    PlanShare,
    Staff,
    Subject,
    Submission,
)
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries.plans import PLANS, sums
from zusage.rules import money
from zusage.rules.camt.shapes import Booked
from zusage.rules.camt.typed import references_in
from zusage.rules.paying.spread import Due, over, spread
from zusage.vault import api as vault
from zusage.vault.sealed import sealed_columns

INSTALMENT = Instalment._meta.label_lower
LONGEST = 5000

What = Literal["matched", "unmatched", "returned", "known"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a payment. `over`: more than was owed is in; `part`: the instalment that it names isn't whole."""

    what: What
    over: bool = False
    part: bool = False


def digest_of(one: Booked) -> bytes:
    """What a payment is known by again, whichever file it comes in."""
    parts = (*one.identity(), str(one.position))
    return vault.keyed_hash(vault.root_key("payment"), *(part.encode() for part in parts))


def named_by(one: Booked) -> Instalment | None:
    """The instalment that a payment names, in its own field or in the text; None for none, or for those of two plans.

    Who is blocked isn't found. The index only narrows down: whoever books it opens the reference.
    """
    for texts in (one.references, one.texts):
        ids = vault.find(PAYMENT_REFERENCE_INDEX, list(references_in(texts)), INSTALMENT, PLAN)
        found = list(Instalment.objects.filter(pk__in=ids).order_by("plan_id", "number"))
        if found:
            return found[0] if found[0].plan_id == found[-1].plan_id else None
    return None


def take(actor: Actor, one: Booked, digest: bytes, file_id: UUID | None) -> Taken:
    """Bring in a payment, or one that was taken back. `digest`: `digest_of` it.

    What is known by it stays as it is, unless it waits for a plan and names one now: the bank's notice may tell the
    reference that its statement left out.
    """
    named = named_by(one)
    try:
        if named is not None:
            try:
                return _book(actor, one, digest, file_id, named.pk)
            except (Conflict, vault.Refused, vault.NoKey):
                pass  # another currency, or somebody whose file is shut: a human has to look
        if Payment.objects.filter(entry_digest=digest).exists():
            return Taken("known")
        ring = vault.Keyring()
        return _keep(actor, one, digest, file_id, ring, ring.reserve(PLAN))
    except IntegrityError:  # another import was faster
        if Payment.objects.filter(entry_digest=digest).exists():
            return Taken("known")
        raise


@action
def _book(actor: Actor, one: Booked, digest: bytes, file_id: UUID | None, instalment_id: UUID) -> Taken:
    plan = steps.locked(Instalment.objects.values_list("plan_id", flat=True).get(pk=instalment_id))
    _fits(plan, one.currency)
    rows, plain = _opened(plan)
    row, columns = next(pair for pair in zip(rows, plain, strict=True) if pair[0].pk == instalment_id)
    if columns.get("reference") not in references_in((*one.references, *one.texts)):
        raise Conflict("no-such-reference")
    payment = Payment.objects.select_for_update().filter(entry_digest=digest).first()
    if payment is None:
        payment = _row(one, digest, file_id, plan.subject_id)
    elif payment.plan_id is not None:
        return Taken("known")
    else:
        Subject.objects.filter(pk=payment.subject_id).delete()
        for column in sealed_columns(Payment):
            setattr(payment, column, None)
    payment.subject_id, payment.plan, payment.instalment = plan.subject_id, plan, row
    vault.seal(payment, _sealed(one), vault.Keyring())
    if one.kind == "returned":
        _undo(actor, plan, payment, one.amount)
        return Taken("returned")
    payment.state = "matched"
    payment.save()
    return _credit(actor, payment, one.amount, rows, plain)


@action
def _keep(
    actor: Actor, one: Booked, digest: bytes, file_id: UUID | None, ring: vault.Keyring, subject_id: UUID
) -> Taken:
    """Nobody knows whose it is: it gets a subject of its own."""
    Subject.objects.create(id=subject_id)
    payment = _row(one, digest, file_id, subject_id)
    payment.state = "returned" if one.kind == "returned" else "unmatched"
    vault.seal(payment, _sealed(one), ring)
    payment.save(force_insert=True)
    _record(actor, "keep-payment", payment)
    return Taken("unmatched")


@action
def assign(clerk: Staff, payment_id: UUID, plan_id: UUID) -> None:
    """A clerk knows whose payment it is: it moves to the plan, sealed anew under its debtor's key.

    The subject that it had by itself is gone; its key, which seals nothing any more, is pruned. Having done so already
    is doing so. Raises Payment.DoesNotExist, Plan.DoesNotExist, vault.Refused; Conflict: `payment-assigned` (to another
    plan), `other-currency`, `no-such-payment` (nothing there that was taken back), `restricted`, `erased`.
    """
    actor = Actor.staff(clerk)
    vault.may(actor, PLAN)
    plan = steps.locked(plan_id)
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.plan_id is not None:
        if payment.plan_id != plan_id:
            raise Conflict("payment-assigned")
        return
    _fits(plan, payment.currency)
    values = vault.open(payment, PLAN, actor)
    alone, payment.subject_id, payment.plan = payment.subject_id, plan.subject_id, plan
    vault.seal(payment, values, vault.Keyring())
    amount = money.money(values["amount"]).amount
    if payment.state == "returned":
        _undo(actor, plan, payment, amount, author=clerk)
    else:
        payment.state = "matched"
        payment.save()
        _credit(actor, payment, amount, *_opened(plan), author=clerk)
    Subject.objects.filter(pk=alone).delete()


def _fits(plan: Plan, currency: str) -> None:
    not_shut(plan)
    if plan.currency != currency:
        raise Conflict("other-currency")


def _credit(
    actor: Actor,
    payment: Payment,
    amount: Decimal,
    rows: Sequence[Instalment],
    plain: Sequence[vault.Opened],
    *,
    author: Staff | None = None,
) -> Taken:
    """Lay `amount` to the plan's instalments, and see what becomes of the plan."""
    plan = payment.plan
    assert plan is not None
    before = _lines(rows, plain)
    named = payment.instalment.number if payment.instalment else 0
    after = spread(before, amount, named)
    _write(plan, rows, before, after)
    by: steps.By = "agency" if author else "system"
    steps.happened(plan, "payment", by, actor, author=author, body=_said(plan, amount))
    _record(actor, "take-payment", payment)
    beyond = over(after) - over(before)
    is_over = plan.state not in Plan.LIVE or bool(beyond)
    if is_over:
        steps.happened(plan, "over-paid", "system", actor, body=_said(plan, beyond or amount))
    steps.settle(plan, PLANS)
    part = any(line.state == "part" for line in after if line.number == named)
    return Taken("matched", over=is_over, part=part)


def _undo(actor: Actor, plan: Plan, back: Payment, amount: Decimal, author: Staff | None = None) -> None:
    """A payment was taken back: what it paid is open again. Raises Conflict("no-such-payment")."""
    taken = list(Payment.objects.filter(plan=plan, state="matched").order_by("booked_on", "pk"))
    amounts = [_amount(one) for one in vault.open_many(taken, PLAN, PLANS, ("amount",))]
    same = [one for one, its in zip(taken, amounts, strict=True) if its == amount]
    own = [one for one in same if back.instalment_id in (None, one.instalment_id)]
    if not own:
        raise Conflict("no-such-payment")
    original = own[-1]
    original.state = "returned"
    original.save(update_fields=["state"])
    back.state, back.instalment = "returned", original.instalment
    back.save()
    rows, plain = _opened(plan)
    before = _lines(rows, plain)
    after = [Due(one.number, one.amount) for one in before]
    numbers = {row.pk: row.number for row in rows}
    for one, its in zip(taken, amounts, strict=True):
        if one.pk != original.pk:
            after = spread(after, its, numbers.get(one.instalment_id, 0) if one.instalment_id else 0)
    _write(plan, rows, before, after)
    _open_again(plan, after)
    by: steps.By = "agency" if author else "system"
    steps.happened(plan, "payment-returned", by, actor, author=author, body=_said(plan, amount), save=_STATE)
    _record(actor, "return-payment", back)
    if plan.state in ("active", "paused"):
        letters.lay(plan, "returned", PLANS)


_STATE = ("state", "ended_at", "ended_why")


def _open_again(plan: Plan, lines: Sequence[Due]) -> None:
    """A plan that was paid isn't any more; it goes on, unless one of its cases has another plan by now."""
    if plan.state != "done" or not any(line.lacking for line in lines):
        return
    shares = PlanShare.objects.filter(plan=plan, case__isnull=False)
    if PlanShare.objects.filter(case__in=shares.values("case_id"), live=True).exists():
        return
    shares.update(live=True)
    plan.state, plan.ended_at, plan.ended_why = "active", None, ""
    # Its matter was closed with the last payment: the mailbox has to stay as long as the plan does.
    Submission.objects.filter(plans=plan, state="closed").update(state="answered", closed_at=None)


def _opened(plan: Plan) -> tuple[list[Instalment], list[vault.Opened]]:
    """The plan's instalments with their columns, opened by the system. Raises vault.Refused."""
    rows = list(Instalment.objects.select_for_update().filter(plan=plan).order_by("number"))
    plain = []
    for one in vault.open_many(rows, PLAN, PLANS):
        if isinstance(one, vault.Refused):
            raise one
        plain.append(one)
    return rows, plain


def _lines(rows: Sequence[Instalment], plain: Sequence[vault.Opened]) -> list[Due]:
    return [Due(row.number, *sums(one)) for row, one in zip(rows, plain, strict=True)]


def _write(plan: Plan, rows: Sequence[Instalment], before: Sequence[Due], after: Sequence[Due]) -> None:
    ring = vault.Keyring()
    for row, was, now in zip(rows, before, after, strict=True):
        if now != was:
            row.state = now.state
            vault.seal(row, {"paid": _said(plan, now.paid)}, ring)
            row.save(update_fields=["state", "paid"])


def _row(one: Booked, digest: bytes, file_id: UUID | None, subject_id: UUID) -> Payment:
    return Payment(
        subject_id=subject_id,
        currency=one.currency,
        booked_on=one.booked_on,
        entry_digest=digest,
        file_id=file_id,
    )


def _sealed(one: Booked) -> dict[str, str]:
    """What a payment says, as it is kept: only what is there."""
    values = {
        "amount": money.of(one.currency, one.amount).stored(),
        "payer": "\n".join(filter(None, (one.payer, one.payer_account))),
        "account": one.ours,
        "reference": "\n".join(one.references),
        "text": "\n".join(one.texts),
    }
    return {column: text[:LONGEST] for column, text in values.items() if text}


def _amount(found: vault.Opened | vault.Refused) -> Decimal:
    if isinstance(found, vault.Refused):
        raise found
    return money.money(found["amount"]).amount


def _said(plan: Plan, amount: Decimal) -> str:
    return money.of(plan.currency, amount).stored()


def _record(actor: Actor, act: str, payment: Payment) -> None:
    deed = Deed(act, payment._meta.label_lower, str(payment.pk), payment.subject_id, PLAN)
    record(actor, [deed])
