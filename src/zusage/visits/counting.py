"""What is counted while pages are served: which page, by which kind of browser, from which website. Not who.

A public page that was shown is counted, unless the browser asks not to be (Global Privacy Control, Do Not Track) or
only fetched it in advance. No address, identifier, cookie, hash, language or screen is looked at.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from time import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from zusage.visits import referrers, writer
from zusage.visits.agents import LONGEST

KINDS = frozenset(("choice", "topic"))
"""What a view may let be counted besides, in ``response.tallies``: pairs of a kind and a value."""
LONGEST_PAGE = 200

logger = logging.getLogger(__name__)
_VALUE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_PARAMETER = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
_FETCHED_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")

GetResponse = Callable[[HttpRequest], HttpResponse]


def middleware(get_response: GetResponse) -> GetResponse:
    """Count what was shown, after the answer is made. Whatever goes wrong here, the answer goes out."""
    pages, spoken = frozenset(settings.VISITS["pages"]), tuple(settings.VISITS["spoken"])
    is_own = _own(settings.VISITS["hosts"])

    def run(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        try:
            match, tallies = request.resolver_match, getattr(response, "tallies", None)
            shown = (
                match is not None
                and match.view_name in pages
                and response.status_code == 200
                and request.method == "GET"
                and response.headers["Content-Type"].startswith("text/html")
            )
            if (shown or tallies) and not _unwilling(request.META):
                now = int(time()) // writer.SLICE_SECONDS
                if shown:
                    _count(now, match, spoken, request.META, is_own)
                for kind, value in tallies or ():
                    _tally(now, kind, value)
        except Exception:
            logger.exception("a visit wasn't counted")  # the place of the fault: see LOGGING in the settings
        return response

    return run


def _unwilling(meta: dict[str, Any]) -> bool:
    """Whether the browser asks not to be counted. Only 0 means no, and no header."""
    return not meta.get("HTTP_SEC_GPC", "0") == meta.get("HTTP_DNT", "0") == "0"


def _count(
    now: int, match: Any, spoken: tuple[str, ...], meta: dict[str, Any], is_own: Callable[[str], bool]
) -> None:
    for name in _FETCHED_AHEAD:
        if name in meta:
            return
    # What follows the host in the Referer ends here: it never gets into the queue.
    host = referrers.host(meta["HTTP_REFERER"]) if "HTTP_REFERER" in meta else ""
    if host and (is_own(host) or host == meta.get("HTTP_HOST", "").partition(":")[0].lower()):
        host = ""
    page = _page(match.route, *map(match.kwargs.get, spoken))
    writer.put((now, page, meta.get("HTTP_USER_AGENT", "")[:LONGEST], host))


def _tally(now: int, kind: str, value: str) -> None:
    if kind in KINDS and _VALUE.fullmatch(value):
        writer.put((now, kind, value))
    else:
        logger.error("a tally of no known kind wasn't counted")


@lru_cache(1000)
def _page(route: str, *spoken: str | None) -> str:
    """A page by its address: the language left out, parameters that name it said, all others as ``*``."""
    names = dict(zip(settings.VISITS["spoken"], spoken, strict=True))
    for name in settings.VISITS["silent"]:
        route = re.sub(rf"<(?:[^:>]+:)?{name}>/", "", route)
    return f"/{_PARAMETER.sub(lambda found: names.get(found[1]) or '*', route)}"[:LONGEST_PAGE]


def _own(hosts: Iterable[str]) -> Callable[[str], bool]:
    """Whether a host is one of ours, written as in ALLOWED_HOSTS; ``*`` there says nothing about it."""
    names = {one.lower().partition(":")[0] for one in hosts if one != "*"}
    endings = tuple(one for one in names if one.startswith("."))
    names |= {one[1:] for one in endings}

    @lru_cache(4096)
    def is_own(host: str) -> bool:
        return host in names or host.endswith(endings)

    return is_own
