"""The office in Chromium: by keyboard alone, with a passkey, on wide and narrow screens, with axe finding nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser, Page

from tests import desk, make
from tests.browser import faults
from tests.desk import PASSWORD
from zusage.actions.cases import open_case
from zusage.models import Message, Note, Staff, Submission
from zusage.vault import api as vault

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILE = {
    "reference": "ZH-2026-77001",
    "debtor_name": "Nadine Oberholzer",
    "date_of_birth": "1984-03-17",
    "address": "Lindenweg 4, 8400 Winterthur",
    "creditor": "Velohaus Tössfeld AG",
    "balance": "CHF 420.50",
}
LONG = "Jean-François Chappuis-Montandon von und zu Hinterkappelenstrasse"


@pytest.fixture(autouse=True)
def _prepared() -> None:
    desk.forget_tries()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser, without the windows of the test before."""
    yield chromium
    for window in chromium.contexts:
        window.close()


def sign_in(page: Page, server: Any, who: Staff) -> None:
    page.goto(f"{server.url}/office/login/")
    page.fill("#id_login", who.username)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")


def shows(page: Page, what: str) -> None:
    """Wait for a page with `what` (a selector) on it, and for its scripts."""
    page.wait_for_selector(what)
    page.wait_for_load_state()


def tab_to(page: Page, what: str) -> None:
    """Press Tab until the focus is on the first thing that `what` (a selector) names."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement === document.querySelector(what)", what):
            return
    raise AssertionError(f"Tab doesn't lead to {what}")


@override_settings(DEMO=True)
def test_by_keyboard_alone(live_server: Any, browser: Browser) -> None:
    clerk, one = desk.person("clerk"), make.submission("enquiry", name="Nadine Oberholzer")
    file = open_case(vault.Actor.system("test"), date(2026, 1, 5), FILE)
    page = browser.new_page()
    page.goto(f"{live_server.url}/office/login/")
    page.wait_for_function("document.activeElement.id === 'id_login'")  # comes a moment after the page
    page.keyboard.type(clerk.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    shows(page, "table.rows")
    page.keyboard.press("?")
    assert page.is_visible("dialog#keys")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("o")
    shows(page, ".pane-message")
    page.keyboard.press("m")
    page.wait_for_url("**said=assigned")
    page.keyboard.press("f")
    page.keyboard.type("zh 2026 77001")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=case")
    page.keyboard.press("a")
    page.keyboard.type("Ja, jetzt ist alles klar.")  # letters that are keys elsewhere
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**said=answered")
    page.keyboard.press("n")
    page.keyboard.type("Erledigt")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("n")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**said=noted")
    tab_to(page, "form.close button")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=closed")
    page.keyboard.press("i")
    shows(page, ".empty")
    one.refresh_from_db()
    assert (one.state, one.assigned_to_id, one.case_id) == ("closed", clerk.pk, file.pk)
    assert (Message.objects.count(), Note.objects.count()) == (1, 1)
    tab_to(page, ".office-bar form button")
    page.keyboard.press("Enter")
    shows(page, "#id_login")


@override_settings(DEMO=True)
def test_keys_can_be_turned_off(live_server: Any, browser: Browser) -> None:
    page = browser.new_page()
    sign_in(page, live_server, desk.person("clerk"))
    shows(page, "header nav")
    page.goto(f"{live_server.url}/office/account/")
    page.uncheck("#keys-on")
    page.click("main button[type=submit]")
    shows(page, "[role=status]")
    page.keyboard.press("?")
    assert not page.is_visible("dialog#keys")


@override_settings(MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN=True)
def test_passkey(live_server: Any, browser: Browser) -> None:
    clerk = desk.person("clerk")
    page = browser.new_page()
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(page, live_server, clerk)
    page.wait_for_url("**/office/second-factor/")
    assert faults(page) == []
    page.goto(f"{live_server.url}/office/second-factor/keys/add/")
    page.fill("[name=name]", "Schlüsselbund")
    assert faults(page) == []
    page.click("#use-key")
    page.wait_for_url("**/second-factor/codes/")
    assert faults(page) == []
    page.goto(f"{live_server.url}/office/")
    shows(page, ".empty")
    page.click("header form button")
    sign_in(page, live_server, clerk)
    page.wait_for_url("**/second-factor/authenticate/")
    assert faults(page) == []
    page.click("#use-key")
    shows(page, ".empty")


@override_settings(DEMO=True)
@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("de", "light", 390), ("fr", "dark", 390), ("fr", "light", 1280), ("de", "dark", 1500)],
)
def test_pages(live_server: Any, browser: Browser, language: str, scheme: Any, width: int) -> None:
    one = make.submission("payment", name=LONG, consents=("callback",))
    make.submission("contact", last_name=LONG)
    people = {role: desk.person(role) for role in ("clerk", "officer", "administrator")}
    Staff.objects.update(language=language)
    paths = {
        "clerk": (
            "",
            f"submissions/{one.pk}/",
            "?state=closed",
            "account/",
            "keys/",
            "password/",
            "second-factor/app/",
        ),
        "officer": ("overview/",),
        "administrator": ("staff/",),
    }
    for role, own in paths.items():
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
        sign_in(page, live_server, people[role])
        shows(page, "header nav")
        for path in own:
            page.goto(f"{live_server.url}/office/{path}")
            assert page.get_attribute("html", "lang") == language
            assert faults(page) == []
        page.close()
    assert Submission.objects.count() == 2
