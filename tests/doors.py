"""Going through the doors with Django's test client as a browser does: with hidden fields, tokens and cookies."""

from __future__ import annotations

import html
import re
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.cast import VRENI
from tests.server import hidden, receipt_in
from zusage.actions.staff import OPERATOR, hire

FORMS = ("contact", "enquiry", "payment")
LANGUAGES = ("de", "fr", "it", "en")


def browser(**environ: Any) -> Client:
    """A client that is checked as a browser is: forged forms are refused, and faults are answered, not raised."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False, SERVER_NAME="localhost", **environ)


def text(response: HttpResponse) -> str:
    return response.content.decode()


def shown(response: HttpResponse) -> str:
    """What a page says, without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", " ", text(response)))


def typed(purpose: str, **changes: str) -> dict[str, str]:
    """What Vreni types into a form, with changes."""
    return {**getattr(VRENI, purpose)(), **changes}


def send(
    client: Client, purpose: str, language: str = "de", *, secure: bool = False, **changes: str
) -> HttpResponse:
    """Open a form as a browser does, fill it in, send it."""
    path = f"/{language}/{purpose}/"
    page = client.get(path, secure=secure)
    return client.post(path, {**hidden(text(page)), **typed(purpose, **changes)}, secure=secure)


def receipt(client: Client, purpose: str = "enquiry", language: str = "de", **changes: str) -> str:
    """Send a form and read the receipt."""
    answer = send(client, purpose, language, **changes)
    assert answer.status_code == 303, shown(answer)
    return receipt_in(text(client.get(answer.headers["Location"])))


def enter(client: Client, code: str, language: str = "de", secure: bool = False) -> HttpResponse:
    """Type a receipt at the mailbox's door."""
    return client.post(f"/{language}/mailbox/", {"receipt": code}, secure=secure)


def letters(client: Client, language: str = "de", secure: bool = False) -> HttpResponse:
    return client.get(f"/{language}/mailbox/letters/", secure=secure)


def in_mailbox(
    client: Client, room: str, language: str = "de", secure: bool = False, **fields: str
) -> HttpResponse:
    """Send one of the forms of the open mailbox (``letters``, ``notice``, ``withdraw``, ``close``) from its page."""
    page = hidden(text(letters(client, language, secure)))
    sent = {name: page[name] for name in ("csrfmiddlewaretoken", "form_token")} | fields
    return client.post(f"/{language}/mailbox/{room}/", sent, secure=secure)


def sign_in(client: Client, role: str, *, secure: bool = False) -> str:
    """Sign in to the office with a name and password, as in the demo, which asks for no second factor; the name.

    The test must have set ``settings.DEMO``.
    """
    username = f"{role}-of-{id(client)}"
    password = hire(OPERATOR, username, role, one_time=False)
    page = client.get("/office/login/", secure=secure)
    sent = {**hidden(text(page)), "login": username, "password": password}
    answer = client.post("/office/login/", sent, secure=secure)
    assert answer.status_code == 302 and "login" not in answer.headers["Location"], shown(answer)
    return username
