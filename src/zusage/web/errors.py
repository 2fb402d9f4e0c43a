"""Every fault has a page that says what happened and what to do, in the page's language; none shows a stack trace."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token

from zusage.web.words import say


def problem_page(
    request: HttpRequest, status: int, problem: str, seconds: int | None = None, typed: str = ""
) -> HttpResponse:
    """The page for `problem` (words ``error.<problem>.title``, ``.text``) with `status`; `seconds` to wait, if any."""
    language = getattr(request, "language", "de")
    context = {
        "title": say(language, f"error.{problem}.title"),
        "text": say(language, f"error.{problem}.text"),
        "minutes": None if seconds is None else -(-seconds // 60),
        "typed": typed,
        "language": language,
    }
    response = render(request, "error.html", context, status=status)
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 and its kin: what is too large, has too many fields, or is no proper request."""
    if isinstance(exception, RequestDataTooBig):
        return problem_page(request, 413, "too-large")
    if isinstance(exception, TooManyFieldsSent):
        return problem_page(request, 400, "too-many-fields")
    return problem_page(request, 400, "bad-request")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: not for this role."""
    return problem_page(request, 403, "forbidden")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return problem_page(request, 404, "not-found")


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page that was open too long, or a request from elsewhere. A letter that was in it is given back."""
    return problem_page(request, 403, "expired", typed=request.POST.get("message", ""))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: ours, not theirs."""
    return problem_page(request, 500, "server")
