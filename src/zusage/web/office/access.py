"""Who may come in, and where to send whoever may not yet: every address of the office goes through here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from zusage.models import Staff
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.web.answers import with_own_scripts
from zusage.web.errors import problem_page
from zusage.web.limits import COUNTERS, known, source_of
from zusage.web.office.adapter import second_factors
from zusage.web.security import CsrfMiddleware

View = Callable[..., HttpResponse]


class StaffRequest(HttpRequest):
    """A request as the views behind the guards get it: somebody is signed in."""

    user: Staff
    language: str


Counted = Iterable[tuple[str, bytes]]
ENROLLED = "second_factor_enrolled_by"


def office(*roles: str) -> Callable[[View], View]:
    """Guard: signed in with both factors, one-time password replaced, and in one of `roles`; otherwise 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: StaffRequest, *args: object, **kwargs: object) -> HttpResponse:
            step = next_step(request)
            if step is not None:
                return step
            if request.user.role not in roles:
                raise PermissionDenied
            try:
                return with_own_scripts(view(request, *args, **kwargs))
            except vault.Refused:
                raise PermissionDenied from None

        guarded.roles = roles  # type: ignore[attr-defined]
        return guarded

    return decorate


def account(view: View, *, fresh_password: bool = True) -> View:
    """Guard for one's own account: signed in, and with the second factor where there is one already.

    `fresh_password`: the one-time password must have been replaced before.
    """

    @wraps(view)
    def guarded(request: StaffRequest, *args: object, **kwargs: object) -> HttpResponse:
        step = (
            _sign_in(request) or (fresh_password and _change_password(request)) or _use_second_factor(request)
        )
        return step or with_own_scripts(view(request, *args, **kwargs))

    return guarded


def next_step(request: StaffRequest) -> HttpResponse | None:
    """Where the person has to go first; None where they may go on."""
    return (
        _sign_in(request)
        or _change_password(request)
        or _enrol_second_factor(request)
        or _use_second_factor(request)
    )


def speak(request: StaffRequest, language: str) -> None:
    """From here on this answer speaks `language`; the middleware that chose another one puts it back afterwards."""
    request.language = language
    translation.activate(language)


def limited(view: View, counted: Callable[[HttpRequest], Counted]) -> View:
    """Few tries, then a wait until the window of the policy is over, for each of what `counted` names.

    A try is counted before it is made, so that many at once are no way round, and taken back where it was right,
    which allauth's views show by leading on. Where it wasn't they answer 200, made 422 here.
    """

    @wraps(view)
    def guarded(request: StaffRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        limits = policy().limits
        who = list(counted(request))
        tries = [COUNTERS.add(scope, one, limits.window_minutes * 60) for scope, one in who]
        late = [count.seconds_left for count in tries if count.times > limits.receipt_tries]
        if late:
            return problem_page(request, 429, "office-tries", seconds=max(late))
        response = view(request, *args, **kwargs)
        if 300 <= response.status_code < 400:
            for scope, one in who:
                COUNTERS.take_back(scope, one)
        elif response.status_code == 200:
            response.status_code = 422
        return response

    return guarded


def by_source(request: HttpRequest, scope: str) -> list[tuple[str, bytes]]:
    """The request's source as something to count, where it can be told apart."""
    source = source_of(request)
    return [(scope, source)] if known(source) else []


class _Check(CsrfMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def checks_csrf_itself(view: View) -> View:
    """Mark a view that calls `forged` itself, in order to keep what was typed where the page was too old."""
    return csrf_exempt(view)


def forged(request: HttpRequest) -> bool:
    """Whether the form lacks the token of this session: from elsewhere, or from a page that was open too long."""
    check = _Check(lambda _: HttpResponse())
    check.process_request(request)
    return check.process_view(request, lambda _: HttpResponse(), (), {}) is not None


def _sign_in(request: StaffRequest) -> HttpResponse | None:
    if isinstance(request.user, Staff):  # nobody is, until this has been asked
        speak(request, request.user.language)
        return None
    return redirect(f"{reverse('account_login')}?{urlencode({'next': _here(request)})}")


def _change_password(request: StaffRequest) -> HttpResponse | None:
    if request.user.must_change_password and not settings.DEMO:
        return redirect("account_change_password")
    return None


def _enrol_second_factor(request: StaffRequest) -> HttpResponse | None:
    if settings.DEMO or second_factors(request.user):
        return None
    return redirect("mfa_index")


def _use_second_factor(request: StaffRequest) -> HttpResponse | None:
    """A session that began before the second factor was enrolled elsewhere has to show it."""
    if not second_factors(request.user) or request.session.get(ENROLLED) == str(request.user.pk):
        return None
    if any(record["method"] == "mfa" for record in get_authentication_records(request, request.user)):
        return None
    if request.resolver_match and request.resolver_match.url_name in SHOWS_SECOND_FACTOR:
        return None
    ways = [way["url"] for way in get_adapter().get_reauthentication_methods(request.user)]
    show = next(url for url in ways if url != reverse("account_reauthenticate"))
    return redirect(f"{show}?{urlencode({'next': _here(request)})}")


SHOWS_SECOND_FACTOR = ("mfa_reauthenticate", "mfa_reauthenticate_webauthn")


def _here(request: HttpRequest) -> str:
    return request.get_full_path() if request.method == "GET" else reverse("office")
