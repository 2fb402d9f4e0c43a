"""The one door to plaintext: checks who asks and what for, opens, and records the opening."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from zusage.policy.types import Purpose
from zusage.protocol.outbox import Actor, Deed, record
from zusage.tenant import policy
from zusage.vault import cipher
from zusage.vault.keys import Keyring, NoKey
from zusage.vault.models import NOTICE, Consent, Restriction, Tombstone
from zusage.vault.sealed import place, row_name, sealed_columns

# What the system opens by itself, and nothing beyond it.
SYSTEM_OPENS = {"notices": (NOTICE,)}
CONSENT = "consent"

Opened = dict[str, str]
"""Column -> plain text, without the columns that are empty."""


Reason = Literal[
    "unknown-purpose", "not-your-purpose", "not-your-data", "restricted", "no-consent", "erased", "damaged"
]


class Refused(Exception):
    """The door stays shut, for this `reason`. `damaged`: the stored value was changed, or moved from elsewhere."""

    def __init__(self, reason: Reason):
        self.reason: Reason = reason
        super().__init__(reason)


def open(sealed: Any, purpose: str, actor: Actor) -> Opened:
    """The plain values of one record, for `purpose`. Raises Refused."""
    found = open_many([sealed], purpose, actor)[0]
    if isinstance(found, Refused):
        raise found
    return found


def open_many(records: Sequence[Any], purpose: str, actor: Actor) -> list[Opened | Refused]:
    """The plain values of each record, or why it stays shut: one that does spoils no other.

    Raises Refused where `actor` may not open for `purpose` at all.
    """
    declared = policy().purposes.get(purpose)
    if declared is None:
        raise Refused("unknown-purpose")
    may(actor, purpose)
    if not records:
        return []
    with transaction.atomic():
        ring = Keyring()
        ring.fetch((one.subject_id, one.purpose) for one in records)
        subjects = {one.subject_id for one in records}
        # A person's own eyes are never restricted.
        closed = _erased(subjects) if actor.kind == "subject" else shut(subjects, purpose)
        found = [_open_one(one, declared, actor, closed, ring) for one in records]
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


def shut(subjects: Collection[UUID], purpose: str) -> dict[UUID, Refused]:
    """The subjects whose values stay shut for `purpose` to everybody but themselves, and why."""
    declared = policy().purposes[purpose]
    active = Restriction.objects.filter(subject_id__in=subjects, ended_at=None)
    blocked = active.filter(Q(purpose="") | Q(purpose=purpose)).values_list("subject_id", flat=True)
    found = {subject: Refused("restricted") for subject in blocked}
    if declared.basis == CONSENT:
        live = Consent.in_force.filter(subject_id__in=subjects, purpose=purpose)
        consenting = set(live.values_list("subject_id", flat=True))
        found = {subject: Refused("no-consent") for subject in subjects if subject not in consenting} | found
    return found | _erased(subjects)


def _erased(subjects: Collection[UUID]) -> dict[UUID, Refused]:
    erased = Tombstone.objects.filter(subject_id__in=subjects).values_list("subject_id", flat=True)
    return {subject: Refused("erased") for subject in erased}


def _open_one(
    one: Any, purpose: Purpose, actor: Actor, closed: dict[UUID, Refused], ring: Keyring
) -> Opened | Refused:
    if actor.kind == "subject" and str(one.subject_id) != actor.id:
        return Refused("not-your-data")
    if one.subject_id in closed:
        return closed[one.subject_id]
    if one.purpose != purpose.id and not _further(one, purpose):
        return Refused("not-your-purpose")
    opened = {}
    for column in sealed_columns(type(one)):
        ciphertext = getattr(one, column)
        if ciphertext is None:
            continue
        try:
            key = ring.key(one.subject_id, one.purpose)
            opened[column] = cipher.unseal(key, bytes(ciphertext), place(one, column)).decode()
        except NoKey:
            return Refused("erased")
        except cipher.Damaged:
            return Refused("damaged")
    return opened


def _further(one: Any, purpose: Purpose) -> bool:
    """A further purpose opens the declared fields of the purposes it belongs to (consent was checked before)."""
    return one.purpose in purpose.of and getattr(one, "field", "") in purpose.fields
