"""The bank's payments in Chromium: a file, what comes of it, a payment put to its plan by keys; axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser

from tests import desk, plans
from tests.browser import faults, press, window
from tests.cast import LEA
from tests.desk import PASSWORD
from tests.test_payments import Entry, Paid, bank, look, paid
from zusage.models import Payment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser, without the windows of the test before."""
    desk.forget_tries()
    with override_settings(DEMO=True):
        yield chromium
    for context in chromium.contexts:
        context.close()


def test_a_file_and_a_payment_that_nobody_knew(live_server: Any, browser: Browser) -> None:
    _, _, plan = plans.active()
    first = look(plan).lines[0]
    content = bank(
        Entry([Paid("150.00", first.reference), Paid("150.00", text="von Tante Zora")], bank_reference="A"),
        Entry([Paid("0.00")], bank_reference="B"),
    )
    who = desk.person("clerk", "klara")
    page = window(browser, live_server.url, "desk").new_page()
    page.goto("/office/login/")
    page.fill("#id_login", who.username)
    page.fill("#id_password", PASSWORD)
    press(page.locator("main button[type=submit]").first)
    page.goto("/office/payments/")
    for sent, waits_for in ((content[:-60], "#summary"), (content, "#result-title")):
        page.keyboard.press("n")
        assert page.evaluate("document.activeElement.id") == "bank"
        page.set_input_files("#bank", {"name": "bank.xml", "mimeType": "text/xml", "buffer": sent})
        page.focus("main button[type=submit]")
        page.keyboard.press("Enter")
        page.wait_for_selector(waits_for)
        assert faults(page) == []
        assert Payment.objects.count() == (0 if waits_for == "#summary" else 2)
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_selector("#reference")
    page.keyboard.press("n")
    page.keyboard.type(LEA.references[0])
    page.keyboard.press("Enter")
    page.wait_for_selector("#found-title")
    assert faults(page) == []
    page.keyboard.press("Enter")  # the focus is on the first plan's button
    page.wait_for_url("**said=assigned")
    assert paid(plan)[:2] == ["150.00 paid", "150.00 paid"]
