"""Who works with the stores on this machine: the portal and its worker, or one restore, never both.

The lock is the kernel's, on a file in the var folder, so a killed process holds none. A portal of several machines
around one PostgreSQL is seen by its connections instead (`others`).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from django.db import connections

NAME = "in-use"


class InUse(Exception):
    """Somebody else works with the stores."""


def stay(var: Path) -> int:
    """Until this process and those forked from it end, no restore begins. Raises InUse while one is at work."""
    return _lock(var, fcntl.LOCK_SH)


def alone(var: Path) -> int:
    """From now until the handle is closed, no portal starts here. Raises InUse where one runs."""
    return _lock(var, fcntl.LOCK_EX)


def others() -> int:
    """How many other connections the PostgreSQL stores have, from whichever machine; 0 on SQLite."""
    own, found = set(), 0
    postgres = [one for one in connections.all() if one.vendor == "postgresql"]
    for connection in postgres:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            own.add(cursor.fetchone()[0])
    for connection in postgres:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND backend_type = 'client backend' AND NOT pid = ANY(%s)",
                [list(own)],
            )
            found += cursor.fetchone()[0]
    return found


def _lock(var: Path, kind: int) -> int:
    handle = os.open(var / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise InUse from None
    return handle
