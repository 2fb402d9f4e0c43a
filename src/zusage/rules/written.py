"""A case file's columns as people write them: the debtor's whole name, the address of today."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WHOLE = re.compile(r"[^,\n]+,[^,\n]*[0-9]{4}[^,\n]*")
"""An address in one line, with a postcode after the street."""


def name(case: Mapping[str, str]) -> str:
    """First name and surname, or the name that came in one; empty where there is none."""
    return " ".join(filter(None, (case.get("debtor_first_name", ""), case.get("debtor_name", ""))))


def address(case: Mapping[str, str]) -> str:
    """The newest address: the first line where each line is one; all of it where one has several lines."""
    lines = case.get("address", "").split("\n")
    return lines[0] if all(_WHOLE.fullmatch(one.strip()) for one in lines) else "\n".join(lines)
