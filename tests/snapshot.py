"""What all stores hold at one moment, put back as often as one likes.

Making it anew by the actions, as a house with something of everything needs it, takes a hundred times as long.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from django.db import connections, transaction

from tests.emptied import rows_in
from zusage.stores import ALIASES


class Snapshot:
    """The rows of all stores as they are when it is made. For tests that commit, between which stores are emptied."""

    def __init__(self) -> None:
        self._kept = {alias: _copy(alias) for alias in ALIASES}

    def put_back(self) -> None:
        """Fill the stores, which are empty, with the same rows in the same order."""
        for alias, kept in self._kept.items():
            if isinstance(kept, sqlite3.Connection):
                kept.backup(_opened(alias))
                continue
            # In any order: the foreign keys are looked at when this commits.
            with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
                for table, rows in kept.items():
                    with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                        copy.write(rows)


def _copy(alias: str) -> sqlite3.Connection | dict[str, bytes]:
    """A database in memory, or table -> its rows as PostgreSQL writes them."""
    if connections[alias].vendor == "sqlite":
        memory = sqlite3.connect(":memory:")
        _opened(alias).backup(memory)
        return memory
    kept = {}
    with connections[alias].cursor() as cursor:
        for table in map(connections[alias].ops.quote_name, rows_in(alias)):
            with cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
                kept[table] = b"".join(map(bytes, copy))
    return kept


def _opened(alias: str) -> Any:
    connections[alias].ensure_connection()
    return connections[alias].connection
