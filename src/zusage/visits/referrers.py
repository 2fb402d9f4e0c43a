"""Where somebody comes from, as far as we want to know it: the name of a website, and nothing of the page there."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 253
"""Of a host's name (RFC 1035)."""

# Up to the last @ a name and a password may stand, after the host a port. A backslash is a slash to browsers.
_AUTHORITY = re.compile(r"https?://(?:[^/?#\\]*@)?([^/?#\\@:]+)(?::[0-9]*)?(?:[/?#\\]|$)", re.IGNORECASE)
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")


def host(referrer: str) -> str:
    """The host in a Referer header, in small letters and ASCII (``xn--…``); "" where there is none that we would keep.

    Not kept: what is neither http nor https, what is no host's name, and addresses: a name has a dot and ends in
    letters. Never raises, whatever was sent. Only names are remembered from one call to the next.
    """
    found = _AUTHORITY.match(referrer)
    return _tidy(found[1]) if found else ""


@lru_cache(4096)
def _tidy(name: str) -> str:
    if len(name) > LONGEST + 1:
        return ""
    if not name.isascii():
        try:
            # Headers come as Latin-1, whatever they are.
            name = name.encode("latin-1").decode("utf-8").encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    name = name.lower().removesuffix(".")
    return name if len(name) <= LONGEST and _NAME.fullmatch(name) else ""
