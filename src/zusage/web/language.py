"""The language of a page is in its address; there is no cookie to keep it in."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from zusage.policy.types import AUTHORITATIVE, LANGUAGES


class LanguageConverter:
    """``<lang:language>`` in a path: one of the four languages."""

    regex = "|".join(LANGUAGES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set ``request.language`` from the address, or from what the browser prefers where the address has none."""

    def run(request: HttpRequest) -> HttpResponse:
        first = request.path_info.split("/", 2)[1] if "/" in request.path_info else ""
        request.language = first if first in LANGUAGES else preferred(request)  # type: ignore[attr-defined]
        with translation.override(request.language):  # type: ignore[attr-defined]
            return get_response(request)

    return run


def preferred(request: HttpRequest) -> str:
    """The first of the browser's languages that we speak; German where there is none."""
    for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200]):
        try:
            return get_supported_language_variant(code)[:2]
        except LookupError:
            continue
    return AUTHORITATIVE
