"""What leaves the house, in Chromium: by keyboard alone, wide and narrow, light and dark, axe finding nothing."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Browser, Page

from tests import desk, make
from tests.browser import faults, window
from tests.desk import PASSWORD
from zusage.actions import breaches, creditor, demands
from zusage.actions.breaches import Entry
from zusage.actions.cases import open_case
from zusage.actions.demands import Received
from zusage.actions.matching import choose
from zusage.models import Breach, Demand, Disclosure, LetterCode, Staff, Submission
from zusage.vault import api as vault
from zusage.vault.models import Restriction

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Jean-François Chappuis-Montandon von und zu Hinterkappelenstrasse"
LAW = "Art. 91 Abs. 4 SchKG"


@pytest.fixture(autouse=True)
def _prepared() -> None:
    desk.forget_tries()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser, without the windows of the test before."""
    yield chromium
    for one in chromium.contexts:
        one.close()


def file(number: int, name: str = LONG) -> Any:
    values = {
        "reference": f"ZH-2026-{number}",
        "debtor_name": name,
        "date_of_birth": "1984-03-17",
        "address": "Lindenweg 4, 8400 Winterthur",
        "creditor": "Velohaus Tössfeld AG",
        "balance": "CHF 420.50",
    }
    return open_case(vault.Actor.system("test"), date(2026, 1, 5), values)


def proposal(clerk: Staff, number: int) -> Submission:
    """A payment proposal whose case file is known."""
    sent = make.submission("payment", name=LONG)
    choose(clerk, sent.pk, file(number).pk)
    return sent


def sign_in(page: Page, server: Any, who: Staff) -> None:
    page.goto(f"{server.url}/office/login/")
    page.fill("#id_login", who.username)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header nav")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")


@override_settings(DEMO=True)
def test_the_officer_by_keyboard_alone(live_server: Any, browser: Browser, tmp_path: Path) -> None:
    officer = desk.person("officer")
    file(77001)
    page = browser.new_page()
    sign_in(page, live_server, officer)
    page.get_by_role("link", name="Weitergaben").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".empty")
    page.locator("main").get_by_role("link", name="Verlangen von Behörden").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/demands/")
    page.keyboard.press("n")
    page.wait_for_url("**/new/")
    page.locator("#authority").focus()
    for typed in ("Betreibungsamt Winterthur", "BA-2026-8811", LAW):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.locator("#case_references").focus()
    page.keyboard.type("zh 2026 77001")
    press(page, "Verlangen speichern")
    page.wait_for_selector(".ticks")
    page.locator("#field-address, [value=address]").first.focus()
    page.keyboard.press("Space")
    with page.expect_download() as got:
        press(page, "Als JSON herausgeben")
    got.value.save_as(tmp_path / "told.json")
    told = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert [set(one) for one in told["records"]] == [{"record", "address"}]
    assert Disclosure.objects.get().fields == "address"
    page.reload()
    press(page, "Verlangen abschliessen")
    page.wait_for_url("**said=closed")
    assert Demand.objects.get().closed_at
    page.get_by_role("link", name="Verletzungen").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/breaches/")
    page.keyboard.press("n")
    page.wait_for_url("**/new/")
    page.locator("#what").focus()
    page.keyboard.type("Ein Laptop blieb im Zug liegen.")
    press(page, "Eintrag speichern")
    page.wait_for_url("**said=registered")
    with page.expect_download() as paper:
        press(page, "PDF")
    assert Path(paper.value.path()).read_bytes().startswith(b"%PDF")
    assert Breach.objects.get().risk == "risk"


@override_settings(DEMO=True)
def test_the_clerk_by_keyboard_alone(live_server: Any, browser: Browser, tmp_path: Path) -> None:
    clerk = desk.person("clerk")
    sent = proposal(clerk, 77001)
    page = browser.new_page()
    sign_in(page, live_server, clerk)
    page.goto(f"{live_server.url}/office/submissions/{sent.pk}/")
    page.locator("#field-message").focus()
    page.keyboard.press("Space")
    with page.expect_download() as got:
        press(page, "Als CSV weitergeben")
    assert "Guten Tag" not in Path(got.value.path()).read_text(encoding="utf-8")
    assert not Disclosure.objects.filter(fields__contains="message").exists()
    page.get_by_role("link", name="Briefe").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/letters/")
    page.keyboard.press("n")
    page.keyboard.type("zh 2026 77001")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ready")
    with page.expect_download() as letters:
        press(page, "Briefe erstellen")
    letters.value.save_as(tmp_path / "letters.zip")
    with zipfile.ZipFile(tmp_path / "letters.zip") as archive:
        assert archive.namelist() == ["0001.pdf"]
    assert letters.value.suggested_filename == "letters.zip" and LetterCode.objects.count() == 1
    page.wait_for_timeout(100)
    press(page, "Briefe erstellen")
    page.wait_for_selector("#summary")
    assert "schon erstellt" in page.inner_text("#summary") and LetterCode.objects.count() == 1


SIZES = [("phone", "light", "fr"), ("desk", "dark", "de"), ("desk", "light", "fr"), ("phone", "dark", "de")]


@override_settings(DEMO=True)
@pytest.mark.parametrize(("size", "scheme", "language"), SIZES)
def test_nothing_for_axe_to_find_with_the_officer(
    live_server: Any, browser: Browser, size: str, scheme: str, language: str
) -> None:
    officer, clerk = desk.person("officer"), make.clerk()
    Staff.objects.filter(pk=officer.pk).update(language=language)
    page = window(browser, live_server.url, size, color_scheme=scheme).new_page()
    sign_in(page, live_server, officer)
    make.rights_request("deletion", received=timezone.localdate() - timedelta(days=33))
    for path in ("disclosures/", "demands/", "breaches/"):
        page.goto(f"{live_server.url}/office/{path}")
        assert faults(page) == [], f"{path} (empty)"
    if size == "desk":  # the longest of it, in one line
        assert page.locator(".office-bar").bounding_box()["height"] < 60
    sent = proposal(clerk, 77001)
    creditor.pass_on(clerk, sent.pk, "csv")
    officer.refresh_from_db()
    received = Received(
        "Betreibungsamt Winterthur-Stadt", "BA-2026-8811", LAW, date(2026, 3, 5), ("ZH-2026-77001",)
    )
    demand = demands.receive(officer, received, "d" * 16)
    demands.hand_over(officer, demand, ("debtor_name", "address", "message"), "pdf")
    now = timezone.now()
    lost = {"what": f"{LONG}: Laptop im Zug liegen geblieben. " * 8, "measures": "Sitzungen beendet"}
    late = breaches.register(officer, Entry(now - timedelta(hours=80), None, "high", lost), "b" * 16)
    breaches.register(officer, Entry(now, now, "none", {"what": "Falsch adressiert"}), "c" * 16)
    pages = ["disclosures/", "disclosures/?ground=law", "demands/", "demands/new/", f"demands/{demand}/",
             f"demands/{demand}/?values", "breaches/", "breaches/new/", f"breaches/{late}/"]  # fmt: skip
    for path in pages:
        page.goto(f"{live_server.url}/office/{path}")
        assert faults(page) == [], path
    for path in ("demands/new/", "breaches/new/"):
        page.goto(f"{live_server.url}/office/{path}")
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_selector("#summary")
        assert faults(page) == [], f"{path} (with errors)"


@override_settings(DEMO=True)
@pytest.mark.parametrize(("size", "scheme", "language"), SIZES)
def test_nothing_for_axe_to_find_with_the_clerk(
    live_server: Any, browser: Browser, size: str, scheme: str, language: str
) -> None:
    clerk = desk.person("clerk")
    Staff.objects.filter(pk=clerk.pk).update(language=language)
    sent = proposal(clerk, 77001)
    blocked = file(77002)
    Restriction.objects.create(subject_id=blocked.subject_id, kind="restriction")
    creditor.pass_on(clerk, sent.pk, "csv")
    page = window(browser, live_server.url, size, color_scheme=scheme).new_page()
    sign_in(page, live_server, clerk)
    for path in (f"submissions/{sent.pk}/", "letters/"):
        page.goto(f"{live_server.url}/office/{path}")
        assert faults(page) == [], path
    page.fill("#references", "ZH-2026-77001\nZH-2026-77002")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_selector("#ready")
    assert faults(page) == []
    page.fill("#references", "ZH-2026-77001\nZZ-1\n<>")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_selector("#summary")
    assert faults(page) == []
