"""What every action is: one transaction on the data store, repeated where the database says so."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import Model

from zusage.insert import insert
from zusage.turns import turn
from zusage.vault import api as vault

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 6
SERIALIZATION_FAILURE = "40001"
DEADLOCK = "40P01"


class Conflict(Exception):
    """Somebody else changed the same thing meanwhile. `reason` is a key of the words (``conflict.<reason>``)."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


def not_shut(row: Any) -> None:
    """Raises Conflict where the subject of a row is blocked for its purpose (`restricted`) or was erased (`erased`)."""
    shut = vault.shut([row.subject_id], row.purpose).get(row.subject_id)
    if shut:
        raise Conflict("erased" if shut.reason == "erased" else "restricted")


ACTIONS: dict[str, Callable[..., object]] = {}
"""Every action by module and name, as they are imported: a test tries each of them on a blocked subject."""


def action(work: Callable[P, R]) -> Callable[P, R]:
    """Run `work` in one transaction, repeated as `repeated` says.

    An action called inside a transaction becomes a savepoint of it, and leaves the repeating to the outermost.
    """

    done = _atomic(work)
    ACTIONS[f"{work.__module__.removeprefix('zusage.actions.')}.{work.__qualname__}"] = done
    return done


def repeated(work: Callable[P, R]) -> Callable[P, R]:
    """Run `work` again, a few times, on a serialization failure or a locked database."""

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, TRIES + 1):
            try:
                return work(*args, **kwargs)
            except OperationalError as error:
                if attempt == TRIES or connection.in_atomic_block or not _collided(error):
                    raise
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  (a pause, not a secret)
        raise AssertionError("unreachable")

    return run


def _atomic(work: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with turn(connection), transaction.atomic():
            return work(*args, **kwargs)

    return repeated(run)


def write(*tables: Sequence[Model]) -> None:
    """An action that does nothing but insert. It is one step already, and inside a transaction a savepoint of it."""
    (_atomic if connection.in_atomic_block else repeated)(insert)(*tables)


def _collided(error: OperationalError) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    return state in (SERIALIZATION_FAILURE, DEADLOCK) or "database is locked" in str(error)
