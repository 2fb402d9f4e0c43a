"""Erasing a subject: the keys go first, then what they opened. Repeating it changes nothing."""

from __future__ import annotations

from uuid import UUID

from django.apps import apps
from django.db import transaction

from zusage.protocol.outbox import Actor, Deed, record
from zusage.vault.models import BlindIndex, DataKey, Tombstone
from zusage.vault.sealed import of_subject, sealed_columns


def shred(subject_id: UUID, ground: str, actor: Actor) -> None:
    """Delete the subject's keys, null its sealed columns, drop its index rows, and leave a tombstone.

    The keys store commits first: should the machine die in between, the data is unreadable already, and `replay`
    finishes the rest.
    """
    with transaction.atomic(using="keys"):
        Tombstone.objects.get_or_create(subject_id=subject_id, defaults={"ground": ground})
        DataKey.objects.filter(subject_id=subject_id).delete()
    with transaction.atomic():
        _clear(subject_id)
        record(actor, [Deed("shred", "subject", str(subject_id), subject_id)])


def erased(subject_id: UUID) -> bool:
    """Whether this subject was erased: whoever still holds a receipt or an open mailbox of theirs finds nothing."""
    return Tombstone.objects.filter(subject_id=subject_id).exists()


def replay() -> int:
    """Erase again whoever has a tombstone: after a restore of the data or of the keys. The number of subjects."""
    erased = list(Tombstone.objects.values_list("subject_id", flat=True))
    for subject_id in erased:
        with transaction.atomic(using="keys"):
            DataKey.objects.filter(subject_id=subject_id).delete()
        with transaction.atomic():
            _clear(subject_id)
    return len(erased)


def _clear(subject_id: UUID) -> None:
    BlindIndex.objects.filter(subject_id=subject_id).delete()
    for model in apps.get_models():
        columns = sealed_columns(model)
        if columns:
            of_subject(model, subject_id).update(**dict.fromkeys(columns))
