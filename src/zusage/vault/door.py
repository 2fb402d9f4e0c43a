"""The one door to plaintext: checks who asks and what for, opens, and records the opening."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from zusage.lookup import Key, Question, ask, question
from zusage.lookup import columns as look
from zusage.policy.types import Purpose
from zusage.protocol.outbox import ROOM, Actor, Deed, record
from zusage.tenant import policy
from zusage.vault import cipher
from zusage.vault.keys import Keyring, NoKey, erased
from zusage.vault.models import NOTICE, Consent, Restriction, Warrant
from zusage.vault.sealed import Place, row_name, sealed_columns, several

# What the system opens by itself, and nothing beyond it.
SYSTEM_OPENS = {
    "notices": (NOTICE,),
    "letter-codes": ("collection",),
    "import": ("collection",),  # is it this case that a row of an import is about?
    "matching": ("collection",),
    "linking": ("collection",),
    "plans": ("plan",),
}
# What opens what people wrote into a form, too, for the purpose of that form.
OPENS_FORMS = ("matching",)
CONSENT = "consent"

Opened = dict[str, str]
"""Column -> plain text, without the columns that are empty."""


Reason = Literal[
    "unknown-purpose",
    "not-your-purpose",
    "not-your-data",
    "restricted",
    "no-consent",
    "no-warrant",
    "erased",
    "damaged",
]


class Refused(Exception):
    """The door stays shut, for this `reason`.

    `no-warrant`: a lawful exception needs something on record that demands it. `damaged`: the stored value was changed,
    or moved from elsewhere.
    """

    def __init__(self, reason: Reason):
        self.reason: Reason = reason
        super().__init__(reason)


def open(sealed: Any, purpose: str, actor: Actor) -> Opened:
    """The plain values of one record, for `purpose`. Raises Refused."""
    found = open_many([sealed], purpose, actor)[0]
    if isinstance(found, Refused):
        raise found
    return found


class Blocks:
    """Some subjects' restrictions and objections, read with something else of theirs (`rows_and_blocks`).

    For `open_many` in the same transaction, and no longer.
    """

    def __init__(self, subjects: Iterable[UUID], rows: Iterable[tuple[Any, ...]]) -> None:
        self.subjects = frozenset(subjects)
        # Subject -> the purposes for which it is restricted or has objected; an empty one means all.
        self.purposes = _by_subject((subject, purpose) for subject, purpose, ended in rows if ended is None)


def rows_and_blocks(
    asked: Question, values: Collection[Key], *more: Question
) -> tuple[list[Any], Blocks, list[list[tuple[Any, ...]]]]:
    """The rows that a question finds, what blocks the opening of their subjects' values, and more by the same values.

    By one statement.
    """
    by = None if asked.column == "subject_id" else (asked.model, asked.column)
    answer, blocks, *others = ask(*((one, values) for one in (asked, _restrictions(by), *more)))
    found = asked.rows(answer)
    return found, Blocks((one.subject_id for one in found), blocks), others


def open_many(
    records: Sequence[Any],
    purpose: str,
    actor: Actor,
    columns: Collection[str] = (),
    blocks: Blocks | None = None,
) -> list[Opened | Refused]:
    """The plain values of each record, or why it stays shut: one that does spoils no other.

    `columns`: those that are opened, where not all are. `blocks`: what was read of their subjects in this transaction.
    Raises Refused where `actor` may not open for `purpose` at all.
    """
    declared = policy().purposes.get(purpose)
    if declared is None:
        raise Refused("unknown-purpose")
    may(actor, purpose)
    if not records:
        return []
    if not transaction.get_connection().in_atomic_block:
        blocks = None  # read before this transaction
    # No savepoint of its own: what opens and can't write that down takes the whole transaction with it.
    with transaction.atomic(savepoint=False):
        ring = Keyring()
        looked = _Looked(declared, actor, records, ring, blocks)
        found = [_open_one(one, looked, ring, columns) for one in records]
        opened = [one for one, said in zip(records, found, strict=True) if not isinstance(said, Refused)]
        record(actor, _deeds(opened, purpose))
    return found


def _deeds(opened: Iterable[Any], purpose: str) -> Iterator[Deed]:
    """What was opened of whom: the values of one form share a line, as far as it has room."""
    names: dict[tuple[UUID, str], list[str]] = defaultdict(list)
    for one in opened:
        names[one.subject_id, one._meta.label_lower].append(row_name(one))
    for (subject, label), rows in names.items():
        for name in several(rows, ROOM):
            yield Deed("open", label, name, subject, purpose)


def may(actor: Actor, purpose: str) -> None:
    """Raise Refused where `actor` may not open anything for `purpose`."""
    if actor.kind == "staff":
        role = policy().roles.get(actor.role)
        allowed = role.opens if role else ()
    elif actor.kind == "system":
        allowed = SYSTEM_OPENS.get(actor.id, ())
        declared = policy().purposes.get(purpose)
        if actor.id in OPENS_FORMS and declared is not None and declared.form is not None:
            return
    else:
        return  # the person themselves: _open_one lets them see their own and nothing else
    if purpose not in allowed:
        raise Refused("not-your-purpose")


def shut(subjects: Collection[UUID], purpose: str) -> dict[UUID, Refused]:
    """The subjects whose values of `purpose` stay shut for it to everybody but themselves, and why."""
    declared = policy().purposes[purpose]
    found = {}
    if declared.basis == CONSENT:
        consenting = _consenting(subjects, purpose)
        found = {subject: Refused("no-consent") for subject in subjects if subject not in consenting}
    if not declared.exception:
        blocked = _blocked(subjects).purposes
        found |= {one: Refused("restricted") for one in subjects if blocked[one] & {"", purpose}}
    gone = erased(subjects)
    return found | {one: Refused("erased") for one in subjects if gone[one] & {"", purpose}}


class _Looked:
    """What the stores say of the subjects of some records, looked up once for all of them."""

    def __init__(
        self, purpose: Purpose, actor: Actor, records: Sequence[Any], ring: Keyring, blocks: Blocks | None
    ) -> None:
        subjects = {one.subject_id for one in records}
        self.purpose, self.actor = purpose, actor
        self.erased = ring.fetch_and_erased((one.subject_id, one.purpose) for one in records)
        # A person's own eyes are never restricted; nor is what the law excepts.
        self.own = actor.kind == "subject"
        free = self.own or bool(purpose.exception)
        if blocks is None or not subjects <= blocks.subjects:
            blocks = None if free else _blocked(subjects)
        self.blocked = blocks.purposes if blocks and not free else defaultdict(set)
        asks = purpose.basis == CONSENT and not self.own
        self.consenting = _consenting(subjects, purpose.id) if asks else subjects
        foreign = {one.subject_id for one in records if one.purpose != purpose.id}
        self.warranted = _warranted(foreign, purpose.id) if purpose.exception and not self.own else foreign


def _blocked(subjects: Collection[UUID]) -> Blocks:
    return Blocks(subjects, ask((_restrictions(), subjects))[0])


def _restrictions(by: tuple[type[Model], str] | None = None) -> Question:
    return question(Restriction, "subject_id", "subject_id", "purpose", "ended_at", by=by)


def erased_purposes(subject_id: UUID) -> set[str]:
    """The purposes of a subject that were erased, and haven't begun anew; an empty one means all."""
    return erased([subject_id])[subject_id]


def _by_subject(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    for subject_id, purpose in rows:
        found[subject_id].add(purpose)
    return found


def _consenting(subjects: Collection[UUID], purpose: str) -> set[UUID]:
    rows = look(Consent, ("subject_id", "withdrawn_at"), "subject_id", subjects, purpose=purpose)
    return {subject for subject, withdrawn in rows if withdrawn is None}


def _warranted(subjects: Collection[UUID], purpose: str) -> set[UUID]:
    rows = look(Warrant, ("subject_id", "ended_at"), "subject_id", subjects, purpose=purpose)
    return {subject for subject, ended in rows if ended is None}


def _open_one(one: Any, looked: _Looked, ring: Keyring, columns: Collection[str]) -> Opened | Refused:
    refused = _refusal(one, looked)
    if refused:
        return Refused(refused)
    values = [(column, getattr(one, column)) for column in columns or sealed_columns(type(one))]
    kept = [(column, bytes(ciphertext)) for column, ciphertext in values if ciphertext is not None]
    if not kept:
        return {}
    where = Place(one)
    try:
        unseal = ring.opener(one.subject_id, one.purpose).unseal
        return {column: unseal(ciphertext, where.of(column)).decode() for column, ciphertext in kept}
    except NoKey:
        return Refused("erased")
    except cipher.Damaged:
        return Refused("damaged")


def _refusal(one: Any, looked: _Looked) -> Reason | None:
    purpose, subject = looked.purpose, one.subject_id
    if looked.own and str(subject) != looked.actor.id:
        return "not-your-data"
    if looked.erased[subject] & {"", one.purpose}:
        return "erased"
    # What is blocked for the purpose it was collected for is blocked for a further one, too.
    if looked.blocked[subject] & {"", purpose.id, one.purpose}:
        return "restricted"
    if subject not in looked.consenting:
        return "no-consent"
    if one.purpose == purpose.id:
        return None
    if purpose.exception:
        return None if subject in looked.warranted else "no-warrant"
    return None if _further(one, purpose) else "not-your-purpose"


def _further(one: Any, purpose: Purpose) -> bool:
    """A further purpose opens the declared fields of the purposes it belongs to (consent was checked before)."""
    return one.purpose in purpose.of and getattr(one, "field", "") in purpose.fields
