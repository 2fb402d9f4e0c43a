"""What a log holds, piece by piece, whether it is packed or not: told by its first bytes, not by its name.

Memory stays flat whatever a file claims to become when it is unpacked. What can't be unpacked to its end gives
what came before, and then Broken.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import zstandard

PIECE = 256 * 1024
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Four bytes of zstd may become 128 KB: so few are handed over at a time.
ZSTD_PIECE = 256

Read = Callable[[int], bytes]


class Broken(Exception):
    """A packed file that is cut off, damaged, or followed by something else."""


def pieces(read: Read) -> Iterator[bytes]:
    """The unpacked content of a file, in pieces of up to some MB. Raises Broken after the last good one."""
    first = b""
    while len(first) < len(ZSTD) and (more := read(PIECE)):
        first += more
    if first.startswith(GZIP):
        return _unpacked(first, read, GZIP, lambda: zlib.decompressobj(wbits=31), _gunzip)
    if first.startswith(ZSTD):
        return _unpacked(first, read, ZSTD, zstandard.ZstdDecompressor().decompressobj, _unzstd)
    return _plain(first, read)


def _plain(first: bytes, read: Read) -> Iterator[bytes]:
    piece = first
    while piece:
        yield piece
        piece = read(PIECE)


def _gunzip(member: Any, packed: bytes) -> tuple[bytes, bytes]:
    """What comes out next, and what of `packed` remains to be put in."""
    text = member.decompress(packed, PIECE)
    return text, member.unused_data if member.eof else member.unconsumed_tail


def _unzstd(frame: Any, packed: bytes) -> tuple[bytes, bytes]:
    text = frame.decompress(packed[:ZSTD_PIECE])
    return text, (frame.unused_data if frame.eof else b"") + packed[ZSTD_PIECE:]


def _unpacked(
    packed: bytes,
    read: Read,
    magic: bytes,
    start: Callable[[], Any],
    step: Callable[[Any, bytes], tuple[bytes, bytes]],
) -> Iterator[bytes]:
    """Member after member, or frame after frame, as many as follow one another."""
    while packed:
        if not packed.startswith(magic[: len(packed)]):
            raise Broken("something else follows its end")
        part = start()
        text = b""
        while not part.eof:
            # As long as much comes out there may be more to come without anything being put in.
            if not packed and len(text) < PIECE and not (packed := read(PIECE)):
                raise Broken("it is cut off")
            try:
                text, packed = step(part, packed)
            except (zlib.error, zstandard.ZstdError):
                raise Broken("it is damaged") from None
            yield text
        # Tapes and some tools fill up with zeros.
        packed = packed.lstrip(b"\0")
        while not packed and (packed := read(PIECE)):
            packed = packed.lstrip(b"\0")
