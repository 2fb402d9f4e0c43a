"""Lies: ways to break the running system behind its back. Each must turn its promise red, and leave others kept.

A lie is what a sceptic with SQL, an editor or a careless hand would do, never our own actions used nicely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.lies.scene import Scene

Told = Callable[["Scene"], Iterator[None] | None]
LIES: list[Lie] = []


@dataclass(frozen=True, slots=True)
class Lie:
    """`tell` breaks something; as a generator it yields once, and undoes afterwards what the stores don't hold."""

    name: str
    tell: Told
    turns: tuple[str, ...]
    """The promises that must turn red."""
    stays: tuple[str, ...]
    """The promises that must stay kept."""


def lie(*turns: str, stays: tuple[str, ...] = ()) -> Callable[[Told], Told]:
    """Put a lie on the list. `turns`: which promises it must break; `stays`: which it must not."""

    def put(tell: Told) -> Told:
        LIES.append(Lie(f"{Path(tell.__code__.co_filename).stem}.{tell.__name__}", tell, turns, stays))
        return tell

    return put


@contextmanager
def changed(place: Any, name: str, to: Any) -> Iterator[Any]:
    """The code as somebody changed it, until the lie is over. Gives what was there."""
    before = getattr(place, name)
    setattr(place, name, to)
    try:
        yield before
    finally:
        setattr(place, name, before)


def all_lies() -> list[Lie]:
    """Every lie of every file in this folder."""
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if not file.stem.startswith(("_", "test_", "scene")):
            import_module(f"tests.lies.{file.stem}")
    return LIES
