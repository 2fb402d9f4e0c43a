"""Whether who was erased is gone, and stays so: tombstones against the stores, and against what else tells of it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps

from zusage.backup import journal
from zusage.backup.recovery import secrets
from zusage.models import COLLECTION, Assignment, Correction, Link, Mailbox
from zusage.models.inventory import tables
from zusage.models.stored import OWN
from zusage.policy.types import Policy
from zusage.promises import lines
from zusage.promises.look import Look
from zusage.promises.types import Evidence, judged, probe
from zusage.protocol.models import Entry, Outbox
from zusage.vault.index import TABLES, indexes_of
from zusage.vault.models import BackupPlace, DataKey, Tombstone
from zusage.vault.sealed import BY_FIELD, columns_of, of_subjects, sealed_columns

NEWEST = 1000
SAMPLES, OF_SAMPLE = 20, 500
"""How many stretches of older tombstones the long look takes at random, and how many of each."""
SOON = timedelta(minutes=15)
"""So long the data store may lag behind the keys store: a worker that was killed is back by then."""
LATELY = timedelta(days=30)
ERASES = ("erase", "shred")
IN_OTHERS: tuple[tuple[type[Any], str], ...] = (
    (Link, "subject_id"),
    (Link, "other_id"),
    (Assignment, "about_id"),
)
"""Columns by which a row of somebody else may still name whoever was erased."""

What = tuple[UUID, str, str]
"""Subject, purpose, category."""


@probe(quick=True)
def stays_gone(look: Look) -> Iterator[Evidence]:
    """The newest tombstones: no key, no sealed value, no index row, nothing else of what was erased is left."""
    stones = list(Tombstone.objects.order_by("-at")[:NEWEST])
    yield judged("the newest tombstones", len(stones), _left(stones, look.policy))
    late = Tombstone.objects.filter(cleared_at=None, at__lt=look.now - SOON)
    yield judged(
        "erasures that only half took place",
        late.count(),
        (
            f"tombstone {pk}: the data store hasn't followed"
            for pk in late.values_list("pk", flat=True)[:NEWEST]
        ),
    )


@probe(quick=True)
def tombstones(look: Look) -> Iterator[Evidence]:
    """What the newest lines of the protocol, and the journals beside the backups, say was erased has its tombstone."""
    told = [
        _what(one.subject_id, one.act, one.purpose, one.record_id)
        for one in lines.newest(NEWEST)
        if _erases(one)
    ]
    yield judged("erasures in the newest lines of the protocol", len(told), _missing(told))
    yield from _journals(lambda path: journal.newest(path, look.now - LATELY, secrets()))


@probe(quick=False)
def nobody_came_back(look: Look) -> Iterator[Evidence]:
    """Tombstones of all times, at random: nothing is left of what they stand for. Every line that says erased."""
    number, faults = 0, []
    for _ in range(SAMPLES):
        stones = list(Tombstone.objects.filter(pk__gte=uuid.uuid4()).order_by("pk")[:OF_SAMPLE])
        number += len(stones)
        faults += list(_left(stones, look.policy))
    stones = list(Tombstone.objects.order_by("pk")[:OF_SAMPLE])
    yield judged(
        "tombstones of all times", number + len(stones), dict.fromkeys([*faults, *_left(stones, look.policy)])
    )
    number, faults = 0, []
    for piece in _told_ever():
        number += len(piece)
        faults += list(_missing(piece))
    yield judged("erasures in the whole protocol", number, faults)
    yield from _journals(lambda path: journal.read(path, secrets()))


def _left(stones: Sequence[Tombstone], declared: Policy) -> Iterator[str]:
    """What is still there of what was erased. What began anew since is no fault: it has another key."""
    of_part: dict[tuple[str, str], dict[UUID, datetime]] = defaultdict(dict)
    for one in stones:
        if one.cleared_at:
            of_part[one.purpose, one.category][one.subject_id] = one.at
    for (purpose, category), erased in of_part.items():
        for piece in lines.pieces(list(erased)):
            at = {subject: erased[subject] for subject in piece}
            for table, row in (
                _of_category(at, purpose, category, declared) if category else _whole(at, purpose)
            ):
                yield f"{table} {row}: it was erased ({purpose or 'all'}{f', {category}' if category else ''})"


def _whole(erased: dict[UUID, datetime], purpose: str) -> Iterator[tuple[str, str]]:
    """Rows of erased subjects, or of an erased purpose of theirs, that hold anything."""
    only = {"purpose": purpose} if purpose else {}
    anew = set()
    for subject, of, made in DataKey.objects.filter(subject_id__in=list(erased), **only).values_list(
        "subject_id", "purpose", "created_at"
    ):
        if purpose and made > erased[subject]:
            anew.add(subject)
        else:
            yield "vault.DataKey", f"{subject} {of}"
    gone = [one for one in erased if one not in anew]
    for model in apps.get_models():
        columns = sealed_columns(model)
        if not columns:
            continue
        rows = of_subjects(model, gone).filter(**only)
        for column in columns:
            for pk in rows.filter(**{f"{column}__isnull": False}).values_list("pk", flat=True)[:3]:
                yield f"{model._meta.label}.{column}", str(pk)
    for model, began in _removed(purpose):
        found = model._default_manager.filter(subject_id__in=gone, **only)
        for pk, subject, when in found.values_list("pk", "subject_id", began or "pk"):
            if not began or _before(when, erased[subject]):
                yield model._meta.label, str(pk)
    for model, column in IN_OTHERS if purpose in ("", COLLECTION) else ():
        others = model._default_manager.filter(**{f"{column}__in": gone})
        yield from ((f"{model._meta.label}.{column}", str(pk)) for pk in others.values_list("pk", flat=True))


def _removed(purpose: str) -> list[tuple[type[Any], str]]:
    """Tables whose rows an erasure takes away, and doesn't only empty; and where a row says since when it is there."""
    own = [
        (model, table.starts.get("made") or table.starts.get("given") or table.starts["received"])
        for model, table in tables().items()
        if table.kept == OWN and (table.category or "given" in table.starts)
    ]
    return (
        own
        if purpose
        else [*own, *((one, "") for one in TABLES), (Assignment, ""), (Correction, ""), (Mailbox, "")]
    )


def _of_category(
    erased: dict[UUID, datetime], purpose: str, category: str, declared: Policy
) -> Iterator[tuple[str, str]]:
    """Values of one category that are older than its erasure."""
    fields = [one.id for one in declared.fields.values() if one.category == category]
    for model, table in tables().items():
        began = table.starts.get("received") or table.starts.get("made")
        if not began or not sealed_columns(model):
            continue
        for column in (*columns_of(model, category), *columns_of(model, BY_FIELD)):
            rows = of_subjects(model, list(erased)).filter(purpose=purpose, **{f"{column}__isnull": False})
            if column in columns_of(model, BY_FIELD):
                rows = rows.filter(field__in=fields)
            for pk, subject, when in rows.values_list("pk", "subject_id", began):
                if _before(when, erased[subject]):
                    yield f"{model._meta.label}.{column}", str(pk)
    for index in TABLES:
        left = index._default_manager.filter(
            subject_id__in=list(erased), purpose=purpose, name__in=indexes_of(category)
        )
        label = index._meta.label
        yield from ((label, str(subject)) for subject in left.values_list("subject_id", flat=True))


def _before(when: Any, at: datetime) -> bool:
    """Whether a moment or a day lies before `at`."""
    return bool(when < at) if isinstance(when, datetime) else bool(when < at.date())


def _erases(one: lines.Line) -> bool:
    return one.act in ERASES and one.subject_id is not None


def _what(subject: Any, act: str, purpose: str, record: str) -> What:
    # An erasure on request names the category where others name the record.
    return subject, purpose, record if act == "erase" else ""


def _missing(told: Collection[What]) -> Iterator[str]:
    """Erasures that were told of, and have no tombstone: of that part, or of the whole."""
    wanted = sorted(set(told))
    for piece in lines.pieces(wanted):
        stones: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
        rows = Tombstone.objects.filter(subject_id__in={subject for subject, _, _ in piece})
        for subject, purpose, category in rows.values_list("subject_id", "purpose", "category"):
            stones[subject].add((purpose, category))
        for subject, purpose, category in piece:
            if not stones[subject] & {(purpose, category), (purpose, ""), ("", "")}:
                yield f"subject {subject} was erased, and has no tombstone"


def _told_ever() -> Iterator[list[What]]:
    for place in (Outbox, Entry):
        rows = place._default_manager.filter(act__in=ERASES, subject_id__isnull=False)
        piece: list[What] = []
        for row in rows.values_list("subject_id", "act", "purpose", "record_id").iterator(chunk_size=2000):
            piece.append(_what(*row))
            if len(piece) == lines.PIECE:
                yield piece
                piece = []
        yield piece


def _journals(read: Any) -> Iterator[Evidence]:
    """What the journals beside the backups tell. A folder that isn't there just now is looked at by `backups`."""
    for place in BackupPlace.objects.all():
        path = Path(place.path) / journal.NAME
        if not path.exists():
            continue
        number, faults = 0, []
        told: Iterable[journal.Line] = read(path)
        for line in told:
            number += len(line.erasures)
            faults += list(_missing([one.what for one in line.erasures]))
        yield judged("the journal of erasures beside the backups", number, faults)
