"""Headers that every answer carries, and whom we believe about where a request comes from."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, RejectRequest
from django.utils.decorators import decorator_from_middleware

GetResponse = Callable[[HttpRequest], HttpResponse]

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


def headers(get_response: GetResponse) -> Callable[[HttpRequest], HttpResponse]:
    """The outermost middleware: believe a trusted proxy, no one else; and set what Django doesn't."""

    def middleware(request: HttpRequest) -> HttpResponse:
        _believe(request)
        response = get_response(request)
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = PERMISSIONS
        is_file = request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/")
        if not is_file or response.status_code >= 400:
            # A page may hold entries, letters, a form's token: no copy may stay behind on a shared machine.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def _believe(request: HttpRequest) -> None:
    """Take address and scheme from the web server in front, where the operator named it as trusted."""
    peer = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", "")
    scheme = request.META.pop("HTTP_X_FORWARDED_PROTO", "")
    request.META.pop("HTTP_X_ZUSAGE_SCHEME", None)
    if peer in settings.TRUSTED_PROXIES:
        # The last entry is what our own proxy saw; those before it, anybody may have written.
        request.META["REMOTE_ADDR"] = forwarded.rpartition(",")[2].strip() or peer
        request.META["HTTP_X_ZUSAGE_SCHEME"] = scheme.strip().lower()


def same_site(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Guard a cookie-less form: refuse what a page of another site makes a browser send.

    Browsers say where a request comes from (Fetch Metadata, and Origin before that); whoever says nothing is no
    browser that somebody could have tricked.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "POST" and _foreign(request):
            from zusage.web.errors import problem_page

            return problem_page(request, 403, "foreign")
        return view(request, *args, **kwargs)

    guarded.csrf_exempt = True  # type: ignore[attr-defined]
    return guarded


class CsrfMiddleware(CsrfViewMiddleware):
    """Django's check of the token, with our own look at where the form comes from.

    Under our no-referrer policy browsers send `Origin: null` and no Referer with our own forms, which Django refuses.
    The token's secret is in the session, which no other site can set or read.
    """

    def _check_token(self, request: HttpRequest) -> None:
        if _foreign(request):
            raise RejectRequest("from another site")
        super()._check_token(request)  # type: ignore[misc]

    def _origin_verified(self, request: HttpRequest) -> bool:
        return True  # see _check_token

    def _check_referer(self, request: HttpRequest) -> None:
        """Nothing: our pages send none. Fetch Metadata says the same and better, where there is any."""


csrf_protect = decorator_from_middleware(CsrfMiddleware)


def _foreign(request: HttpRequest) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    # "null" is what a browser sends under our own no-referrer policy.
    try:
        return origin not in (None, "null", f"{request.scheme}://{request.get_host()}")
    except DisallowedHost:
        return True
