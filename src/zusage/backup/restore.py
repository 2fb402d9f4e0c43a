"""Restoring a checked backup, and leaving out, while it is written, whatever was erased since.

The keys store is written first, in one transaction: with it a mark that a restore is at work, the tombstones of all
sources (the backup's, the journal's, those that were still here), and no key of anybody erased. Then the data, without
what was erased; then protocol and visits. The mark goes last. So a crash leaves either what was there before, or a
house that doesn't start and can be restored again; and what was erased is readable at no moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, connections, models, router, transaction

from zusage.backup import places, protocol, rows
from zusage.backup.check import Checked, Head, makers, read
from zusage.backup.dump import Progress
from zusage.backup.journal import Erasure, What
from zusage.backup.make import OPERATOR, part_of
from zusage.backup.problems import Declined
from zusage.backup.recovery import Secrets
from zusage.insert import insert
from zusage.protocol.models import Entry
from zusage.protocol.outbox import Deed, record
from zusage.protocol.sealing import carry
from zusage.stores import ALIASES
from zusage.turns import turn
from zusage.vault import keys as vault_keys
from zusage.vault.models import BackupPlace, DataKey, RestoreMark, RootKey, Tombstone
from zusage.vault.shred import Part, finish, strip

Remove = Callable[[UUID, Sequence[Part]], None]

ROWS_AT_ONCE = 100
BYTES_AT_ONCE = 4_000_000

# Acts that change nothing.
LOOKING = frozenset({"open", "read", "enter-mailbox", "show-receipt", "backup", "restore"})
# What a restore leaves as it finds it: what the tables themselves brought, and the protocol, which only grows.
KEPT = frozenset({"contenttypes.ContentType", "auth.Permission", "vault.RestoreMark", *protocol.TABLES})


@dataclass(slots=True)
class Erased:
    """What was erased, from all sources. `cleared`: since when the backup's data know it, as far as they do.

    `after_keys`: by subject, what was erased after the keys were copied, and when. `after_data`: what the data of the
    backup may still hold. `met`: those of its subjects who were in the data.
    """

    cleared: dict[What, tuple[Erasure, datetime | None]] = field(default_factory=dict)
    after_keys: dict[UUID, list[Erasure]] = field(default_factory=dict)
    after_data: dict[UUID, list[Part]] = field(default_factory=dict)
    met: set[UUID] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: rows by table; erasures by where they are known from; how many had to be repeated.

    `lost`: what was done after the backup, by act, as far as the protocol here knows: somebody may have to do it again.
    """

    rows: dict[str, int]
    erasures: dict[str, int]
    repeated: int
    lost: dict[str, int]


def standing() -> dict[str, int]:
    """The tables here that aren't empty, and how many rows they have."""
    counts = {
        rows.label(model): model._base_manager.using(alias).count()
        for alias in ALIASES
        for model in rows.tables(alias)
    }
    return {table: number for table, number in counts.items() if number}


def restore(
    checked: Checked,
    journal: Iterable[Erasure],
    replace: bool,
    acts: Sequence[str],
    remove: Remove,
    secrets: Secrets,
    progress: Progress,
) -> Restored:
    """Put a checked backup into the stores, whose tables are up to date. Raises Declined where they aren't empty.

    Where a restore broke off before, it begins again; `replace` says that what is here may go. `acts`: what the
    protocol shall say besides. `remove`: removes the rows that an erasure removes besides emptying values.
    """
    there = standing()
    if there and not replace and not places.half_restored():
        raise Declined(_what_would_be_lost(there, checked))
    if not places.half_restored():
        carry()  # what the protocol has yet to be told mustn't go with the data
    fate = protocol.compare(checked, secrets)
    root_keys = list(RootKey.objects.all())
    erased, counts = _all(checked, journal, _here())
    written: dict[str, int] = {}
    for part, source in checked.sources():
        alias = next(alias for alias in ALIASES if part_of(alias) == part)
        content = read(checked.folder, source, part, secrets.private(source.recovery_key))
        with turn(connections[alias]), transaction.atomic(using=alias):
            _empty(alias)
            if alias == "protocol":
                protocol.begin(fate)
            for table, number in _load(part, content, erased, fate, progress):
                written[table] = written.get(table, 0) + number
            if alias == "protocol":
                protocol.end()
            if alias == "keys":
                _bury(erased)
                # A key made after the backup: what was sealed with it still stands.
                RootKey.objects.bulk_create(root_keys, ignore_conflicts=True)
                RestoreMark.objects.all().delete()
                RestoreMark.objects.create(backup_id=checked.manifest.id)
            _reset_sequences(alias)
        if alias == "keys":
            vault_keys.root_key.cache_clear()
    repeated = finish()
    for subject_id in sorted(erased.met):
        remove(subject_id, erased.after_data[subject_id])
    lost = _lost(checked)
    _end(checked, [*acts, *protocol.remember()])
    return Restored(written, counts, repeated, lost)


def _what_would_be_lost(there: dict[str, int], checked: Checked) -> str:
    held = {
        table: number
        for part, source in checked.sources()
        for table, number in source.parts[part].rows.items()
    }
    lines = [
        f"  {table}: {number} here, {held.get(table, 0)} in the backup" for table, number in there.items()
    ]
    return "\n".join(
        ["The stores aren't empty. With --replace this would go, but for protocol and tombstones:", *lines]
    )


def _here() -> list[tuple[Erasure, datetime | None]]:
    """What the keys store that is here has erased: whatever becomes of it, that stays erased."""
    return [
        (Erasure(one.subject_id, one.purpose, one.category, one.ground, one.at), one.cleared_at)
        for one in Tombstone.objects.iterator(chunk_size=2000)
    ]


def _all(
    checked: Checked, journal: Iterable[Erasure], here: Iterable[tuple[Erasure, datetime | None]]
) -> tuple[Erased, dict[str, int]]:
    """The erasures of all sources together, and how many each adds to those before it."""
    erased, counts = Erased(), {}
    sources = {
        "backup": checked.tombstones.values(),
        "journal": ((one, None) for one in journal),
        "here": here,
    }
    for name, found in sources.items():
        counts[name] = 0
        for erasure, cleared_at in found:
            known, before = erased.cleared.get(erasure.what, (None, None))
            if known and known.at > erasure.at:
                continue  # it began anew after that, and was erased once more
            # Where the data were copied after they had followed, they know of it.
            knows = cleared_at is not None and erasure.at <= cleared_at <= checked.manifest.created_at
            if known is None or known.at < erasure.at:
                counts[name] += 1
                before = None
            erased.cleared[erasure.what] = (erasure, cleared_at if knows else before)
    for what, (erasure, cleared_at) in erased.cleared.items():
        if what not in checked.tombstones or checked.tombstones[what][0].at < erasure.at:
            erased.after_keys.setdefault(erasure.subject_id, []).append(erasure)
        if cleared_at is None:
            part = Part(erasure.purpose, erasure.category)
            erased.after_data.setdefault(erasure.subject_id, []).append(part)
    return erased, counts


def _empty(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if router.db_for_write(model) == alias and rows.label(model) not in KEPT:
                table = connections[alias].ops.quote_name(model._meta.db_table)
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608  (a table of ours)


def _load(
    part: str,
    content: Iterable[tuple[Head, rows.Row, int]],
    erased: Erased,
    fate: protocol.Fate,
    progress: Progress,
) -> Iterator[tuple[str, int]]:
    """Write the rows of a part, but for what was erased; each table's name with a number of rows written."""
    of, waiting, size = makers(part), list[models.Model](), 0
    for head, row, length in content:
        one = of(head)(row)
        if waiting and (
            type(one) is not type(waiting[0]) or len(waiting) >= ROWS_AT_ONCE or size >= BYTES_AT_ONCE
        ):
            yield _write(waiting, fate, progress)
            waiting, size = [], 0
        if _stays(one, erased):
            waiting.append(one)
            size += length
    if waiting:
        yield _write(waiting, fate, progress)


def _write(waiting: list[models.Model], fate: protocol.Fate, progress: Progress) -> tuple[str, int]:
    table = rows.label(type(waiting[0]))
    if table in protocol.TABLES:
        protocol.put(waiting, fate)
    else:
        insert(waiting)
    progress(table, len(waiting))
    return table, len(waiting)


def _stays(one: models.Model, erased: Erased) -> bool:
    """Whether a row is to be written; what was erased of it is taken out."""
    if isinstance(one, Tombstone):
        return False  # those of all sources are written together
    if isinstance(one, DataKey):
        return not any(
            erasure.purpose in ("", one.purpose) and not erasure.category and one.created_at <= erasure.at
            for erasure in erased.after_keys.get(one.subject_id, ())
        )
    subject_id: UUID | None = getattr(one, "subject_id", None)
    if subject_id not in erased.after_data:
        return True
    erased.met.add(subject_id)
    return strip(one, erased.after_data[subject_id])


def _bury(erased: Erased) -> None:
    stones = [
        Tombstone(
            subject_id=one.subject_id,
            purpose=one.purpose,
            category=one.category,
            ground=one.ground,
            at=one.at,
            cleared_at=cleared_at,
        )
        for one, cleared_at in erased.cleared.values()
    ]
    for start in range(0, len(stones), ROWS_AT_ONCE):
        insert(stones[start : start + ROWS_AT_ONCE])


def _reset_sequences(alias: str) -> None:
    """Libraries' tables count their rows; what was put in with its number doesn't move PostgreSQL's counter."""
    with connections[alias].cursor() as cursor:
        for statement in connections[alias].ops.sequence_reset_sql(no_style(), rows.tables(alias)):
            cursor.execute(statement)


def _lost(checked: Checked) -> dict[str, int]:
    later = Entry.objects.filter(at__gt=checked.manifest.created_at).exclude(act__in=LOOKING)
    return dict(later.order_by("act").values_list("act").annotate(number=models.Count("act")))


def _end(checked: Checked, acts: Sequence[str]) -> None:
    deeds = [Deed(act, "backup", checked.manifest.id) for act in ("restore", *acts)]
    with turn(connection), transaction.atomic():
        record(OPERATOR, deeds)
    with turn(connections["keys"]), transaction.atomic(using="keys"):
        # Each place is compared whole: what was known only here may not stand in its journal yet.
        BackupPlace.objects.update(told_at=None)
        places.remember(checked.folder, checked.manifest.created_at)
        RestoreMark.objects.all().delete()
    places.export_tombstones()
