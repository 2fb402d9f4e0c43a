"""Which file a message belongs to: what was decided, how often that was right, what a machine needs to decide it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from zusage.models.cases import COLLECTION, Case
from zusage.models.letters import Submission
from zusage.models.people import Staff
from zusage.vault.sealed import SealedField


class Assignment(models.Model):
    """One decision about which file a submission belongs to; the last one that isn't undone stands.

    `way`: automatic (above the threshold and through the guard), clerk (a human chose `case`), none (no file fits),
    not-this (it isn't `case`), corrected (it lay with a wrong file; this is the right
    one). `about_id` is the subject of `case`. `step` is the confidence shown for `case`, as its step of the
    calibration (`rules.matching.calibrate`); None where no machine had looked. `confirmed_at`: when a clerk answered
    what a machine had assigned, and left it there. `findings` is JSON: what agreed and what
    didn't, in words of the rules, without any value.
    """

    WAYS = [(one, one) for one in ("automatic", "clerk", "none", "not-this", "corrected")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="assignments")
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60)
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="assignments")
    about_id = models.UUIDField(null=True, db_index=True)
    way = models.CharField(max_length=10, choices=WAYS)
    step = models.PositiveSmallIntegerField(null=True)
    findings = SealedField(category="case-reference")
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")


class MatchTally(models.Model):
    """How often a confidence of this step was right, as humans decided: what the calibration learns from.

    `doubted`: of candidates in whom the guard found something. They are wrong far more often than the others, and what
    is learned from them says nothing about those that a computer may decide alone.
    """

    pk = models.CompositePrimaryKey("step", "doubted")
    step = models.PositiveSmallIntegerField()
    doubted = models.BooleanField()
    right = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)


class TermFrequency(models.Model):
    """How often a name came among the debtors of the imports, for names that came `smallest_cell` times and more.

    `kind`: given or family. An empty `term` is the number of all. A rare name is in no row.
    """

    pk = models.CompositePrimaryKey("kind", "term")
    kind = models.CharField(max_length=6)
    term = models.CharField(max_length=100, blank=True)
    number = models.PositiveIntegerField()


class Link(models.Model):
    """A proposal, for a human only: the files of `subject_id` and of `other_id` may be one person's.

    Each pair has two rows, one for each of them. `weight`: match weight in whole bits. `agreed`: words of the rules.
    """

    STATES = [(one, one) for one in ("proposed", "accepted", "dismissed")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(db_index=True)
    other_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=COLLECTION)
    weight = models.SmallIntegerField()
    agreed = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=9, choices=STATES, default="proposed")
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_id", "other_id"], name="linked_once")]


class ImportRun(models.Model):
    """How far an import came, so that one that was killed goes on. `file` is a keyed hash of the file's content."""

    file = models.CharField(primary_key=True, max_length=64)
    line = models.PositiveBigIntegerField(default=0)
    offset = models.PositiveBigIntegerField(default=0)
    imported = models.PositiveBigIntegerField(default=0)
    updated = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    rejected = models.JSONField(default=list)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)


class ApiToken(models.Model):
    """What a creditor's or the agency's own software shows at the API. Only a keyed hash of it is kept.

    It is good for one purpose and nothing else, until `until` or until somebody ends it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60, unique=True)
    digest = models.BinaryField(max_length=32)
    purpose = models.CharField(max_length=60)
    made_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
