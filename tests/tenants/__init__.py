"""Tenants for the tests, and copies of them to break."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

import pytest

from zusage.policy.load import load
from zusage.policy.types import PolicyError

HERE = Path(__file__).parent
MINIMAL = HERE / "minimal"
loaded = cache(load)
"""A tenant's policy, for tests that only read it."""
REFERENCE = HERE.parents[1] / "src" / "zusage" / "policies" / "alektum_ch"


def copied(tenant: Path, to: Path) -> Path:
    """A copy of `tenant` in the folder `to`, to change at will."""
    folder = to / tenant.name
    shutil.copytree(tenant, folder)
    return folder


def edited(folder: Path, file: str, old: str, new: str, count: int = 1) -> Path:
    """`folder`, with the first `count` places of `old` in `file` made `new`; `old` must be there."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} has no {old!r}: this test tests nothing"
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    return folder


def under(folder: Path, *regimes: str) -> Path:
    """A copy of the reference tenant, put under these laws alone."""
    copy = edited(
        copied(REFERENCE, folder), "tenant.toml", 'regimes = ["ch", "de"]', f"regimes = {list(regimes)}"
    )
    path = copy / "data.toml"
    text = path.read_text(encoding="utf-8")
    for gone in {"ch", "de"} - set(regimes):
        text = re.sub(rf'(articles = \{{.*?)(, )?\b{gone} = "[^"]*"(, )?', r"\1", text)
    path.write_text(text, encoding="utf-8")
    return copy


Hole = tuple[str, str, str, str, str]
"""How to break the reference tenant: file, old text, new text; then the finding's place, and a part of what it says."""


def refused(to: Path, hole: Hole) -> None:
    """Break a copy of the reference tenant: it must be refused at the hole's place, with a remedy."""
    file, old, new, place, problem = hole
    folder = edited(copied(REFERENCE, to), file, old, new)
    with pytest.raises(PolicyError) as raised:
        load(folder)
    said = [str(finding) for finding in raised.value.findings]
    assert any(one.startswith(f"{place}: ") and problem in one for one in said), "\n".join(said)
    assert all(finding.remedy for finding in raised.value.findings)
