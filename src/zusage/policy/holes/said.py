"""How findings are worded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from zusage.policy.types import Finding


def known(ids: Collection[str]) -> str:
    """A remedy that lists what may be named."""
    return f"Name one of: {', '.join(ids)}." if ids else "None is declared yet: declare it first."


def strangers(
    file: str, place: str, what: str, named: Iterable[str], declared: Collection[str]
) -> Iterator[Finding]:
    """A finding for each id in `named` that isn't `declared`; `what` says what kind of thing it is."""
    for one in named:
        if one not in declared:
            yield Finding(file, place, f"There is no {what} «{one}».", known(declared))


def unused(
    file: str, kind: str, declared: Iterable[str], used: Collection[str], problem: str
) -> Iterator[Finding]:
    """A finding for each declared id that nothing uses."""
    for one in declared:
        if one not in used:
            yield Finding(file, f"{kind}.{one}", problem, "Use it, or remove it.")
