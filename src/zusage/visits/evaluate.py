"""From single visits to counts, and then the single visits are gone: from the store, and from its files.

All of it is one transaction: whoever is killed in the middle has counted nothing and deleted nothing.
"""

from __future__ import annotations

import hmac
import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connections, models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from zusage.visits.models import PORTAL, Choice, Count, Evaluation, Pending, View
from zusage.visits.publish import OTHER, monday_of

STORE = "visits"
PATIENCE_MILLISECONDS = 5000
CLOSED = ("page", "hour")
"""Dimensions whose values are ours: they may be named at once."""
OPEN = ("browser", "system", "referrer_host")
"""Dimensions whose values come from outside: one may be so rare that it tells who came."""

logger = logging.getLogger(__name__)

ADD_COUNT = """
    INSERT INTO visits_count (source, day, dimension, value, count) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (source, day, dimension, value) DO UPDATE SET count = visits_count.count + excluded.count
"""
ADD_PENDING = """
    INSERT INTO visits_pending (week, day, dimension, digest, count) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (week, day, dimension, digest) DO UPDATE SET count = visits_pending.count + excluded.count
"""

Tally = tuple[date, str, int]
"""Day, value, how often."""


class Busy(Exception):
    """The visits are counted and deleted, but somebody's reading kept their bytes in the write-ahead log: try again."""


def evaluate() -> None:
    """Count what came since the last time, and delete it. Raises Busy, and DatabaseError where the store is away."""
    connection = connections[STORE]
    with transaction.atomic(using=STORE), connection.cursor() as cursor:
        _alone(cursor)
        persons = View.objects.filter(robot=False)
        _count(cursor, "day", _tallies(persons, models.Value("")))
        for dimension in CLOSED:
            _count(cursor, dimension, _tallies(persons, models.F(dimension)))
        for dimension in OPEN:
            _count_open(cursor, dimension, _tallies(persons, models.F(dimension)))
        _count(cursor, "robot", _tallies(View.objects.all(), models.F("robot")))
        for kind in ("choice", "topic"):
            _count(cursor, kind, _tallies(Choice.objects.filter(kind=kind), models.F("value")))
        _close_weeks(cursor, monday_of(timezone.localdate()))
        _delete(cursor)
        Evaluation.objects.update_or_create(pk=1, defaults={"at": timezone.now()})
    _wipe(connection)


def _alone(cursor: Any) -> None:
    """Nobody writes meanwhile. On SQLite the transaction itself sees to that (it is IMMEDIATE)."""
    if cursor.db.vendor == "postgresql":
        cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE_MILLISECONDS}")
        # The raw tables alone: a backup may be reading the others for longer than that.
        cursor.execute("LOCK TABLE visits_view, visits_choice IN ACCESS EXCLUSIVE MODE")


def _tallies(rows: models.QuerySet[Any], value: Any) -> list[Tally]:
    found = rows.values_list("day", value).annotate(number=models.Count("*")).order_by()
    return [(day, _written(value), number) for day, value, number in found]


def _written(value: str | int | bool) -> str:
    """How a value stands among the counts: an hour by two digits, a robot by its name."""
    if isinstance(value, bool):
        return "robot" if value else "person"
    return f"{value:02}" if isinstance(value, int) else value


def _count(cursor: Any, dimension: str, tallies: Iterable[Tally]) -> None:
    rows = [(PORTAL, day, dimension, value, number) for day, value, number in tallies]
    if rows:
        cursor.executemany(ADD_COUNT, rows)


def _count_open(cursor: Any, dimension: str, tallies: Iterable[Tally]) -> None:
    """Name what came often enough in its week, with what waited of it; let the rest wait under a keyed hash."""
    smallest: int = import_string(str(settings.VISITS["smallest_cell"]))()
    weeks: dict[date, dict[str, list[tuple[date, int]]]] = defaultdict(lambda: defaultdict(list))
    for day, value, number in tallies:
        weeks[monday_of(day)][value].append((day, number))
    for week, values in weeks.items():
        named, waiting = _named(week, dimension), _waiting(week, dimension)
        counts: list[Tally] = []
        rare: list[tuple[date, date, str, str, int]] = []
        freed: list[tuple[date, str, str]] = []
        for value, days in values.items():
            digest = _digest(week, dimension, value)
            before = waiting.get(digest, [])
            if value in named or sum(number for _, number in (*days, *before)) >= smallest:
                counts += [(day, value, number) for day, number in (*days, *before)]
                freed += [(week, dimension, digest)] if before else []
            else:
                rare += [(week, day, dimension, digest, number) for day, number in days]
        _count(cursor, dimension, counts)
        if rare:
            cursor.executemany(ADD_PENDING, rare)
        if freed:
            cursor.executemany(
                "DELETE FROM visits_pending WHERE week = %s AND dimension = %s AND digest = %s", freed
            )


def _named(week: date, dimension: str) -> set[str]:
    """What has come often enough in this week before."""
    days = (week, week + timedelta(days=6))
    found = Count.objects.filter(source=PORTAL, dimension=dimension, day__range=days).exclude(value=OTHER)
    return set(found.values_list("value", flat=True))


def _waiting(week: date, dimension: str) -> dict[str, list[tuple[date, int]]]:
    found: dict[str, list[tuple[date, int]]] = defaultdict(list)
    rows = Pending.objects.filter(week=week, dimension=dimension).values_list("digest", "day", "count")
    for digest, day, number in rows:
        found[digest].append((day, number))
    return found


def _digest(week: date, dimension: str, value: str) -> str:
    """128 bits, under a key of this house and this week: the same name next week has another."""
    key = hmac.digest(settings.SECRET_KEY.encode(), f"visits {week.isoformat()}".encode(), "sha256")
    return hmac.digest(key, f"{dimension}\0{value}".encode(), "sha256")[:16].hex()


def _close_weeks(cursor: Any, this_week: date) -> None:
    """What stayed rare in a week that is over is counted without its name, and its hash goes."""
    over = Pending.objects.filter(week__lt=this_week)
    for dimension in OPEN:
        rows = (
            over.filter(dimension=dimension)
            .values_list("day")
            .annotate(number=models.Sum("count"))
            .order_by()
        )
        _count(cursor, dimension, [(day, OTHER, number) for day, number in rows])
    over.delete()


def _delete(cursor: Any) -> None:
    if cursor.db.vendor == "postgresql":
        cursor.execute("TRUNCATE visits_view, visits_choice")
    else:
        cursor.execute("DELETE FROM visits_view")
        cursor.execute("DELETE FROM visits_choice")


def _wipe(connection: Any) -> None:
    """On SQLite `secure_delete` has overwritten the rows; this cuts the write-ahead log, which has them still."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return  # PostgreSQL never logged them, and TRUNCATE gave their files back
    usual = connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MILLISECONDS}")
        try:
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
    if busy:
        raise Busy
