"""Case references (Aktenzeichen), as printed on letters and as people copy them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from zusage.rules import text
from zusage.rules.problems import Problem

LONGEST = 40
MOST = 50

_BETWEEN = re.compile("[\r\n\x85\u2028\u2029,;]+")
_ALLOWED = re.compile(r"[A-Za-z0-9./ -]*[A-Za-z0-9][A-Za-z0-9./ -]*")
_READ_OVER = re.compile(r"[./ -]")
_LOOK_ALIKES = str.maketrans("OIL", "011")


def references(raws: str | Iterable[str]) -> tuple[str, ...]:
    """Every reference in `raws`, cleaned but as typed, each once, in order; empty if there is none.

    Several are parted by line ends, commas or semicolons; a space belongs to the reference. Two that differ only
    in what `normal` reads over are the same. Problems: digits-other, reference-…, and those of text.
    """
    found: dict[str, str] = {}
    for raw in [raws] if isinstance(raws, str) else raws:
        for piece in _BETWEEN.split(raw):
            if not piece.strip():
                continue
            cleaned = _clean(piece)
            if cleaned is None:
                continue
            found.setdefault(normal(cleaned), cleaned)
            if len(found) > MOST:
                raise Problem("reference-too-many", limit=MOST)
    return tuple(found.values())


def reference(raw: str) -> str:
    """The one reference in `raw`, cleaned but as typed. Problems as in `references`, and missing."""
    cleaned = _clean(raw)
    if cleaned is None:
        raise Problem("missing")
    return cleaned


def normal(reference: str) -> str:
    """The form that the search index is built of: capitals and digits, without spaces, dots, hyphens and slashes,
    and with 0 for O, 1 for I and L, which letters and eyes mix up.

    Two different references may share it: whoever searches by it compares what was found.
    """
    return _READ_OVER.sub("", reference.upper()).translate(_LOOK_ALIKES)


def _clean(raw: str) -> str | None:
    try:
        cleaned = text.entry(raw, LONGEST)
    except Problem as problem:
        if problem.code == "text-too-long":
            raise Problem("reference-too-long", limit=LONGEST) from None
        if problem.code == "missing":
            return None
        raise
    text.only_ascii_digits(cleaned)
    if not _ALLOWED.fullmatch(cleaned):
        raise Problem("reference-characters")
    return cleaned
