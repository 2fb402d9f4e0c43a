"""Whether the office is shut to strangers, and to whoever shows a password alone."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from allauth.core import context
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from zusage.models import Staff
from zusage.promises import lines
from zusage.promises.look import Look
from zusage.promises.portal import Answer, is_demo
from zusage.promises.rehearsal import rehearsed, somebody
from zusage.promises.types import Evidence, judged, kept, probe
from zusage.protocol.models import Entry, Outbox
from zusage.web.sessions import door

ENTRANCE = ("account_", "mfa_")
"""Names of the pages by which one comes in, and gets a second factor; those of one's own account beside them."""
OPEN = ("account_login",)
AT_ONCE = 8
SAMPLES = {"uuid": str(UUID(int=1)), "int": "1", "slug": "probe", "str": "probe", "lang": "de"}
LOGIN, SECOND_FACTOR = "/office/login/", "/office/second-factor/"


class Address(NamedTuple):
    """A page of the office: an address of it, and its name."""

    path: str
    name: str


@probe(quick=True)
def strangers(look: Look) -> Iterator[Evidence]:
    """Every page of the office leads a stranger to the log-in; those that can be asked for do so over HTTP, too."""
    pages = [one for one in _addresses() if one.name not in OPEN]
    asked, faults = [one.path for one in pages if one.name.startswith(ENTRANCE)], []
    guarded = [one for one in pages if one.path not in asked]
    for some in _in_turn(guarded):
        for one in some:
            answer = _called(one.path, "GET", AnonymousUser())
            if answer.status_code == 405:
                answer = _called(one.path, "POST", AnonymousUser())
            else:
                asked.append(one.path)
            if answer.status_code != 302 or not answer.headers["Location"].startswith(LOGIN):
                faults.append(f"{one.path} answers a stranger with {answer.status_code}")
    yield judged("what the pages of the office do with a stranger", len(guarded), faults)
    answers = {path: look.portal.get(path) for path in asked}
    yield judged(
        "pages of the office, asked for by a stranger",
        len(asked),
        (
            f"{path} answers a stranger with {one.status}"
            for path, one in answers.items()
            if not _led_away(one)
        ),
    )


@probe(quick=True)
def password_alone(look: Look) -> Iterator[Evidence]:
    """Every page of the office, for somebody with a password alone: first a second factor, shown or enrolled."""
    pages = [one for one in _addresses() if not one.name.startswith(ENTRANCE)]
    ways: dict[str, Callable[[Staff], object]] = {
        "has yet to enrol": lambda person: None,
        "has to show it": _enrol,
    }
    for how, prepare in ways.items():
        what = f"pages of the office, for who {how}"
        if is_demo() and how == "has yet to enrol":
            yield kept(what, len(pages), "a demo: it asks for no second factor")
            continue
        faults = []
        for some in _in_turn(pages):
            person = somebody("officer")
            person.is_active, person.must_change_password = True, False
            prepare(person)
            faults += list(_let_in(some, person))
        yield judged(what, len(pages), faults)


@probe(quick=True)
def accounts(look: Look) -> Iterator[Evidence]:
    """Each account with a second factor once has it still, unless its access was reset, which the protocol says."""
    active = list(Staff.objects.filter(is_active=True).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX))
    own = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    enrolled = set(own.filter(user__in=active).values_list("user_id", flat=True))
    without = {str(one.pk) for one in active if one.pk not in enrolled}
    last: dict[str, Any] = {}
    for place in (Outbox, Entry):
        lines = place._default_manager.filter(
            subject_id=None, act__in=["change-second-factor", "reset-access"], record_id__in=without
        )
        for account, act, at in lines.values_list("record_id", "act", "at"):
            last[account] = max(last.get(account, (at, act)), (at, act))
    lost = [account for account, (_, act) in last.items() if act == "change-second-factor"]
    what = "accounts that can sign in"
    if lost:
        yield judged(what, len(active), (f"account {one} lost its second factor" for one in lost))
    else:
        says = "a demo asks none of them for a second factor" if is_demo() else "has to enrol one first"
        yield kept(what, len(active), f"{len(without)} without a second factor: {says}" if without else "")


def _led_away(answer: Answer) -> bool:
    to = answer.headers.get("location", "")
    return answer.status in (403, 404, 405) or (answer.status == 302 and to.startswith("/office/"))


@contextmanager
def _unheard() -> Iterator[None]:
    """Pages refuse what we try on purpose: that is no news for the log."""
    logger = logging.getLogger("django.request")

    def nothing(record: logging.LogRecord) -> bool:
        return False

    logger.addFilter(nothing)
    try:
        yield
    finally:
        logger.removeFilter(nothing)


def _addresses() -> list[Address]:
    """An address of each page behind the office's door, from the addresses that this code answers to."""
    found = (Address(f"/{_sample(route)}", name) for route, name in _routes(get_resolver().url_patterns, ""))
    return [one for one in found if door(one.path) == "office"]


def _routes(patterns: Any, before: str) -> Iterator[tuple[str, str]]:
    for one in patterns:
        route = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route, one.name or ""


def _sample(route: str) -> str:
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found.group(1) or "str", "probe"), route)


def _enrol(person: Staff) -> None:
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})


def _in_turn(pages: list[Address]) -> Iterator[list[Address]]:
    """Some pages at a time, so that nobody waits for us who writes: what they would do is taken back."""
    for some in lines.pieces(pages, AT_ONCE):
        with rehearsed(), _unheard():
            yield some


def _let_in(pages: list[Address], person: Staff) -> Iterator[str]:
    for one in pages:
        answer = _called(one.path, "GET", person)
        if answer.status_code == 405:
            answer = _called(one.path, "POST", person)
        on = answer.headers.get("Location", "")
        if not (answer.status_code == 302 and on.startswith(SECOND_FACTOR)):
            yield f"{one.path} answers a password alone with {answer.status_code}"


def _called(path: str, method: str, person: Staff | AnonymousUser) -> HttpResponse:
    """What a page's code answers to this person, without the layers around it."""
    request: Any = RequestFactory().generic(method, path)
    request.user, request.session, request.language = person, SessionStore(), "de"
    request.resolver_match = found = resolve(path)
    request._dont_enforce_csrf_checks = True
    with context.request_context(request):
        try:
            answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
        except (PermissionDenied, Http404) as error:
            return HttpResponse(status=403 if isinstance(error, PermissionDenied) else 404)
        except Exception:  # whatever it fails at lies behind the door
            return HttpResponse(status=500)
    return answer
