"""Lies about cookies."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse

from tests.lies import changed, lie
from tests.lies.scene import Scene
from zusage.rules import interests as rules
from zusage.web import interests, security
from zusage.web.public import cookies

GetResponse = Callable[[HttpRequest], HttpResponse]
OTHERS = ("contact-form", "public-record")


def around(after: Callable[[HttpRequest, HttpResponse], None]) -> Any:
    """The outermost middleware, with something done to each answer."""
    ours = security.headers

    def headers(get_response: GetResponse) -> GetResponse:
        inner = ours(get_response)

        def middleware(request: HttpRequest) -> HttpResponse:
            response = inner(request)
            after(request, response)
            return response

        return middleware

    return changed(security, "headers", headers)


@lie("cookies-anonymous", stays=OTHERS)
def a_cookie_that_nobody_declared(scene: Scene) -> Iterator[None]:
    with around(lambda request, response: response.set_cookie("theme", "dark")):
        yield


@lie("cookies-anonymous", stays=OTHERS)
def a_cookie_with_an_identifier(scene: Scene) -> Iterator[None]:
    def number(request: HttpRequest, response: HttpResponse) -> None:
        for morsel in response.cookies.values():
            if "interests" in morsel.key and morsel.value:
                response.cookies[morsel.key] = f"{morsel.value}-{secrets.token_hex(8)}"

    with around(number):
        yield


@lie("cookies-anonymous", stays=OTHERS)
def the_cookie_before_anybody_has_chosen(scene: Scene) -> Iterator[None]:
    with changed(interests, "consent_first", lambda: False):
        yield


@lie("cookies-interests", stays=OTHERS)
def an_interest_of_our_own(scene: Scene) -> Iterator[None]:
    """The cookie says what nobody was asked for."""
    with changed(rules, "written", lambda what: "1.2026W48.debtor"):
        yield


@lie("cookies-interests", stays=OTHERS)
def topics_in_spite_of_the_signal(scene: Scene) -> Iterator[None]:
    with changed(interests, "gpc", lambda request: False), changed(interests, "consent_first", lambda: False):
        yield


@lie("cookies-refusable", stays=OTHERS)
def a_refusal_that_nobody_keeps(scene: Scene) -> Iterator[None]:
    def deaf(request: HttpRequest, here: str) -> HttpResponse:
        return cookies.SeeOther(here)

    with changed(cookies, "_choose", deaf):
        yield


@lie("cookies-refusable", stays=OTHERS)
def pages_that_want_a_cookie_first(scene: Scene) -> Iterator[None]:
    def shut(request: HttpRequest, response: HttpResponse) -> None:
        if request.path.endswith("/genuine/") and not request.COOKIES:
            response.status_code = 403

    with around(shut):
        yield
