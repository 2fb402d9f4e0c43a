"""The edge of the house: what comes in is read here, once, so that a huge or broken body gets its own clear answer."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from zusage.web import uploads
from zusage.web.errors import bad_request, problem_page

API = "/api/"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class middleware:  # noqa: N801  (named as the other middlewares are)
    """Read the form before anything else does; turn a database that is busy or away into "try again"."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refusal = _unreadable(request) if request.method == "POST" else None
        response = refusal if refusal is not None else self.get_response(request)
        if response.status_code == 405 and not response.content:
            allowed = response.headers["Allow"]
            response = problem_page(request, 405, "bad-request")
            response.headers["Allow"] = allowed
        unread = request.path_info.startswith(API) and response.status_code >= 400
        if refusal is not None or unread or request.method not in ("GET", "HEAD", "POST"):
            _drain(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DatabaseError):
            return problem_page(request, 503, "busy", seconds=30)
        return None


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """The answer to a body that is no form of ours, or None."""
    if request.path_info.startswith(API):
        return None  # it takes no forms, and reads what it takes itself
    if request.content_type not in FORM_TYPES and not request.path_info.startswith("/office/"):
        return problem_page(request, 415, "content-type")
    # Forms are UTF-8. Python knows codecs by other names that make no text, or text that can't be written again.
    if (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
        return problem_page(request, 415, "content-type")
    uploads.prepare(request)
    if uploads.too_large(request):
        return problem_page(request, 413, "too-large")
    try:
        _ = request.POST
    except (SuspiciousOperation, MultiPartParserError) as error:
        return bad_request(request, error)
    except (UnreadablePostError, OSError):
        request._broken_line = True  # type: ignore[attr-defined]
        return problem_page(request, 400, "bad-request")
    if _broke_off(request):
        return problem_page(request, 400, "bad-request")
    return None


def _broke_off(request: HttpRequest) -> bool:
    """Whether the line broke before the whole body was there: Django takes such a half for the whole."""
    told = str(request.META.get("CONTENT_LENGTH", ""))
    announced = int(told) if told.isdecimal() else 0
    if hasattr(request, "_body"):
        return len(request.body) < announced
    return bool(getattr(request._stream, "_pos", announced) < announced)


def _drain(request: HttpRequest, most: int = 64 * 1024 * 1024) -> None:
    """Read over a body that nobody read, so that the sender hears the answer rather than a broken line."""
    if hasattr(request, "_broken_line"):
        return
    try:
        while most > 0 and (chunk := request.read(65536)):
            most -= len(chunk)
    except OSError:
        pass
