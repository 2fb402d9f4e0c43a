"""The one door to plaintext: checks who asks and what for, opens, and records the opening."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from zusage.policy.types import Purpose
from zusage.protocol.outbox import Actor, Deed, record
from zusage.tenant import policy
from zusage.vault import cipher
from zusage.vault.keys import Keyring, NoKey
from zusage.vault.models import Consent, Restriction
from zusage.vault.sealed import place, row_name, sealed_columns

# What the system opens by itself, and nothing beyond it.
SYSTEM_OPENS = {"notices": ("mailbox-notice",)}
CONSENT = "consent"

Opened = dict[str, str]
"""Column -> plain text, without the columns that are empty."""


class Refused(Exception):
    """The door stays shut.

    `reason`: unknown-purpose, not-your-purpose, not-your-data, restricted, no-consent or erased.
    """

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


def open(sealed: Any, purpose: str, actor: Actor) -> Opened:
    """The plain values of one record, for `purpose`. Raises Refused; cipher.Damaged for a tampered value."""
    found = _open([sealed], purpose, actor)[0]
    if isinstance(found, Refused):
        raise found
    return found


def open_many(records: Sequence[Any], purpose: str, actor: Actor) -> list[Opened | None]:
    """The plain values of many records; None for those whose subject is restricted, erased or didn't consent.

    Raises Refused where `actor` may not open for `purpose` at all.
    """
    return [None if isinstance(found, Refused) else found for found in _open(records, purpose, actor)]


def _open(records: Sequence[Any], purpose: str, actor: Actor) -> list[Opened | Refused]:
    declared = policy().purposes.get(purpose)
    if declared is None:
        raise Refused("unknown-purpose")
    may(actor, purpose)
    with transaction.atomic():
        ring = Keyring()
        ring.fetch((one.subject_id, one.purpose) for one in records)
        shut = _shut_subjects({one.subject_id for one in records}, declared, actor)
        found = [_open_one(one, declared, actor, shut, ring) for one in records]
        record(
            actor,
            [
                Deed("open", one._meta.label_lower, row_name(one), one.subject_id, purpose)
                for one, result in zip(records, found, strict=True)
                if not isinstance(result, Refused)
            ],
        )
    return found


def may(actor: Actor, purpose: str) -> None:
    """Raise Refused where `actor` may not open anything for `purpose`."""
    if actor.kind == "staff":
        role = policy().roles.get(actor.role)
        allowed = role.opens if role else ()
    elif actor.kind == "system":
        allowed = SYSTEM_OPENS.get(actor.id, ())
    else:
        return  # the person themselves: _open_one lets them see their own and nothing else
    if purpose not in allowed:
        raise Refused("not-your-purpose")


def _shut_subjects(subjects: set[UUID], purpose: Purpose, actor: Actor) -> dict[UUID, Refused]:
    """The subjects whose values stay shut for `purpose`. A person's own eyes are never restricted."""
    if actor.kind == "subject":
        return {}
    active = Restriction.objects.filter(subject_id__in=subjects, ended_at=None)
    blocked = set(active.filter(Q(purpose="") | Q(purpose=purpose.id)).values_list("subject_id", flat=True))
    shut = {subject: Refused("restricted") for subject in blocked}
    if purpose.basis == CONSENT:
        live = Consent.objects.filter(subject_id__in=subjects, purpose=purpose.id, withdrawn_at=None)
        consenting = set(live.values_list("subject_id", flat=True))
        shut.update({subject: Refused("no-consent") for subject in subjects - consenting - blocked})
    return shut


def _open_one(
    one: Any, purpose: Purpose, actor: Actor, shut: dict[UUID, Refused], ring: Keyring
) -> Opened | Refused:
    if actor.kind == "subject" and str(one.subject_id) != actor.id:
        return Refused("not-your-data")
    if one.subject_id in shut:
        return shut[one.subject_id]
    if one.purpose != purpose.id and not _further(one, purpose):
        return Refused("not-your-purpose")
    opened = {}
    for column in sealed_columns(type(one)):
        ciphertext = getattr(one, column)
        if ciphertext is None:
            continue
        try:
            key = ring.key(one.subject_id, one.purpose)
        except NoKey:
            return Refused("erased")
        opened[column] = cipher.unseal(key, bytes(ciphertext), place(one, column)).decode()
    return opened


def _further(one: Any, purpose: Purpose) -> bool:
    """A further purpose opens the declared fields of the purposes it belongs to (consent was checked before)."""
    return one.purpose in purpose.of and getattr(one, "field", "") in purpose.fields
