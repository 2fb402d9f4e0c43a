"""Given names that are known as such, and the short forms that stand for a full one: from given_names.txt."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from zusage.rules.matching.names import Tokens, words

FILE = Path(__file__).parent / "given_names.txt"


def nicknames(one: Tokens, other: Tokens) -> bool:
    """Whether both are one name, token by token the same or a short form of it. Two short forms of one aren't."""
    if len(one) != len(other):
        return False
    short = _short_forms()
    return all(
        a == b or b in short.get(a, ()) or a in short.get(b, ()) for a, b in zip(one, other, strict=True)
    )


def known(name: str) -> bool:
    """Whether a folded word is a given name of the list."""
    return name in _known()


@cache
def _short_forms() -> Mapping[str, frozenset[str]]:
    """Short form -> the full names that it stands for."""
    found: dict[str, set[str]] = {}
    for line in _lines():
        full, _, short = line.partition(":")
        for one in short.split():
            found.setdefault("".join(words(one)), set()).add("".join(words(full)))
    return {short: frozenset(full) for short, full in found.items()}


@cache
def _known() -> frozenset[str]:
    return frozenset("".join(words(one)) for line in _lines() for one in line.replace(":", " ").split())


def _lines() -> list[str]:
    text = FILE.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
