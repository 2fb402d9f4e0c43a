"""Rows as CSV (RFC 4180) for whatever spreadsheet people have: it opens as text, and runs nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, or lets one begin after."""


def sheet(rows: Iterable[Iterable[str]]) -> bytes:
    """UTF-8 with a byte order mark, without which spreadsheets spoil every umlaut."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([[cell(one) for one in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def cell(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: with an apostrophe before what could be one."""
    return f"'{text}" if text.startswith(DANGEROUS) or text.lstrip().startswith(DANGEROUS) else text
