"""The office in Chromium: by keyboard alone, with a passkey, on wide and narrow screens, with axe finding nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import override_settings
from playwright.sync_api import Browser, Page, sync_playwright

from tests import desk, make
from tests.desk import PASSWORD
from zusage.models import Message, Staff, Submission

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Jean-François Chappuis-Montandon von und zu Hinterkappelenstrasse"


@pytest.fixture(autouse=True)
def _prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    # The browser's driver runs a loop in this thread, which Django would take for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    desk.forget_tries()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


def sign_in(page: Page, server: Any, who: Staff) -> None:
    page.goto(f"{server.url}/office/login/")
    page.fill("#id_login", who.username)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")


def finds_nothing(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@override_settings(DEMO=True)
def test_by_keyboard_alone(live_server: Any, browser: Browser) -> None:
    clerk, one = desk.person("clerk"), make.submission("enquiry", name="Nadine Oberholzer")
    page = browser.new_page()
    sign_in(page, live_server, clerk)
    page.wait_for_selector("table.rows")
    page.keyboard.press("?")
    assert page.is_visible("dialog#keys")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_selector(".pane-message")
    page.keyboard.press("m")
    page.wait_for_url("**said=assigned")
    page.keyboard.press("a")
    page.keyboard.type("Ja, jetzt ist alles klar.")  # letters that are keys elsewhere
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**said=answered")
    page.keyboard.press("n")
    page.keyboard.type("Erledigt")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**said=noted")
    page.keyboard.press("f")
    assert page.evaluate("document.activeElement.id") == "reference"
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.wait_for_selector(".empty")
    one.refresh_from_db()
    assert (one.state, one.assigned_to_id) == ("answered", clerk.pk)
    assert Message.objects.count() == 1


@override_settings(DEMO=True)
def test_keys_can_be_turned_off(live_server: Any, browser: Browser) -> None:
    page = browser.new_page()
    sign_in(page, live_server, desk.person("clerk"))
    page.wait_for_selector("header nav")
    page.goto(f"{live_server.url}/office/account/")
    page.uncheck("#keys-on")
    page.click("main button[type=submit]")
    page.wait_for_selector("[role=status]")
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
    finds_nothing(page)
    page.goto(f"{live_server.url}/office/second-factor/keys/add/")
    page.fill("[name=name]", "Schlüsselbund")
    finds_nothing(page)
    page.click("#use-key")
    page.wait_for_url("**/second-factor/codes/")
    finds_nothing(page)
    page.goto(f"{live_server.url}/office/")
    page.wait_for_selector(".empty")
    page.click("header form button")
    sign_in(page, live_server, clerk)
    page.wait_for_url("**/second-factor/authenticate/")
    finds_nothing(page)
    page.click("#use-key")
    page.wait_for_selector(".empty")


@override_settings(DEMO=True)
@pytest.mark.parametrize("width", [390, 1280, 1500])
@pytest.mark.parametrize(("language", "scheme"), [("de", "light"), ("fr", "dark")])
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
        page.wait_for_selector("header nav")
        for path in own:
            page.goto(f"{live_server.url}/office/{path}")
            assert page.get_attribute("html", "lang") == language
            finds_nothing(page)
        page.close()
    assert Submission.objects.count() == 2
