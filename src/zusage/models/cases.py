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
DEBTOR_INDEX = "debtor-number"
"""The blind index of the numbers by which a creditor or the agency knows its debtors."""


class Case(models.Model):
    """A case file (Akte). Its reference (Aktenzeichen) can be found by blind index and read through the vault.

    A firm, and a person whose names came in one, has all of it in `debtor_name`; else that is the surname.
    `former_names`, `address`, `phones` (E.164) and `emails` have a line for each, the newest first. `balance` is the
    sum of `principal`, `interest`, `fees` and `contested_costs`, with its currency; the parts are plain amounts.
    `debtor_number` is the creditor's or agency's own number for the debtor: files with one number are one subject's.
    `import_digest` is a keyed hash of what the last import said, so that saying it again changes nothing.
    """

    STATES = [("open", "open"), ("paused", "paused"), ("closed", "closed")]
    KINDS = [("person", "person"), ("firm", "firm")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="cases")
    purpose = models.CharField(max_length=60, default=COLLECTION)
    state = models.CharField(max_length=6, choices=STATES, default="open")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    debtor_kind = models.CharField(max_length=6, choices=KINDS, default="person")
    import_digest = models.BinaryField(max_length=16, null=True)
    reference = SealedField(category="case-reference")
    debtor_number = SealedField(category="case-reference")
    debtor_first_name = SealedField(category="name")
    debtor_name = SealedField(category="name")
    former_names = SealedField(category="name")
    date_of_birth = SealedField(category="date-of-birth")
    address = SealedField(category="address")
    phones = SealedField(category="phone")
    emails = SealedField(category="email")
    creditor = SealedField(category="claim")
    balance = SealedField(category="claim")
    principal = SealedField(category="claim")
    interest = SealedField(category="claim")
    fees = SealedField(category="claim")
    contested_costs = SealedField(category="claim")

    class Meta:
        indexes = [
            models.Index(
                fields=["closed_on"], name="case_closed", condition=models.Q(closed_on__isnull=False)
            )
        ]
