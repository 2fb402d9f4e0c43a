"""Writing one store into one part: a snapshot of all its tables at one moment, while the house stays open."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from django.db import connections, transaction

from zusage.backup import rows
from zusage.backup.container import Writer
from zusage.backup.manifest import Part

ROWS_AT_ONCE = 50
"""Rows may be long (documents), so few of them are in memory together."""
COMPRESSION = 1
"""Nearly everything is ciphertext in base64: more effort gives nothing more."""
PIECE = 256 * 1024

Progress = Callable[[str, int], None]
"""Called with a table's name and a number of further rows."""


@contextmanager
def snapshot(alias: str) -> Iterator[None]:
    """What is read within is the state of one moment. Nobody who writes waits for it."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        # Not by Django, whose transactions take the right to write at once.
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
        return
    with transaction.atomic(using=alias):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def dump(alias: str, out: IO[bytes], public: bytes, context: bytes, progress: Progress) -> Part:
    """All tables of a store into `out`, compressed and encrypted."""
    writer, press = Writer(out, public, context), zlib.compressobj(COMPRESSION)
    counts: dict[str, int] = {}
    with snapshot(alias):
        for piece in _pieces(alias, counts, progress):
            writer.write(press.compress(piece))
    writer.write(press.compress(rows.end(counts)) + press.flush())
    writer.finish()
    return Part(writer.size, writer.sha256, counts)


def _pieces(alias: str, counts: dict[str, int], progress: Progress) -> Iterator[bytes]:
    """The plain text in pieces; `counts` is filled on the way."""
    for model in rows.tables(alias):
        write, table, waiting, told = rows.writer(model), rows.label(model), bytearray(rows.head(model)), 0
        counts[table] = 0
        everything = model._base_manager.using(alias).values_list(*rows.columns(model))
        for row in everything.iterator(chunk_size=ROWS_AT_ONCE):
            waiting += write(row)
            counts[table] += 1
            if len(waiting) >= PIECE:
                yield bytes(waiting)
                waiting.clear()
                progress(table, counts[table] - told)
                told = counts[table]
        yield bytes(waiting)
        progress(table, counts[table] - told)
