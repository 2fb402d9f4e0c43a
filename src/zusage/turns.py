"""Taking turns on SQLite.

SQLite lets one connection write at a time, and the others ask again after a nap that grows: some nap long after it is
their turn. A lock on a file beside the store wakes the next one at once. It is the kernel's, so a killed process
holds none.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_mine = threading.local()


@contextmanager
def turn(connection: Any) -> Iterator[None]:
    """Wait for this thread's turn to write over `connection`; nothing where the database has a queue of its own."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    handle = _handle(f"{connection.settings_dict['NAME']}-turn")
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def crowded(connection: Any) -> bool:
    """Whether somebody is writing over `connection`'s store, or waits to, at this very moment. Only SQLite can tell.

    For whoever has much to write and can wait.
    """
    if connection.vendor != "sqlite":
        return False
    handle = _handle(f"{connection.settings_dict['NAME']}-turn")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(handle, fcntl.LOCK_UN)
    return False


@contextmanager
def room(connection: Any, kib: int = 64 * 1024, copies: bool = True) -> Iterator[None]:
    """More memory for SQLite's pages, for a while: rows lie at random, so much work touches a page for nearly each.

    Without `copies`, commits don't copy the log into the store: who works here calls `copy_log` now and then.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        usual: int = cursor.execute("PRAGMA cache_size").fetchone()[0]
        pages: int = cursor.execute("PRAGMA wal_autocheckpoint").fetchone()[0]
        cursor.execute(f"PRAGMA cache_size = -{kib}")
        if not copies:
            cursor.execute("PRAGMA wal_autocheckpoint = 0")
        try:
            yield
        finally:
            if not copies:
                copy_log(connection)
            cursor.execute(f"PRAGMA cache_size = {usual}")
            cursor.execute(f"PRAGMA wal_autocheckpoint = {pages}")


def copy_log(connection: Any) -> None:
    """Copy SQLite's log into the store, out of turn: others write meanwhile."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _handle(path: str) -> int:
    """This thread's own open file: the kernel tells its holders apart by that. A forked child opens anew."""
    key = f"{os.getpid()}:{path}"
    handles: dict[str, int] = _mine.__dict__
    if key not in handles:
        handles[key] = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return handles[key]
