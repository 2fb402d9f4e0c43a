"""Typed reading of TOML tables: each value checked for its type, each leftover key reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar

from zusage.policy.types import Finding

Word = TypeVar("Word", bound=str)
TYPES = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
    date: "a date, e.g. 2025-01-31 without quotation marks",
}
AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")
LONGEST = 4000
"""Characters of one fact. Words may be longer: they have no limit but that of their file."""


class Table:
    """A TOML table of `file` at `place`. Wrong or missing values become findings and read as something neutral."""

    def __init__(self, values: dict[str, Any], file: str, place: str, findings: list[Finding]):
        self._values, self.file, self.place, self._findings = values, file, place, findings
        self._read: set[str] = set()

    def text(self, key: str, default: str | None = None) -> str:
        """A text; `default` None means that it must be there and not be empty."""
        found = self._get(key, str, "" if default is None else default, default is None)
        if default is None and key in self._values and isinstance(found, str) and not found.strip():
            self.hole(key, "This is empty.", "Write it.")
        if len(found) > LONGEST:
            self.hole(key, f"This is longer than {LONGEST} characters.", "Shorten it.")
        return str(found)

    def word(self, key: str, allowed: tuple[Word, ...], default: Word | None = None) -> Word:
        """One of the words in `allowed`."""
        found = self._get(key, str, default or allowed[0], default is None)
        for one in allowed:
            if one == found:
                return one
        self.hole(key, f"«{_short(found)}» is not known here.", f"Write one of: {', '.join(allowed)}.")
        return allowed[0]

    def number(self, key: str, least: int = 1, most: int = 1_000_000_000, remedy: str = "") -> int:
        """A whole number from `least` to `most`; `remedy`: what to do where it is missing."""
        found: int = self._get(key, int, least, True, remedy)
        if not least <= found <= most:
            self.hole(
                key, "This number makes no sense here.", f"Write a whole number from {least} to {most}."
            )
            return least
        return found

    def numbers(self, key: str, least: int = 1, most: int = 1_000_000_000) -> tuple[int, ...]:
        """A list of whole numbers from `least` to `most`, none of them twice."""
        found = self._get(key, list, [], True)
        numbers = tuple(one for one in found if type(one) is int and least <= one <= most)
        if len(set(numbers)) < len(found):
            self.hole(
                key,
                "These numbers make no sense here.",
                f"Write different whole numbers from {least} to {most}.",
            )
        return tuple(dict.fromkeys(numbers))

    def amount(self, key: str, default: Decimal | None = None) -> Decimal:
        """An amount of money or a percentage, 0 or more: a whole number, or a text such as "99.50"."""
        self._read.add(key)
        found = self._values.get(key)
        if found is None and default is not None:
            return default
        if type(found) in (int, str) and AMOUNT.fullmatch(str(found)):
            return Decimal(str(found))
        self.hole(
            key,
            "This is no amount." if self.has(key) else "This entry is missing.",
            'Write a whole number, or a text with two decimals: 200 or "199.50".',
        )
        return default if default is not None else Decimal(0)

    def day(self, key: str) -> date:
        """A day, written as a TOML date: 2025-01-31."""
        found: date = self._get(key, date, date(1, 1, 1), True)
        return found

    def day_or_none(self, key: str) -> date | None:
        """A day that may be left out."""
        self._read.add(key)
        return self.day(key) if self.has(key) else None

    def flag(self, key: str, default: bool | None = None) -> bool:
        """true or false."""
        found: bool = self._get(key, bool, bool(default), default is None)
        return found

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, none of them twice."""
        found = self._get(key, list, list(default or ()), default is None)
        wrong = [one for one in found if not isinstance(one, str) or not one.strip() or len(one) > LONGEST]
        if wrong:
            self.hole(key, "Not everything in this list is a text.", "Write texts in quotation marks only.")
        texts = tuple(one for one in found if one not in wrong)
        for twice in sorted({one for one in texts if texts.count(one) > 1}):
            self.hole(key, f"«{_short(twice)}» stands here twice.", "Remove one.")
        return texts

    def table(self, key: str, required: bool = True) -> Table:
        """A table inside this one."""
        return Table(self._get(key, dict, {}, required), self.file, self._at(key), self._findings)

    def tables(self, key: str, required: bool = True) -> Iterator[tuple[str, Table]]:
        """The tables ``[key.id]`` with their ids, in the file's order. Each must be read to its `end`."""
        found = self._get(key, dict, {}, required)
        for id_, values in found.items():
            place = f"{key}.{_short(id_)}"
            if not is_id(id_):
                self.hole(key, f"«{_short(id_)}» can't be an id.", "Use small letters, digits, - and _ only.")
            elif not isinstance(values, dict):
                self.hole(
                    f"{key}.{id_}", "This is not a table.", f"Write [{place}] and its entries below it."
                )
            else:
                yield id_, Table(values, self.file, place, self._findings)

    def rows(self, key: str, required: bool = True) -> Iterator[Table]:
        """The tables in the list `key`."""
        for index, values in enumerate(self._get(key, list, [], required), start=1):
            if isinstance(values, dict):
                yield Table(values, self.file, f"{self._at(key)}[{index}]", self._findings)
            else:
                self.hole(key, f"Entry {index} is not a table.", "Write it in braces: { name = value }.")

    def mapping(self, key: str, required: bool = True) -> dict[str, str]:
        """A table of texts."""
        inner = self.table(key, required)
        return {name: inner.text(name) for name in list(inner._values)}

    def has(self, key: str) -> bool:
        """Whether `key` is there at all."""
        return key in self._values

    def end(self) -> None:
        """Report the keys that nobody has read."""
        for key in self._values:
            if key not in self._read:
                near = get_close_matches(key, self._read, n=1)
                remedy = (
                    f"Did you mean «{near[0]}»?" if near else f"Known here: {', '.join(sorted(self._read))}."
                )
                self.hole(key, "Nothing reads this entry.", remedy)

    def hole(self, key: str, problem: str, remedy: str) -> None:
        """Report a hole at `key`."""
        self._findings.append(Finding(self.file, self._at(key), problem, remedy))

    def _at(self, key: str) -> str:
        return f"{self.place}.{_short(key)}" if self.place else _short(key)

    def _get(self, key: str, kind: type, neutral: Any, required: bool, remedy: str = "") -> Any:
        self._read.add(key)
        if key not in self._values:
            if required:
                self.hole(key, "This entry is missing.", remedy or f"Write it: {TYPES[kind]}.")
            return neutral
        found = self._values[key]
        if type(found) is not kind:  # bool is an int in Python, and must not pass for one
            self.hole(key, f"This is {TYPES.get(type(found), 'a date or time')}.", f"Write {TYPES[kind]}.")
            return neutral
        return found


def is_id(text: str) -> bool:
    """Whether `text` may be an id: small ASCII letters, digits, hyphen, underscore; a letter first; at most 60."""
    rest = "abcdefghijklmnopqrstuvwxyz0123456789-_"
    return 0 < len(text) <= 60 and text[0] in rest[:26] and all(letter in rest for letter in text)


def _short(text: str) -> str:
    """`text` fit for one line of a message."""
    clean = "".join(letter if letter.isprintable() else "·" for letter in text[:61])
    return clean if len(clean) <= 60 else clean[:60] + "…"
