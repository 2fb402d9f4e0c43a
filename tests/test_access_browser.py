"""The panels for access and rectification in Chromium: wide and narrow, light and dark, axe finding nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests import desk, make
from tests.browser import faults, window
from tests.test_rectify import case
from tests.test_rights_queue_browser import sign_in
from zusage.actions.disclose import Order, disclose
from zusage.actions.rights import rectify
from zusage.models import Document
from zusage.vault import api as vault

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _prepared() -> None:
    desk.forget_tries()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser, without the windows of the test before."""
    yield chromium
    for one in chromium.contexts:
        one.close()


@pytest.fixture
def keys() -> None:
    """With DEMO no second factor is asked for."""


@pytest.mark.parametrize("size, scheme, language", [("desk", "light", "de"), ("phone", "dark", "fr")])
def test_the_panels_are_usable_and_accessible(
    live_server: Any, browser: Browser, settings: Any, size: str, scheme: str, language: str
) -> None:
    settings.DEMO = True
    officer = desk.person("officer")
    officer.language = language
    officer.save()
    sent = make.submission("enquiry", message="Ich habe den Betrag am 3. November überwiesen.")
    one = case()
    disclose(vault.Actor.staff(make.clerk()), Order("creditor", "collection", "contract", "csv"), [one])
    asked = make.rights_request(
        "rectification", about=[sent.subject_id, one.subject_id], message="Mein Name ist falsch geschrieben."
    )
    rectify.dispute(
        officer,
        asked.pk,
        "zusage.submissionvalue",
        f"{sent.pk}:message",
        "value",
        "Das habe ich nie geschrieben.",
    )
    rectify.change(officer, asked.pk, "zusage.case", str(one.pk), "debtor_name", "Nadine Oberholz", "Ausweis")
    access = make.rights_request("access", about=[sent.subject_id])
    with window(browser, live_server.url, size, color_scheme=scheme) as context:
        page = context.new_page()
        sign_in(page, live_server, officer)
        for request in (asked, access):
            page.goto(f"{live_server.url}/office/rights/{request.pk}/")
            assert faults(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            if os.environ.get("ZUSAGE_LOOK"):
                page.screenshot(
                    path=f"{os.environ['ZUSAGE_LOOK']}/{request.right}-{size}.png", full_page=True
                )
        page.click("#panel button")
        page.wait_for_selector(".done-note")
        assert Document.objects.filter(submission_id=access.pk).count() == 2
