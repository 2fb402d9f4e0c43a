"""The edge of the house: what comes in is read here, once, so that a huge or broken body gets its own clear answer."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from zusage.web.errors import bad_request, problem_page

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class middleware:  # noqa: N801  (named as the other middlewares are)
    """Read the form before anything else does; turn a database that is busy or away into "try again"."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            if request.content_type not in FORM_TYPES and not request.path_info.startswith("/office/"):
                return problem_page(request, 415, "content-type")
            try:
                _ = request.POST
            except (SuspiciousOperation, MultiPartParserError) as error:
                if isinstance(error, RequestDataTooBig):
                    _drain(request)
                return bad_request(request, error)
            except (UnreadablePostError, OSError):
                return problem_page(request, 400, "bad-request")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DatabaseError):
            return problem_page(request, 503, "busy", seconds=30)
        return None



def _drain(request: HttpRequest, most: int = 64 * 1024 * 1024) -> None:
    """Read over a body that is too large, so that the sender hears the answer rather than a broken line."""
    while most > 0:
        chunk = request.environ["wsgi.input"].read(min(65536, most)) if hasattr(request, "environ") else b""
        if not chunk:
            return
        most -= len(chunk)
