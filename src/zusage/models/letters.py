"""What people send and what the agency answers."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from zusage.models.cases import Case
from zusage.models.people import Staff, Subject
from zusage.vault.models import NOTICE
from zusage.vault.sealed import BY_FIELD, SealedField


class Submission(models.Model):
    """A sent form (contact, enquiry, payment) and the exchange of letters that follows.

    Its id, as that of a message or a note, is a keyed hash of the page's token and the content (`vault.keyed_id`): what
    is sent twice is stored once.
    """

    STATES = [("open", "open"), ("answered", "answered"), ("closed", "closed")]
    SEARCHES = [("", "none"), ("waiting", "waiting"), ("automatic", "automatic"), ("human", "human")]
    """Looking for its file: nobody does, the worker will, the worker found it, a human has to (`Assignment`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="submissions")
    purpose = models.CharField(max_length=60)
    language = models.CharField(max_length=2)
    notice_version = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=STATES, default="open")
    closed_at = models.DateTimeField(null=True)
    assigned_to = models.ForeignKey(
        Staff, null=True, on_delete=models.SET_NULL, related_name="submissions", db_index=False
    )
    case = models.ForeignKey(
        Case, null=True, on_delete=models.SET_NULL, related_name="submissions", db_index=False
    )
    search = models.CharField(max_length=9, choices=SEARCHES, default="", blank=True)
    cost_notice = models.CharField(max_length=64, default="", blank=True)
    """Which text of the cost notice (RDG 13a) stood beside the form; empty where none did."""

    class Meta:
        # All but the first know some rows alone; but for the last, none of them new: an intake doesn't pay for them.
        indexes = [
            models.Index(fields=["state", "received_at"], name="inbox"),
            models.Index(
                fields=["assigned_to"], name="of_clerk", condition=models.Q(assigned_to__isnull=False)
            ),
            models.Index(fields=["closed_at"], name="closed", condition=models.Q(closed_at__isnull=False)),
            models.Index(fields=["case"], name="of_case", condition=models.Q(case__isnull=False)),
            models.Index(fields=["received_at"], name="sought", condition=models.Q(search="waiting")),
        ]


class SubmissionValue(models.Model):
    """One field of a sent form, sealed for the purpose it was asked for.

    The key is submission and field: the values of one submission lie side by side, so that storing or reading them
    touches a page or two instead of one for each. A subject's values are found by way of their submissions.
    """

    SUBJECT_LOOKUP = "submission__subject_id"

    pk = models.CompositePrimaryKey("submission_id", "field")
    # No constraint in the database: values come in the same statement as their submission, and go with it; checking
    # each of them against it costs PostgreSQL more than storing it.
    submission = models.ForeignKey(
        Submission, on_delete=models.CASCADE, related_name="values", db_index=False, db_constraint=False
    )
    subject_id = models.UUIDField()
    purpose = models.CharField(max_length=60)
    field = models.CharField(max_length=60)
    value = SealedField(category=BY_FIELD)


class Message(models.Model):
    """A letter after the form: from the person, or from the agency."""

    SENDERS = [("person", "person"), ("agency", "agency")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="messages")
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60)
    sender = models.CharField(max_length=6, choices=SENDERS)
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL)
    body = SealedField(category="message")
    sent_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)


class Note(models.Model):
    """A clerk's note beside a submission; the person learns of it through their right of access."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="notes")
    subject_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=60)
    author = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL)
    body = SealedField(category="message")
    written_at = models.DateTimeField(default=timezone.now)


class Mailbox(models.Model):
    """A subject's mailbox, opened by the receipt, of which only a keyed hash is kept.

    Until the receipt has been shown, it waits in `ticket_box`, sealed under the ticket in the address of the page
    that shows it once; the ticket itself is nowhere here.
    """

    subject = models.OneToOneField(
        Subject, on_delete=models.CASCADE, related_name="mailbox", primary_key=True
    )
    receipt_digest = models.BinaryField(max_length=32, unique=True)
    ticket_digest = models.BinaryField(max_length=32, null=True, unique=True)
    ticket_box = models.BinaryField(null=True)
    ticket_until = models.DateTimeField(null=True)
    purpose = models.CharField(max_length=60, default=NOTICE)
    notice_email = SealedField(category="email")
