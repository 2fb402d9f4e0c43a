"""A list's filters as groups of links, each with the number of lines that it would leave."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

Choices = Iterable[tuple[str, str]]
"""Value and words of each choice of a filter."""


def groups(
    offered: Iterable[tuple[str, str, Choices]],
    chosen: object,
    counts: Mapping[str, Mapping[str, int]],
    address: Callable[..., str],
    always: Collection[str] = (),
) -> list[dict[str, Any]]:
    """For ``office/filters.html``. `offered`: a filter's name, its title and its choices.

    A choice that would leave nothing only takes room, but for the one that is chosen, and those of the filters in
    `always`. `address` gives the address of the list with one filter changed.
    """
    made = []
    for name, title, choices in offered:
        numbers, current = counts[name], getattr(chosen, name)
        links = [
            {
                "words": words,
                "number": numbers.get(value, 0),
                "url": address(chosen, **{name: value}),
                "current": current == value,
            }
            for value, words in choices
            if numbers.get(value) or name in always or current == value
        ]
        made.append({"title": title, "links": links})
    return made
