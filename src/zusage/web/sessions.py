"""Sessions exist behind two doors only, each with its own cookie: the mailbox and the office.

Everywhere else there is no session: a public page that tried to store one would fail loudly.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from zusage.policy.types import LANGUAGES, Cookie
from zusage.tenant import policy
from zusage.web import sealed_sessions

Door = Literal["mailbox", "office"]

_MAILBOX = re.compile(rf"/({'|'.join(LANGUAGES)})/mailbox/")
OFFICE_IDLE_SECONDS = 30 * 60


class NoSession(SessionBase):
    """What public pages have in place of a session: nothing in it, and nothing can be put there."""

    def load(self) -> dict[str, object]:
        return {}

    def exists(self, session_key: str) -> bool:
        return False

    def create(self) -> None:
        raise RuntimeError("A public page has no session.")

    def save(self, must_create: bool = False) -> None:
        raise RuntimeError("A public page has no session.")

    def delete(self, session_key: str | None = None) -> None:
        pass


def door(path: str) -> str:
    """Which door a path lies behind: ``mailbox``, ``office``, or none (empty)."""
    if path.startswith("/office/"):
        return "office"
    return "mailbox" if _MAILBOX.match(path) else ""


def cookie_name(which: str, secure: bool) -> str:
    """The name of a door's cookie."""
    return name_of(next(cookie for cookie in policy().cookies.values() if cookie.where == which), secure)


def name_of(cookie: Cookie, secure: bool) -> str:
    """The name that a declared cookie bears; ``__Host-`` demands https, so plain http goes without it."""
    return cookie.name if secure else cookie.name.removeprefix("__Host-")


def end(request: HttpRequest, which: Door) -> None:
    """End the session behind a door from outside of it, if this browser has one there."""
    session = sealed_sessions.SessionStore(request.COOKIES.get(cookie_name(which, request.is_secure())))
    if session.get("door") == which:
        session.flush()


class DoorSessionMiddleware(SessionMiddleware):
    """Django's sessions, with the cookie of the door that the request is for."""

    def process_request(self, request: HttpRequest) -> None:
        which = door(request.path_info)
        if not which:
            request.session = NoSession()
            return
        key = request.COOKIES.get(cookie_name(which, request.is_secure()))
        request.session = self.SessionStore(key)
        if request.session.get("door") not in (None, which):
            request.session = self.SessionStore()  # a mailbox's key doesn't open the office

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        which = door(request.path_info)
        if not which:
            return response
        name = cookie_name(which, request.is_secure())
        session = request.session
        if session.is_empty():
            if name in request.COOKIES:
                response.delete_cookie(name, samesite="Strict")
            return response
        if response.status_code >= 500:
            return response
        session["door"] = which
        session.set_expiry(_idle_seconds(which))
        try:
            session.save()
        except UpdateError:
            # Closed in another tab while this answer was on its way: it stays closed.
            response.delete_cookie(name, samesite="Strict")
            return response
        response.set_cookie(
            name,
            str(session.session_key),
            secure=request.is_secure(),
            httponly=True,
            samesite="Strict",
            path="/",
        )
        return response


def _idle_seconds(which: str) -> int:
    return policy().limits.mailbox_idle_minutes * 60 if which == "mailbox" else OFFICE_IDLE_SECONDS
