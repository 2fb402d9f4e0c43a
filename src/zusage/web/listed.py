"""Pages of a processing that the policy may do without."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern

from zusage import processing

View = Callable[..., HttpResponse]


def only_if_listed(purpose: str) -> Callable[[View], View]:
    """Guard: there is no such page (404) where the policy, and so the public record, doesn't list `purpose`."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not processing.listed(purpose):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return guard


def pages_of(purpose: str, *pages: URLPattern) -> list[URLPattern]:
    """Addresses that are there only where the policy lists `purpose`."""
    guard = only_if_listed(purpose)
    for page in pages:
        page.callback = guard(page.callback)
    return list(pages)
