"""Counting tries per source, in memory alone.

The counters live in anonymous shared memory that the server's processes inherit: one count for all of them, never on a
disk. A source's address is there only as a keyed hash, under a key that is made at the start and forgotten at the
end, for the minutes that the policy states; then its slot is overwritten or dead.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.http import HttpRequest

from zusage.rules.sources import UNKNOWN, source

_SLOT = struct.Struct("<16sQI")  # keyed hash, end of its window (Unix seconds), count
SLOTS = 1 << 16
PROBES = 8


@dataclass(frozen=True, slots=True)
class Count:
    """How often a source came in its window, this time included, and how many seconds the window still has."""

    times: int
    seconds_left: int


class _Turn:
    """One at a time, over threads and processes. If a process is killed in its turn, the kernel gives it back."""

    def __init__(self) -> None:
        # Of this file nothing but the lock is used: not a byte is ever in it.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (open as long as the process)
        self._threads = threading.Lock()
        os.register_at_fork(after_in_child=self._anew)

    def _anew(self) -> None:
        self._threads = threading.Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)


class Counters:
    """Windowed counters by key. A full table loses its oldest entries first; it never grows and never refuses."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._slots = slots
        self._memory = mmap.mmap(-1, slots * _SLOT.size)
        self._turn = _Turn()
        self._key = os.urandom(32)

    def add(self, scope: str, who: bytes, seconds: int, now: float | None = None) -> Count:
        """Count one more try of `who` in `scope`, in a window of `seconds` from its first try."""
        return self._visit(scope, who, seconds, now, 1)

    def look(self, scope: str, who: bytes, now: float | None = None) -> Count:
        """The count so far, without a try."""
        return self._visit(scope, who, 0, now, 0)

    def take_back(self, scope: str, who: bytes) -> None:
        """Count one try less: it turned out to be right."""
        self._visit(scope, who, 0, None, -1)

    def clear(self) -> None:
        """Forget everything."""
        with self._turn.taken():
            self._memory[:] = bytes(len(self._memory))

    def _visit(self, scope: str, who: bytes, seconds: int, now: float | None, step: int) -> Count:
        moment = int(time.time() if now is None else now)
        tag = self._tag(scope, who)
        with self._turn.taken():
            slots = []
            for offset in self._offsets(tag):
                owner, end, times = _SLOT.unpack_from(self._memory, offset)
                slots.append((offset, owner, end))
                if owner == tag and end > moment:
                    times = max(0, min(times + step, 2**32 - 1))
                    if step:
                        _SLOT.pack_into(self._memory, offset, tag, end, times)
                    return Count(times, end - moment)
            if step > 0:
                oldest = min(slots, key=lambda slot: (slot[1] != tag, slot[2]))
                _SLOT.pack_into(self._memory, oldest[0], tag, moment + seconds, step)
        return Count(max(0, step), seconds)

    def _offsets(self, tag: bytes) -> list[int]:
        start = int.from_bytes(tag[:4], "little")
        return [((start + probe) % self._slots) * _SLOT.size for probe in range(PROBES)]

    def _tag(self, scope: str, who: bytes) -> bytes:
        return hashlib.blake2b(scope.encode() + b"\0" + who, key=self._key, digest_size=16).digest()


COUNTERS = Counters()


def source_of(request: HttpRequest) -> bytes:
    """The request's source; `UNKNOWN` where nobody can be told apart."""
    return source(request.META.get("REMOTE_ADDR", ""))


def known(who: bytes) -> bool:
    """Whether a source can be refused at all."""
    return who != UNKNOWN
