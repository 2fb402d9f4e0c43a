"""Chromium in the tests: starting it, filling in, what axe finds, and the pictures of the README."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from tests.server import ROOT

EXECUTABLE = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic")
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PICTURES = ROOT / "docs" / "pictures"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, with no window yet."""
    with pytest.MonkeyPatch.context() as change, sync_playwright() as driver:
        # The driver runs a loop in this thread, which Django would take for asynchronous code.
        change.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = driver.chromium.launch(executable_path=EXECUTABLE, args=list(ARGUMENTS))
        try:
            yield started
        finally:
            started.close()


@contextmanager
def without_cookies_and_scripts(browser: Browser, url: str, folder: Path) -> Iterator[BrowserContext]:
    """A window in which both are off by the browser's own settings. `folder` holds its profile."""
    off = {"profile": {"default_content_setting_values": {"cookies": 2, "javascript": 2}}}
    profile = folder / "Default"
    profile.mkdir(parents=True)
    (profile / "Preferences").write_text(json.dumps(off), encoding="utf-8")
    started = browser.browser_type.launch_persistent_context(
        folder, executable_path=EXECUTABLE, args=list(ARGUMENTS), base_url=url
    )
    try:
        yield started
    finally:
        started.close()


def window(browser: Browser, url: str, size: str = "phone", **options: object) -> BrowserContext:
    """A window with cookies of its own, of one of SIZES."""
    width, height = SIZES[size]
    return browser.new_context(base_url=url, viewport={"width": width, "height": height}, **options)


def faults(page: Page) -> list[str]:
    """What axe-core finds, and whether the page is wider than its window."""
    found = [
        f"{one['id']}: {one['nodes'][0]['target']}"
        for one in Axe().run(page, options=RULES).response["violations"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*found, "wider than the window"] if wide else found


def fill(page: Page, entries: Mapping[str, str]) -> None:
    """Type into the fields of these names."""
    for name, value in entries.items():
        page.locator(f"[name={name}]").fill(value)


def press(link_or_button: Locator) -> None:
    """Press what leads to another page, and wait until that one is there."""
    with link_or_button.page.expect_navigation():
        link_or_button.click()


def send(page: Page) -> None:
    """Press the first button in the page's own part."""
    press(page.locator("main button[type=submit]").first)


def qr_content(drawing: Locator, folder: Path) -> str:
    """What a phone's camera reads off the QR code on the screen."""
    path = folder / "qr.png"
    drawing.screenshot(path=path)
    codes = zxingcpp.read_barcodes(Image.open(path).convert("L"))
    assert len(codes) == 1, "no QR code, or several"
    return str(codes[0].text)


def picture(page: Page, name: str, size: str = "") -> None:
    """Keep what `page` looks like, in `size` or as it is, as ``docs/pictures/<name>.png``.

    Only where ``ZUSAGE_PICTURES=1`` asks for it: other runs leave the tree alone.
    """
    if os.environ.get("ZUSAGE_PICTURES") != "1":
        return
    before = page.viewport_size
    if size:
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
    page.evaluate("window.scrollTo(0, 0)")
    keep(Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))), name)
    if size and before:
        page.set_viewport_size(before)


def keep(image: Image.Image, name: str) -> None:
    """Keep a picture, where they are asked for: see `picture`."""
    if os.environ.get("ZUSAGE_PICTURES") == "1":
        PICTURES.mkdir(exist_ok=True)
        # Flat colours: a palette loses nothing that an eye sees, and most of the bytes.
        image.convert("RGB").quantize(256).save(PICTURES / f"{name}.png", optimize=True)
