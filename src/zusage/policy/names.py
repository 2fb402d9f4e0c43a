"""Whether a dotted name exists in the code, found out without running what it names."""

from __future__ import annotations

import re
import sys
import tomllib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
PROBES = "zusage.promises.probes"
DOTTED = re.compile(r"[a-zA-Z_]\w*(\.[a-zA-Z_]\w*)+")


@cache
def exists(dotted: str) -> bool:
    """Whether `dotted` is a module, or a function, class or value at the top of one."""
    if not DOTTED.fullmatch(dotted):
        return False
    if _source(dotted) is not None:
        return True
    module, _, name = dotted.rpartition(".")
    source = _source(module)
    return bool(source) and bool(
        re.search(rf"(?m)^(?:(?:async )?def|class) {name}\b|^{name}\s*[:=]", source or "")
    )


@cache
def written_probes() -> frozenset[str]:
    """The dotted names of all functions in the house's files of probes that are marked as one."""
    return frozenset(
        f"{PROBES}.{file.stem}.{name}"
        for file in (PACKAGE / "promises" / "probes").glob("*.py")
        for name in re.findall(r"(?m)^@probe\(.*\)\ndef (\w+)", file.read_text(encoding="utf-8"))
    )


@cache
def reference_probes() -> frozenset[str]:
    """The probes that the reference tenant's promises name: a tenant that promises less needs fewer of them."""
    text = (PACKAGE / "policies" / "alektum_ch" / "promises.toml").read_text(encoding="utf-8")
    promises = tomllib.loads(text)["promise"].values()
    return frozenset(name for promise in promises for name in promise.get("probes", ()))


@cache
def _source(module: str) -> str | None:
    """The text of a module or package, from where Python would load it; None where there is none."""
    place = Path(*module.split("."))
    for root in sys.path:
        for file in (Path(root, f"{place}.py"), Path(root, place, "__init__.py")):
            if file.is_file():
                return file.read_text(encoding="utf-8")
    return None
