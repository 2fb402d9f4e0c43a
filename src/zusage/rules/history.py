"""The history of proofs: a line for each day, chained and signed, so that nobody can rewrite it unnoticed.

A line's digest is SHA-256 over the day, its results and the digest before it, as canonical JSON (sorted keys, no
spaces, UTF-8); the signature is Ed25519 (RFC 8032) over the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

State = Literal["kept", "broken", "unknown"]
WORST: tuple[State, ...] = ("broken", "unknown", "kept")
"""The states, the worst one first."""
CONTEXT = "proof-day"
"""What signatures of these lines are made for (`vault.signing`)."""
Signed = Callable[[bytes, bytes], bool]
"""Whether a signature (second) is the house's own under a message (first)."""


class NotAHistory(Exception):
    """A file that isn't one; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Day:
    """One line: promise -> state at its worst; `previous` and `digest` in hexadecimal, `signature` too."""

    day: date
    results: Mapping[str, str]
    previous: str
    digest: str
    signature: str


def worst(states: Iterable[str]) -> State:
    """The worst of several; unknown where there is none."""
    found = set(states) or {"unknown"}
    return next(one for one in WORST if one in found)


def message(day: date, results: Mapping[str, str], previous: str) -> bytes:
    """The bytes that are hashed and signed."""
    line = {"day": day.isoformat(), "previous": previous, "results": dict(results)}
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(said: bytes) -> str:
    """The hash of a line's bytes, 64 hexadecimal digits."""
    return hashlib.sha256(said).hexdigest()


def faults(days: Sequence[Day], signed: Signed) -> Iterator[str]:
    """What is wrong with a history, oldest first: altered, not signed by the house, out of order, out of the chain."""
    before: Day | None = None
    for one in days:
        said = message(one.day, one.results, one.previous)
        if digest(said) != one.digest:
            yield f"{one.day}: the results are not those that were written down"
        elif not signed(said, _bytes(one.signature)):
            yield f"{one.day}: the signature is not the house's"
        if before is not None and one.day <= before.day:
            yield f"{one.day}: comes after {before.day}"
        if before is not None and one.previous != before.digest:
            yield f"{one.day}: doesn't follow {before.day}: a day was changed, removed or put in between"
        before = one


def rewritten(days: Sequence[Day], earlier: Sequence[Day]) -> Iterator[str]:
    """Which days of an `earlier` copy are missing from `days`, or say something else there now."""
    now = {one.day: one for one in days}
    for one in earlier:
        if one.day not in now:
            yield f"{one.day}: stood in the earlier copy, and is gone"
        elif now[one.day].digest != one.digest:
            yield f"{one.day}: says something else than in the earlier copy"


def parse(content: Any) -> tuple[bytes, list[Day]]:
    """The public key and the lines in what ``promises.json`` gave. Raises NotAHistory."""
    try:
        key = bytes.fromhex(content["public_key"])
        days = [_day(one) for one in content["history"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NotAHistory("This is not what /privacy/promises.json gives.") from None
    if len(key) != 32:
        raise NotAHistory("The public key in it is none.")
    return key, days


def plain(one: Day) -> dict[str, Any]:
    """A line as it stands in ``promises.json``."""
    return {
        "day": one.day.isoformat(),
        "results": dict(one.results),
        "previous": one.previous,
        "digest": one.digest,
        "signature": one.signature,
    }


def _day(one: Any) -> Day:
    results = one["results"]
    texts = (one["previous"], one["digest"], one["signature"])
    if not all(isinstance(text, str) for text in texts) or not set(results.values()) <= set(WORST):
        raise ValueError
    return Day(date.fromisoformat(one["day"]), {str(name): state for name, state in results.items()}, *texts)


def _bytes(hexadecimal: str) -> bytes:
    try:
        return bytes.fromhex(hexadecimal)
    except ValueError:
        return b""
