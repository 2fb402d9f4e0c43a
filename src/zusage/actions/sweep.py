"""The sweep: what is past its period goes, or is blocked. It works in small batches, so that everybody else gets on.

In each batch the keys store commits first: keys go, tombstones stand. Then the data store follows, in the transaction
that began before, and so holds the rows against whoever would change them meanwhile. Killed in between, the next sweep
finishes what has a tombstone (`vault.finish`) and goes on.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connections, router, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from zusage.actions.base import repeated
from zusage.actions.cases import reindex
from zusage.actions.forgetting import forget, forget_in_others, forget_subjects
from zusage.actions.rights.erase import finish_postponed
from zusage.insert import insert
from zusage.models import COLLECTION, Case, Instalment, Plan
from zusage.protocol.models import Entry, Outbox
from zusage.protocol.outbox import Actor
from zusage.protocol.sealing import expire
from zusage.queries.periods import Rule, due, hanging, leftovers, rules, slices, stopped, units
from zusage.remove import blank, each, look, remove
from zusage.rules.retention import expires
from zusage.tenant import policy
from zusage.turns import crowded, room, turn
from zusage.vault import api as vault
from zusage.vault.index import TABLES
from zusage.vault.models import BlindIndex, Restriction
from zusage.vault.sealed import BY_FIELD, columns_of, sealed_columns
from zusage.vault.signing import Signer

SWEEP = Actor.system("sweep")
GROUND = "retention"
SHORTEST, FIRST, LONGEST = 25, 200, 2000
"""Rows of a batch."""
CROWD = 8
"""For how many batches it counts that somebody else was at work."""
ALONE, CROWDED = 0.15, 0.006
"""Seconds of work in a batch, while it holds the store: where nobody else is at work, and where somebody is."""
REST = 4
"""How many times as long as it worked the sweep rests after a batch, where somebody else was at work."""

MANY = 2000
"""Subjects after which the keys store is told that the data store has followed."""

Buried = list[tuple[list[UUID], list[vault.Part]]]
"""What the keys store has buried: subjects, and the parts of them."""
Row = tuple[UUID, UUID, Any]
"""The id of a row that is due, its subject's, and when its period began."""


def sweep(
    today: date | None = None, tell: Callable[[str, int], None] = lambda rule, number: None
) -> dict[str, int]:
    """Do what is due; the number of rows that each rule was applied to. `tell` hears of each batch."""
    vault.finish()
    finish_postponed()
    day = today or timezone.localdate()
    done: Counter[str] = Counter()
    with room(connections["default"]), room(connections["keys"]):
        for rule in rules(policy()):
            done[rule.id] += 0
            for piece in slices(rule):
                for number in _Pace(due(rule, day).filter(piece), rule):
                    done[rule.id] += number
                    tell(rule.id, number)
    return dict(done)


class _Pace:
    """The batches of a rule, each as large as the others' patience: yields the number of rows dealt with."""

    def __init__(self, rows: QuerySet[Any], rule: Rule) -> None:
        self.rows, self.rule, self.size = rows, rule, FIRST
        self.after: tuple[Any, UUID] | None = None
        self.crowded = 0
        self.buried: Buried = []

    def __iter__(self) -> Iterator[int]:
        connection = connections[router.db_for_write(self.rule.model)]
        while True:
            # Whoever else writes is met now and then only: having met somebody counts for a while.
            self.crowded = CROWD if crowded(connection) else max(0, self.crowded - 1)
            batch = _batch(self.rule, self._next())
            if not batch.read:
                self._cleared()
                return
            self.after = batch.last
            self.buried += batch.buried
            if sum(len(subjects) for subjects, _ in self.buried) >= MANY:
                self._cleared()
            yield batch.done
            self._fit(batch.worked)
            if self.crowded:
                time.sleep(min(0.5, REST * batch.held))

    def _cleared(self) -> None:
        """Say in the keys store that the data store has followed: for some batches at once, since each is a commit.

        Whoever is killed before leaves a little to do twice, which changes nothing.
        """
        of_parts: dict[tuple[vault.Part, ...], list[UUID]] = defaultdict(list)
        for subjects, parts in self.buried:
            of_parts[tuple(parts)] += subjects
        for which, together in of_parts.items():
            vault.cleared(together, which)
        self.buried = []

    def _fit(self, worked: float) -> None:
        """The next batch has as much to do as may be; never much more than the last one.

        Waiting for the disk is no work: it takes as long for a small batch as for a large one.
        """
        wanted = CROWDED if self.crowded else ALONE
        self.size = int(min(LONGEST, max(SHORTEST, self.size * min(2.0, wanted / max(worked, 0.0001)))))

    def _next(self) -> QuerySet[Any]:
        started = self.rule.started
        rows = self.rows
        if self.after:
            when, pk = self.after
            rows = rows.filter(Q(**{f"{started}__gt": when}) | Q(**{started: when, "pk__gt": pk}))
        return rows.order_by(started, "pk")[: self.size]


class _Batch:
    """What one batch came to: rows read and dealt with, the last of them, how long it held the store and worked."""

    def __init__(self, rows: Sequence[Row], done: int, buried: Buried, held: float, worked: float) -> None:
        self.read, self.done, self.buried, self.held, self.worked = len(rows), done, buried, held, worked
        self.last = (rows[-1][2], rows[-1][0]) if rows else None


@repeated
def _batch(rule: Rule, rows: QuerySet[Any]) -> _Batch:
    alias = router.db_for_write(rule.model)
    connection = connections[alias]
    with turn(connection), transaction.atomic(using=alias):
        began, busy = time.monotonic(), time.thread_time()
        found: list[Row] = list(
            rows.select_for_update(of=("self",)).values_list("pk", F(rule.table.subject), rule.started)
        )
        # Some lines of a log are about nobody.
        waiting = stopped({subject for _, subject, _ in found if subject}, rule.purpose)
        going = [row for row in found if row[1] not in waiting]
        buried = _WORK[rule.kind](rule, going) if going else []
    held, worked = time.monotonic() - began, time.thread_time() - busy
    return _Batch(found, len(going), buried, held, worked)


def _delete(rule: Rule, rows: Sequence[Row]) -> Buried:
    """Rows go with all that hangs on them; with the last of a purpose its key, with the last of a subject the rest."""
    ids = [pk for pk, _, _ in rows]
    subjects = list({subject for _, subject, _ in rows})
    buried: Buried = []
    if not rule.category and rule.table.kept:
        buried = _bury(rule, set(ids), subjects)
    going = {subject for gone, _ in buried for subject in gone}
    stay = [one for one in subjects if one not in going]
    if stay:
        found_by = ids + _instalments(ids) if rule.model is Plan else ids
        BlindIndex.objects.filter(subject_id__in=stay, record_id__in=found_by)._raw_delete("default")
    forget(rule.model, ids)
    if stay and rule.model is Case:
        reindex(*stay)
    for gone, parts in buried:
        if parts == [vault.ALL]:
            forget_subjects(gone)
        else:
            _forget_purpose(gone, rule.purpose)
    _told(rule, "sweep", subjects)
    return buried


def _instalments(plans: Sequence[UUID]) -> list[UUID]:
    """What hangs on plans and is found by an index of its own."""
    return [pk for (pk,) in look(Instalment, ("id",), "plan_id", plans)]


def _bury(rule: Rule, ids: set[UUID], subjects: list[UUID]) -> Buried:
    """The keys store's part. Who has other rows of the purpose keeps its key, who has any others stays a subject."""
    same, any_ = set(), set()
    for model in {*units(), rule.model}:
        columns = (model._meta.pk.attname, "subject_id", "purpose")
        for pk, subject, purpose in look(model, columns, "subject_id", subjects):
            if model is rule.model and pk in ids:
                continue
            if purpose == rule.purpose:
                same.add(subject)
            if model in units():
                any_.add(subject)
    ends = rule.model in units()
    whole = [one for one in subjects if ends and one not in any_]
    alone = [one for one in subjects if one not in same and (one in any_ or not ends)]
    buried: Buried = []
    for gone, part in ((whole, vault.ALL), (alone, vault.Part(rule.purpose))):
        if gone:
            vault.bury(gone, [part], GROUND)
            buried.append((gone, [part]))
    return buried


def _forget_purpose(subjects: Sequence[UUID], purpose: str) -> None:
    """What is left of one purpose of subjects who stay: in the tables that go with the last of a subject."""
    for table in TABLES:
        remove(table, "subject_id", subjects, purpose=purpose)
    if purpose == COLLECTION:
        forget_in_others(subjects)
    for model, column in leftovers():
        if sealed_columns(model):
            blank(model, sealed_columns(model), column, subjects, purpose=purpose)


def _empty(rule: Rule, rows: Sequence[Row]) -> Buried:
    """The columns of one category are emptied; the rest of the purpose stays, and so does its key."""
    ids, subjects = [pk for pk, _, _ in rows], list({subject for _, subject, _ in rows})
    part = vault.Part(rule.purpose, rule.category)
    other = look(
        rule.model, (rule.model._meta.pk.attname, "subject_id"), "subject_id", subjects, purpose=rule.purpose
    )
    more = {subject for pk, subject in other if pk not in set(ids)}
    whole = [one for one in subjects if one not in more]
    if whole:
        vault.bury(whole, [part], GROUND)
        vault.clear(whole, [part])
    if rule.columns:
        blank(rule.model, rule.columns, rule.model._meta.pk.attname, ids)
    if more and rule.model is Case:
        reindex(*more, gone=[rule.category])
    for model, column, goes in hanging(rule.model) if rule.fields else ():
        for sealed in columns_of(model, BY_FIELD) if goes else ():
            for declared in rule.fields:
                blank(model, (sealed,), column, ids, field=declared)
    _told(rule, "sweep", subjects)
    return [(whole, [part])] if whole else []


def _block(rule: Rule, rows: Sequence[Row]) -> Buried:
    """What is kept for a statute alone is opened for lawful exceptions alone, until its own period is over."""
    kept = policy().period(rule.purpose)
    ends: dict[UUID, date | None] = dict.fromkeys(subject for _, subject, _ in rows)
    began = rule.table.starts.get(kept.start)
    if began:
        found = rule.model._default_manager.filter(pk__in=[pk for pk, _, _ in rows])
        for subject, when in found.values_list("subject_id", began):
            if when:
                ends[subject] = max(expires(kept, _day(when)), ends[subject] or date.min)
    insert(
        [
            Restriction(
                subject_id=one,
                kind="restriction",
                purpose=rule.purpose,
                ground=rule.retention.id,
                until=until,
            )
            for one, until in ends.items()
        ]
    )
    _told(rule, "block", list(ends))
    return []


def _drop(rule: Rule, rows: Sequence[Row]) -> Buried:
    """Lines of a log. The protocol's own expiry is no line about a subject: it would begin the period anew.

    What the protocol's chain needs of its entries stays, and says by which period they went.
    """
    ids = [pk for pk, _, _ in rows]
    if rule.model is Entry:
        kept = rule.retention
        expire(ids, rule.id, kept.length, kept.unit, timezone.now(), Signer())
    else:
        forget(rule.model, ids)
    return []


_WORK: dict[str, Callable[[Rule, Sequence[Row]], Buried]] = {
    "delete": _delete,
    "empty": _empty,
    "block": _block,
    "log": _drop,
}


def _told(rule: Rule, act: str, subjects: Sequence[UUID]) -> None:
    told: dict[str, Any] = {
        "at": timezone.now(),
        "act": act,
        "actor_kind": SWEEP.kind,
        "actor_id": SWEEP.id,
        "purpose": rule.purpose,
        "record_type": rule.model._meta.label_lower,
        "record_id": rule.id,
        "recipient": "",
    }
    each(Outbox, "subject_id", subjects, **told)


def _day(when: Any) -> date:
    return timezone.localtime(when).date() if hasattr(when, "hour") else when
