"""The inventory of stored fields: what each column of each table holds.

Access, export, erasure and sweep walk over this list. A column that is not in it stops the start and the tests.
The words: `id` opaque random id · `subject` a subject's id · `digest` keyed hash, can't be read back · `sealed`
personal, readable through the vault alone · `state` says nothing about a person by itself · `time` · `staff` about
those who work here · `house` about the house itself.
"""

from __future__ import annotations

from django.apps import apps

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
}

INVENTORY: dict[str, dict[str, str]] = {
    "zusage.Subject": {"id": "subject", "created_at": "time"},
    "zusage.Staff": {
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
    "zusage.Submission": {
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
    "zusage.SubmissionValue": {
        "submission": "id",
        "subject_id": "subject",
        "purpose": "state",
        "field": "state",
        "value": "sealed",
    },
    "zusage.Message": {
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
    "zusage.Note": {
        "id": "id",
        "submission": "id",
        "subject_id": "subject",
        "purpose": "state",
        "author": "staff",
        "body": "sealed",
        "written_at": "time",
    },
    "zusage.Mailbox": {
        "subject": "subject",
        "receipt_digest": "digest",
        "ticket_digest": "digest",
        "ticket_box": "digest",
        "ticket_until": "time",
        "purpose": "state",
        "notice_email": "sealed",
    },
    "zusage.Case": {
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
    "zusage.NoticeVersion": {"digest": "house", "published_at": "house", "document": "house"},
    "protocol.Outbox": _PROTOCOL,
    "protocol.Entry": _PROTOCOL,
    "vault.DataKey": {
        "subject_id": "subject",
        "purpose": "state",
        "wrapped": "house",
        "kek": "house",
        "created_at": "time",
    },
    "vault.RootKey": {"name": "house", "wrapped": "house", "kek": "house"},
    "vault.Tombstone": {"id": "id", "subject_id": "subject", "ground": "state", "at": "time"},
    "vault.BlindIndex": {
        "subject_id": "subject",
        "name": "state",
        "digest": "digest",
        "record_type": "state",
        "record_id": "id",
    },
    "vault.Restriction": {
        "id": "id",
        "subject_id": "subject",
        "kind": "state",
        "purpose": "state",
        "since": "time",
        "ended_at": "time",
    },
    "vault.Consent": {
        "id": "id",
        "subject_id": "subject",
        "purpose": "state",
        "notice_version": "state",
        "given_at": "time",
        "withdrawn_at": "time",
    },
    # Tables that libraries bring. They know staff, sessions by random key, and tasks by opaque ids.
    "auth.Permission": {"id": "house", "name": "house", "content_type": "house", "codename": "house"},
    "auth.Group": {"id": "house", "name": "house", "permissions": "house"},
    "contenttypes.ContentType": {"id": "house", "app_label": "house", "model": "house"},
    "sessions.Session": {"session_key": "id", "session_data": "id", "expire_date": "time"},
    "account.EmailAddress": {
        "id": "staff",
        "user": "staff",
        "email": "staff",
        "verified": "staff",
        "primary": "staff",
    },
    "account.EmailConfirmation": {
        "id": "staff",
        "email_address": "staff",
        "created": "staff",
        "sent": "staff",
        "key": "staff",
    },
    "mfa.Authenticator": {
        "id": "staff",
        "user": "staff",
        "type": "staff",
        "data": "staff",
        "created_at": "staff",
        "last_used_at": "staff",
    },
    "django_tasks_database.DBTaskResult": {
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
}

CLASSES = frozenset({"id", "subject", "digest", "sealed", "state", "time", "staff", "house"})


def unclassified() -> list[str]:
    """The lines that are missing from the inventory, as they would have to be added."""
    lines = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.auto_created:
            continue
        known = INVENTORY.get(model._meta.label, {})
        fields = [*model._meta.concrete_fields, *model._meta.local_many_to_many]
        for field in fields:
            if known.get(field.name) not in CLASSES:
                lines.append(f'"{model._meta.label}": {{"{field.name}": "…"}}')
    return lines


def stale() -> list[str]:
    """Entries of the inventory that no table has."""
    labels = {model._meta.label: {f.name for f in model._meta.get_fields()} for model in apps.get_models()}
    return [
        f"{label}.{name}"
        for label, names in INVENTORY.items()
        for name in names
        if name not in labels.get(label, set())
    ]
