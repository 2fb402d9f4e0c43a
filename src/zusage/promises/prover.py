"""Proving: every probe looks, none stops another, and what can't be looked at is unknown."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from django.db import DatabaseError
from django.utils import timezone
from django.utils.module_loading import import_string

from zusage.actions.proofs import Found, note
from zusage.policy.types import Promise
from zusage.promises.look import CouldNotLook, Look, looking
from zusage.promises.plant import NotPlanted, clear_left_behind
from zusage.promises.types import Evidence, Probed, Result, unknown
from zusage.tenant import policy

QUICK_EVERY, FULL_EVERY = timedelta(minutes=10), timedelta(days=1)
"""How often the worker looks quickly, and at everything."""
QUICK_FOR, FULL_FOR = 3 * QUICK_EVERY, FULL_EVERY + timedelta(hours=12)
"""How long what was found is good for: then it is unknown."""
Tell = Callable[[str], None]


def prove(
    ids: Collection[str] = (), *, quick: bool = False, keep: bool = True, tell: Tell = lambda probe: None
) -> list[Result]:
    """Run the probes of the promises `ids` (none: all), with `quick` only those that are; `tell` hears of each.

    `keep`: what is found is kept, for the public page. Promises without a probe to run are left out.
    """
    clear_left_behind()
    found: list[Probed] = []
    seen: dict[str, tuple[Evidence, ...]] = {}
    with looking() as look:
        for promise, name in to_run(ids, quick):
            tell(name)
            if name not in seen:  # a probe may stand for several promises
                seen[name] = tuple(_evidence(name, look))
            found.append(Probed(promise.id, name, seen[name], timezone.now()))
    if keep:
        note([_kept(one) for one in found])
    return _results(found)


def to_run(ids: Collection[str], quick: bool) -> list[tuple[Promise, str]]:
    """Which probes to run for which promises, in the order of the policy."""
    return [
        (promise, name)
        for promise in policy().promises.values()
        if not ids or promise.id in ids
        for name in promise.probes
        if not quick or getattr(import_string(name), "quick", False)
    ]


def _evidence(name: str, look: Look) -> Iterator[Evidence]:
    """What one probe finds. Whatever happens to it, the others go on."""
    try:
        found = list(import_string(name)(look))
    except (CouldNotLook, NotPlanted) as reason:
        yield unknown("could not look", str(reason))
    except (OSError, DatabaseError) as error:
        yield unknown("could not look", _place(error))
    except Exception as error:  # a broken probe proves nothing, and mustn't stop the rest
        yield unknown("the probe failed", _place(error))
    else:
        yield from found or [unknown("nothing was looked at", "the probe gave no evidence")]


def _place(error: BaseException) -> str:
    """The kind of an error and the line it came from; never its message, which may quote data."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if "zusage" in one.filename]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def _kept(one: Probed) -> Found:
    quick = getattr(import_string(one.probe), "quick", False)
    evidence = [asdict(piece) for piece in one.evidence]
    return Found(one.promise, one.probe, one.state, evidence, one.at, QUICK_FOR if quick else FULL_FOR)


def _results(found: list[Probed]) -> list[Result]:
    by_promise: dict[str, list[Probed]] = {}
    for one in found:
        by_promise.setdefault(one.promise, []).append(one)
    return [Result(id_, probed, max(one.at for one in probed)) for id_, probed in by_promise.items()]
