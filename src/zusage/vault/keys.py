"""Keys: one per subject and purpose, wrapped by the operator's key-encryption key, made ahead in batches.

A durable commit costs milliseconds, a key microseconds. So each process makes subjects' ids and keys in batches, with
one commit, before anybody needs them; a new submission then costs the keys store nothing. Keys that no subject came
to use are pruned (`prune_unused`).
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connections, models, transaction
from django.utils import timezone

from zusage.insert import insert, neighbours, pour
from zusage.lookup import ask, columns, question
from zusage.turns import turn
from zusage.vault import cipher
from zusage.vault.models import DataKey, RootKey, Tombstone

BATCH = 64
PIECE = 500
RESERVE_LIFE_SECONDS = 6 * 3600
UNUSED_AFTER = timedelta(days=2)

WRAPPED = ("subject_id", "purpose", "wrapped", "kek")
Owner = tuple[uuid.UUID, str]
"""Subject id and purpose: whose key, and for what."""


class NoKey(Exception):
    """There is no key for a subject and purpose: never made, or shredded."""


_lock = threading.Lock()
_reserve: dict[str, deque[tuple[float, uuid.UUID, bytes]]] = defaultdict(deque)
# A forked worker must not hand out the subjects that its parent holds in reserve.
os.register_at_fork(after_in_child=_reserve.clear)


class Keyring:
    """The unwrapped keys of one piece of work; they live no longer than it does."""

    def __init__(self) -> None:
        self._keys: dict[Owner, bytes] = {}
        self._openers: dict[Owner, cipher.Opener] = {}

    def reserve(self, purpose: str) -> uuid.UUID:
        """A fresh subject's id whose key for `purpose` is already on disk."""
        subject_id, key = _take(purpose)
        self._keys[subject_id, purpose] = key
        return subject_id

    def key(self, subject_id: uuid.UUID, purpose: str) -> bytes:
        """The subject's key for `purpose`. Raises NoKey."""
        owner = (subject_id, purpose)
        if owner not in self._keys:
            self.fetch([owner])
        try:
            return self._keys[owner]
        except KeyError:
            raise NoKey(f"no key for purpose {purpose}") from None

    def opener(self, subject_id: uuid.UUID, purpose: str) -> cipher.Opener:
        """What unseals the subject's values for `purpose`. Raises NoKey."""
        found = self._openers.get((subject_id, purpose))
        if found is None:
            found = self._openers[subject_id, purpose] = cipher.Opener(self.key(subject_id, purpose))
        return found

    def key_or_new(self, subject_id: uuid.UUID, purpose: str) -> bytes:
        """The subject's key for `purpose`, made and committed now where there is none yet.

        A purpose that was erased may begin anew: what was before stays unreadable, for its key is gone. Raises NoKey
        for a subject that was erased as a whole: nothing may begin anew under its id.
        """
        try:
            return self.key(subject_id, purpose)
        except NoKey:
            if Tombstone.objects.filter(subject_id=subject_id, purpose="").exists():
                raise
        key = cipher.new_key()
        try:
            with transaction.atomic(using="keys"):
                _wrapped(subject_id, purpose, key).save(force_insert=True)
        except IntegrityError:  # somebody else made it just now
            return self.key(subject_id, purpose)
        self._keys[subject_id, purpose] = key
        return key

    def fetch(self, owners: Iterable[Owner]) -> None:
        """Unwrap the keys of many owners with one query."""
        missing = {owner for owner in owners if owner not in self._keys}
        if missing:
            self._unwrap(
                missing, columns(DataKey, WRAPPED, "subject_id", {subject for subject, _ in missing})
            )

    def fetch_and_erased(self, owners: Iterable[Owner]) -> dict[uuid.UUID, set[str]]:
        """As `fetch`, and what `erased` gives of their subjects: both by one query."""
        wanted = set(owners)
        keys, stones = _keys_and_stones({subject for subject, _ in wanted})
        self._unwrap(wanted - self._keys.keys(), keys)
        return _still_erased(stones, keys)

    def _unwrap(self, wanted: Collection[Owner], rows: Iterable[tuple[Any, ...]]) -> None:
        for subject_id, purpose, wrapped, kek in rows:
            owner = (subject_id, purpose)
            if owner in wanted:
                self._keys[owner] = cipher.opener(_kek(kek)).unseal(bytes(wrapped), _place(*owner))


def erased(subjects: Collection[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    """Subject -> the purposes that were erased, and haven't begun anew; an empty one means all."""
    keys, stones = _keys_and_stones(subjects)
    return _still_erased(stones, keys)


Rows = list[tuple[Any, ...]]


def _keys_and_stones(subjects: Collection[uuid.UUID]) -> tuple[Rows, Rows]:
    """Keys and tombstones (of purposes and of all) of some subjects, as one moment saw them."""
    keys = question(DataKey, "subject_id", *WRAPPED)
    stones = question(Tombstone, "subject_id", "subject_id", "purpose", category="")
    found = ask((keys, subjects), (stones, subjects))
    return found[0], found[1]


def _still_erased(stones: Rows, keys: Rows) -> dict[uuid.UUID, set[str]]:
    """What has a key again has begun anew."""
    anew = {(subject, purpose) for subject, purpose, *_ in keys}
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    for subject, purpose, *_ in stones:
        if (subject, purpose) not in anew:
            found[subject].add(purpose)
    return found


def make(number: int, purpose: str) -> list[tuple[uuid.UUID, bytes]]:
    """That many fresh subjects' ids with their keys for `purpose`, on disk when this returns: for work in batches.

    Whoever dies before using them leaves keys that `prune_unused` takes away.
    """
    current = settings.KEY_ENCRYPTION_KEYS[0]
    wrap, kek, now = cipher.Sealer(current).seal, cipher.name_of(current), timezone.now()
    fresh = [(one, cipher.new_key()) for one in neighbours(number)]
    rows = [(one, purpose, wrap(key, _place(one, purpose)), kek, now) for one, key in fresh]
    pour(DataKey, ("subject_id", "purpose", "wrapped", "kek", "created_at"), rows)
    return fresh


def prune_unused(in_use: Iterable[uuid.UUID], candidates: Iterable[uuid.UUID]) -> int:
    """Delete keys that were made ahead for subjects that never came. `candidates` as `unused_candidates` gave them."""
    gone = set(candidates) - set(in_use)
    return DataKey.objects.filter(subject_id__in=gone, created_at__lt=timezone.now() - UNUSED_AFTER).delete()[
        0
    ]


def unused_candidates(limit: int = 1000) -> list[uuid.UUID]:
    """Subjects of keys old enough that nobody can still hold them in reserve."""
    old = DataKey.objects.filter(created_at__lt=timezone.now() - UNUSED_AFTER)
    return list(old.order_by("created_at").values_list("subject_id", flat=True)[:limit])


@cache
def root_key(name: str) -> bytes:
    """A key of the house (``receipt``, ``index``, …), made at its first use."""
    place = _root_place(name)
    row = RootKey.objects.filter(name=name).first()
    if row is None:
        current = settings.KEY_ENCRYPTION_KEYS[0]
        wrapped = cipher.seal(current, cipher.new_key(), place)
        RootKey.objects.bulk_create(
            [RootKey(name=name, wrapped=wrapped, kek=cipher.name_of(current))], ignore_conflicts=True
        )
        row = RootKey.objects.get(name=name)
    return cipher.unseal(_kek(row.kek), bytes(row.wrapped), place)


def to_rewrap() -> dict[str, int]:
    """The key-encryption keys but the newest that keys are still wrapped by: how many by each, by name."""
    newest, found = cipher.name_of(settings.KEY_ENCRYPTION_KEYS[0]), defaultdict[str, int](int)
    for model in (RootKey, DataKey):
        # By hand: a model's own default order would be part of the groups.
        groups = model._default_manager.exclude(kek=newest).order_by().values_list("kek")
        for name, number in groups.annotate(number=models.Count("kek")):
            found[name] += number
    return dict(found)


def rewrap() -> Iterator[int]:
    """Wrap every key by the newest key-encryption key; after each piece, how many that were. It goes on where it was.

    A key that is shredded meanwhile stays so: rows are changed, never put back. Raises Damaged where a key that wrapped
    one isn't here.
    """
    newest = settings.KEY_ENCRYPTION_KEYS[0]
    name = cipher.name_of(newest)
    with turn(connections["keys"]), transaction.atomic(using="keys"):
        roots = RootKey.objects.exclude(kek=name)
        for root in roots:
            place = _root_place(root.name)
            plain = cipher.unseal(_kek(root.kek), bytes(root.wrapped), place)
            RootKey.objects.filter(name=root.name).update(wrapped=cipher.seal(newest, plain, place), kek=name)
    yield len(roots)
    last = uuid.UUID(int=0)
    while True:
        # The rows are read in their order, so that those done already cost one look each.
        rows = DataKey.objects.filter(subject_id__gte=last).exclude(kek=name)
        piece = list(rows.order_by("subject_id", "purpose")[:PIECE])
        if not piece:
            return
        with turn(connections["keys"]), transaction.atomic(using="keys"):
            for row in piece:
                place = _place(row.subject_id, row.purpose)
                plain = cipher.unseal(_kek(row.kek), bytes(row.wrapped), place)
                same = DataKey.objects.filter(subject_id=row.subject_id, purpose=row.purpose, kek=row.kek)
                same.update(wrapped=cipher.seal(newest, plain, place), kek=name)
        yield len(piece)
        last = piece[-1].subject_id


def _take(purpose: str) -> tuple[uuid.UUID, bytes]:
    with _lock:
        reserve = _reserve[purpose]
        while reserve:
            made, subject_id, key = reserve.popleft()
            if time.monotonic() - made < RESERVE_LIFE_SECONDS:
                return subject_id, key
        fresh = [(uuid.uuid4(), cipher.new_key()) for _ in range(BATCH)]
        insert([_wrapped(subject_id, purpose, key) for subject_id, key in fresh])
        now = time.monotonic()
        reserve.extend((now, subject_id, key) for subject_id, key in fresh[1:])
        return fresh[0]


def _wrapped(subject_id: uuid.UUID, purpose: str, key: bytes) -> DataKey:
    current = settings.KEY_ENCRYPTION_KEYS[0]
    wrapped = cipher.seal(current, key, _place(subject_id, purpose))
    return DataKey(subject_id=subject_id, purpose=purpose, wrapped=wrapped, kek=cipher.name_of(current))


def _place(subject_id: uuid.UUID, purpose: str) -> bytes:
    return f"data-key\0{subject_id}\0{purpose}".encode()


def _root_place(name: str) -> bytes:
    return f"root-key\0{name}".encode()


def _kek(name: str) -> bytes:
    for key in settings.KEY_ENCRYPTION_KEYS:
        if cipher.name_of(key) == name:
            return bytes(key)
    raise cipher.Damaged(
        f"ZUSAGE_KEY_ENCRYPTION_KEY has no key named {name}; add the one that wrapped this store."
    )
