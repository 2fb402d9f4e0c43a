"""A bank's file of payments: looked through to its end before the first one comes in, then one after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO
from uuid import UUID

from zusage.actions.plans.payments import Taken, digest_of, named_by, take
from zusage.models import PLAN, Payment, PaymentFile
from zusage.processing import listed
from zusage.protocol.outbox import Actor
from zusage.rules.camt.reading import Accounts, Checked, Reading, check
from zusage.rules.camt.shapes import Booked, Finding
from zusage.tenant import policy
from zusage.vault import api as vault

SYSTEM = Actor.system("payments")
"""Who brings them in where nobody is signed in: the command."""
BATCH = 200
CHUNK = 1 << 20


@dataclass(slots=True)
class Imported:
    """What a file came to. `other`: what was no payment; `known`: what had come in before, by whichever file.

    `over`: payments beyond what was owed; `part`: instalments that a payment didn't make whole; `sums`: entries that
    are only the sum of several payments, which the bank tells elsewhere; `rejected`: entries to be checked.
    """

    format: str
    entries: int = 0
    matched: int = 0
    unmatched: int = 0
    returned: int = 0
    known: int = 0
    other: int = 0
    over: int = 0
    part: int = 0
    sums: int = 0
    rejected: list[Finding] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it waits for a human."""
        return not (self.unmatched or self.rejected)

    def add(self, taken: Taken) -> None:
        """Count one."""
        setattr(self, taken.what, getattr(self, taken.what) + 1)
        self.over += taken.over
        self.part += taken.part


def import_file(actor: Actor, stream: BinaryIO, name: str = "", *, dry_run: bool = False) -> Imported:
    """Bring the payments of a file in that can be read twice. With `dry_run`, only say what would be done.

    What is in already stays as it is: the same file again, the same payments in another message, a file that broke off.
    `name` isn't kept. Raises NotTaken before anything was stored; vault.Refused; vault.Undeclared.
    """
    if actor.kind == "staff":
        vault.may(actor, PLAN)
    if not listed(PLAN):
        raise vault.Undeclared("The policy declares no purpose plan: no payment can be kept.")
    accounts = {one.iban: one.currency for one in policy().accounts}
    checked = check(stream, accounts)
    result = Imported(checked.format, checked.entries, sums=checked.sums, rejected=checked.told)
    file = None if dry_run else _file(actor, stream, checked)
    for batch in _batches(stream, accounts, result):
        _take(actor, batch, file, result)
    if file is not None:
        _count(file)
    return result


def _batches(stream: BinaryIO, accounts: Accounts, result: Imported) -> Iterator[list[Booked]]:
    """The payments of the file, some at a time; what is none is counted."""
    stream.seek(0)
    found = (one for one in Reading(stream, accounts) if isinstance(one, Booked))
    while batch := list(islice(found, BATCH)):
        payments = [one for one in batch if one.kind != "other"]
        result.other += len(batch) - len(payments)
        yield payments


def _take(actor: Actor, batch: list[Booked], file: PaymentFile | None, result: Imported) -> None:
    digests = [digest_of(one) for one in batch]
    rows = Payment.objects.filter(entry_digest__in=digests).values_list("entry_digest", "plan_id")
    plan_of = {bytes(digest): plan_id for digest, plan_id in rows}
    done = {digest for digest, plan_id in plan_of.items() if plan_id}
    for one, digest in zip(batch, digests, strict=True):
        if digest in done:
            result.add(Taken("known"))
            continue
        done.add(digest)
        result.add(_would(one, digest in plan_of) if file is None else take(actor, one, digest, file.pk))


def _would(one: Booked, is_known: bool) -> Taken:
    """What would become of it, as far as that is known without opening anything."""
    if named_by(one) is None:
        return Taken("known" if is_known else "unmatched")
    return Taken("returned" if one.kind == "returned" else "matched")


def _file(actor: Actor, stream: BinaryIO, checked: Checked) -> PaymentFile:
    """The file as it is known again: by a keyed hash of its content."""
    stream.seek(0)
    content = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        content.update(chunk)
    digest = vault.keyed_hash(vault.root_key("payment-file"), content.digest())
    author = UUID(actor.id) if actor.kind == "staff" else None
    values = {"kind": checked.format, "entries": checked.entries, "author_id": author}
    return PaymentFile.objects.get_or_create(digest=digest, defaults=values)[0]


def _count(file: PaymentFile) -> None:
    payments = Payment.objects.filter(file=file)
    file.unmatched = payments.filter(plan=None).count()
    file.matched = payments.count() - file.unmatched
    file.save(update_fields=["matched", "unmatched"])
