"""The words of the access package that aren't the policy's: what tables and columns are called, what states mean."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "words"


@cache
def words(language: str) -> Mapping[str, str]:
    """All words in `language`, by dotted key."""
    return dict(_flat(tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))))


def say(language: str, key: str, **params: object) -> str:
    """The words for `key`, with the placeholders filled. KeyError for a key that is missing."""
    text = words(language)[key]
    return text.format(**params) if params else text


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield path + name, str(value)
