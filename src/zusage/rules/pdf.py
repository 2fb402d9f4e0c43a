"""A PDF read by its grammar (ISO 32000-1, 7.2 to 7.5), strictly and without obeying it: which names are in it.

A reader finds an object by its offset, so whatever looks like one has to be one here, not a part of a comment, a
string or a stream; and objects packed into a stream have to be packed in the one usual way, or nobody could say what
they hold.
What isn't as strict as that is refused: whoever sent it can send a photo instead.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from zusage.rules.problems import Problem

MOST_TOKENS = 400_000
"""A thesis of a hundred pages has a few ten thousand."""
MOST_UNPACKED = 20_000_000
"""Bytes of all object streams together. They hold no pictures; a proof of identity has a few thousand."""

_SPACE = rb"\x00\t\n\x0c\r "
_REGULAR = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"
_TOKEN = re.compile(
    rb"(?P<space>[" + _SPACE + rb"]+)|(?P<comment>%[^\r\n]*)|(?P<name>/" + _REGULAR + rb"*)|(?P<open><<|\[)"
    rb"|(?P<close>>>|\])|(?P<hex><[0-9A-Fa-f" + _SPACE + rb"]*>)|(?P<string>\()|(?P<word>" + _REGULAR + rb"+)"
)
_NAME = re.compile(rb"/(" + _REGULAR + rb"*)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_TO_PARENTHESIS = re.compile(rb"(?:[^()\\]++|\\.)*+([()])", re.DOTALL)
# How an object begins for a reader that was sent there, even into the middle of a line. Between its two numbers and
# "obj" only blanks are taken: nobody writes comments or line ends there but to hide something.
_BLANK = rb"[\x00\t\x0c ]"
_OBJECT = re.compile(rb"(?=[0-9.][" + _SPACE + rb"]++[0-9.+-]++[" + _SPACE + rb"]*+obj)")
_ODD_OBJECT = re.compile(
    rb"[\r\n]" + _BLANK + rb"*+(?:[0-9.+-]++" + _BLANK + rb"*+)?obj(?:[" + _SPACE + rb"0-9()<>\[\]{}/%]|\Z)"
)
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_STREAM_BEGINS = re.compile(rb"\r?\n")
_WORDS = frozenset(b"true false null R xref trailer startxref n f".split())
_OPENED_BY = {b">>": b"<<", b"]": b"["}
_PACKED = frozenset({"objstm", "first"})
_PACKED_AS_USUAL = frozenset({"type", "objstm", "n", "first", "extends", "length", "filter", "flatedecode"})


@dataclass(slots=True)
class _Reading:
    """How far the reading has come. `inside`: between obj and endobj."""

    content: bytes
    names: set[str] = field(default_factory=set)
    own: list[str] = field(default_factory=list)
    """The names of the object being read."""
    packed: list[bytes] = field(default_factory=list)
    before: tuple[bytes, bytes] = (b"", b"")
    """The two tokens before this one."""
    open: list[bytes] = field(default_factory=list)
    """Dictionaries and arrays that haven't been closed yet."""
    objects: int = 0
    inside: bool = False
    ended: bool = False
    """Whether the last thing was an end of file (%%EOF). There may be several: each change adds its own."""


def names(content: bytes) -> set[str]:
    """All names in the PDF `content`, in lower case, escapes undone, also those that are packed into object streams.

    Problems: proof-locked (encrypted), proof-mixed (something else follows it), proof-damaged.
    """
    reading = _Reading(content)
    position = len(content) if not content.startswith(b"%PDF-") else 0
    for _ in range(MOST_TOKENS):
        if position >= len(content):
            break
        position = _token(reading, position)
    else:
        raise Problem("proof-damaged")
    if not reading.ended or reading.inside or reading.open:
        raise Problem("proof-damaged")
    if len(_OBJECT.findall(content)) != reading.objects or _ODD_OBJECT.search(content):
        raise Problem("proof-mixed")
    if "encrypt" in reading.names:
        raise Problem("proof-locked")
    reading.names.update(_in_packed(reading.packed))
    return reading.names


def _token(reading: _Reading, position: int) -> int:
    """Read the token at `position`; where the next one begins."""
    found = _TOKEN.match(reading.content, position)
    if found is None:
        raise _wrong(reading)
    kind, text, after = found.lastgroup, found[0], found.end()
    if kind == "space":
        return after
    if kind == "comment":
        reading.ended = text.rstrip(b"\x00\t\x0c ") == b"%%EOF"
        return after
    if reading.ended and kind != "word":
        raise _wrong(reading)
    if kind == "name":
        reading.own.append(_plain(text[1:]))
        reading.names.add(reading.own[-1])
    elif kind == "open":
        reading.open.append(text)
    elif kind == "close":
        if not reading.open or reading.open.pop() != _OPENED_BY[text]:
            raise _wrong(reading)
    elif kind == "string":
        after = _after_string(reading, after)
    elif kind == "word":
        after = _word(reading, text, after)
    reading.ended = False
    reading.before = (reading.before[1], text)
    return after


def _word(reading: _Reading, text: bytes, after: int) -> int:
    if text in _WORDS or _NUMBER.fullmatch(text):
        return after
    if reading.open:
        raise _wrong(reading)
    if text == b"obj" and not reading.inside and all(one.isdigit() for one in reading.before):
        reading.inside, reading.own = True, []
        reading.objects += 1
        return after
    if text == b"stream" and reading.inside and reading.before[1] == b">>":
        return _after_stream(reading, after)
    if text == b"endobj" and reading.inside:
        reading.inside = False
        return after
    raise _wrong(reading)


def _after_string(reading: _Reading, position: int) -> int:
    depth = 1
    for _ in range(MOST_TOKENS):
        found = _TO_PARENTHESIS.match(reading.content, position)
        if found is None:
            break
        position = found.end()
        depth += 1 if found[1] == b"(" else -1
        if not depth:
            return position
    raise _wrong(reading)


def _after_stream(reading: _Reading, position: int) -> int:
    begins = _STREAM_BEGINS.match(reading.content, position)
    end = reading.content.find(b"endstream", position)
    if begins is None or end < 0:
        raise _wrong(reading)
    if _PACKED & set(reading.own):
        if not _PACKED_AS_USUAL.issuperset(reading.own) or reading.own.count("flatedecode") != 1:
            raise Problem("proof-damaged")
        reading.packed.append(reading.content[begins.end() : end])
    return end + len(b"endstream")


def _in_packed(packed: list[bytes]) -> Iterator[str]:
    """The names in object streams, strings and comments in them included: an offset may point into those."""
    left = MOST_UNPACKED
    for data in packed:
        unpacking = zlib.decompressobj()
        try:
            content = unpacking.decompress(data, left)
        except zlib.error:
            raise Problem("proof-damaged") from None
        left -= len(content)
        if not unpacking.eof or left <= 0:
            raise Problem("proof-damaged")
        yield from (_plain(found[1]) for found in _NAME.finditer(content))


def _plain(name: bytes) -> str:
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), name).decode("latin-1").lower()


def _wrong(reading: _Reading) -> Problem:
    """Behind the end of the file something else begins; before it the file is broken."""
    return Problem("proof-mixed" if reading.ended else "proof-damaged")
