"""Moving the outbox's lines to the protocol store, each batch under a seal.

Copied and sealed in one transaction of the protocol store, removed from the outbox after it: a crash between the two
repeats what is there already, which is passed over by its id. Positions are given under a lock, so that two workers at
once give each of them once. Whoever calls hands over the keys: they belong to the vault, which is above this room.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

from django.db import connections, transaction
from django.utils import timezone

from zusage.insert import insert
from zusage.protocol import canon
from zusage.protocol.merkle import root
from zusage.protocol.models import Entry, Expired, Line, Outbox, Seal, SealMark
from zusage.remove import look, remove
from zusage.turns import turn

BATCH = 500
PIECES = (100, 10, 1)
"""Rows of one statement: each of these is made once."""
COLUMNS = [field.attname for field in Outbox._meta.concrete_fields]


class Sealer(Protocol):
    """The keys of the house: see `vault.signing.Signer`."""

    @property
    def key(self) -> str: ...

    def sign(self, context: str, message: bytes) -> bytes: ...

    def verifies(self, context: str, message: bytes, signature: bytes) -> bool: ...

    def mac(self, context: str, message: bytes) -> bytes: ...


def deliver(sealer: Sealer) -> int:
    """Move lines from the outbox to the protocol store and seal them; the number moved."""
    moved = 0
    while waiting := [Entry(*row) for row in _lines()[:BATCH]]:
        ids = [one.pk for one in waiting]
        _begin(sealer)
        _take_in(waiting, ids, sealer)
        with turn(connections["default"]), transaction.atomic():
            remove(Outbox, "id", ids)
        moved += len(waiting)
    remember(sealer)
    return moved


def carry() -> None:
    """Copy the outbox's lines to the protocol store unsealed: for a restore, before it replaces the keys.

    They stay in the outbox, too, until the data are replaced: broken off before that, `deliver` seals them.
    """
    copies = (Entry(*row) for row in _lines().iterator(chunk_size=BATCH))
    with turn(connections["protocol"]), transaction.atomic(using="protocol"):
        while batch := list(islice(copies, BATCH)):
            ids = [one.pk for one in batch]
            gone = set(Expired.objects.filter(entry_id__in=ids).values_list("entry_id", flat=True))
            Entry.objects.bulk_create([one for one in batch if one.pk not in gone], ignore_conflicts=True)


def adopt(sealer: Sealer) -> int:
    """Seal on what stands in the store without a position; how many entries. In the transaction that is open.

    Such are entries from before there was a chain, and those that a restore brings. Nobody else may write any: once the
    chain has begun, `deliver` passes them over, and `verify` names them.
    """
    lock()
    done, waiting = 0, Entry.objects.filter(position=None).order_by("at", "pk")
    batch = list(waiting[:BATCH])
    while batch:
        remove(Entry, "id", [one.pk for one in batch])
        _seal(batch, sealer)
        done += len(batch)
        # Those done aren't read again.
        batch = list(waiting.filter(at__gte=batch[-1].at)[:BATCH])
    return done


def lock() -> None:
    """Nobody else gives positions until the transaction of the protocol store that is open ends."""
    connection = connections["protocol"]
    if connection.vendor == "postgresql":
        table = connection.ops.quote_name(Seal._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
    # SQLite's transactions begin with the only right to write.


def newest() -> Seal | None:
    """The newest seal."""
    return Seal.objects.order_by("-number").first()


def stated(seal: Seal) -> bytes:
    """What a seal says."""
    return canon.seal_bytes(
        seal.number, seal.first, seal.last, bytes(seal.root), bytes(seal.before), seal.at, seal.key
    )


def remember(sealer: Sealer, anyway: bool = False) -> None:
    """Tell the keys store how far the protocol goes.

    What it knew before has to be there still: otherwise the protocol was rewound, and `verify` goes on saying so.
    `anyway`: after a restore, which is no secret.
    """
    seal, known = newest(), SealMark.objects.first()
    if seal is None or (known and known.number == seal.number and not anyway):
        return
    if anyway or (known and _holds(known, sealer)):
        _mark(seal.number, seal.last, canon.seal_digest(stated(seal)), seal.at, sealer)


def expire(ids: Sequence[UUID], rule: str, length: int, unit: str, at: datetime, sealer: Sealer) -> None:
    """Entries past their period go; what the chain needs of them stays. In the transaction that is open.

    `rule`, `length`, `unit`: the policy's period that is over. An entry that isn't sealed yet leaves nothing.
    """
    rests = [
        Expired(
            position=one.position,
            entry_id=one.pk,
            at=one.at,
            digest=canon.digest_of(content(one), bytes(one.salt or b"")),
            proof=bytes(one.proof or b""),
            removed_at=at,
            rule=rule,
            length=length,
            unit=unit,
        )
        for one in Entry.objects.filter(pk__in=ids)
        if one.position is not None
    ]
    for rest in rests:
        rest.mac = sealer.mac(canon.EXPIRED, canon.expired_bytes(rest))
    _insert(rests)
    remove(Entry, "id", ids)


def is_ours(mark: SealMark, sealer: Sealer) -> bool:
    """Whether this house has written the mark."""
    said = canon.mark_bytes(mark.number, mark.last, bytes(mark.digest), mark.at)
    return sealer.mac(canon.MARK, said) == bytes(mark.mac)


def content(line: Line) -> canon.Content:
    """What a line says, without its id and time."""
    return (
        line.act, line.actor_kind, line.actor_id, line.purpose, line.subject_id, line.record_type, line.record_id,
        line.recipient,
    )  # fmt: skip


def _lines() -> Any:
    """The outbox's lines in their order, as the first columns of an entry."""
    return Outbox.objects.order_by("at", "pk").values_list(*COLUMNS)


def _take_in(waiting: Sequence[Entry], ids: Sequence[UUID], sealer: Sealer) -> None:
    """Those of the outbox's lines that aren't in the store yet, under one seal."""
    with turn(connections["protocol"]), transaction.atomic(using="protocol"):
        lock()
        if not Seal.objects.exists():
            adopt(sealer)
        there = look(Entry, ("id", "position"), "id", ids)
        # What a restore copied and then broke off is sealed now.
        remove(Entry, "id", [pk for pk, position in there if position is None])
        known = {pk for pk, position in there if position is not None}
        known |= {pk for (pk,) in look(Expired, ("entry_id",), "entry_id", ids)}
        fresh = [one for one in waiting if one.pk not in known]
        if fresh:
            _seal(fresh, sealer)


def _seal(entries: Sequence[Entry], sealer: Sealer) -> None:
    """Insert entries at the next positions, under the next seal. Under the lock."""
    before = newest()
    first = before.last + 1 if before else 1
    salts = os.urandom(16 * len(entries))
    leaves = []
    for number, one in enumerate(entries):
        one.position, one.salt = first + number, salts[16 * number : 16 * number + 16]
        digest = canon.digest_of(content(one), one.salt)
        leaf = canon.leaf(one.position, one.pk, one.at, digest)
        one.proof = sealer.mac(canon.PROOF, leaf)
        leaves.append(leaf)
    seal = Seal(
        number=before.number + 1 if before else 1,
        first=first,
        last=first + len(entries) - 1,
        root=root(leaves),
        before=canon.seal_digest(stated(before)) if before else canon.NOTHING,
        at=timezone.now(),
        key=sealer.key,
    )
    said = stated(seal)
    seal.mac, seal.signature = sealer.mac(canon.SEAL, said), sealer.sign(canon.SEAL, said)
    _insert(entries)
    seal.save(force_insert=True)


def _insert(rows: Sequence[Entry] | Sequence[Expired]) -> None:
    start = 0
    for piece in PIECES:
        while len(rows) - start >= piece:
            insert(rows[start : start + piece])
            start += piece


def _begin(sealer: Sealer) -> None:
    """Before there is a first seal, the keys store knows that there will be: a mark that is gone was taken away."""
    if not SealMark.objects.exists() and not Seal.objects.exists():
        _mark(0, 0, canon.NOTHING, timezone.now(), sealer)


def _mark(number: int, last: int, digest: bytes, at: datetime, sealer: Sealer) -> None:
    mac = sealer.mac(canon.MARK, canon.mark_bytes(number, last, digest, at))
    told = {"number": number, "last": last, "digest": digest, "at": at, "mac": mac}
    with turn(connections["keys"]), transaction.atomic(using="keys"):
        SealMark.objects.update_or_create(pk=1, defaults=told)


def _holds(known: SealMark, sealer: Sealer) -> bool:
    """Whether the mark is the house's own, and the seal that it knows is still there."""
    if not is_ours(known, sealer):
        return False
    seal = Seal.objects.filter(number=known.number).first()
    digest = canon.seal_digest(stated(seal)) if seal else canon.NOTHING
    return digest == bytes(known.digest)
