"""Page views on their way to the store: a queue in memory, and one thread in each process that writes it in batches.

What waits here isn't worth a request: it is lost when a process is killed, and dropped when there is too much of it.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections import deque
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connections, transaction
from django.utils import timezone

from zusage.visits.agents import read

STORE = "visits"
PAUSE_SECONDS = 10.0
"""From the first view to the writing of all that came meanwhile. Longer is cheaper, and forgets the order better."""
SOON = 2_000
"""So many end the pause early."""
MOST = 20_000
"""So many wait at most; as many again are being written."""
PATIENCE_SECONDS = 2
"""How long a batch waits for a store that is busy before it is tried again after the next pause."""
SLICE_SECONDS = 900
"""How finely a view remembers its time. Everywhere on earth hours begin with one of these."""

PageView = tuple[int, str, str, str]
"""Time (in slices since 1970), page, user agent, referrer's host."""
Event = tuple[int, str, str]
"""Time, kind, value."""
Row = tuple[Any, ...]

VIEW = ("day", "hour", "page", "browser", "system", "referrer_host", "robot")
CHOICE = ("day", "kind", "value")

logger = logging.getLogger(__name__)
_queue: deque[PageView | Event] = deque()
_rows: dict[str, list[Row]] = {}  # being written: kept until it is on disk
_something, _soon = threading.Event(), threading.Event()
_writing = threading.Lock()
_thread: threading.Thread | None = None
_dropped = 0


def put(entry: PageView | Event) -> None:
    """Let `entry` be written soon. Never waits, never raises; costs well under a microsecond."""
    global _dropped
    waiting = len(_queue)
    if waiting >= MOST:
        _dropped += 1
        return
    _queue.append(entry)
    if not _something.is_set():
        if _thread is None:
            start()
        _something.set()
    elif waiting == SOON:
        _soon.set()


def dropped() -> int:
    """How many views this process has given up since it began."""
    return _dropped


def start() -> None:
    """Begin to write in the background, once in each process."""
    global _thread
    with _writing:
        if _thread is None:
            _thread = threading.Thread(target=_run, name="visits", daemon=True)
            _thread.start()


def flush() -> bool:
    """Write what waits, now, over the calling thread's own connection. False where the store couldn't take it."""
    if not _writing.acquire(timeout=2 * PATIENCE_SECONDS):
        return False
    try:
        return _write() and _write()  # what a busy store had left, then what came since
    finally:
        _writing.release()


def forget() -> None:
    """Nothing waits any more: for a forked process, which would write its parent's views again, and for tests."""
    global _thread, _rows, _dropped, _something, _soon, _writing
    _queue.clear()
    _rows, _dropped, _thread = {}, 0, None
    # A lock may have been held at the moment of the fork by a thread that isn't here.
    _something, _soon, _writing = threading.Event(), threading.Event(), threading.Lock()


def _run() -> None:
    while True:
        _something.wait()
        _soon.wait(PAUSE_SECONDS)
        _soon.clear()
        # Before the queue is emptied: whoever comes after that sets it again.
        _something.clear()
        with _writing:
            written = _write()
        if not written:
            _something.set()


def _write() -> bool:
    """Write one batch. False where it has to be tried again."""
    global _rows
    connection = connections[STORE]
    entries: list[PageView | Event] = []
    try:
        if not _rows:
            entries = [_queue.popleft() for _ in range(len(_queue))]
            _rows = _read(entries)
        if _rows:
            _ready(connection)
            with transaction.atomic(using=STORE), connection.cursor() as cursor:
                for table, rows in _rows.items():
                    _insert(cursor, table, rows)
    except (OperationalError, InterfaceError) as error:
        # Its name alone: a database's words may quote what was written.
        logger.warning("the visits store is away or busy (%s); trying again", type(error).__name__)
        _let_go(connection)
        return False
    except Exception as error:  # no row may end the thread, or hold up all that come after
        _give_up(len(entries) or sum(map(len, _rows.values())), error)
    _rows = {}
    return True


def _ready(connection: Any) -> None:
    if connection.in_atomic_block:
        return
    connection.close_if_unusable_or_obsolete()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")
            cursor.execute("PRAGMA synchronous = NORMAL")  # a power cut may take these; the store stays whole


def _give_up(number: int, error: Exception) -> None:
    global _dropped
    _dropped += number
    logger.error("%d visits couldn't be written (%s)", number, type(error).__name__)


def _let_go(connection: Any) -> None:
    if not connection.in_atomic_block:
        try:
            connection.close()
        except DatabaseError:
            pass


def _read(entries: list[PageView | Event]) -> dict[str, list[Row]]:
    """The rows of each table, sorted: in which order they came can't be told any more."""
    views: list[Row] = []
    choices: list[Row] = []
    for entry in entries:
        day, hour = _clock(entry[0])
        if len(entry) == 3:
            choices.append((day, *entry[1:]))
            continue
        _, page, user_agent, host = entry
        browser, system, robot = read(user_agent)
        # Of robots nothing is counted but that they came.
        views.append(
            (day, hour, "", "", "", "", True) if robot else (day, hour, page, browser, system, host, False)
        )
    found = {"visits_view": sorted(views), "visits_choice": sorted(choices)}
    return {table: rows for table, rows in found.items() if rows}


@lru_cache(64)
def _clock(slices: int) -> tuple[str, int]:
    """Day (ISO) and hour here."""
    then = datetime.fromtimestamp(slices * SLICE_SECONDS, timezone.get_default_timezone())
    return then.date().isoformat(), then.hour


def _insert(cursor: Any, table: str, rows: list[Row]) -> None:
    columns = ", ".join(VIEW if table == "visits_view" else CHOICE)
    if cursor.db.vendor == "postgresql":
        # A row in a statement of its own costs three times as much.
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        places = ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608  (our own names)


os.register_at_fork(after_in_child=forget)
atexit.register(flush)
