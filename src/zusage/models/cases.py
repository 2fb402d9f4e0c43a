"""Case files, as they come from the creditor."""

from __future__ import annotations

import uuid

from django.db import models

from zusage.models.people import Subject
from zusage.vault.sealed import SealedField

COLLECTION = "collection"
"""The purpose of case files."""
REFERENCE_INDEX = "reference"
"""The blind index of case references: those of the files, and those that people write."""


class Case(models.Model):
    """A case file (Akte). Its reference (Aktenzeichen) can be found by blind index and read through the vault."""

    STATES = [("open", "open"), ("paused", "paused"), ("closed", "closed")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="cases")
    purpose = models.CharField(max_length=60, default=COLLECTION)
    state = models.CharField(max_length=6, choices=STATES, default="open")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    reference = SealedField(category="case-reference")
    debtor_name = SealedField(category="name")
    date_of_birth = SealedField(category="date-of-birth")
    address = SealedField(category="address")
    creditor = SealedField(category="claim")
    balance = SealedField(category="claim")

    class Meta:
        indexes = [
            models.Index(
                fields=["closed_on"], name="case_closed", condition=models.Q(closed_on__isnull=False)
            )
        ]
