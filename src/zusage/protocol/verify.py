"""Checking the protocol from its first entry to its last: what was changed, removed, inserted, reordered or rewound.

Entries, rests of expired ones and seals are read side by side in the order of their positions, so memory stays flat.
A finding names place and id, never what an entry says. The signature shows to anybody that this house has sealed a
batch; the keyed hash of each entry names the very one that was changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID

from django.utils import timezone

from zusage.policy.types import Unit
from zusage.protocol import canon
from zusage.protocol.merkle import root
from zusage.protocol.models import Entry, Expired, Outbox, Seal, SealMark
from zusage.protocol.sealing import BATCH, Sealer, is_ours, stated
from zusage.rules.retention import later

SHOWN = 100
"""Findings that are named one by one; of the rest the kinds are counted."""
PIECE = 2000
COLUMNS = (
    "position", "pk", "at", "salt", "proof", "act", "actor_kind", "actor_id", "purpose", "subject_id", "record_type",
    "record_id", "recipient",
)  # fmt: skip


class Finding(NamedTuple):
    """Something that isn't as it was sealed. `seal` and `position` are 0 where it is about none; `id` an entry's."""

    kind: str
    seal: int = 0
    position: int = 0
    id: str = ""
    more: str = ""


class Known(NamedTuple):
    """What somebody else knows of the newest seal: the keys store, or a checkpoint in a file."""

    source: str
    number: int
    last: int
    digest: bytes
    at: datetime


@dataclass(slots=True)
class Report:
    """What a check came to. `notes`: what is no fault, and should be known."""

    entries: int = 0
    expired: int = 0
    seals: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    newest: Known | None = None

    def found(self, finding: Finding) -> None:
        """Count a finding, and keep it where there aren't many yet."""
        self.counts[finding.kind] += 1
        if len(self.findings) < SHOWN:
            self.findings.append(finding)


class _Row(NamedTuple):
    """What stands at a position: of an entry or of an expired one."""

    position: int
    id: UUID
    at: datetime
    digest: bytes
    proof: bytes
    expired: Expired | None = None

    def leaf(self, position: int) -> bytes:
        return canon.leaf(position, self.id, self.at, self.digest)


def known_here(sealer: Sealer, report: Report) -> list[Known]:
    """How far the protocol goes as the keys store knows it. To be read before the protocol store is."""
    mark = SealMark.objects.first()
    if mark is None:
        return []
    if not is_ours(mark, sealer):
        report.found(Finding("mark-changed"))
        return []
    return [Known("", mark.number, mark.last, bytes(mark.digest), mark.at)]


def verify(
    sealer: Sealer,
    known: Sequence[Known],
    report: Report,
    tell: Callable[[str, int], None] = lambda what, number: None,
) -> None:
    """Check the protocol store as it is in the transaction that is open. `tell` hears of pieces that are done."""
    check = _Check(sealer, known, report, tell)
    for seal in Seal.objects.order_by("number").iterator(chunk_size=PIECE):
        check.seal(seal)
    check.end()


def backlog(minutes: int, report: Report) -> None:
    """Lines that wait in the outbox for longer than `minutes`, and such as are dated ahead. Of the data store."""
    now = timezone.now()
    late = Outbox.objects.filter(at__lt=now - timedelta(minutes=minutes)).order_by("at")
    if number := late.count():
        report.found(Finding("backlog", id=str(late[0].pk), more=str(number)))
    if ahead := Outbox.objects.filter(at__gt=now + timedelta(minutes=minutes)).order_by("-at").first():
        report.notes.append(Finding("clock", id=str(ahead.pk)))


class _Check:
    """Goes on seal by seal; `rows` are the entries and expired ones, side by side."""

    def __init__(
        self, sealer: Sealer, known: Sequence[Known], report: Report, tell: Callable[[str, int], None]
    ) -> None:
        self.sealer, self.report, self.tell, self.known = sealer, report, tell, known
        self.rows = _Ahead(_merged())
        self.before: Seal | None = None
        self.trusted = True
        """Whether the seal before is as it was made: what follows from a changed one is told once."""
        self.searched = 0

    def seal(self, seal: Seal) -> None:
        """One seal and the entries under it."""
        said = stated(seal)
        digest = canon.seal_digest(said)
        for one in self.known:
            if one.number == seal.number and one.digest != digest:
                self.report.found(Finding("rewritten", seal.number, seal.first, more=one.source))
        number, last = (self.before.number, self.before.last) if self.before else (0, 0)
        if seal.number != number + 1:
            self.report.found(Finding("seal-missing", number + 1, last + 1, more=str(seal.number - 1)))
            self.trusted = False
        genuine = self._genuine(seal, said)
        if genuine and self.trusted:
            wanted = canon.seal_digest(stated(self.before)) if self.before else canon.NOTHING
            if bytes(seal.before) != wanted or seal.first != last + 1:
                self.report.found(Finding("chain-broken", seal.number, seal.first))
        if self.before and seal.at < self.before.at:
            self.report.notes.append(Finding("clock", seal.number, seal.first))
        if genuine:
            self._entries(seal)
        self.before, self.trusted = seal, genuine
        self.report.seals += 1
        self.report.newest = Known("", seal.number, seal.last, digest, seal.at)

    def end(self) -> None:
        """What comes after the last seal, and what should have."""
        if self.before and not self.trusted:
            for row in self.rows.upto(self.before.last):
                self._row(row, self.before)
        for row in self.rows.upto(None):
            self.report.found(Finding("entry-unsealed", 0, row.position, str(row.id)))
        loose = Entry.objects.filter(position=None)
        begun = self.before is not None
        for pk in loose.values_list("pk", flat=True)[: SHOWN + 1] if begun else ():
            self.report.found(Finding("entry-inserted", id=str(pk)))
        if not begun and (number := loose.count()):
            self.report.notes.append(Finding("not-begun", more=str(number)))
        self._rewound()

    def _rewound(self) -> None:
        number, last = (self.before.number, self.before.last) if self.before else (0, 0)
        for one in self.known:
            if one.number > number:
                self.report.found(Finding("rewound", number + 1, last + 1, more=one.source))
        if (
            number
            and not any(one.source == "" for one in self.known)
            and not self.report.counts["mark-changed"]
        ):
            self.report.found(Finding("mark-missing", number, last))

    def _genuine(self, seal: Seal, said: bytes) -> bool:
        """Whether this house has made the seal, and it says now what it said then."""
        if seal.key != self.sealer.key:
            self.report.found(Finding("seal-foreign", seal.number, seal.first, more=seal.key))
        elif self.sealer.mac(canon.SEAL, said) != bytes(seal.mac):
            self.report.found(Finding("seal-changed", seal.number, seal.first))
        elif not self.sealer.verifies(canon.SEAL, said, bytes(seal.signature)):
            self.report.found(Finding("seal-unsigned", seal.number, seal.first))
        else:
            return True
        return False

    def _entries(self, seal: Seal) -> None:
        """Every position under a seal that is genuine, and the root over all of them."""
        leaves: list[bytes] = []
        whole, expected = True, seal.first
        for row in self.rows.upto(seal.last):
            if row.position < expected:
                # From before this seal: under one that is missing or was changed, or there twice.
                if row.position >= seal.first or self.trusted:
                    whole = False
                    self.report.found(Finding("entry-inserted", seal.number, row.position, str(row.id)))
                else:
                    self._row(row, seal)
                continue
            whole &= self._missing(expected, row.position, seal)
            expected = row.position + 1
            whole &= self._row(row, seal)
            leaves.append(row.leaf(row.position))
        whole &= self._missing(expected, seal.last + 1, seal)
        if whole and root(leaves) != bytes(seal.root):
            self.report.found(Finding("root-wrong", seal.number, seal.first, more=str(seal.last)))

    def _missing(self, start: int, end: int, seal: Seal) -> bool:
        for position in range(start, end):
            self.report.found(Finding("entry-missing", seal.number, position))
        return start == end

    def _row(self, row: _Row, seal: Seal) -> bool:
        """Whether what stands at a position is what was sealed there."""
        if row.expired is None:
            self.report.entries += 1
        else:
            self.report.expired += 1
        done = self.report.entries + self.report.expired
        if done % PIECE == 0:
            self.tell("entries", PIECE)
        if self.sealer.mac(canon.PROOF, row.leaf(row.position)) != row.proof:
            kind, more = self._changed(row, seal)
            self.report.found(Finding(kind, seal.number, row.position, str(row.id), more))
            return False
        if row.expired is not None and (fault := _unlawful(row.expired, self.sealer)):
            self.report.found(Finding(fault, seal.number, row.position, str(row.id)))
        return True

    def _changed(self, row: _Row, seal: Seal) -> tuple[str, str]:
        """Whether an entry stood elsewhere under the same seal, or says something else."""
        if self.searched < SHOWN:
            self.searched += 1
            for position in range(seal.first, min(seal.last, seal.first + 2 * BATCH) + 1):
                if self.sealer.mac(canon.PROOF, row.leaf(position)) == row.proof:
                    return "entry-moved", str(position)
        return "entry-changed", ""


class _Ahead:
    """Rows in their order, of which one is looked at before it is taken."""

    def __init__(self, rows: Iterator[_Row]) -> None:
        self.rows = rows
        self.next = next(rows, None)

    def upto(self, position: int | None) -> Iterator[_Row]:
        """The rows up to this position; None: all that are left."""
        while self.next is not None and (position is None or self.next.position <= position):
            row, self.next = self.next, next(self.rows, None)
            yield row


def _merged() -> Iterator[_Row]:
    entries, rests = _Ahead(_entries()), _Ahead(_rests())
    while entries.next is not None or rests.next is not None:
        if rests.next is None or (entries.next is not None and entries.next.position <= rests.next.position):
            assert entries.next is not None
            yield from entries.upto(entries.next.position)
        else:
            yield from rests.upto(rests.next.position)


def _entries() -> Iterator[_Row]:
    found = Entry.objects.filter(position__isnull=False).order_by("position").values_list(*COLUMNS)
    for position, pk, at, salt, proof, *said in found.iterator(chunk_size=PIECE):
        digest = canon.digest_of(cast(canon.Content, said), bytes(salt or b""))
        yield _Row(position, pk, at, digest, bytes(proof or b""))


def _rests() -> Iterator[_Row]:
    for one in Expired.objects.order_by("position").iterator(chunk_size=PIECE):
        yield _Row(one.position, one.entry_id, one.at, bytes(one.digest), bytes(one.proof), one)


def _unlawful(one: Expired, sealer: Sealer) -> str:
    """What is wrong with the removal of an entry; empty where its period was over, and a year at least (DSV 4(5))."""
    if sealer.mac(canon.EXPIRED, canon.expired_bytes(one)) != bytes(one.mac):
        return "expired-forged"
    began, went = timezone.localdate(one.at), timezone.localdate(one.removed_at)
    if went <= max(later(began, one.length, cast(Unit, one.unit)), later(began, 1, "years")):
        return "expired-early"
    return ""
