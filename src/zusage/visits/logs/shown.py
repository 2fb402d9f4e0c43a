"""What the evaluation of logs came to: as JSON, whose names are a contract, and in words for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from zusage.visits.logs.files import Log

NAMES = {
    "day": "days",
    "page": "pages",
    "browser": "browsers",
    "system": "systems",
    "referrer_host": "referrer_hosts",
    "robot": "robots",
}
FIRST = 10


def as_json(logs: Iterable[Log], k: int, is_dry: bool) -> dict[str, Any]:
    """All logs together, each suppressed by itself, and what became of each."""
    logs = list(logs)
    found: dict[str, Any] = {
        "lines": sum(log.lines for log in logs),
        "accepted": sum(log.accepted for log in logs),
        "rejected": dict(_sum(log.rejected for log in logs)),
    }
    for dimension, name in NAMES.items():
        counts = _sum(log.tables.get(dimension, Counter()) for log in logs)
        found[name] = dict(sorted(counts.items()) if dimension == "day" else counts.most_common())
    found["k"] = k
    found["stored"] = not is_dry
    found["files"] = [
        {
            "name": log.name,
            "state": log.state,
            "lines": log.lines,
            "accepted": log.accepted,
            "rejected": sum(log.rejected.values()),
            "deleted": log.deleted,
            "notes": log.notes,
        }
        for log in logs
    ]
    return found


def in_words(found: dict[str, Any]) -> Iterator[str]:
    """The same, line by line."""
    for file in found["files"]:
        ends = [f"{file['lines']:,} lines, {file['accepted']:,} counted"] if file["lines"] else []
        ends += [*file["notes"], *(["deleted"] if file["deleted"] else [])]
        yield f"{file['name']}: {'; '.join(ends) or 'empty'}"
    rejected = ", ".join(f"{why} {number:,}" for why, number in found["rejected"].items())
    yield f"{found['lines']:,} lines, {found['accepted']:,} counted; rejected: {rejected or 'none'}."
    for name in NAMES.values():
        if not found[name]:
            continue
        yield ""
        yield f"{name.replace('_', ' ')}:"
        rows = list(found[name].items())
        for value, number in rows if name == "days" else rows[:FIRST]:
            yield f"  {number:>12,}  {value}"
        if name != "days" and len(rows) > FIRST:
            yield f"  {sum(number for _, number in rows[FIRST:]):>12,}  in {len(rows) - FIRST} more rows"
    yield ""
    yield f'What fewer than {found["k"]} addresses of a log stand behind is "other".' + (
        "" if found["stored"] else " Nothing was stored."
    )


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    together: Counter[str] = Counter()
    for counter in counters:
        together.update(counter)
    return +together
