"""Versions of the published notice and record: each kept under its hash, any two comparable side by side."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Literal

from zusage.policy.notice import Block, Item, notice
from zusage.policy.record import record
from zusage.policy.types import LANGUAGES, Policy

FORMAT = 2
"""1 had the notice alone."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the comparison of two versions; `left` or `right` is empty where there is nothing on that side."""

    kind: Literal["same", "changed", "added", "removed"]
    section: str
    """The section's title, of the newer version if it is in both."""
    left: str
    right: str


def document(policy: Policy) -> dict[str, Any]:
    """Notice and record in all languages as plain JSON data: what is hashed, stored and compared."""
    notices = {language: asdict(notice(policy, language)) for language in LANGUAGES}
    whole = {"format": FORMAT, "tenant": policy.id, "notices": notices, "records": _records(policy)}
    found: dict[str, Any] = json.loads(json.dumps(whole))
    return found


def _records(policy: Policy) -> dict[str, Any]:
    """What people read of the record; its activities are the same once more, for tables."""
    found: dict[str, Any] = {}
    for language in LANGUAGES:
        one = record(policy, language)
        found[language] = {
            "title": one.title,
            "lead": one.lead,
            "remark": one.remark,
            "authoritative": one.authoritative,
            "sections": [asdict(section) for section in one.sections],
        }
    return found


def digest(policy: Policy) -> str:
    """SHA-256, 64 hex digits, of `document`: the same on every machine and in every run."""
    canonical = json.dumps(document(policy), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def compare(a: Mapping[str, Any], b: Mapping[str, Any], language: str) -> list[Row]:
    """Two documents side by side in `language`, section by section: `a` left, `b` right."""
    left, right = _sections(a, language), _sections(b, language)
    rows: list[Row] = []
    for id_ in [*right, *(one for one in left if one not in right)]:
        title = (right.get(id_) or left[id_])[0]
        rows += _rows(title, left.get(id_, ()), right.get(id_, ()))
    return rows


def _sections(document: Mapping[str, Any], language: str) -> dict[str, tuple[str, ...]]:
    """Section id -> its lines, the title first: those of the notice, then those of the record, if it has one."""
    found = {one["id"]: (one["title"], *_lines(one)) for one in document["notices"][language]["sections"]}
    record = document.get("records", {}).get(language, {"title": "", "sections": []})
    for one in record["sections"]:
        found[f"record.{one['id']}"] = (f"{record['title']}: {one['title']}", *_lines(one))
    return found


def _lines(section: Mapping[str, Any]) -> Iterator[str]:
    return (line for block in section["blocks"] for line in _block(block).lines())


def _block(stored: Mapping[str, Any]) -> Block:
    return Block(
        stored["kind"],
        stored["text"],
        stored["caption"],
        tuple(Item(**item) for item in stored["items"]),
        tuple(stored["head"]),
        tuple(tuple(row) for row in stored["rows"]),
    )


def _rows(title: str, left: tuple[str, ...], right: tuple[str, ...]) -> Iterator[Row]:
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for old, new in zip_longest(left[a:b], right[c:d], fillvalue=""):
            if tag == "equal":
                yield Row("same", title, old, new)
            else:
                yield Row("changed" if old and new else "added" if new else "removed", title, old, new)
