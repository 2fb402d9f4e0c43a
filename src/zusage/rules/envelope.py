"""Addresses as they stand in an envelope's window."""

from __future__ import annotations

import re

MOST_LINES = 6
"""Lines that a window shows and the Swiss Post reads."""
_BETWEEN = re.compile(r"[\r\n,;]+")


def lines(name: str, address: str) -> tuple[str, ...]:
    """Name and address, a line each, as a file has them in one; empty where either is missing: nobody would get it."""
    found = [one for piece in _BETWEEN.split(address) if (one := " ".join(piece.split()))]
    who = " ".join(name.split())
    if not who or not found:
        return ()
    if len(found) >= MOST_LINES:  # the last line is the town
        middle = ", ".join(found[MOST_LINES - 3 : -1])
        found = [*found[: MOST_LINES - 3], middle, found[-1]]
    return (who, *found)
