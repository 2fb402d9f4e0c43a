"""The page of promises in Chromium: all kept in the demo, and what a sceptic does by SQL shows."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import faults, picture
from tests.server import Portal, command

pytestmark = pytest.mark.browser
Opened = Callable[..., Page]
PATH = "/{}/privacy/promises/"


@pytest.fixture(scope="module")
def proved(portal: Portal) -> Portal:
    """The demo, after its promises were looked at once."""
    done = command(portal.environment, "prove", "--json", seconds=300)
    wrong = [one for one in json.loads(done.stdout) if one["state"] != "kept"]
    assert done.returncode == 0 and not wrong, wrong
    return portal


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [("de", "phone", "light"), ("fr", "desk", "dark"), ("it", "phone", "dark")],
)
def test_all_promises_of_the_demo_are_kept_and_axe_finds_nothing(
    proved: Portal, opened: Opened, language: str, size: str, scheme: str
):
    page = opened(PATH.format(language), size, color_scheme=scheme)
    assert page.locator(".proof-mark.kept").count() == 32
    assert page.locator(".proof-mark.broken, .proof-mark.unknown").count() == 0
    assert faults(page) == []
    page.locator(".history summary").first.click()
    assert page.locator(".history table").first.is_visible()


def test_the_notice_says_beside_each_promise_how_it_stands(proved: Portal, opened: Opened):
    page = opened("/de/privacy/", "phone")
    assert page.locator("ul.promises a.mark.kept").count() == 32
    assert faults(page) == []


def test_one_statement_of_a_sceptic_turns_the_right_promise_red(proved: Portal, opened: Opened):
    """Behind everybody's back: a visit that should be gone is there. The page says so after the next look."""
    picture(opened(PATH.format("de"), "desk"), "promises-desk", "desk")
    store = sqlite3.connect(Path(proved.environment["ZUSAGE_VAR"]) / "visits.sqlite3", timeout=30)
    with store:
        store.execute(
            "INSERT INTO visits_view (day, hour, page, browser, system, referrer_host, robot) "
            "VALUES ('2026-01-05', 9, '/', 'Firefox 144', 'Windows', '', 0)"
        )
    store.close()
    begun = time.monotonic()
    done = command(proved.environment, "prove", "--quick", "--json", seconds=120)
    assert done.returncode == 1, done.stderr
    broken = [one["id"] for one in json.loads(done.stdout) if one["state"] == "broken"]
    assert broken == ["visits-deleted"] and time.monotonic() - begun < 60
    page = opened(PATH.format("de"), "phone")
    red = page.locator("li.proof", has=page.locator(".proof-mark.broken"))
    assert red.get_attribute("id") == "visits-deleted" and "Wird behoben, seit" in red.inner_text()
    assert "1 Zusage ist zurzeit nicht eingehalten" in page.locator(".proof-summary").inner_text()
    assert faults(page) == []
