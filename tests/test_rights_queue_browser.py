"""The protection officer in Chromium: by keyboard alone, wide and narrow, light and dark, axe finding nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Browser, Page

from tests import desk, make
from tests.browser import faults, window
from tests.desk import PASSWORD
from zusage.actions.cases import open_case
from zusage.actions.rights import concerns, decisions
from zusage.models import Message, Proof, RightsRequest, Staff
from zusage.vault import api as vault

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Jean-François Chappuis-Montandon von und zu Hinterkappelenstrasse"
FILE = {
    "reference": "ZH-2026-77001",
    "debtor_name": LONG,
    "date_of_birth": "1984-03-17",
    "address": "Lindenweg 4, 8400 Winterthur",
    "creditor": "Velohaus Tössfeld AG",
    "balance": "CHF 420.50",
}


@pytest.fixture(autouse=True)
def _prepared() -> None:
    desk.forget_tries()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser, without the windows of the test before."""
    yield chromium
    for one in chromium.contexts:
        one.close()


def ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def sign_in(page: Page, server: Any, who: Staff) -> None:
    page.goto(f"{server.url}/office/login/")
    page.fill("#id_login", who.username)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header nav")


@override_settings(DEMO=True)
def test_by_keyboard_alone(live_server: Any, browser: Browser) -> None:
    officer = desk.person("officer")
    case = open_case(
        vault.Actor.system("test"), date(2026, 1, 5), {**FILE, "debtor_name": "Nadine Oberholzer"}
    )
    make.rights_request("question", message="Wer sieht meine Daten?")
    one = make.rights_request("access", "stranger", received=ago(31), name="Nadine Oberholzer")
    page = browser.new_page()
    sign_in(page, live_server, officer)
    page.wait_for_selector("table.rows")
    page.keyboard.press("?")
    assert page.is_visible("dialog#keys")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_selector(".pane-message")
    page.keyboard.press("m")
    page.wait_for_url("**said=assigned")
    with page.expect_response("**/proof/") as looked:
        page.keyboard.press("v")
    assert looked.value.body() == make.PNG
    page.keyboard.press("f")
    page.keyboard.type("zh 2026 77001")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=looked")
    page.get_by_role("button", name="Gehört dazu").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**said=concerned")
    page.keyboard.press("d")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=proven")
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.id") == "refuse-ground"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Sie haben das schon.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#preview")
    assert not Message.objects.exists()
    page.keyboard.press("a")
    page.keyboard.type("Hier ist alles, was wir haben.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**said=answered")
    page.keyboard.press("i")
    page.wait_for_selector("table.rows")
    assert page.locator("table.rows tbody tr").count() == 1
    one.refresh_from_db()
    assert (one.state, one.assigned_to_id, one.identity) == ("answered", officer.pk, "proven")
    assert not Proof.objects.exists()
    assert case.subject_id in one.concerns.values_list("about_id", flat=True)


def requests(officer: Staff) -> list[RightsRequest]:
    """A queue with something of everything."""
    case = open_case(vault.Actor.system("test"), date(2026, 1, 5), FILE)
    asked = "Ich möchte wissen, was Sie über mich gespeichert haben und von wem Sie es bekommen haben. " * 3
    stranger = make.rights_request(
        "access", "stranger", received=ago(29), name=LONG, message=asked, case_reference="ZH-2026-77001"
    )
    concerns.look(officer, stranger.pk, "ZH-2026-77001")
    late = make.rights_request("deletion", "letter-code", received=ago(33), about=[case.subject_id])
    german = make.rights_request(
        "rectification", regime="de", received=ago(3), message="Der Name ist falsch."
    )
    decisions.extend(officer, german.pk, ago(-60), "Wir warten auf den Gläubiger.", "e" * 22)
    own = make.submission("enquiry")
    own.assigned_to = officer
    own.save()
    barred = make.rights_request("complaint", about=[own.subject_id], message="Niemand antwortet.")
    refused = make.rights_request("access", language="fr")
    decisions.refuse(officer, refused.pk, "vexatious", "Vous avez reçu ceci hier.", "f" * 22, 0)
    return [stranger, late, german, barred, refused]


@override_settings(DEMO=True)
@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [("phone", "light", "fr"), ("desk", "dark", "de"), ("desk", "light", "fr"), ("phone", "dark", "de")],
)
def test_nothing_for_axe_to_find(
    live_server: Any, browser: Browser, size: str, scheme: str, language: str
) -> None:
    officer = desk.person("officer")
    Staff.objects.filter(pk=officer.pk).update(language=language)
    page = window(browser, live_server.url, size, color_scheme=scheme).new_page()
    sign_in(page, live_server, officer)
    page.goto(f"{live_server.url}/office/rights/")
    assert faults(page) == []
    asked = requests(officer)
    for path in ("", "?state=all", "?right=copy", *(f"{one.pk}/" for one in asked)):
        page.goto(f"{live_server.url}/office/rights/{path}")
        for fold in page.locator("main details").all():
            fold.evaluate("one => { one.open = true }")
        assert faults(page) == [], path
    page.goto(f"{live_server.url}/office/rights/{asked[1].pk}/")
    page.locator("details:has(#refuse-ground) > summary").click()
    page.select_option("#refuse-ground", "retention-duty")
    page.fill("#refuse-text", "Die Akte gehört zur Buchhaltung.")
    page.locator("form:has(#refuse-text) button").first.click()
    page.wait_for_selector("#preview")
    assert faults(page) == []
