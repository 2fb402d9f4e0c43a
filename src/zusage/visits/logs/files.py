"""A log on its way: opened, counted, stored, and removed where that was asked for. In this order, and never another.

What is said of a log is its name and numbers; nothing of its content is shown, logged or stored.
"""

from __future__ import annotations

import os
import stat
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from zusage.visits.logs import published
from zusage.visits.logs.counting import Counted, count
from zusage.visits.logs.tally import Tally
from zusage.visits.logs.workers import WorkerEnded

STANDARD_INPUT = "-"

State = Literal["evaluated", "seen-before", "unreadable"]
Keep = Callable[[Counted], bool]
"""Stores a log's counts; False if another process did so meanwhile."""


@dataclass
class Log:
    """What became of a file. `tables` are its counts by dimension, `lines` those counted now."""

    name: str
    state: State = "evaluated"
    lines: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    tables: dict[str, Counter[str]] = field(default_factory=dict)
    deleted: bool = False
    # What a person should know: why it couldn't be read, that some of it was known, why it wasn't deleted.
    notes: list[str] = field(default_factory=list)
    is_finding: bool = False


@dataclass(frozen=True)
class Order:
    """How logs are to be evaluated. `known`: fingerprints by length; the logs of this run are added to it."""

    kind: str
    k: int
    known: dict[int, set[str]]
    keep: Keep
    delete: bool = False


def evaluate(name: str, order: Order, progress: Callable[[int], None]) -> Log:
    """Evaluate one file, or standard input for ``-``."""
    log = Log(name)
    try:
        descriptor = (
            sys.stdin.fileno() if name == STANDARD_INPUT else os.open(name, os.O_RDONLY | os.O_CLOEXEC)
        )
    except (OSError, ValueError) as problem:
        return _unreadable(log, problem)
    try:
        before = os.fstat(descriptor)
        if stat.S_ISDIR(before.st_mode):
            return _unreadable(log, IsADirectoryError(21, "Is a directory"))
        tally = Tally(order.k, order.kind)
        try:
            counted = count(lambda size: os.read(descriptor, size), tally, order.known, progress)
        except (OSError, WorkerEnded):
            raise
        except Exception as problem:
            # Whatever it is, its message may quote the log: its kind must do.
            return _unreadable(log, problem)
        _settle(log, counted, order)
        if order.delete:
            _delete(log, counted, descriptor, before)
    except (OSError, WorkerEnded) as problem:
        return _unreadable(log, problem)
    finally:
        if name != STANDARD_INPUT:
            os.close(descriptor)
    return log


def _unreadable(log: Log, problem: Exception) -> Log:
    why = problem.strerror if isinstance(problem, OSError) and problem.strerror else type(problem).__name__
    log.state, log.is_finding = "unreadable", True
    log.notes.append(f"could not be read: {why}")
    return log


def _settle(log: Log, counted: Counted, order: Order) -> None:
    """Store what is new in a log, and say what it is."""
    tally = counted.tally
    if counted.broken:
        log.is_finding = True
        log.notes.append(f"{counted.broken}; what came before was counted")
    is_new = bool(tally.number) and order.keep(counted)
    if counted.length and not is_new:
        tally.reset()
        log.state = "seen-before"
        log.notes.append("this content was evaluated before: not counted again")
    elif counted.known:
        log.notes.append("its beginning was evaluated before: only what was added is counted")
    log.lines, log.accepted, log.rejected = tally.number, tally.accepted, tally.rejected
    if log.lines and not log.accepted:
        log.is_finding = True
        log.notes.append("no line could be read: is --format right?")
    log.tables = published.of_log(tally)
    order.known.setdefault(counted.length, set()).add(counted.fingerprint)


def _delete(log: Log, counted: Counted, descriptor: int, before: os.stat_result) -> None:
    """Remove a file whose counts are on disk, if it is still the one that was read, to its end."""
    why_not = _reason_to_keep(log, counted, descriptor, before)
    if why_not:
        log.is_finding = counted.length > 0
        log.notes.append(f"not deleted: {why_not}")
        return
    try:
        Path(log.name).unlink()
        log.deleted = True
    except OSError as problem:
        log.is_finding = True
        log.notes.append(f"not deleted: {problem.strerror}")


def _reason_to_keep(log: Log, counted: Counted, descriptor: int, before: os.stat_result) -> str:
    if log.name == STANDARD_INPUT or not stat.S_ISREG(before.st_mode):
        return "it is no file"
    if not counted.length:
        return "it is empty"
    if counted.broken:
        return "not all of it could be read"
    if log.lines and not log.accepted:
        return "nothing in it was counted"
    try:
        now = os.lstat(log.name)
    except OSError as problem:
        return problem.strerror or type(problem).__name__
    if stat.S_ISLNK(now.st_mode):
        return "it is a link"
    if any(_mark(found) != _mark(before) for found in (os.fstat(descriptor), now)):
        return "it changed while it was read"
    return ""


def _mark(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
