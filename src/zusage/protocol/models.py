"""The protocol's two tables: an outbox in the data store, and the log itself in a store apart (DSV 4(5))."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class Line(models.Model):
    """One line of the protocol. It holds opaque ids and words of the policy, never a name or a content."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(default=timezone.now)
    act = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=36, blank=True)
    purpose = models.CharField(max_length=60, blank=True)
    subject_id = models.UUIDField(null=True)
    record_type = models.CharField(max_length=60, blank=True)
    record_id = models.CharField(max_length=100, blank=True)
    recipient = models.CharField(max_length=60, blank=True)

    class Meta:
        abstract = True


class Outbox(Line):
    """A line written in the transaction of what it tells: if it can't be written, nothing happened."""


class Entry(Line):
    """A line that has arrived in the protocol store."""

    class Meta(Line.Meta):
        indexes = [
            models.Index(fields=["subject_id", "at"], name="entry_of_subject"),
            models.Index(fields=["at"], name="entry_at"),
        ]
