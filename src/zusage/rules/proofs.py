"""Proofs of identity as people upload them: PDF, JPEG or PNG, decided by what is in the file, never by its name.

The file has to be that one thing from its first byte to its last: a picture with a web page or an archive behind it
is none. A PDF may not hold what a program could run or unpack. Pictures are decoded once: a cut-off one is noticed.
"""

from __future__ import annotations

import re
import struct
import zipfile
from io import BytesIO
from typing import Literal

from PIL import Image

from zusage.rules import pdf
from zusage.rules.problems import Problem

Kind = Literal["pdf", "jpeg", "png"]

MEGABYTES = 10
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000}
"""Photos of phones have up to 50 million, screenshots 5. A PNG is held in memory whole, at 4 bytes for each."""
MOST_SEGMENTS = 20_000
MOST_SCANS = 30
"""A progressive JPEG has about ten, and each passes over the whole picture."""
MOST_PICTURES = 10
MOST_NOTES = 200_000
"""Bytes of a phone's notes behind a picture. A film would have millions."""

_JPEG, _PNG, _PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php)", re.IGNORECASE)
_SNIFFED = 1024
"""How far into a file browsers look for what it might be."""
_PADDING = b"\x00\t\n\r "

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _END = 0xDA, 0xD9
_AFTER_SCAN = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
_SEGMENT = re.compile(rb"\xff+([\xc0-\xfe])", re.DOTALL)

_ACTIVE = frozenset(
    "javascript js launch embeddedfile embeddedfiles ef fileattachment collection richmedia rendition movie sound 3d "
    "xfa submitform importdata gotoe gotor".split()
)


def kind_of(content: bytes, megabytes: int = MEGABYTES) -> Kind:
    """What `content` is. Problems, and never another exception: proof-…"""
    if not content:
        raise Problem("proof-empty")
    if len(content) > megabytes * 1_000_000:
        raise Problem("proof-too-large", limit=megabytes)
    if content.startswith(_JPEG):
        _jpeg(content)
        kind: Kind = "jpeg"
    elif content.startswith(_PNG):
        _png(content)
        kind = "png"
    elif content.startswith(_PDF):
        _pdf(content)
        kind = "pdf"
    else:
        raise Problem("proof-kind")
    if _MARKUP.search(content, 0, _SNIFFED) or zipfile.is_zipfile(BytesIO(content)):
        raise Problem("proof-mixed")
    return kind


def _pdf(content: bytes) -> None:
    names = pdf.names(content)
    if names & _ACTIVE:
        raise Problem("proof-active")
    if "page" not in names:
        raise Problem("proof-damaged")


def _png(content: bytes) -> None:
    position, name, width, height = len(_PNG), b"", 0, 0
    for _ in range(MOST_SEGMENTS):
        if name == b"IEND" or position + 12 > len(content):
            break
        length, name = struct.unpack_from(">I4s", content, position)
        if position + 12 + length > len(content):
            raise Problem("proof-damaged")
        if name == b"IHDR" and length == 13 and not width:
            width, height = struct.unpack_from(">II", content, position + 8)
        position += 12 + length
    if name != b"IEND":
        raise Problem("proof-damaged")
    if content[position:].strip(_PADDING):
        raise Problem("proof-mixed")
    _decode(content, "PNG", width, height)


def _jpeg(content: bytes) -> None:
    position, width, height = _picture(content, 0)
    for _ in range(MOST_PICTURES):
        rest = content[position:]
        beyond = rest.lstrip(_PADDING)
        if not beyond or _is_samsung(rest):
            break
        # Phones lay a second picture behind the first: a preview, or how bright the first may shine.
        if not beyond.startswith(_JPEG):
            raise Problem("proof-mixed")
        position, _, _ = _picture(content, len(content) - len(beyond))
    else:
        raise Problem("proof-mixed")
    _decode(content, "JPEG", width, height)


def _picture(content: bytes, start: int) -> tuple[int, int, int]:
    """Where the JPEG picture that begins at `start` ends, its width and its height (ITU-T T.81, annex B)."""
    position, scans, width, height = start + 2, 0, 0, 0
    for _ in range(MOST_SEGMENTS):
        found = _SEGMENT.match(content, position)
        if found is None:
            break
        marker, position = found[1][0], found.end()
        if marker == _END and width and scans:
            return position, width, height
        if position + 8 > len(content) or 0xD0 <= marker <= 0xD9:
            break
        (length,) = struct.unpack_from(">H", content, position)
        if marker in _FRAMES:
            if width or length < 8:
                break
            height, width = struct.unpack_from(">HH", content, position + 3)
        position += max(length, 2)
        if marker == _SCAN:
            scans += 1
            after = _AFTER_SCAN.search(content, position)
            if after is None or scans > MOST_SCANS:
                break
            position = after.start()
    raise Problem("proof-damaged")


def _is_samsung(rest: bytes) -> bool:
    """Whether `rest` is what Samsung's phones note down behind a picture: blocks, and a directory naming them all."""
    if not 20 <= len(rest) <= MOST_NOTES or not rest.endswith(b"SEFT") or _MARKUP.search(rest):
        return False
    (length,) = struct.unpack_from("<I", rest, len(rest) - 8)
    start = len(rest) - 8 - length
    if start < 0 or length < 12 or rest[start : start + 4] != b"SEFH":
        return False
    (count,) = struct.unpack_from("<I", rest, start + 8)
    if length != 12 + 12 * count:
        return False
    blocks = sorted(struct.unpack_from("<II", rest, start + 16 + 12 * index) for index in range(count))
    end = 0
    for before, size in reversed(blocks):
        if start - before != end:
            return False
        end += size
    return bool(end == start)


def _decode(content: bytes, form: Literal["JPEG", "PNG"], width: int, height: int) -> None:
    if width * height > MOST_PIXELS[form]:
        raise Problem("proof-too-fine", limit=MOST_PIXELS[form] // 1_000_000)
    try:
        with Image.open(BytesIO(content), formats=(form,)) as picture:
            sound = picture.size == (width, height)
            picture.verify()
        if sound:  # or who knows how much memory it would take
            with Image.open(BytesIO(content), formats=(form,)) as picture:
                # An eighth of a JPEG's size will do: it is read to its end all the same.
                picture.draft(None, (max(width // 8, 1), max(height // 8, 1)))
                picture.load()
    except Exception:  # A decoder may trip over broken content in any way it likes.
        sound = False
    if not sound:
        raise Problem("proof-damaged")
