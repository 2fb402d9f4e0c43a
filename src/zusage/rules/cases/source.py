"""A file or a request's body into records: CSV and JSON Lines, with a line number for each, whatever is in it.

Nothing is read whole: a line longer than `LONGEST` is skipped with its number, and the rest goes on.
"""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zusage.rules.cases.columns import BY_ID
from zusage.rules.cases.mapping import PLAIN, Names
from zusage.rules.cases.rows import Raw
from zusage.rules.cases.words import Rejected

LONGEST = 64 * 1024
"""Bytes of one record: a case has a few hundred."""
MOST_LINES = 20
"""Lines that one record of CSV may have: values in quotation marks may have line ends."""
CHUNK = 1 << 20
Encoding = Literal["utf-8", "cp1252"]
Kind = Literal["csv", "json-lines"]
TOO_LONG = f"The line is longer than {LONGEST // 1024} KiB; is a quotation mark or a line end missing?"
NOT_UTF8 = "The line has bytes that aren't UTF-8; save the file as UTF-8."
OPEN_QUOTE = "A quotation mark stands alone; double it, or put one on each side of the value."


class Unreadable(Exception):
    """The whole can't be read; its text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end; `content` is None where it was too long. `end`: the offset after it, in bytes."""

    number: int
    end: int
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Record:
    """What a row says, or why that can't be known. `line`: where it begins, from 1; `end`: the offset after it."""

    line: int
    end: int
    raw: Raw | Rejected


def lines(
    read: Callable[[int], bytes], ending: bytes = b"\n", offset: int = 0, number: int = 0
) -> Iterator[Line]:
    """The lines of what `read` gives, from `offset`, the first one having `number` + 1."""
    rest, skipping = b"", False
    while chunk := read(CHUNK):
        *whole, last = chunk.split(ending)
        for piece in whole:
            content = rest + piece
            offset += len(content) + 1
            number += 1
            yield Line(number, offset, None if skipping or len(content) > LONGEST else content.rstrip(b"\r"))
            rest, skipping = b"", False
        rest += last
        if len(rest) > LONGEST:
            offset += len(rest)
            rest, skipping = b"", True
    if rest or skipping:
        yield Line(number + 1, offset + len(rest), None if skipping else rest.rstrip(b"\r"))


def encoding_of(head: bytes) -> str:
    """``utf-8-sig`` where a byte order mark stands first, else ``utf-8``. Raises Unreadable for UTF-16 and binary."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:4096].count(0) * 8 > len(head[:4096]) > 0:
        raise Unreadable(
            "This is UTF-16, or no text at all. Save it as UTF-8 (in Excel: «CSV UTF-8»), and import that."
        )
    return "utf-8-sig" if head[:3] == b"\xef\xbb\xbf" else "utf-8"


def kind_of(name: str, head: bytes) -> Kind:
    """What it is, by the ending of its name, or by its first character. Raises Unreadable for one list of JSON."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first == b"[":
        raise Unreadable(
            "This is one list of JSON. Write an object a line, without commas between them (JSON Lines)."
        )
    if name.lower().endswith((".jsonl", ".ndjson")) or (first == b"{" and not name.lower().endswith(".csv")):
        return "json-lines"
    return "csv"


def ending_of(head: bytes) -> bytes:
    """What ends a line: a line feed, or the carriage return alone of old programs."""
    return b"\r" if b"\r" in head and b"\n" not in head else b"\n"


def from_json_lines(found: Iterator[Line], names: Names = PLAIN, encoding: str = "utf-8") -> Iterator[Record]:
    """An object a line. Empty lines are passed over."""
    for line in found:
        if line.content is None:
            yield Record(line.number, line.end, Rejected(TOO_LONG))
        elif line.content.strip(b" \t\xef\xbb\xbf"):
            yield Record(line.number, line.end, _object(line.content, names, encoding))


def _object(content: bytes, names: Names, encoding: str) -> Raw | Rejected:
    try:
        found = json.loads(
            content.decode(encoding).lstrip("\ufeff"),
            parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once,
        )  # fmt: skip
    except UnicodeDecodeError:
        return Rejected(NOT_UTF8)
    except Rejected as why:
        return why
    except (ValueError, RecursionError):
        return Rejected("The line isn't JSON; write one object a line.")
    return from_object(found, names)


def from_object(found: object, names: Names = PLAIN) -> Raw | Rejected:
    """The columns of an object of JSON."""
    if not isinstance(found, Mapping):
        return Rejected("The line is no object of JSON; write { and } around it.")
    raw = dict(names.constants)
    for place, (theirs, value) in enumerate(found.items(), start=1):
        ours = names.ours(theirs)
        if ours is None:
            return Rejected(
                f"The object's key number {place} is no column that is known; docs/import.md lists them."
            )
        if ours:
            raw[ours] = value
    return raw


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Rejected("The object has a key twice; leave one out.")
    return found


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line says: what parts the values, and each column of ours (empty: not wanted)."""

    delimiter: str
    columns: tuple[str, ...]


def header(line: Line | None, names: Names = PLAIN, encoding: str = "utf-8-sig") -> Header:
    """The header that the first line of a CSV is. Raises Unreadable: none, columns twice, unknown or missing."""
    if line is None or line.content is None or not line.content.strip(b"\xef\xbb\xbf \t"):
        raise Unreadable(
            "The first line is empty or endless. It has to name the columns; docs/import.md lists them."
        )
    try:
        text = line.content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise Unreadable("The first line isn't UTF-8. Save the file as UTF-8.") from None
    delimiter = max(",;\t", key=text.count)
    theirs = _split(text, delimiter)
    if theirs is None:
        raise Unreadable("A quotation mark in the first line isn't closed.")
    ours = [names.ours(one.strip()) for one in theirs]
    # Places, not names: where the header is missing, the first line is somebody's.
    unknown = [str(place) for place, one in enumerate(ours, start=1) if one is None]
    if len(unknown) == len(ours):
        raise Unreadable(
            "The first line names no column that is known. It has to name them; docs/import.md lists them."
        )
    if unknown:
        raise Unreadable(
            f"The first line has names that aren't known, at {', '.join(unknown[:10])}. Leave these columns "
            "out, or say in a mapping file (--mapping) which column of docs/import.md they are, or that they are "
            "to be ignored."
        )
    known = [one for one in ours if one]
    twice = sorted({one for one in known if known.count(one) > 1})
    if twice:
        raise Unreadable(f"The first line has {twice[0]} twice. Leave one of them out.")
    missing = [one.id for one in BY_ID.values() if one.required and one.id not in {*known, *names.constants}]
    if missing:
        raise Unreadable(
            f"There is no column {missing[0]}. Every case needs one; docs/import.md says what for."
        )
    return Header(delimiter, tuple(one or "" for one in ours))


def from_csv(
    found: Iterator[Line], head: Header, constants: Mapping[str, str], encoding: str = "utf-8"
) -> Iterator[Record]:
    """The rows after the header. Empty lines are passed over; a quotation mark left open costs its own line alone."""
    waiting: deque[Line] = deque()
    while line := waiting.popleft() if waiting else next(found, None):
        if line.content is None:
            yield Record(line.number, line.end, Rejected(TOO_LONG))
            continue
        if not line.content.strip():
            continue
        joined = [line]
        if line.content.count(b'"') % 2:
            _join(joined, waiting, found)
        raw = _row(joined, head, constants, encoding)
        if isinstance(raw, Rejected) and len(joined) > 1:
            waiting.extendleft(reversed(joined[1:]))
            raw, joined = Rejected(OPEN_QUOTE), [line]
        yield Record(line.number, joined[-1].end, raw)


def _join(joined: list[Line], waiting: deque[Line], found: Iterator[Line]) -> None:
    """Add lines until the quotation marks close, or it is too much."""
    size, taken = len(joined[0].content or b""), list[Line]()
    while len(joined) + len(taken) < MOST_LINES and size < LONGEST:
        line = waiting.popleft() if waiting else next(found, None)
        if line is None:
            break
        taken.append(line)
        if line.content is None:
            break
        size += len(line.content)
        if line.content.count(b'"') % 2:
            joined += taken
            return
    waiting.extendleft(reversed(taken))


def _row(joined: Sequence[Line], head: Header, constants: Mapping[str, str], encoding: str) -> Raw | Rejected:
    try:
        text = b"\n".join(one.content or b"" for one in joined).decode(encoding)
    except UnicodeDecodeError:
        return Rejected(NOT_UTF8)
    values = _split(text, head.delimiter)
    if values is None:
        return Rejected(OPEN_QUOTE)
    if len(values) != len(head.columns):
        return Rejected(
            f"The row has {len(values)} columns, the header {len(head.columns)}; is a separator missing or too many, "
            "or a value that has one without quotation marks?"
        )
    raw: dict[str, object] = dict(constants)
    for column, value in zip(head.columns, values, strict=True):
        if column:
            raw[column] = value if not value.isspace() else ""
    return raw


def _split(text: str, delimiter: str) -> list[str] | None:
    """The values of a row; None where a quotation mark is wrong."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
