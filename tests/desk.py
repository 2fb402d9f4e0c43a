"""Helpers for the office's tests: people who work here, signed in, and what their second factor shows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from functools import cache
from importlib import import_module

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.test import Client

from tests import make
from zusage.models import Staff
from zusage.protocol.models import Outbox
from zusage.web.limits import COUNTERS, Counters
from zusage.web.office.access import ENROLLED

COOKIE = "zusage-office"
PASSWORD = "ein-langer-satz-fuer-den-test"


def person(role: str, username: str = "", *, one_time: bool = False) -> Staff:
    """Somebody with PASSWORD and no second factor yet."""
    made = make.staff(role, username)
    made.password = _hashed()
    made.must_change_password = one_time
    made.save()
    return made


@cache
def _hashed() -> str:
    """PASSWORD's hash. It is slow on purpose, so it is made once."""
    return make_password(PASSWORD)


def signed_in(who: Staff, *, enforce_csrf_checks: bool = False, second_factor: bool = True) -> Client:
    """A browser in which `who` has come all the way in."""
    client = Client(enforce_csrf_checks=enforce_csrf_checks)
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    login(request, who, backend=settings.AUTHENTICATION_BACKENDS[0])
    if second_factor:
        if not Authenticator.objects.filter(user=who).exists():
            TOTP.activate(who, base64.b32encode(b"a secret of 20 bytes").decode())
        request.session[ENROLLED] = str(who.pk)
    request.session["door"] = "office"
    request.session.save()
    client.cookies[COOKIE] = request.session.session_key
    return client


def code(secret: str, at: float | None = None) -> str:
    """The TOTP code for `secret` (base32), as an app shows it (RFC 6238: SHA-1, 30 seconds, 6 digits)."""
    counter = int((time.time() if at is None else at) // 30)
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def acts() -> list[str]:
    """What the protocol's outbox says, oldest first."""
    return list(Outbox.objects.order_by("at").values_list("act", flat=True))


def forget_tries() -> None:
    """Counters as after a start."""
    fresh = Counters()
    COUNTERS._memory, COUNTERS._key = fresh._memory, fresh._key
