"""The inventory of stored fields: what each column of each table holds, whose it is, and from when it is counted.

The words: `id` opaque random id · `subject` a subject's id · `digest` keyed hash, can't be read back · `sealed`
personal, readable through the vault alone (its category is at the column itself) · `state` says nothing about a person
by itself · `time` · `staff` about those who work here · `house` about the house itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OWN, LAST, HOUSE = "own", "last", "house"


@dataclass(frozen=True, slots=True)
class Table:
    """What one table holds.

    `columns`: name -> class. `subject`: the lookup from a row to its subject's id; empty where no row is about a
    subject, and then `why` says so, for the list of what was searched. `kept`: whose period the rows have: `OWN` (that
    of the purpose they name), the id of a purpose, `LAST` (they go with the last that is kept of their subject), or
    `HOUSE` (no period of a subject's: libraries' tables, keys of the house). `category`: the one whose period the rows
    have, where it isn't the purpose's. `starts`: starting point of a period -> the lookup from a row to its time.
    """

    columns: Mapping[str, str]
    subject: str = ""
    why: str = ""
    kept: str = HOUSE
    category: str = ""
    starts: Mapping[str, str] = field(default_factory=dict)


_PROTOCOL = {
    "id": "id",
    "at": "time",
    "act": "state",
    "actor_kind": "state",
    "actor_id": "id",
    "purpose": "state",
    "subject_id": "subject",
    "record_type": "state",
    "record_id": "id",
    "recipient": "state",
}

_SUBMISSION = {"received": "submission__received_at", "closed": "submission__closed_at"}
_REQUEST = {"received": "request__submission__received_at", "closed": "request__closed_at"}

INVENTORY: dict[str, Table] = {
    "zusage.Subject": Table({"id": "subject", "created_at": "time"}, subject="id", kept=LAST),
    "zusage.Staff": Table(
        {
            "id": "id",
            "username": "staff",
            "password": "staff",
            "last_login": "staff",
            "role": "staff",
            "language": "staff",
            "is_active": "staff",
            "must_change_password": "staff",
            "created_at": "staff",
        },
        why="staff",
    ),
    "zusage.Submission": Table(
        {
            "id": "id",
            "subject": "subject",
            "purpose": "state",
            "language": "state",
            "notice_version": "state",
            "received_at": "time",
            "state": "state",
            "closed_at": "time",
            "assigned_to": "staff",
            "case": "id",
        },
        subject="subject_id",
        kept=OWN,
        starts={"received": "received_at", "closed": "closed_at"},
    ),
    "zusage.SubmissionValue": Table(
        {
            "submission": "id",
            "subject_id": "subject",
            "purpose": "state",
            "field": "state",
            "value": "sealed",
        },
        subject="submission__subject_id",
        kept=OWN,
        starts=_SUBMISSION,
    ),
    "zusage.Message": Table(
        {
            "id": "id",
            "submission": "id",
            "subject_id": "subject",
            "purpose": "state",
            "sender": "state",
            "author": "staff",
            "body": "sealed",
            "sent_at": "time",
            "read_at": "time",
        },
        subject="subject_id",
        kept=OWN,
        starts=_SUBMISSION,
    ),
    "zusage.Note": Table(
        {
            "id": "id",
            "submission": "id",
            "subject_id": "subject",
            "purpose": "state",
            "author": "staff",
            "body": "sealed",
            "written_at": "time",
        },
        subject="subject_id",
        kept=OWN,
        starts=_SUBMISSION,
    ),
    "zusage.Mailbox": Table(
        {
            "subject": "subject",
            "receipt_digest": "digest",
            "ticket_digest": "digest",
            "ticket_box": "digest",
            "ticket_until": "time",
            "purpose": "state",
            "notice_email": "sealed",
        },
        subject="subject_id",
        kept=LAST,
    ),
    "zusage.Case": Table(
        {
            "id": "id",
            "subject": "subject",
            "purpose": "state",
            "state": "state",
            "opened_on": "time",
            "closed_on": "time",
            "reference": "sealed",
            "debtor_name": "sealed",
            "date_of_birth": "sealed",
            "address": "sealed",
            "creditor": "sealed",
            "balance": "sealed",
        },
        subject="subject_id",
        kept=OWN,
        starts={"received": "opened_on", "closed": "closed_on", "financial-year-end": "closed_on"},
    ),
    "zusage.ProbePerson": Table({"submission_id": "id", "at": "time"}, why="house"),
    "zusage.Finding": Table(
        {
            "id": "house",
            "promise": "house",
            "probe": "house",
            "state": "house",
            "since": "time",
            "at": "time",
            "good_until": "time",
            "told_at": "time",
            "evidence": "house",
        },
        why="house",
    ),
    "zusage.ProofDay": Table(
        {"day": "time", "results": "house", "previous": "house", "digest": "house", "signature": "house"},
        why="house",
    ),
    "zusage.NoticeVersion": Table(
        {"digest": "house", "published_at": "house", "document": "house"}, why="house"
    ),
    "zusage.RightsRequest": Table(
        {
            "submission": "id",
            "subject_id": "subject",
            "purpose": "state",
            "right": "state",
            "way": "state",
            "regime": "state",
            "received_on": "time",
            "due_on": "time",
            "extended": "state",
            "identity": "state",
            "state": "state",
            "closed_at": "time",
            "assigned_to": "staff",
        },
        subject="subject_id",
        kept=OWN,
        starts={"received": "submission__received_at", "closed": "closed_at"},
    ),
    "zusage.Concern": Table(
        {
            "id": "id",
            "request": "id",
            "subject_id": "subject",
            "about_id": "subject",
            "author": "staff",
            "at": "time",
        },
        subject="subject_id",
        kept="rights",
        starts=_REQUEST,
    ),
    "zusage.Step": Table(
        {
            "id": "id",
            "request": "id",
            "subject_id": "subject",
            "purpose": "state",
            "act": "state",
            "ground": "state",
            "until": "time",
            "author": "staff",
            "text": "sealed",
            "at": "time",
        },
        subject="subject_id",
        kept=OWN,
        starts=_REQUEST,
    ),
    "zusage.Proof": Table(
        {
            "request": "id",
            "subject_id": "subject",
            "purpose": "state",
            "media_type": "state",
            "size": "state",
            "content": "sealed",
            "uploaded_at": "time",
        },
        subject="subject_id",
        kept=OWN,
        category="identity-proof",
        starts={"received": "uploaded_at"},
    ),
    "zusage.Document": Table(
        {
            "id": "id",
            "submission": "id",
            "subject_id": "subject",
            "purpose": "state",
            "name": "state",
            "media_type": "state",
            "content": "sealed",
            "made_at": "time",
        },
        subject="subject_id",
        kept=OWN,
        category="access-package",
        starts={"made": "made_at"},
    ),
    "zusage.LetterCode": Table(
        {
            "id": "id",
            "case": "id",
            "subject": "subject",
            "purpose": "state",
            "digest": "digest",
            "made_at": "time",
            "until": "time",
            "tries": "state",
            "used_at": "time",
        },
        subject="subject_id",
        kept=OWN,
        category="access-code",
        starts={"made": "made_at"},
    ),
    "zusage.Correction": Table(
        {
            "id": "id",
            "subject_id": "subject",
            "purpose": "state",
            "request": "id",
            "record_type": "state",
            "record_id": "id",
            "column": "state",
            "field": "state",
            "state": "state",
            "before": "sealed",
            "note": "sealed",
            "author": "staff",
            "at": "time",
        },
        subject="subject_id",
        kept=LAST,
    ),
    "zusage.Hold": Table(
        {
            "id": "id",
            "subject_id": "subject",
            "purpose": "state",
            "held": "state",
            "reason": "sealed",
            "author": "staff",
            "since": "time",
            "review_on": "time",
            "ended_at": "time",
            "ended_by": "staff",
        },
        subject="subject_id",
        kept=OWN,
        starts={"received": "since", "closed": "ended_at"},
    ),
    "zusage.Demand": Table(
        {
            "id": "id",
            "subject_id": "subject",
            "batch": "id",
            "purpose": "state",
            "citation": "state",
            "authority": "sealed",
            "reference": "sealed",
            "author": "staff",
            "received_on": "time",
            "closed_at": "time",
        },
        subject="subject_id",
        kept=OWN,
        starts={"received": "received_on", "closed": "closed_at"},
    ),
    "zusage.Disclosure": Table(
        {
            "id": "id",
            "subject_id": "subject",
            "recipient": "state",
            "purpose": "state",
            "ground": "state",
            "citation": "state",
            "country": "state",
            "safeguard": "state",
            "contract": "state",
            "fields": "state",
            "form": "state",
            "record_type": "state",
            "record_id": "id",
            "batch": "id",
            "demand": "id",
            "actor_kind": "state",
            "actor_id": "id",
            "at": "time",
        },
        subject="subject_id",
        kept="protocol",
        category="disclosure-record",
        starts={"made": "at"},
    ),
    "zusage.Breach": Table(
        {
            "id": "id",
            "subject": "subject",
            "purpose": "state",
            "noticed_at": "time",
            "occurred_at": "time",
            "risk": "state",
            "what": "sealed",
            "persons": "sealed",
            "data": "sealed",
            "consequences": "sealed",
            "measures": "sealed",
            "told": "sealed",
            "authority_told_at": "time",
            "persons_told_at": "time",
            "closed_at": "time",
            "author": "staff",
            "edition": "state",
        },
        subject="subject_id",
        kept=OWN,
        starts={"received": "noticed_at", "closed": "closed_at"},
    ),
    "vault.Warrant": Table(
        {
            "id": "id",
            "subject_id": "subject",
            "purpose": "state",
            "record_id": "id",
            "since": "time",
            "ended_at": "time",
        },
        subject="subject_id",
        kept=LAST,
    ),
    "protocol.Outbox": Table(_PROTOCOL, subject="subject_id", kept="protocol", starts={"received": "at"}),
    "protocol.Entry": Table(
        {**_PROTOCOL, "position": "state", "salt": "digest", "proof": "digest"},
        subject="subject_id",
        kept="protocol",
        starts={"received": "at"},
    ),
    "protocol.Expired": Table(
        {
            "position": "house",
            "entry_id": "id",
            "at": "time",
            "digest": "digest",
            "proof": "digest",
            "removed_at": "time",
            "rule": "state",
            "length": "state",
            "unit": "state",
            "mac": "digest",
        },
        why="house",
    ),
    "protocol.Seal": Table(
        {
            "number": "house",
            "first": "house",
            "last": "house",
            "root": "house",
            "before": "house",
            "at": "house",
            "key": "house",
            "mac": "house",
            "signature": "house",
        },
        why="house",
    ),
    "protocol.SealMark": Table(
        {"id": "house", "number": "house", "last": "house", "digest": "house", "at": "house", "mac": "house"},
        why="house",
    ),
    "vault.DataKey": Table(
        {
            "subject_id": "subject",
            "purpose": "state",
            "wrapped": "house",
            "kek": "house",
            "created_at": "time",
        },
        subject="subject_id",
        kept=LAST,
    ),
    "vault.RootKey": Table({"name": "house", "wrapped": "house", "kek": "house"}, why="house"),
    "vault.Tombstone": Table(
        {
            "id": "id",
            "subject_id": "subject",
            "purpose": "state",
            "category": "state",
            "ground": "state",
            "at": "time",
            "cleared_at": "time",
        },
        subject="subject_id",
        kept=HOUSE,
    ),
    "vault.BackupPlace": Table({"path": "house", "last_at": "time", "told_at": "time"}, why="house"),
    "vault.RestoreMark": Table({"backup_id": "house", "since": "time"}, why="house"),
    "vault.BlindIndex": Table(
        {
            "subject_id": "subject",
            "purpose": "state",
            "name": "state",
            "digest": "digest",
            "record_type": "state",
            "record_id": "id",
        },
        subject="subject_id",
        kept=LAST,
    ),
    "vault.Restriction": Table(
        {
            "id": "id",
            "subject_id": "subject",
            "kind": "state",
            "purpose": "state",
            "ground": "state",
            "until": "time",
            "request_id": "id",
            "since": "time",
            "ended_at": "time",
        },
        subject="subject_id",
        kept=LAST,
    ),
    "vault.Consent": Table(
        {
            "id": "id",
            "subject_id": "subject",
            "purpose": "state",
            "notice_version": "state",
            "given_at": "time",
            "withdrawn_at": "time",
        },
        subject="subject_id",
        kept=OWN,
        starts={"given": "given_at"},
    ),
    # Tables that libraries bring. They know staff, sessions by random key, and tasks by opaque ids.
    "auth.Permission": Table(
        {"id": "house", "name": "house", "content_type": "house", "codename": "house"}, why="library"
    ),
    "auth.Group": Table({"id": "house", "name": "house", "permissions": "house"}, why="library"),
    "contenttypes.ContentType": Table({"id": "house", "app_label": "house", "model": "house"}, why="library"),
    "sessions.Session": Table(
        {"session_key": "id", "session_data": "id", "expire_date": "time"}, why="session"
    ),
    "account.EmailAddress": Table(
        {
            "id": "staff",
            "user": "staff",
            "email": "staff",
            "verified": "staff",
            "primary": "staff",
        },
        why="staff",
    ),
    "account.EmailConfirmation": Table(
        {
            "id": "staff",
            "email_address": "staff",
            "created": "staff",
            "sent": "staff",
            "key": "staff",
        },
        why="staff",
    ),
    "mfa.Authenticator": Table(
        {
            "id": "staff",
            "user": "staff",
            "type": "staff",
            "data": "staff",
            "created_at": "staff",
            "last_used_at": "staff",
        },
        why="staff",
    ),
    "django_tasks_database.DBTaskResult": Table(
        {
            "id": "id",
            "status": "house",
            "enqueued_at": "time",
            "started_at": "time",
            "finished_at": "time",
            "args_kwargs": "id",
            "priority": "house",
            "task_path": "house",
            "worker_ids": "house",
            "queue_name": "house",
            "backend_name": "house",
            "run_after": "time",
            "return_value": "house",
            "exception_class_path": "house",
            "traceback": "house",
        },
        why="task",
    ),
    "visits.View": Table(
        {
            "id": "id",
            "day": "time",
            "hour": "time",
            "page": "house",
            "browser": "house",
            "system": "house",
            "referrer_host": "house",
            "robot": "house",
        },
        why="anonymous",
    ),
    "visits.Choice": Table({"id": "id", "day": "time", "kind": "house", "value": "house"}, why="anonymous"),
    "visits.Count": Table(
        {
            "id": "id",
            "source": "house",
            "day": "time",
            "dimension": "house",
            "value": "house",
            "count": "house",
        },
        why="anonymous",
    ),
    "visits.Pending": Table(
        {
            "id": "id",
            "week": "time",
            "day": "time",
            "dimension": "house",
            "digest": "house",
            "count": "house",
        },
        why="anonymous",
    ),
    "visits.Evaluation": Table({"id": "id", "at": "time"}, why="anonymous"),
    "visits.Evaluated": Table(
        {"fingerprint": "house", "length": "house", "lines": "house", "at": "time"}, why="anonymous"
    ),
}
