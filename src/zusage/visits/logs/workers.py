"""Processes that count parts of a long log beside the one that reads it.

They are forked, so that they hash sources as it does, and read the log's text from memory shared with it: no file, no
name. They open nothing, and what they know ends with them but for what they hand back: counts, and hashes of sources.
"""

from __future__ import annotations

import gc
import mmap
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from zusage.visits.logs.lines import whole_lines
from zusage.visits.logs.tally import Tally

SLOT = 1024 * 1024
SLOTS = 2
MOST = 8

_processes = get_context("fork")


class WorkerEnded(Exception):
    """A process that counted is no more: killed, or out of memory."""


class Workers:
    """As many as there are cores, started by the first text; none where there is one core. To be left by `with`."""

    def __init__(self, tally: Tally, number: int) -> None:
        self.tally, self.number = tally, min(number, MOST) if number > 1 else 0
        self.started: list[tuple[Connection, BaseProcess]] = []
        self.free: list[tuple[Connection, int]] = []
        self.memory = mmap.mmap(-1, SLOT * SLOTS * max(self.number, 1))

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *about: object) -> None:
        for connection, process in self.started:
            connection.close()
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()
        self.memory.close()

    def count(self, text: bytes) -> None:
        """Have whole lines counted by whoever is free, or here where there is nobody."""
        if not self.number:
            self.tally.lines(text)
            return
        if not self.started:
            self._start()
        for part in whole_lines(text, SLOT):
            connection, slot = self._free()
            self.memory[slot * SLOT : slot * SLOT + len(part)] = part
            self._send(connection, (slot, len(part)))

    def reset(self) -> None:
        """Forget what has been counted so far."""
        for connection, _ in self.started:
            self._send(connection, "reset")

    def finish(self) -> None:
        """Add up what they have counted."""
        for connection, _ in self.started:
            self._send(connection, None)
        for connection, _ in self.started:
            while not isinstance(answer := self._receive(connection), Tally):
                pass
            self.tally.add(answer)

    def _start(self) -> None:
        for index in range(self.number):
            ours, theirs = _processes.Pipe()
            earlier = [connection for connection, _ in self.started]
            process = _processes.Process(
                target=_work, args=(theirs, self.memory, self.tally, [*earlier, ours]), daemon=True
            )
            process.start()
            theirs.close()
            self.started.append((ours, process))
            self.free += [(ours, index * SLOTS + slot) for slot in range(SLOTS)]

    def _free(self) -> tuple[Connection, int]:
        while not self.free:
            for ready in wait([connection for connection, _ in self.started]):
                assert isinstance(ready, Connection)
                self.free.append((ready, self._receive(ready)))
        return self.free.pop(0)

    def _send(self, connection: Connection, message: object) -> None:
        try:
            connection.send(message)
        except OSError:
            raise WorkerEnded from None

    def _receive(self, connection: Connection) -> Any:
        try:
            return connection.recv()
        except (EOFError, OSError):
            raise WorkerEnded from None


@contextmanager
def no_collection() -> Iterator[None]:
    """Counting makes many small tuples and no cycles: looking for some would take a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _work(connection: Connection, memory: mmap.mmap, tally: Tally, not_ours: list[Connection]) -> None:
    """What a process does until it is told to hand over, or nobody is left to tell it."""
    # Whoever presses Ctrl-C means the process that reads; this one ends with it, and never prints what it holds.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in not_ours:
        other.close()
    try:
        tally.nothing_yet()
        gc.disable()
        while (message := connection.recv()) is not None:
            if message == "reset":
                tally.reset()
                continue
            slot, length = message
            tally.lines(memory[slot * SLOT : slot * SLOT + length])
            connection.send(slot)
        connection.send(tally.finish())
    except BaseException:
        os._exit(1)
