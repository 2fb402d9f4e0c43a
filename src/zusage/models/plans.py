"""Plans of instalments, what is due and paid by them, and the payments that a bank reports."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from zusage.models.cases import Case
from zusage.models.letters import Submission
from zusage.models.people import Staff
from zusage.vault.sealed import SealedField

PLAN = "plan"
"""The purpose of plans and payments: vouchers of the debtor's file."""
PAYMENT_REFERENCE_INDEX = "payment-reference"
"""The blind index from the reference of a payment (compact) to the instalment that it pays."""


class Plan(models.Model):
    """A plan of instalments. Its subject is the debtor of the file; who wrote has it by way of `submission`.

    Amounts are sealed texts such as ``CHF 100.00``; `cited` has the references as the person cited them, one a line.
    `cost_notice` names the text of the cost notice that the person saw before the plan could begin (RDG 13a): the one
    at the form, or the one at the plan. `grace_days` and `missed_in_row` are the rules as they were when it was made.
    `ends_on`: the day on which it ends, as announced, unless what was missed is paid. `version` counts its steps.
    """

    STATES = [(one, one) for one in ("offered", "active", "paused", "done", "ended")]
    WHYS = [("", "")] + [
        (one, one) for one in ("paid", "missed", "withdrawn", "declined", "replaced", "agency")
    ]
    LIVE = ("offered", "active", "paused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=PLAN)
    submission = models.ForeignKey(Submission, null=True, on_delete=models.SET_NULL, related_name="plans")
    language = models.CharField(max_length=2)
    state = models.CharField(max_length=7, choices=STATES)
    currency = models.CharField(max_length=3)
    day = models.PositiveSmallIntegerField()
    grace_days = models.PositiveSmallIntegerField()
    missed_in_row = models.PositiveSmallIntegerField()
    end_days = models.PositiveSmallIntegerField()
    total = SealedField(category="plan")
    rate = SealedField(category="plan")
    cited = SealedField(category="case-reference")
    cost_notice = models.CharField(max_length=64, blank=True, default="")
    cost_notice_shown_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(default=timezone.now)
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=9, choices=WHYS, blank=True, default="")
    ends_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["ended_at"], name="plan_ended", condition=models.Q(ended_at__isnull=False)),
            models.Index(fields=["made_at"], name="plan_live", condition=models.Q(ended_at__isnull=True)),
        ]


class PlanShare(models.Model):
    """What of a plan is for one case. `live` while the plan is offered, active or paused: one such plan a case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="shares")
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="plan_shares")
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=PLAN)
    amount = SealedField(category="plan")
    live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], name="one_live_plan", condition=models.Q(live=True))
        ]


class Instalment(models.Model):
    """One instalment: what is due when, what of it is paid, and the reference that its payment bears.

    `missed_at`: when it was found unpaid after the grace days; `told_at`: when the person was told of that.
    """

    STATES = [("open", "open"), ("part", "part"), ("paid", "paid")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="instalments", db_index=False)
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=PLAN)
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount = SealedField(category="plan")
    paid = SealedField(category="plan")
    reference = SealedField(category="case-reference")
    state = models.CharField(max_length=4, choices=STATES, default="open")
    missed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="numbered_once")]
        indexes = [models.Index(fields=["due_on"], name="instalment_due", condition=~models.Q(state="paid"))]


class PlanStep(models.Model):
    """The history of a plan: what happened, by whom, and the words that went with it."""

    BY = [("person", "person"), ("agency", "agency"), ("system", "system")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="steps")
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=PLAN)
    act = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.CharField(max_length=6, choices=BY)
    body = SealedField(category="plan")

    class Meta:
        # Few steps are of this kind, and the office lists them: what came in beyond what was owed.
        indexes = [models.Index(fields=["at"], name="step_over_paid", condition=models.Q(act="over-paid"))]


class PaymentFile(models.Model):
    """A bank's file of movements that was imported. `digest` is a keyed hash of its content."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.BinaryField(max_length=32, unique=True)
    imported_at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20)
    entries = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    unmatched = models.PositiveIntegerField(default=0)
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")


class Payment(models.Model):
    """A payment as a bank reported it. One that no instalment is known for has a subject of its own until it is.

    `entry_digest` is a keyed hash of what names the movement at the bank: no movement comes in twice.
    """

    STATES = [("matched", "matched"), ("unmatched", "unmatched"), ("returned", "returned")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=PLAN)
    plan = models.ForeignKey(Plan, null=True, on_delete=models.SET_NULL, related_name="payments")
    instalment = models.ForeignKey(Instalment, null=True, on_delete=models.SET_NULL, related_name="payments")
    state = models.CharField(max_length=9, choices=STATES)
    currency = models.CharField(max_length=3)
    booked_on = models.DateField(db_index=True)
    amount = SealedField(category="payment-record")
    payer = SealedField(category="payment-record")
    account = SealedField(category="payment-record")
    reference = SealedField(category="case-reference")
    text = SealedField(category="payment-record")
    entry_digest = models.BinaryField(max_length=32, unique=True)
    file = models.ForeignKey(PaymentFile, null=True, on_delete=models.SET_NULL, related_name="payments")

    class Meta:
        indexes = [
            models.Index(
                fields=["booked_on"], name="payment_unmatched", condition=models.Q(state="unmatched")
            )
        ]
