"""Looking for bytes where nobody expects them: in the stores' files, and in whatever else lies in the var folder."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from zusage.stores import ALIASES

CHUNK = 1024 * 1024


def store_files() -> list[Path]:
    """The files of the stores that are on SQLite: what was written last comes first."""
    names = [
        Path(connections[one].settings_dict["NAME"]) for one in ALIASES if connections[one].vendor == "sqlite"
    ]
    return [file for end in ("-wal", "") for name in names if (file := Path(f"{name}{end}")).is_file()]


def other_files() -> list[Path]:
    """Every other file in the var folder, whoever put it there."""
    known = {file.resolve() for file in store_files()}
    return [one for one in Path(settings.VAR).rglob("*") if one.is_file() and one.resolve() not in known]


def found_in(files: Collection[Path], needles: Mapping[str, bytes], first: bool = False) -> dict[str, str]:
    """Needle -> the file that holds it. `first`: it is enough to find one of them. A file that just went is no file."""
    found: dict[str, str] = {}
    longest = max(map(len, needles.values()), default=1)
    for file in files:
        for piece in _pieces(file, longest - 1):
            for name, needle in needles.items():
                if needle in piece and name not in found:
                    found[name] = file.name
            if len(found) == len(needles) or (first and found):
                return found
    return found


def _pieces(file: Path, overlap: int) -> Iterator[bytes]:
    """A file in pieces, and each place where two of them meet: nothing is cut in two, and nothing copied for it."""
    try:
        with file.open("rb", buffering=0) as opened:
            before = b""
            while piece := opened.read(CHUNK):
                if overlap and before:
                    yield before + piece[:overlap]
                yield piece
                before = piece[-overlap:] if overlap else b""
    except FileNotFoundError:
        return


def found_in_columns(alias: str, needles: Mapping[str, bytes]) -> dict[str, str]:
    """Needle -> the table and column of a PostgreSQL store that holds it. Every column of text or bytes is read."""
    connection = connections[alias]
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT table_name, column_name, data_type FROM information_schema.columns
            WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'bytea', 'jsonb', 'uuid')"""
        )
        for table, column, kind in cursor.fetchall():
            for name, needle in needles.items():
                if name not in found and _holds(cursor, connection, table, column, kind, needle):
                    found[name] = f"{table}.{column}"
    return found


def _holds(cursor: Any, connection: Any, table: str, column: str, kind: str, needle: bytes) -> bool:
    table, column = connection.ops.quote_name(table), connection.ops.quote_name(column)
    if kind == "bytea":
        where, value = f"position(%s::bytea IN {column}) > 0", needle
    else:
        try:
            where, value = f"position(%s IN {column}::text) > 0", needle.decode()  # type: ignore[assignment]
        except UnicodeDecodeError:
            return False
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {where})", [value])  # noqa: S608  (names of columns)
    return bool(cursor.fetchone()[0])
