"""What the door of the vault looks at before it opens.

Keys and tombstones live in the keys store, so that a backup of the data can't bring back what was erased; the rest
lives beside the data. Subjects are named by id alone: no relation leads from here to a person.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class DataKey(models.Model):
    """The wrapped 256-bit key of one subject for one purpose. Keys store. `kek` names the key that wraps it."""

    pk = models.CompositePrimaryKey("subject_id", "purpose")
    subject_id = models.UUIDField()
    purpose = models.CharField(max_length=60)
    wrapped = models.BinaryField()
    kek = models.CharField(max_length=16)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)


class RootKey(models.Model):
    """A wrapped key of the house: blind indexes, receipts. Keys store."""

    name = models.CharField(primary_key=True, max_length=40)
    wrapped = models.BinaryField()
    kek = models.CharField(max_length=16)


class Tombstone(models.Model):
    """Something of a subject was erased. Keys store: whoever restores an old copy of the data erases it again by these.

    An empty purpose means all of them, an empty category all of a purpose. `cleared_at` is empty until the data store
    has followed: a crash in between is finished by `shred.finish`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField()
    purpose = models.CharField(max_length=60, blank=True)
    category = models.CharField(max_length=60, blank=True)
    ground = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "purpose", "category"], name="erased_once")
        ]
        indexes = [
            models.Index(fields=["at"], name="unfinished", condition=models.Q(cleared_at__isnull=True)),
            models.Index(fields=["at"], name="tombstone_at"),
        ]


class BackupPlace(models.Model):
    """A folder with backups. Keys store: whatever is erased after a backup has to be told to the folder it is in.

    `told_at`: what was erased before that time stands in the folder's journal; empty: all of it is to be compared.
    """

    path = models.CharField(primary_key=True, max_length=1000)
    last_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)


class RestoreMark(models.Model):
    """A restore is at work, or broke off: until it has ended, nobody may work with these stores. Keys store."""

    backup_id = models.CharField(primary_key=True, max_length=40)
    since = models.DateTimeField(default=timezone.now)


class BlindIndex(models.Model):
    """A value that can be found and not read: a truncated keyed hash, pointing to the record that holds it."""

    pk = models.CompositePrimaryKey("name", "digest", "record_id")
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60)
    name = models.CharField(max_length=40)
    digest = models.BinaryField()
    record_type = models.CharField(max_length=60)
    record_id = models.UUIDField()


class MatchKey(models.Model):
    """A blocking value (such as a date of birth with a surname's sound) of a subject that has files, as keyed hash.

    By these a message's writer is looked for among all subjects: see `rules.matching.blocks`. `name` is the index's.
    On SQLite the key isn't the table's: it has an index of digests alone (migration 0005; decision 0035).
    """

    pk = models.CompositePrimaryKey("digest", "subject_id")
    digest = models.BinaryField()
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60)
    name = models.CharField(max_length=20)


class Restriction(models.Model):
    """A subject's data may not be opened: restriction (Sperrung, Art. 18 GDPR) or objection (Widerspruch, Art. 21).

    An empty purpose means every purpose that isn't a lawful exception. `ground` says why, `until` the day on which what
    a statute keeps may go, `request_id` the request that led to it, where there is one.
    """

    KINDS = [("restriction", "restriction"), ("objection", "objection")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=12, choices=KINDS)
    purpose = models.CharField(max_length=60, blank=True)
    ground = models.CharField(max_length=60, blank=True)
    until = models.DateField(null=True)
    request_id = models.UUIDField(null=True)
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["until"], name="blocked_until", condition=models.Q(ended_at__isnull=True))
        ]


class Warrant(models.Model):
    """What lets a lawful exception open a subject's data: a request of theirs, a demand by law, a claim at stake.

    `purpose` is the exception's; `record_id` the request, demand or hold that it rests on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60)
    record_id = models.UUIDField()
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)


NOTICE = "mailbox-notice"
"""The purpose of the e-mail notice: the one purpose based on consent that the house acts on by itself."""


class InForce(models.Manager["Consent"]):
    """The consents that nobody has withdrawn."""

    def get_queryset(self) -> models.QuerySet[Consent]:
        return super().get_queryset().filter(withdrawn_at=None)


class Consent(models.Model):
    """A consent given at a form or in the mailbox, with the notice that was seen. Withdrawn, it stays recorded."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60)
    notice_version = models.CharField(max_length=64)
    given_at = models.DateTimeField(default=timezone.now, db_index=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = models.Manager["Consent"]()
    in_force = InForce()
