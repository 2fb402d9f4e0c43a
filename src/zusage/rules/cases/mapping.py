"""A mapping file: which of somebody else's columns is which of ours, and what is the same in every row (TOML).

ignore = ["Sachbearbeiter"]

[columns]                     # ours = theirs
reference = "Aktenzeichen"

[constants]
currency = "CHF"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from zusage.rules.cases.columns import BY_ID


class BadMapping(Exception):
    """A mapping that can't be; its text says what to change."""


@dataclass(frozen=True, slots=True)
class Names:
    """How columns are called. `theirs`: folded name -> our column, empty for one that is ignored."""

    theirs: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def ours(self, name: str) -> str | None:
        """Our column for their `name`; empty where it is to be ignored, None where nobody knows it."""
        folded = fold(name)
        if folded in self.theirs:
            return self.theirs[folded]
        return folded if folded in BY_ID else None


PLAIN = Names()


def fold(name: str) -> str:
    """Names are the same whatever their case, with spaces or hyphens for the underscore."""
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


def mapping(text: str) -> Names:
    """Raises BadMapping."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"The mapping isn't TOML: {error}.") from None
    unknown = set(found) - {"columns", "constants", "ignore"}
    if unknown:
        raise BadMapping(
            f"The mapping has {sorted(unknown)[0]}; it may have [columns], [constants] and ignore."
        )
    columns, constants = _texts(found, "columns"), _texts(found, "constants")
    theirs = {fold(name): ours for ours, name in columns.items()}
    if len(theirs) != len(columns):
        raise BadMapping("The mapping's [columns] name one of your columns twice.")
    ignore = found.get("ignore", [])
    if not isinstance(ignore, list) or not all(isinstance(one, str) for one in ignore):
        raise BadMapping(
            'The mapping\'s ignore has to be a list of your columns, such as ["Sachbearbeiter"].'
        )
    if set(columns) & set(constants):
        raise BadMapping(f"The mapping has {min(set(columns) & set(constants))} as column and as constant.")
    return Names({**theirs, **{fold(one): "" for one in ignore}}, constants)


def _texts(found: Mapping[str, object], part: str) -> dict[str, str]:
    given = found.get(part, {})
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise BadMapping(f'The mapping\'s [{part}] has to have lines such as currency = "CHF".')
    unknown = set(given) - set(BY_ID)
    if unknown:
        raise BadMapping(
            f"The mapping's [{part}] has {sorted(unknown)[0]}, which is no column of docs/import.md."
        )
    return dict(given)
