"""The one cookie of the public pages: reading it, setting it where that is allowed, and taking it back.

What comes in a request is anybody's to write: a value that isn't ours is dropped without a word and expired.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from zusage.policy.law import asks_first
from zusage.policy.types import INTERESTS, LANGUAGES, Cookie
from zusage.rules import interests
from zusage.rules.interests import Interests
from zusage.tenant import policy
from zusage.web.sessions import cookie_name, door, name_of


def declared() -> Cookie | None:
    """The cookie as the policy declares it; None where this agency has none."""
    return policy().cookies.get(INTERESTS)


def consent_first() -> bool:
    """Whether the law that applies wants consent before this cookie."""
    return asks_first(policy().regimes)


def gpc(request: HttpRequest) -> bool:
    """Whether the browser signals Global Privacy Control; what is neither yes nor no counts as a yes."""
    return request.headers.get("Sec-GPC", "0").strip() != "0"


def sent(request: HttpRequest) -> list[tuple[str, str]]:
    """The cookies in a request, name and value, letter by letter and as often as they are there."""
    pairs = (pair.partition("=") for pair in request.META.get("HTTP_COOKIE", "").split(";") if "=" in pair)
    return [(name.strip(), value.strip()) for name, _, value in pairs if name.strip()]


def held(request: HttpRequest) -> Interests | None:
    """What the browser remembers; None for nothing, and for anything that isn't ours."""
    cookie = declared()
    if cookie is None:
        return None
    name = name_of(cookie, request.is_secure())
    values = [value for one, value in sent(request) if one == name]
    if len(values) != 1:
        return None
    life = timedelta(minutes=cookie.life_minutes)
    return interests.parse(values[0], policy().topics, timezone.localdate(), life)


def topics(request: HttpRequest) -> tuple[str, ...]:
    """The topics to name first, newest first."""
    found = None if gpc(request) else held(request)
    return found.topics if found and may_use(found) else ()


def may_use(found: Interests) -> bool:
    """Whether what was kept without a choice may be used: not where the law wants one."""
    return found.choice == "allowed" or not consent_first()


def undecided(request: HttpRequest) -> bool:
    """Whether there is anything to ask or tell here: nobody has chosen, and no signal speaks for them."""
    if declared() is None or gpc(request):
        return False
    found = held(request)
    return found is None or not found.choice


def keep(request: HttpRequest, response: HttpResponse, what: Interests | None) -> None:
    """Make the browser remember `what`; None: expire what it has, if it has anything by this name."""
    cookie = declared()
    if cookie is None:
        return
    name = name_of(cookie, request.is_secure())
    if what is None:
        if name in dict(sent(request)):
            response.delete_cookie(name, samesite="Lax")
        return
    response.set_cookie(
        name,
        interests.written(what),
        max_age=cookie.life_minutes * 60,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",  # Strict would ask again whoever comes by a link from elsewhere
        path="/",
    )


def tally(response: HttpResponse, kind: str, value: str) -> None:
    """An anonymous event for the statistics, by closed names; there is no other trace of it."""
    response.tallies = [*getattr(response, "tallies", ()), (kind, value)]  # type: ignore[attr-defined]


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """After each view of a public page: remember its topic where that is allowed, expire what isn't."""

    def run(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if declared() and _page(request, response):
            patch_vary_headers(response, ("Cookie", "Sec-GPC"))
            if request.method in ("GET", "HEAD"):
                _after_view(request, response)
        return response

    return run


def _after_view(request: HttpRequest, response: HttpResponse) -> None:
    before = held(request)
    topic = _topic(request) if _viewed(request, response) else ""
    after = interests.after_view(
        before,
        topic,
        timezone.localdate(),
        asks_first=consent_first(),
        gpc=gpc(request),
        informed=_informed(request),
    )
    if after is None or after != before:
        keep(request, response, after)
    if after and topic in after.topics and topic not in (before.topics if before else ()):
        tally(response, "topic", topic)


def _page(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether this is a public page, and no file, mailbox or office."""
    first = request.path_info.split("/", 2)[1] if "/" in request.path_info else ""
    html = response.headers.get("Content-Type", "").startswith("text/html")
    return first in LANGUAGES and html and not door(request.path_info)


def _viewed(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether somebody has opened this page, rather than a browser that fetches it ahead, or a form that failed."""
    ahead = "prefetch" in request.headers.get("Sec-Purpose", "")
    opened = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return request.method == "GET" and response.status_code == 200 and opened and not ahead


def _informed(request: HttpRequest) -> bool:
    """Whether the page before was one of ours, which says what this cookie is and how to refuse it.

    Browsers say so by Fetch Metadata; who doesn't say it wasn't informed. The office's pages bear no such line.
    """
    from_here = request.headers.get("Sec-Fetch-Site") == "same-origin"
    return from_here and cookie_name("office", request.is_secure()) not in request.COOKIES


def _topic(request: HttpRequest) -> str:
    page = request.path_info.split("/", 2)[2].strip("/")
    return interests.topic_of(policy(), page, request.GET.get("about", ""))
