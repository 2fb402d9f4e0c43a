"""A file of cases, from its first line to its last: in batches, resumable, and never read whole."""

from __future__ import annotations

import codecs
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.db import connection, connections
from django.utils import timezone

from zusage.actions.cases_import import IMPORT, Outcome, house_keys, look, take
from zusage.actions.cases_reader import Order, batches, records, seldom_collecting
from zusage.actions.matching import learn, look_again
from zusage.models import ImportRun
from zusage.protocol.outbox import Actor
from zusage.rules.cases.checked import Term, check
from zusage.rules.cases.mapping import Names
from zusage.rules.cases.rows import Rules
from zusage.rules.cases.source import CHUNK, Kind, Record, Unreadable, encoding_of, ending_of, kind_of
from zusage.tenant import policy
from zusage.turns import copy_log, crowded, room
from zusage.vault import api as vault

SHORTEST, FIRST, LONGEST = 25, 500, 4000
"""Rows of a batch."""
ALONE, CROWDED = 0.5, 0.03
"""Seconds that a batch may hold the store: where nobody else is at work, and where somebody is."""
CROWD, REST = 8, 3
"""For how many batches it counts that somebody was at work; how much longer than it held the store it rests then."""
CACHE_KIB = 256 * 1024
COPIES = 8
"""After so many batches the store's log is copied: a page that many batches changed is copied once."""
MOST_REJECTED = 1000
"""Rejected rows that are told one by one; the others are counted."""
MOST_NAMES = 200_000
"""Different names that are counted at a time; beyond, those that came once are forgotten."""

Tell = Callable[[int], None]
"""Hears of the bytes that are done."""


@dataclass(slots=True)
class Result:
    """What an import came to. `rejected`: (line, reason) of the first `MOST_REJECTED`; `rejected_count`: of all."""

    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    rejected_count: int = 0
    resumed_at: int = 0
    encoding: str = "utf-8"

    def as_json(self) -> dict[str, object]:
        """The contract: also what the API answers."""
        told = [{"line": line, "reason": reason} for line, reason in self.rejected]
        found: dict[str, object] = {
            "imported": self.imported,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": told,
        }
        if self.rejected_count > len(told):
            found["rejected_count"] = self.rejected_count
        return found


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is known of a file before its first row is read."""

    key: str
    kind: Kind
    encoding: str
    ending: bytes


def import_file(
    path: Path, names: Names, *, dry_run: bool = False, tell: Tell = lambda number: None
) -> Result:
    """Bring the cases of a file in, from where it was broken off. With `dry_run`, only say what would be done.

    A file that was brought in wholly is gone through again, and finds everything unchanged. Raises Unreadable.
    """
    try:
        file = path.open("rb")
    except IsADirectoryError:
        raise Unreadable("This is a folder. Name the file in it.") from None
    except FileNotFoundError:
        raise Unreadable("There is no such file.") from None
    except OSError:
        raise Unreadable("The file can't be opened. May this user read it?") from None
    with file:
        if not path.is_file():
            raise Unreadable("This is no file that can be read twice. Save it, and name the file.")
        looked = _look_at(file, path.name, names)
        run = None if dry_run else _run(looked.key)
        order = Order(
            path,
            looked.kind,
            looked.encoding,
            looked.ending,
            names,
            rules(),
            house_keys(),
            run.offset if run else 0,
            run.line if run else 0,
        )
        records(file, order)  # raises what is wrong with the first line
    with room(connections["default"], CACHE_KIB, copies=False), room(connections["keys"]):
        return _import(order, run, tell)


def rows_in(actor: Actor, found: Iterable[Record]) -> Result:
    """Bring in what somebody sent at once; nothing is remembered of how far it came."""
    result, counted = Result(), Counter[Term]()
    waiting = iter(found)
    while batch := list(islice(waiting, FIRST)):
        checked = house_keys().batch(check(batch, rules()))
        for line, reason in checked.rejected:
            _reject(result, line, reason)
        _add(result, take(actor, checked.rows), counted)
        look_again(one.row.values["reference"] for one in checked.rows)
    learn(counted)
    result.rejected.sort()
    return result


def rules() -> Rules:
    """What rows are checked by today."""
    return Rules(timezone.localdate(), policy().matching.check_digits)


def _look_at(file: BinaryIO, name: str, names: Names) -> _Looked:
    """Read it once from end to end: what it is, and a name for its content under this mapping."""
    head = file.read(CHUNK)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Unreadable("The file is empty.")
    encoding_of(head)
    kind = kind_of(name, head)
    content, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")("replace")
    broken = accents = 0
    chunk = head
    while chunk:
        content.update(chunk)
        text = decoder.decode(chunk)
        if not text.isascii():
            lost = text.count("\ufffd")
            broken += lost
            accents += len(text) - len(text.encode("ascii", "ignore")) - lost
        chunk = file.read(CHUNK)
    # No letter in it that UTF-8 could have: then it is the encoding of Windows, which old programs write.
    encoding = "cp1252" if broken and not accents else "utf-8"
    meaning = repr((sorted(names.theirs.items()), sorted(names.constants.items()), kind)).encode()
    key = vault.keyed_hash(vault.root_key("import"), content.digest(), meaning).hex()
    return _Looked(key, kind, encoding, ending_of(head))


def _run(key: str) -> ImportRun:
    run = ImportRun.objects.filter(file=key).first()
    if run is None or run.ended_at:
        run = ImportRun(file=key)
    return run


def _import(order: Order, run: ImportRun | None, tell: Tell) -> Result:
    result = _so_far(run)
    result.encoding = order.encoding
    counted = Counter[Term]()
    at = order.offset
    tell(at)
    pace = _Pace()
    with batches(order) as following, seldom_collecting():
        while batch := following(pace.size):
            for line, reason in batch.rejected:
                _reject(result, line, reason)
            if run is None:
                outcome = look(batch.rows)
            else:
                run.offset, run.line = batch.end, batch.line
                run.rejected = {"number": result.rejected_count, "first": result.rejected}
                before = (result.imported, result.updated, result.unchanged)
                with pace:
                    outcome = take(IMPORT, batch.rows, run, before)
                look_again(one.row.values["reference"] for one in batch.rows)
            _add(result, outcome, counted)
            tell(batch.end - at)
            at = batch.end
            pace.rest()
            if len(counted) > MOST_NAMES:
                counted = Counter({name: number for name, number in counted.items() if number > 1})
    result.rejected.sort()
    if run is not None:
        learn(counted)
        run.ended_at = timezone.now()
        run.rejected = {"number": result.rejected_count, "first": result.rejected}
        run.save()
    return result


def _so_far(run: ImportRun | None) -> Result:
    if run is None or not run.offset:
        return Result()
    told = run.rejected or {"number": 0, "first": []}
    return Result(
        run.imported,
        run.updated,
        run.unchanged,
        [(line, reason) for line, reason in told["first"]],
        told["number"],
        resumed_at=run.line,
    )


def _add(result: Result, outcome: Outcome, counted: Counter[Term]) -> None:
    result.imported += outcome.imported
    result.updated += outcome.updated
    result.unchanged += outcome.unchanged
    for line, reason in outcome.rejected:
        _reject(result, line, reason)
    counted.update(outcome.names)


def _reject(result: Result, line: int, reason: str) -> None:
    result.rejected_count += 1
    if len(result.rejected) < MOST_REJECTED:
        result.rejected.append((line, reason))


class _Pace:
    """How large the next batch is: as large as the others' patience. Around a batch, it measures the work.

    Waiting for the disk is no work: it takes as long for a small batch as for a large one.
    """

    def __init__(self) -> None:
        self.size, self.crowd, self.held, self.batches = FIRST, 0, 0.0, 0

    def __enter__(self) -> None:
        self.began, self.busy = time.monotonic(), time.thread_time()

    def __exit__(self, *error: object) -> None:
        self.held, worked = time.monotonic() - self.began, time.thread_time() - self.busy
        self.crowd = CROWD if crowded(connection) else max(0, self.crowd - 1)
        wanted = CROWDED if self.crowd else ALONE
        self.size = int(min(LONGEST, max(SHORTEST, self.size * min(2.0, wanted / max(worked, 0.0001)))))

    def rest(self) -> None:
        """Let others get on, where there are any; and copy the log now and then, which hinders nobody."""
        self.batches += 1
        if self.batches % COPIES == 0:
            copy_log(connection)
        if self.crowd:
            time.sleep(min(0.5, REST * self.held))
