"""Lines of a web server's log into columns: a block at once where its lines are regular, one by one where they aren't.

A line is a line: whatever is wrong with one, an unclosed quote above all, never reaches the next. What the quick way
takes, the careful way would take with the same fields; a test holds the two against each other. Fields are text of one
letter a byte (Latin-1): quicker to look into than bytes; `values` reads them as what they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import compress
from operator import itemgetter
from typing import NamedTuple

import re2

LONGEST = 64 * 1024
"""Bytes of a line; a longer one is rejected. Web servers allow some 8 KB for a request and for each header."""

FORMATS = ("combined", "common", "nginx")
"""`nginx` is the combined format with anything after the user agent, such as the address behind a proxy."""

# Where a head has its day: [17/May/2015:10:05:03 +0000] and a blank are always as long.
DAY = slice(-28, -17)

# Bytes that are no blank, no control and no quote. What may lie between two quotes, when nothing is escaped.
_WORD = rb"[!#-~\x80-\xff]+"
_FIELD = rb'"[^"\n]*"'
_DATE = rb"(?:0[1-9]|[12]\d|3[01])/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}"
_TIME = rb":\d\d:\d\d:\d\d [+-]\d{4}"
_STAMP = _DATE + _TIME
_ADDRESS = _WORD + b" " + _WORD + b" " + _WORD + rb" \["
_HEAD = _ADDRESS + _STAMP + rb"\] "
_STATUS = rb" \d{3} (?:\d+|-)"

_COMBINED = re2.compile(b"(?:" + _HEAD + _FIELD + _STATUS + b" " + _FIELD + b" " + _FIELD + rb"\r?\n)*")
_COMMON = re2.compile(b"(?:" + _HEAD + _FIELD + _STATUS + rb"\r?\n)*")
_RUNS = {"combined": _COMBINED, "nginx": _COMBINED, "common": _COMMON}
# What lies between the fields of many lines, with a quote after each: so no part can borrow from the next.
_HEADS = re2.compile(b"(?:\r?\n" + _HEAD + b'")*')
_MIDDLES = re2.compile(b"(?:" + _STATUS + b' ")*')
_BETWEEN = re2.compile(b"(?:" + _STATUS + b"\r?\n" + _HEAD + b'")*' + _STATUS + b'\r?\n"')

# One line, with care. A user's name may have blanks in it where the remote name is a hyphen, as it nearly always is.
_LINE = re.compile(
    b"(" + _WORD + b") (?:" + _WORD + b" " + _WORD + rb"|- [^\[]*) \[(" + _STAMP + rb')\] "(.*)', re.DOTALL
)
_SOME_DATE = re.compile(rb"\[[^\]\[]{1,60}\]")
_TEXT = rb'((?:[^"\\]|\\.)*)"'
_TO_THE_END = rb'((?:[^"\\]|\\.)*\\?)"?'  # a line cut off in its user agent has all that counts
_ESCAPED = {
    "combined": re.compile(_TEXT + _STATUS + b' "' + _TEXT + b' "' + _TO_THE_END, re.DOTALL),
    "nginx": re.compile(_TEXT + _STATUS + b' "' + _TEXT + b' "' + _TO_THE_END + b"(?: .*)?", re.DOTALL),
    "common": re.compile(_TEXT + _STATUS, re.DOTALL),
}
_MIDDLE = re.compile(b'"' + _STATUS + rb'(?: "|$)')


class Irregular(Exception):
    """A block whose lines can't be read at once."""


class Columns(NamedTuple):
    """The lines that were accepted, a list for each field. A head goes from the address to the blank after the date."""

    heads: list[str]
    days: list[str]
    requests: list[str]
    referrers: list[str]
    agents: list[str]

    def only(self, days: set[str]) -> Columns:
        """The lines of these days."""
        here = list(map(days.__contains__, self.days))
        return Columns(*(list(compress(column, here)) for column in self))


def whole_lines(text: bytes, most: int) -> Iterator[bytes]:
    """`text`, which ends with an end of line, in parts that do so too, of at most `most` bytes.

    A line as long as that is cut: it is too long anyway, by what remains of it.
    """
    at = 0
    while at < len(text):
        end = text.rfind(b"\n", at, at + most) + 1
        if end:
            yield text[at:end]
            at = end
        else:
            yield text[at : at + LONGEST + 1] + b"\n"
            at = text.index(b"\n", at) + 1


def read(block: bytes, kind: str) -> tuple[Columns, Counter[str]]:
    """The columns of whole lines, each with its end, and how many were rejected, by reason."""
    rejected: Counter[str] = Counter()
    if not _is_short(block):
        lines = block.split(b"\n")
        kept = [line for line in lines if len(line) <= LONGEST]
        rejected["too long"] = len(lines) - len(kept)
        block = b"\n".join(kept)
    try:
        return at_once(block, kind), rejected
    except Irregular:
        pass
    regular, odd = _apart(block, kind)
    columns = at_once(regular, kind)
    for line in odd:
        found = one(line, kind)
        if isinstance(found, str):
            rejected[found] += 1
        else:
            for column, field in zip(columns, found, strict=True):
                column.append(field)
    return columns, rejected


def at_once(block: bytes, kind: str) -> Columns:
    """The columns of a block in which each line has its quotes where they belong, and no others. Raises Irregular.

    The block is cut at its quotes. That those were the right ones is seen from what lies between the fields: heads
    with one end of line each, statuses, single blanks; and from the fields, which have no end of line.
    """
    if not block:
        return Columns([], [], [], [], [])
    parts = block.decode("latin-1").split('"')
    if kind == "common":
        return _common(parts)
    heads, requests, referrers, agents = parts[0:-1:6], parts[1::6], parts[3::6], parts[5::6]
    if (
        len(parts) % 6 != 1
        or parts[-1] not in ("\n", "\r\n")
        or set(parts[4::6]) != {" "}
        or not _are(_MIDDLES, parts[2::6])
        or any("\n" in "".join(fields) for fields in (requests, referrers, agents))
    ):
        raise Irregular
    return Columns(heads, _days(heads), requests, referrers, agents)


def _common(parts: list[str]) -> Columns:
    """As above, with two quotes a line: between two requests lie a status, an end of line and a head in one part."""
    requests = parts[1::2]
    if len(parts) % 2 != 1 or not _are(_BETWEEN, parts[2::2]) or "\n" in "".join(requests):
        raise Irregular
    heads = [parts[0], *("\n" + part.partition("\n")[2] for part in parts[2:-1:2])]
    return Columns(heads, _days(heads), requests, ["-"] * len(heads), [""] * len(heads))


def _days(heads: list[str]) -> list[str]:
    """The day of each head. Raises Irregular where one is no head. Most blocks have one day, which is quicker seen."""
    day = heads[0][DAY]
    ended = ["\n" + heads[0], *heads[1:]]
    if _are(_heads_of(day), ended):
        return [day] * len(heads)
    if _are(_HEADS, ended):
        return list(map(itemgetter(DAY), heads))
    raise Irregular


@lru_cache(100)
def _heads_of(day: str) -> re2._Regexp:
    date = day.encode("latin-1") if re.fullmatch(_DATE.decode(), day, re.ASCII) else _DATE
    return re2.compile(b"(?:\r?\n" + _ADDRESS + date + _TIME + rb'\] ")*')


def _are(shape: re2._Regexp, parts: list[str]) -> bool:
    return shape.fullmatch(('"'.join(parts) + '"').encode("latin-1")) is not None


def _is_short(block: bytes) -> bool:
    """Whether no line is longer than `LONGEST`: each stretch of half of it has an end of line."""
    half = LONGEST // 2
    return all(block.find(b"\n", at, at + half) >= 0 for at in range(0, len(block) - half + 1, half))


def _apart(block: bytes, kind: str) -> tuple[bytes, list[bytes]]:
    """The regular lines of a block, as a block, and the others."""
    runs, odd = [], []
    at = 0
    while at < len(block):
        end = _RUNS[kind].match(block, at).end()
        runs.append(block[at:end])
        at = end
        if at < len(block):
            end = block.index(b"\n", at)
            odd.append(block[at:end])
            at = end + 1
    return b"".join(runs), odd


def one(line: bytes, kind: str) -> tuple[str, ...] | str:
    """A line without its end as head, day, request, referrer, user agent; or why it is rejected, in a word or two."""
    line = line.rstrip(b" \t\r")
    head = _LINE.fullmatch(line)
    if not head:
        return _why(line)
    address, stamp, rest = head.groups()
    found = _ESCAPED[kind].fullmatch(rest)
    fields = found.groups() if found else _unescaped(rest, kind)
    if not fields:
        return "unclear quotes" if rest.endswith(b'"') else "cut off"
    whole = (address + b" - - [" + stamp + b"] ", stamp[:11], *fields, b"-", b"")[:5]
    return tuple(field.decode("latin-1") for field in whole)


def _unescaped(rest: bytes, kind: str) -> tuple[bytes, ...] | None:
    """The fields as those servers write them that escape nothing, where there is one reading only."""
    middle = _MIDDLE.search(rest)
    if not middle:
        return None
    request, after = rest[: middle.start()], rest[middle.end() :]
    if kind == "common":
        return None if after else (request,)
    fields = after[:-1].split(b'" "')
    return (request, *fields) if after.endswith(b'"') and len(fields) == 2 else None


def _why(line: bytes) -> str:
    if not line:
        return "empty"
    if b"\0" in line:
        return "binary"
    return "no request" if _SOME_DATE.search(line) else "no date"
