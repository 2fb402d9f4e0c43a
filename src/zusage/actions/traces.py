"""What a deletion leaves behind in files: the write-ahead log on SQLite, dead rows on PostgreSQL.

What lies there is ciphertext whose key is gone; the rows of keys lie there, too. Outside any transaction.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connections
from django.utils import timezone

from zusage.models.inventory import store_of, tables
from zusage.models.stored import LAST, OWN
from zusage.vault.models import DataKey, Tombstone

PATIENCE_MILLISECONDS = 2000
LOCK_NOT_AVAILABLE = "55P03"
_wiped: list[datetime] = []


def wipe() -> bool:
    """Overwrite what was deleted; False where somebody's reading was in the way, and it has to be tried again."""
    return all([_wipe("default"), _wipe("keys")])


def wipe_where_needed() -> bool:
    """A chore: `wipe`, where something was erased since it was last done. Whether it was done."""
    now = timezone.now()
    since = _wiped[-1] if _wiped else now - timedelta(days=1)
    # A little earlier: a tombstone stands before the data store has followed.
    if not Tombstone.objects.filter(at__gte=since - timedelta(minutes=5)).exists() or not wipe():
        return False
    _wiped[:] = [now + timedelta(minutes=5)]
    return True


def _wipe(alias: str) -> bool:
    connection = connections[alias]
    if connection.in_atomic_block:
        return False  # neither database can do it inside a transaction
    if connection.vendor == "sqlite":
        return _truncate(connection)
    with connection.cursor() as cursor:
        # Whoever waits for a table keeps all others waiting behind it: a backup reads for longer than that.
        cursor.execute(f"SET lock_timeout = {PATIENCE_MILLISECONDS}")
        try:
            if not _nobody_looks_back(cursor):
                return False
            for model, table in tables().items():
                mine = store_of(model) == {"default": "data"}.get(alias, alias)
                if mine and table.subject and table.kept in (OWN, LAST):
                    # Keys are small and short-lived: their table is written anew; VACUUM alone leaves bytes in pages.
                    full = "(FULL) " if model is DataKey else ""
                    cursor.execute(f"VACUUM {full}{connection.ops.quote_name(model._meta.db_table)}")
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            return False
        finally:
            cursor.execute("RESET lock_timeout")
    return True


def _nobody_looks_back(cursor: Any) -> bool:
    """Wait until nobody's snapshot is older than now: what such a one could still see, VACUUM would write anew."""
    cursor.execute("SELECT pg_current_xact_id()::xid::text")
    now = cursor.fetchone()[0]
    until = time.monotonic() + PATIENCE_MILLISECONDS / 1000
    while time.monotonic() < until:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND age(backend_xmin) >= age(%s::text::xid)",
            [now],
        )
        if not cursor.fetchone()[0]:
            return True
        time.sleep(0.02)
    return False


def _truncate(connection: Any) -> bool:
    """Copy the write-ahead log into the store and cut it to nothing; deleted rows were overwritten there before."""
    usual = connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MILLISECONDS}")
        try:
            busy: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
    return not busy
