"""A log's counts in the visits store: weeks by themselves, in one transaction with the mark that they are counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db import IntegrityError, connections, router, transaction
from django.utils import timezone

from zusage.visits.logs import published
from zusage.visits.logs.counting import Counted
from zusage.visits.models import LOG, Count, Evaluated
from zusage.visits.publish import OTHER

# Others may write the same cells at the same time: the database adds up, not this process.
ADD = """
    INSERT INTO visits_count (source, day, dimension, value, count) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (source, day, dimension, value) DO UPDATE SET count = visits_count.count + excluded.count
"""


def known() -> dict[int, set[str]]:
    """Fingerprints of the logs that were evaluated, by length."""
    found: dict[int, set[str]] = {}
    for length, fingerprint in Evaluated.objects.values_list("length", "fingerprint"):
        found.setdefault(length, set()).add(fingerprint)
    return found


def keep(counted: Counted) -> bool:
    """Store a log's counts, for good when this returns. False if another process has stored them meanwhile."""
    store = router.db_for_write(Count)
    rows = sorted(_rows(counted))
    try:
        with transaction.atomic(using=store):
            Evaluated.objects.create(
                fingerprint=counted.fingerprint,
                length=counted.length,
                lines=counted.tally.number,
                at=timezone.localdate(),
            )
            with connections[store].cursor() as cursor:
                cursor.executemany(ADD, rows)
    except IntegrityError:
        if Evaluated.objects.filter(pk=counted.fingerprint).exists():
            return False
        raise
    return True


def _rows(counted: Counted) -> Iterator[tuple[str, date, str, str, int]]:
    for monday, tables in published.of_weeks(counted.tally).items():
        for dimension, table in tables.items():
            for value, number in table.items():
                if dimension == "day" and value != OTHER:
                    yield LOG, date.fromisoformat(value), dimension, "", number
                else:
                    yield LOG, monday, dimension, value, number
