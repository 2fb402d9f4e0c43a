"""The protocol in a restore: it only grows, and its chain goes on.

Where the chain that is here and the backup's agree, the longer one stands. Where they don't (the house went on from an
older backup, or began anew before this one came back), the backup's stands, for its keys come with it. What is only
here is put behind it, and sealed on: no line is lost, and none is there twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from django.db.models import Model

from zusage.backup.check import Checked, makers, read
from zusage.backup.recovery import Secrets
from zusage.protocol import sealing
from zusage.protocol.canon import seal_digest
from zusage.protocol.models import Entry, Expired, Seal, SealMark
from zusage.vault.signing import Signer

PART = "protocol"
TABLES = frozenset({"protocol.Entry", "protocol.Expired", "protocol.Seal", "protocol.SealMark"})
"""What a restore adds to, and doesn't empty first."""

Fate = Literal["grows", "replaced"]
"""What becomes of the chain that is here: it takes in what it lacks, or makes room for the backup's."""


def compare(checked: Checked, secrets: Secrets) -> Fate:
    """Whether the chain that is here and the backup's are the same as far as the shorter one goes. Raises Broken."""
    here = sealing.newest()
    if here is None:
        return "replaced"
    same, theirs = False, None
    of = makers(PART)
    content = read(checked.folder, checked.manifest, PART, secrets.private(checked.manifest.recovery_key))
    for head, row, _ in content:
        if head.table != Seal._meta.label:
            continue
        one: Any = of(head)(row)
        if theirs is None or one.number > theirs.number:
            theirs = one
        same |= one.number == here.number and _digest(one) == _digest(here)
    if theirs is None or same:
        return "grows"
    known = Seal.objects.filter(number=theirs.number).first()
    return "grows" if known and _digest(known) == _digest(theirs) else "replaced"


def begin(fate: Fate) -> None:
    """Before the backup's rows come, in the same transaction of the protocol store."""
    sealing.lock()
    if fate == "replaced":
        Entry.objects.filter(position__isnull=False).update(position=None, salt=None, proof=None)
        Seal.objects.all().delete()
        Expired.objects.all().delete()


def put(waiting: Sequence[Model], fate: Fate) -> None:
    """Rows of the backup: an entry that is here unsealed makes room for the sealed one."""
    model: Any = type(waiting[0])
    if model is Entry:
        ids = [one.pk for one in waiting]
        Entry.objects.filter(pk__in=ids, position=None).delete()
    model.objects.bulk_create(waiting, ignore_conflicts=True)


def end() -> None:
    """After they came: what expired stays so, and what stands outside the chain is sealed on."""
    Entry.objects.filter(pk__in=Expired.objects.values("entry_id")).delete()
    sealing.adopt(Signer())


def remember() -> list[str]:
    """The keys store knows the chain as it is now; an act to record where it knew of a longer one."""
    mark, newest = SealMark.objects.first(), sealing.newest()
    if newest is None:
        SealMark.objects.all().delete()
    sealing.remember(Signer(), anyway=True)
    return ["protocol-rewound"] if mark and mark.number > (newest.number if newest else 0) else []


def _digest(seal: Seal) -> bytes:
    return seal_digest(sealing.stated(seal))
