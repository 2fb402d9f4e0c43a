"""The protocol in Chromium: wide and narrow, light and dark, by keyboard, axe finding nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser

from tests import desk, make
from tests.browser import faults, window
from tests.test_gate_browser import sign_in
from zusage.actions.house import deliver

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    yield chromium
    for one in chromium.contexts:
        one.close()


@override_settings(DEMO=True)
@pytest.mark.parametrize("size, dark", [("phone", False), ("desk", True)])
def test_the_protocol_is_found_read_and_narrowed(
    browser: Browser, live_server: Any, size: str, dark: bool
) -> None:
    desk.forget_tries()
    sent = make.submission("enquiry")
    for _ in range(60):
        make.submission("contact")
    deliver()
    officer = desk.person("officer", "paula")
    with window(browser, live_server.url, size, color_scheme="dark" if dark else "light") as context:
        page = context.new_page()
        sign_in(page, live_server, officer)
        page.goto(f"{live_server.url}/office/overview/")
        page.get_by_role("link", name="Protokoll", exact=True).click()
        page.wait_for_url("**/office/protocol/")
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.fill("#subject", str(sent.subject_id))
        page.keyboard.press("Enter")
        page.wait_for_url("**subject=**")
        assert str(sent.subject_id) in page.content() and faults(page) == []
        page.fill("#subject", "x")
        page.keyboard.press("Enter")
        page.wait_for_selector("#subject-error")
        assert page.input_value("#subject") == "x" and faults(page) == []
