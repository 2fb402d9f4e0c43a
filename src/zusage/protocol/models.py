"""The protocol: an outbox in the data store, and in a store apart the log itself with its seals (DSV 4(5))."""

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
    """A line that has arrived in the protocol store, with its place in the chain.

    `position`: 1, 2, 3, … as it arrived. `salt`: 16 random bytes; they go with the content, so that nobody can guess it
    back from what stays. `proof`: keyed hash of the leaf, which names the entry that was changed. All three are empty
    only while what stood here before the chain, or comes from a backup, waits to be sealed on.
    """

    position = models.BigIntegerField(null=True, unique=True)
    salt = models.BinaryField(null=True)
    proof = models.BinaryField(null=True)

    class Meta(Line.Meta):
        indexes = [
            models.Index(fields=["subject_id", "at"], name="entry_of_subject"),
            models.Index(fields=["at"], name="entry_at"),
        ]


class Expired(models.Model):
    """What is left of an entry that was past its period: enough for the chain, and nothing of what it said.

    `digest` commits to the content, whose salt is gone. `at` is bound into the leaf, so that nobody can make an entry
    look older than it was. `length` and `unit`: the period that the policy gave at the time.
    """

    position = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField(unique=True)
    at = models.DateTimeField()
    digest = models.BinaryField()
    proof = models.BinaryField()
    removed_at = models.DateTimeField()
    rule = models.CharField(max_length=60)
    length = models.IntegerField()
    unit = models.CharField(max_length=10)
    mac = models.BinaryField()


class Seal(models.Model):
    """A batch of entries, sealed: Merkle root over them, hash of the seal before, HMAC, Ed25519 signature."""

    number = models.BigIntegerField(primary_key=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    root = models.BinaryField()
    before = models.BinaryField()
    at = models.DateTimeField()
    key = models.CharField(max_length=16)
    mac = models.BinaryField()
    signature = models.BinaryField()


class SealMark(models.Model):
    """How far the protocol goes, as the keys store knows it: one row. A tail that is cut off shows by it."""

    id = models.IntegerField(primary_key=True, default=1)
    number = models.BigIntegerField()
    last = models.BigIntegerField()
    digest = models.BinaryField()
    at = models.DateTimeField()
    mac = models.BinaryField()
