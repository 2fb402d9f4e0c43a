"""What left the house, on whose demand, and what went wrong."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from zusage.models.people import Staff, Subject
from zusage.vault.sealed import SealedField

LEGAL_DUTY = "legal-duty"
BREACH = "breach"


class Demand(models.Model):
    """An authority's or a court's demand for data, with the law it rests on: a row for each subject that it is about.

    `batch` joins the rows of one demand.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(db_index=True)
    batch = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=LEGAL_DUTY)
    citation = models.CharField(max_length=200)
    authority = SealedField(category="disclosure-record")
    reference = SealedField(category="disclosure-record")
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    received_on = models.DateField()
    closed_at = models.DateTimeField(null=True)


class Disclosure(models.Model):
    """What went out through the gate: to whom, for which purpose, on which ground, which fields, under which guarantee.

    `ground`: contract, consent or law. `fields`: names of fields and columns, separated by spaces; never a value.
    `batch` joins the lines of one file; `demand` is the demand that a disclosure by law answers.
    """

    GROUNDS = [("contract", "contract"), ("consent", "consent"), ("law", "law")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(db_index=True)
    recipient = models.CharField(max_length=60)
    purpose = models.CharField(max_length=60)
    ground = models.CharField(max_length=8, choices=GROUNDS)
    citation = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2)
    safeguard = models.CharField(max_length=400, blank=True)
    contract = models.CharField(max_length=400, blank=True)
    fields = models.CharField(max_length=1000)
    form = models.CharField(max_length=10)
    record_type = models.CharField(max_length=60, blank=True)
    record_id = models.CharField(max_length=100, blank=True)
    batch = models.UUIDField(null=True)
    demand = models.ForeignKey(Demand, null=True, on_delete=models.SET_NULL, related_name="disclosures")
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=36, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "at"], name="disclosed_to"),
            models.Index(fields=["at"], name="disclosed_at"),
        ]


class Breach(models.Model):
    """A breach of data security (Verletzung der Datensicherheit, DSG 24, Art. 33 GDPR), kept for its term.

    It is sealed like everything else, under the key of a subject that stands for the incident alone.
    """

    RISKS = [("none", "none"), ("risk", "risk"), ("high", "high")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=60, default=BREACH)
    noticed_at = models.DateTimeField()
    occurred_at = models.DateTimeField(null=True)
    risk = models.CharField(max_length=4, choices=RISKS)
    what = SealedField(category="breach-record")
    persons = SealedField(category="breach-record")
    data = SealedField(category="breach-record")
    consequences = SealedField(category="breach-record")
    measures = SealedField(category="breach-record")
    told = SealedField(category="breach-record")
    authority_told_at = models.DateTimeField(null=True)
    persons_told_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    edition = models.PositiveIntegerField(default=1)
