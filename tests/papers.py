"""Reading our papers back, as a screen reader or a search would."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pypdf


def reader(pdf: bytes) -> pypdf.PdfReader:
    """The PDF, opened."""
    return pypdf.PdfReader(io.BytesIO(pdf))


@lru_cache(maxsize=2)
def pages(pdf: bytes) -> list[str]:
    """The text of each page; read once, however often a test asks: reading takes longer than printing."""
    return [page.extract_text() for page in reader(pdf).pages]


def squeezed(text: str) -> str:
    """`text` without white space: where a line ended on paper is nobody's concern."""
    return re.sub(r"\s+", "", text)


def said(pdf: bytes) -> str:
    """All of its text, squeezed. Search it for ``squeezed(value)``."""
    return squeezed("".join(pages(pdf)))


def places(pdf: bytes) -> list[tuple[str, float, float]]:
    """What stands where on the first page: pieces of text, mm from the left, mm from the top (base line)."""
    found: list[tuple[str, float, float]] = []

    def look(text: str, cm: list[float], tm: list[float], _font: object, _size: object) -> None:
        x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
        if text.strip():
            found.append((text.strip(), x * 25.4 / 72, 297 - y * 25.4 / 72))

    reader(pdf).pages[0].extract_text(visitor_text=look)
    return found


def tags(pdf: bytes) -> list[str]:
    """The tags of its structure tree, in reading order: ``/H1``, ``/TH``, …"""
    return [str(node["/S"]) for node in nodes(reader(pdf).trailer["/Root"]["/StructTreeRoot"]["/K"])]


def nodes(one: Any) -> Iterator[Any]:
    """The nodes of a structure tree, from its root's ``/K`` on, in reading order."""
    one = one.get_object() if hasattr(one, "get_object") else one
    if isinstance(one, list):
        for inner in one:
            yield from nodes(inner)
    elif isinstance(one, dict) and "/S" in one:
        yield one
        if "/K" in one:
            yield from nodes(one["/K"])
