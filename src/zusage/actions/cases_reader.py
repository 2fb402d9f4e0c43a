"""Reading and checking a file of cases; for a long one in a process of its own, while another batch is being stored."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO, Protocol

from zusage.actions.cases_keyed import KeyedBatch, Keys
from zusage.rules.cases.checked import check
from zusage.rules.cases.mapping import Names
from zusage.rules.cases.rows import Rules
from zusage.rules.cases.source import Kind, Record, Unreadable, from_csv, from_json_lines, header, lines

LONG = 4_000_000
"""Bytes from which on a second process pays."""


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Python looks for rings among objects each few hundred of them; here come a million that are none."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be read: a file from `offset`, after its line `number`, as what, by which rules and keys."""

    path: Path
    kind: Kind
    encoding: str
    ending: bytes
    names: Names
    rules: Rules
    keys: Keys
    offset: int = 0
    number: int = 0


class Batches(Protocol):
    """Gives the next batch of about `size` records; None at the end."""

    def __call__(self, size: int) -> KeyedBatch | None: ...


@contextmanager
def batches(order: Order) -> Iterator[Batches]:
    """The batches of a file, one after the other."""
    if order.path.stat().st_size - order.offset < LONG or (os.cpu_count() or 1) < 2:
        with order.path.open("rb") as file:
            found = records(file, order)
            yield lambda size: _next(found, order, size)
        return
    # A fresh process: nothing of this one goes along but the order, no connection and none of the subjects' keys.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    reader = context.Process(target=_serve, args=(theirs, order), daemon=True)
    reader.start()
    theirs.close()
    try:
        yield _Ahead(ours)
    finally:
        ours.close()
        reader.join()


def records(file: BinaryIO, order: Order) -> Iterator[Record]:
    """The records of an open file. Raises Unreadable where its first line is no header."""
    if order.kind == "json-lines":
        file.seek(order.offset)
        return from_json_lines(
            lines(file.read, order.ending, order.offset, order.number), order.names, order.encoding
        )
    file.seek(0)
    first = next(lines(file.read, order.ending), None)
    head = header(first, order.names, order.encoding)
    start, number = (order.offset, order.number) if order.offset else (first.end if first else 0, 1)
    file.seek(start)
    found = lines(file.read, order.ending, start, number)
    return from_csv(found, head, order.names.constants, order.encoding)


class _Ahead:
    """Asks the reading process for the next batch as soon as it has one, so that it never waits."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe, self.asked = pipe, False

    def __call__(self, size: int) -> KeyedBatch | None:
        try:
            if not self.asked:
                self.pipe.send(size)
            found: KeyedBatch | None = self.pipe.recv()
            self.asked = found is not None
            if self.asked:
                self.pipe.send(size)
        except (EOFError, OSError):
            raise Unreadable("The process that reads it was ended. Start it again: it goes on.") from None
        return found


def _serve(pipe: Connection, order: Order) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked for the import hears of it
    try:
        with order.path.open("rb") as file, seldom_collecting():
            found = records(file, order)
            while True:
                pipe.send(_next(found, order, pipe.recv()))
    except (EOFError, OSError):
        return  # nobody asks any more


def _next(found: Iterator[Record], order: Order, size: int) -> KeyedBatch | None:
    batch = list(islice(found, size))
    return order.keys.batch(check(batch, order.rules)) if batch else None
