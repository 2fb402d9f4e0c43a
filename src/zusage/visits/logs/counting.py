"""A log from its first byte to its counts: cut into lines, counted here, and by a process a core once it is long."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from zusage.visits.logs.lines import LONGEST
from zusage.visits.logs.packed import Broken, Read, pieces
from zusage.visits.logs.tally import Tally
from zusage.visits.logs.workers import Workers, no_collection

ALONE_BYTES = 256 * 1024 * 1024
"""So much of a log is counted by this process; if there is more, the other cores help."""

Known = Mapping[int, set[str]]
"""Fingerprints of what was evaluated before, by length in bytes."""


@dataclass
class Counted:
    """What came of a log. `known` bytes at its beginning were counted before, and aren't again."""

    tally: Tally
    length: int = 0
    known: int = 0
    fingerprint: str = ""
    broken: str = ""
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)


def count(read: Read, tally: Tally, known: Known, progress: Callable[[int], None]) -> Counted:
    """Count what `read` gives. `progress` is called with bytes, unpacked, as they are done."""
    found = Counted(tally)
    with no_collection(), Workers(tally, len(os.sched_getaffinity(0))) as workers:
        carry = b""
        for piece, is_known in _marked(read, known, found):
            progress(len(piece))
            carry += piece
            if is_known:
                # All of this was counted before: what comes now is what has been added since.
                tally.reset()
                workers.reset()
                carry = b""
            carry = _hand_over(carry, tally, workers, found.length > ALONE_BYTES)
        if carry:
            _hand_over(carry if carry.endswith(b"\n") else carry + b"\n", tally, workers, False)
        workers.finish()
    found.fingerprint = found._hash.hexdigest()
    tally.finish()
    return found


def _marked(read: Read, known: Known, found: Counted) -> Iterator[tuple[bytes, bool]]:
    """The pieces of a log, cut where something known may end; with each, whether it does."""
    ends = sorted(length for length in known if length)
    try:
        for piece in pieces(read):
            while piece:
                while ends and ends[0] <= found.length:
                    ends.pop(0)
                cut = ends[0] - found.length if ends else len(piece)
                part, piece = piece[:cut], piece[cut:]
                found._hash.update(part)
                found.length += len(part)
                is_known = found._hash.copy().hexdigest() in known.get(found.length, ())
                if is_known:
                    found.known = found.length
                yield part, is_known
    except Broken as problem:
        found.broken = str(problem)


def _hand_over(text: bytes, tally: Tally, workers: Workers, is_long: bool) -> bytes:
    """Have the whole lines of `text` counted; the rest of it, which is no more than a line that may be accepted."""
    end = text.rfind(b"\n") + 1
    if is_long:
        workers.count(text[:end])
    else:
        tally.lines(text[:end])
    return text[end:][: LONGEST + 1]
