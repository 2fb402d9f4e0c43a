"""The statistics in Chromium: wide and narrow, light and dark, by keyboard, without a script, axe finding nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import faults, picture, window
from tests.server import Portal

pytestmark = pytest.mark.browser

URL = "/office/statistics/"
EMPTY = "?from=2001-01-01&to=2001-01-31"
LOGINS = {"clerk": "klara", "officer": "dario", "administrator": "amina"}
Enter = Callable[..., Page]


@pytest.fixture
def enter(portal: Portal, chromium: Browser) -> Iterator[Enter]:
    """Call it for a page of somebody who works in the demo, signed in; what the browser complains about is on it."""
    opened = []

    def into(role: str = "clerk", size: str = "desk", language: str = "de", **options: object) -> Page:
        context = window(chromium, portal.url, size, **options)
        opened.append(context)
        page = context.new_page()
        page.complaints = []  # type: ignore[attr-defined]
        page.on("console", lambda message: page.complaints.append(message.text))  # type: ignore[attr-defined]
        page.goto("/office/login/")
        page.fill("#id_login", LOGINS[role])
        page.fill("#id_password", _password(portal, role))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.wait_for_selector("header nav")
        page.goto("/office/account/")
        if page.locator(f"[name=language][value={language}]").count():
            page.check(f"[name=language][value={language}]")
        else:
            page.select_option("[name=language]", language)
        with page.expect_navigation():
            page.locator("main form button[type=submit]").first.click()
        return page

    yield into
    for context in opened:
        context.close()


def _password(portal: Portal, role: str) -> str:
    for line in portal.printed().splitlines():
        if line.startswith(f"{role} {LOGINS[role]} "):
            return line.split()[2]
    raise AssertionError("the demo prints no log-in for this role")


@pytest.mark.parametrize(
    ("size", "scheme", "language", "role"),
    [
        ("phone", "light", "fr", "officer"),
        ("phone", "dark", "de", "clerk"),
        ("desk", "light", "de", "administrator"),
        ("desk", "dark", "fr", "officer"),
    ],
)
def test_nothing_for_axe_to_find(enter: Enter, size: str, scheme: str, language: str, role: str) -> None:
    page = enter(role, size, language, color_scheme=scheme)
    for query in (
        "",
        "?weeks=4",
        "?source=log",
        "?from=2001-01-01&to=2001-01-31",
        "?from=quatsch&to=2999-01-01",
    ):
        page.goto(URL + query)
        # All tables open, so that they are looked at, too.
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert faults(page) == []
    # The plots of this page's width are there, and only those; nothing on them is too small to be read.
    page.goto(URL)
    drawings = page.locator("svg[role=img]:visible")
    assert drawings.count() == 9
    sizes = drawings.evaluate_all(
        "all => all.map(one => 15 * one.getBoundingClientRect().width / one.viewBox.baseVal.width)"
    )
    assert min(sizes) >= 13
    ink = "rgb(29, 36, 33)" if scheme == "light" else "rgb(236, 233, 225)"
    assert (
        drawings.first.locator("text[font-weight]").first.evaluate("one => getComputedStyle(one).fill") == ink
    )
    assert [text for text in page.complaints if "422" not in text] == []  # type: ignore[attr-defined]
    if (size, scheme) == ("desk", "light"):
        picture(page, "statistics-desk")


def test_by_keyboard_alone(enter: Enter) -> None:
    page = enter()
    page.goto(URL)
    reached: dict[str, None] = {}
    for _ in range(80):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "(() => { const one = document.activeElement;"
            " return one.closest('main') ? one.id || one.getAttribute('href') || one.textContent.trim() : '' })()"
        )
        if at:
            reached[at] = None
    for one in ("?weeks=4&source=portal", "f-from", "f-to", "f-source", "f-form"):
        assert one in reached
    assert sum(one.startswith("Zahlen als Tabelle") for one in reached) == 9
    assert sum("form=" in one for one in reached) == 2
    page.locator("#page summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#page table").is_visible()
    page.locator("#f-source").focus()
    page.keyboard.press("ArrowDown")
    page.locator("#f-form").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "source=log" in page.url and "from=20" in page.url
    assert page.locator("#f-source").input_value() == "log"


def test_without_a_script(enter: Enter) -> None:
    page = enter(java_script_enabled=False)
    page.goto(URL)
    page.fill("#f-from", "2026-01-05")
    page.locator("#f-form").click()
    page.wait_for_url("**from=2026-01-05**")
    assert page.locator("svg[role=img]").count()


def test_an_address_that_cannot_be_keeps_what_was_typed(enter: Enter) -> None:
    page = enter()
    page.goto(f"{URL}?from=quatsch&to=2026-10-05")
    assert page.evaluate("document.activeElement.id") == "summary"
    assert page.locator("#f-from").input_value() == "quatsch"
    assert page.locator("#f-to").input_value() == "2026-10-05"
    page.locator("#summary a").first.click()
    assert page.evaluate("document.activeElement.id") == "f-from"


def test_the_file_is_what_is_downloaded(enter: Enter) -> None:
    page = enter()
    page.goto(URL)
    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV laden").click()
    assert coming.value.suggested_filename.endswith(".csv")
    content = coming.value.path().read_text(encoding="utf-8-sig")
    assert content.startswith("table,value,words,count,running")
