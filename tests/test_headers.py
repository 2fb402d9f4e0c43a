"""What every answer tells the browser: nothing foreign, nothing inline, no cookie where none is needed."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.test import override_settings

from tests.doors import (
    FORMS,
    LANGUAGES,
    browser,
    enter,
    in_mailbox,
    letters,
    receipt,
    send,
    sign_in,
    text,
    typed,
)
from tests.make import submission
from zusage.actions.house import publish_notice
from zusage.tenant import version
from zusage.web.sealed_sessions import SessionStore

pytestmark = pytest.mark.django_db

NOTHING = "default-src 'none'"
STRICT = {
    "default-src": {"'none'"},
    "style-src": {"'self'"},
    "img-src": {"'self'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
}
PERMISSIONS = {"camera", "microphone", "geolocation", "usb", "payment", "display-capture", "browsing-topics"}
PAGES = [
    f"/{language}/{page}"
    for language in LANGUAGES
    for page in (
        "", "genuine/", "contact/", "enquiry/", "payment/", "enquiry/?about=not-me", "mailbox/",
        "privacy/", "privacy/rights/", "privacy/rights/?right=not-me", "privacy/rights/?right=access&way=stranger",
        "privacy/versions/", "privacy/versions/compare/", "privacy/cookies/", "contact/?about=jobs",
    )
]  # fmt: skip
FILES = ["/robots.txt", "/tenant.css", "/favicon.svg", "/favicon.ico"]
STATIC = [f"/static/zusage/{name}" for name in ("zusage.css", "forms.css", "pages.css", "receipt.js")]
FAULTS = [
    "/nowhere",
    "/de/nowhere/",
    "/xx/",
    "/static/zusage/nowhere.css",
    "/de/mailbox/receipt/unknown-ticket/",
]


@pytest.fixture(autouse=True)
def _published():
    publish_notice()


def policy_of(response) -> dict[str, set[str]]:
    directives = response.headers["Content-Security-Policy"].split(";")
    return {
        name: set(values)
        for name, *values in (directive.split() for directive in directives if directive.strip())
    }


def check(response, *, secure: bool = False, scripts: bool = False, kept: bool = False) -> None:
    """Everything that must be true of any answer. `scripts`: own scripts may run; `kept`: caches may keep it."""
    where = f"{response.status_code} {response.request['PATH_INFO']}"
    assert response.status_code < 500, where
    found, expected = policy_of(response), {**STRICT, **({"script-src": {"'self'"}} if scripts else {})}
    assert found == expected, where
    assert response.headers["Referrer-Policy"] == "no-referrer", where
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin", where
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin", where
    assert response.headers["X-Content-Type-Options"] == "nosniff", where
    denied = {part.split("=")[0].strip() for part in response.headers["Permissions-Policy"].split(",")}
    assert denied >= PERMISSIONS and response.headers["Permissions-Policy"].count("=()") == len(denied), where
    assert ("no-store" in response.headers.get("Cache-Control", "")) is not kept, where
    transport = response.headers.get("Strict-Transport-Security", "")
    if secure:
        assert int(re.search(r"max-age=(\d+)", transport).group(1)) >= 31_536_000, where
    else:
        assert transport == "", where
    if response.headers.get("Content-Type", "").startswith("text/html"):
        _nothing_foreign(text(response), scripts, where)


def _nothing_foreign(page: str, scripts: bool, where: str) -> None:
    assert ("<script" in page) <= scripts, where
    assert not re.search(r"<[^>]*\s(style|on\w+)\s*=", page), f"inline style or handler: {where}"
    assert (
        "<style" not in page and "javascript:" not in page and "<iframe" not in page and "<base" not in page
    ), where
    for tag in re.findall(r"<(?:link|img|script|form|source|object|embed|use)\b[^>]*>", page):
        for address in re.findall(r'\s(?:src|href|action|data|srcset)="([^"]*)"', tag):
            parts = urlsplit(address)
            assert not parts.scheme and not parts.netloc and address.startswith(("/", "#")), (
                f"{address}: {where}"
            )
    for content in re.findall(r"<script\b[^>]*>(.*?)</script>", page, re.DOTALL):
        assert not content.strip(), f"inline script: {where}"


def no_cookie(response) -> None:
    assert not response.cookies, f"a cookie on {response.request['PATH_INFO']}"


@pytest.mark.parametrize("secure", [False, True])
def test_public_pages(secure):
    client = browser()
    for path in PAGES + [f"/fr/privacy/versions/{version()}/", f"/it/privacy/versions/{'0' * 64}/"]:
        response = client.get(path, secure=secure)
        assert response.status_code == (404 if "000" in path else 200), path
        check(response, secure=secure)
        no_cookie(response)
        assert "<script" not in text(response)


@pytest.mark.parametrize("secure", [False, True])
def test_files(secure):
    client = browser()
    for path in FILES + STATIC:
        response = client.get(path, secure=secure)
        assert response.status_code == 200, path
        check(response, secure=secure, kept=True)
        no_cookie(response)


def test_faults():
    client = browser()
    for path in FAULTS:
        response = client.get(path)
        assert response.status_code in (404, 410), path
        check(response)
        no_cookie(response)
    for method in ("post", "put", "delete", "patch", "options", "trace"):
        for path in ("/de/", "/de/contact/", "/de/mailbox/", "/robots.txt", "/static/zusage/zusage.css"):
            response = getattr(client, method)(path)
            assert 400 <= response.status_code < 500, (method, path)
            check(response)
            no_cookie(response)
    response = client.get("/de/", headers={"host": "somewhere-else.example"})
    assert response.status_code == 400
    check(response)
    no_cookie(response)


@pytest.mark.parametrize("purpose", FORMS)
def test_sent_forms(purpose):
    client = browser()
    taken = send(client, purpose, "fr")
    assert taken.status_code == 303
    wrong = send(client, purpose, "fr", email="nobody")
    assert wrong.status_code == 422
    foreign = client.post(f"/fr/{purpose}/", typed(purpose), headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    for response in (taken, wrong, foreign):
        check(response)
        no_cookie(response)
    shown = client.get(taken.headers["Location"])
    assert shown.status_code == 200
    check(shown, scripts=True)
    gone = client.get(taken.headers["Location"])
    assert gone.status_code == 410
    check(gone)
    for response in (shown, gone):
        no_cookie(response)


def test_a_fault_of_ours_has_a_page_too(monkeypatch):
    from zusage.web.public import screens

    def broken(*args):
        raise RuntimeError("entry-of-a-person")

    monkeypatch.setattr(screens, "entries", broken)
    response = browser().get("/it/")
    assert response.status_code == 500
    response.status_code = 499  # so that the rest can be checked as on any page
    check(response)
    no_cookie(response)
    assert 'lang="it"' in text(response) and "entry-of-a-person" not in text(response)
    assert "Traceback" not in text(response)


@pytest.mark.parametrize("secure", [False, True])
def test_the_mailbox_has_one_cookie_and_only_behind_its_door(secure):
    client = browser()
    code = receipt(client)
    no_cookie(enter(client, "7777-7777-7777-7777-7777-7777-77", secure=secure))
    opened = enter(client, code, secure=secure)
    assert opened.status_code == 303
    name = "__Host-zusage-mailbox" if secure else "zusage-mailbox"
    assert list(opened.cookies) == [name]
    _strict(opened.cookies[name], secure)
    page = letters(client, secure=secure)
    assert page.status_code == 200 and code not in text(page)
    check(page, secure=secure)
    answered = in_mailbox(client, "letters", secure=secure, message="Noch eine Frage")
    wrong = in_mailbox(client, "notice", secure=secure, notice_email="nobody")
    assert (answered.status_code, wrong.status_code) == (303, 422)
    for response in (opened, answered, wrong):
        check(response, secure=secure)
    no_cookie(client.get("/de/contact/", secure=secure))
    closed = in_mailbox(client, "close", secure=secure)
    check(closed, secure=secure)
    assert closed.cookies[name]["max-age"] == 0 and closed.cookies[name].value == ""
    assert bool(closed.cookies[name]["secure"]) is secure


@pytest.mark.parametrize("secure", [False, True])
def test_the_office_has_one_cookie_of_its_own(secure, settings):
    settings.DEMO = True
    client = browser()
    door = client.get("/office/login/", secure=secure)
    name = "__Host-zusage-office" if secure else "zusage-office"
    assert list(door.cookies) == [name]
    _strict(door.cookies[name], secure)
    check(door, secure=secure, scripts="script-src" in policy_of(door))
    sign_in(client, "clerk", secure=secure)
    sent = submission("enquiry")
    for path in ("/office/", f"/office/submissions/{sent.pk}/", "/office/account/", "/office/nowhere/"):
        page = client.get(path, secure=secure)
        assert page.status_code == (404 if "nowhere" in path else 200), path
        check(page, secure=secure, scripts="script-src" in policy_of(page))
        assert set(page.cookies) <= {name}
    _strict(client.cookies[name], secure)


def _strict(cookie, secure: bool) -> None:
    assert (bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"], cookie["path"], cookie["domain"]) == (
        secure, True, "Strict", "/", "",
    )  # fmt: skip
    assert cookie["expires"] == "" and cookie["max-age"] == ""


def test_a_key_to_one_door_does_not_open_the_other(settings):
    settings.DEMO = True
    person, clerk = browser(), browser()
    enter(person, receipt(person))
    sign_in(clerk, "clerk")
    mailbox_key, office_key = person.cookies["zusage-mailbox"].value, clerk.cookies["zusage-office"].value
    assert letters(person).status_code == 200 and clerk.get("/office/").status_code == 200

    swapped = browser()
    swapped.cookies["zusage-office"], swapped.cookies["zusage-mailbox"] = mailbox_key, office_key
    assert swapped.get("/office/").status_code == 302
    assert letters(swapped).status_code == 303
    # And the owners weren't thrown out by it.
    assert letters(person).status_code == 200 and clerk.get("/office/").status_code == 200
    # Not even a session that holds what both doors ask for opens the other one.
    both = SessionStore(office_key)
    both["subject"] = SessionStore(mailbox_key)["subject"]
    both.save()
    swapped.cookies["zusage-mailbox"] = office_key
    assert letters(swapped).status_code == 303
    both["door"] = "mailbox"
    both.save()
    swapped.cookies["zusage-office"] = swapped.cookies["zusage-mailbox"] = office_key
    assert swapped.get("/office/").status_code == 302
    swapped.cookies["zusage-mailbox"] = office_key
    assert letters(swapped).status_code == 200


def test_a_key_that_somebody_made_up_is_not_taken_over():
    victim = browser()
    code = receipt(victim)
    victim.cookies["zusage-mailbox"] = "a" * 32
    enter(victim, code)
    assert victim.cookies["zusage-mailbox"].value != "a" * 32
    first = victim.cookies["zusage-mailbox"].value
    enter(victim, code)
    assert victim.cookies["zusage-mailbox"].value != first, "a new entry, a new key"
    stale = browser()
    stale.cookies["zusage-mailbox"] = first
    assert letters(stale).status_code == 303


def test_https_is_believed_from_a_trusted_proxy_alone():
    header = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}
    with override_settings(TRUSTED_PROXIES=frozenset({"10.0.0.1"})):
        trusted = browser(REMOTE_ADDR="10.0.0.1").get("/de/", headers=header)
        untrusted = browser(REMOTE_ADDR="203.0.113.7").get("/de/", headers=header)
        forged = browser(REMOTE_ADDR="203.0.113.7").get("/de/", headers={"x-zusage-scheme": "https"})
    check(trusted, secure=True)
    check(untrusted)
    check(forged)


def test_office_pages_are_not_shown_to_nobody():
    client = browser()
    for path in ("/office/", "/office/keys/", "/office/staff/"):
        response = client.get(path)
        assert response.status_code == 302 and response.headers["Location"].startswith("/office/login/")
        check(response, scripts="script-src" in policy_of(response))
