"""What people demand of the agency about their data, and what comes of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from zusage.models.cases import Case
from zusage.models.letters import Submission
from zusage.models.people import Staff, Subject
from zusage.vault.sealed import BY_FIELD, SealedField

RIGHTS = "rights"
"""The purpose of everything in this file but the legal hold."""
DEFENCE = "claims-defence"
"""The purpose of a legal hold."""


class RightsRequest(models.Model):
    """A request (Gesuch) to exercise a right. Its letters are those of its submission, whose purpose is `RIGHTS`.

    `right`: access, copy, rectification, blocking, deletion, objection, withdrawal, complaint, question, not-me.
    `way`: how the person came: mailbox, letter-code, stranger (with a proof of identity), none (not-me).
    `identity`: given (by receipt or letter code), pending, proven, refused, unneeded. `due_on` is the last day to
    answer by the law of `regime`; `received_on` the day from which it counts.
    """

    RIGHTS = [
        (one, one)
        for one in (
            "access", "copy", "rectification", "blocking", "deletion", "objection", "withdrawal", "complaint",
            "question", "not-me",
        )
    ]  # fmt: skip
    WAYS = [(one, one) for one in ("mailbox", "letter-code", "stranger", "none")]
    IDENTITIES = [(one, one) for one in ("given", "pending", "proven", "refused", "unneeded")]
    STATES = [(one, one) for one in ("open", "answered", "refused", "dropped")]

    submission = models.OneToOneField(
        Submission, on_delete=models.CASCADE, primary_key=True, related_name="request"
    )
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(
        max_length=60, default="rights"
    )  # in this class RIGHTS are those one can exercise
    right = models.CharField(max_length=20, choices=RIGHTS)
    way = models.CharField(max_length=12, choices=WAYS)
    regime = models.CharField(max_length=10)
    received_on = models.DateField()
    due_on = models.DateField()
    extended = models.BooleanField(default=False)
    identity = models.CharField(max_length=8, choices=IDENTITIES)
    state = models.CharField(max_length=8, choices=STATES, default="open")
    closed_at = models.DateTimeField(null=True)
    assigned_to = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="requests")

    class Meta:
        indexes = [models.Index(fields=["state", "due_on"], name="queue")]


class Concern(models.Model):
    """A subject that a request is about: the asker's own, a case's. More than the first is a human's decision."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="concerns")
    subject_id = models.UUIDField(db_index=True)
    about_id = models.UUIDField(db_index=True)
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "about_id"], name="concerned_once")]


class Step(models.Model):
    """One step of a request, as it happened: received, identity decided, extended, executed, answered, refused, …

    `ground` is an id of the law's closed list, `until` a day that the step sets, `text` what was said.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="steps")
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=RIGHTS)
    act = models.CharField(max_length=40)
    ground = models.CharField(max_length=60, blank=True)
    until = models.DateField(null=True)
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    text = SealedField(category="rights-request")
    at = models.DateTimeField(default=timezone.now)


class Proof(models.Model):
    """A stranger's proof of identity (PDF, JPEG, PNG), until identity is decided; `content` is base64 text, sealed."""

    request = models.OneToOneField(
        RightsRequest, on_delete=models.CASCADE, primary_key=True, related_name="proof"
    )
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=RIGHTS)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    content = SealedField(category="identity-proof")
    uploaded_at = models.DateTimeField(default=timezone.now)


class Document(models.Model):
    """What the agency lays into a mailbox beside its letters, such as an access package. `content`: base64, sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="documents")
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=RIGHTS)
    name = models.CharField(max_length=60)
    media_type = models.CharField(max_length=40)
    content = SealedField(category="access-package")
    made_at = models.DateTimeField(default=timezone.now, db_index=True)


class LetterCode(models.Model):
    """The code on a letter that the agency sends: with the case reference it says who somebody is.

    Only a keyed hash of it is kept. It opens until `until`, and no more after too many wrong `tries`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="letter_codes")
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=60, default=RIGHTS)
    digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField(default=timezone.now, db_index=True)
    until = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)


class Correction(models.Model):
    """A value that was rectified, or that is disputed: who changed what when, and what it was before.

    While `disputed`, the note travels with the value (Bestreitungsvermerk, DSG 32(2)). `column` is the record's;
    `field` a declared field of the value's category, by which both texts are kept and erased as the value itself is;
    empty where no form asks for such a thing.
    """

    STATES = [("changed", "changed"), ("disputed", "disputed"), ("settled", "settled")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60)
    request = models.ForeignKey(
        RightsRequest, null=True, on_delete=models.SET_NULL, related_name="corrections"
    )
    record_type = models.CharField(max_length=60)
    record_id = models.CharField(max_length=100)
    column = models.CharField(max_length=60)
    field = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=8, choices=STATES)
    before = SealedField(category=BY_FIELD)
    note = SealedField(category=BY_FIELD)
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["record_type", "record_id"], name="correction_of")]


class Hold(models.Model):
    """A legal hold: nothing of the subject is deleted while it lasts. `held` names a purpose; empty means all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60, default=DEFENCE)
    held = models.CharField(max_length=60, blank=True)
    reason = SealedField(category="legal-hold")
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    review_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
