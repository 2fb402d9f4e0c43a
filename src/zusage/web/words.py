"""The words on the screens that aren't the tenant's: one TOML file per language, looked up by dotted key.

``words/de.toml`` and so on hold the words; a folder beneath (``words/office/de.toml``) may hold a room's own. The
same keys and placeholders stand in each language (a test holds that).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from zusage.policy.types import AUTHORITATIVE, LANGUAGES

FOLDER = Path(__file__).parent / "words"


def say(language: str, key: str, **params: object) -> str:
    """The words for `key` in `language` with the placeholders filled from `params`.

    Raises KeyError for a key or a placeholder that is missing: a page without its words must not go out.
    """
    text = words(language if language in LANGUAGES else AUTHORITATIVE)[key]
    return text.format(**params) if params else text


def counted(language: str, key: str, number: int) -> str:
    """The words for a number of something: ``<key>_one`` for one, ``<key>_many`` with ``n`` for any other."""
    return say(language, f"{key}_one") if number == 1 else say(language, f"{key}_many", n=number)


@cache
def words(language: str) -> Mapping[str, str]:
    """All words of `language`, by dotted key. Raises ValueError if two files say the same key."""
    found: dict[str, str] = {}
    for file in sorted(FOLDER.rglob(f"{language}.toml")):
        with file.open("rb") as content:
            for key, text in _flat(tomllib.load(content)):
                if key in found:
                    raise ValueError(f"{file.name}: '{key}' is there twice")
                found[key] = text
    return found


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield path + name, str(value)
