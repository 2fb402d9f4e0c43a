"""Asking for a right in Chromium: with a letter, as a stranger, as nobody in particular, from the mailbox."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import requests
from PIL import Image
from playwright.sync_api import Page

from tests.browser import faults, fill, press, send, without_cookies_and_scripts
from tests.cast import VRENI
from tests.rights import STRANGER, pdf, picture
from tests.server import Portal, command, hidden
from zusage.web.words import say

pytestmark = pytest.mark.browser

LOOKS = [
    ("de", "phone", "light"),
    ("de", "desk", "dark"),
    ("fr", "phone", "dark"),
    ("fr", "desk", "light"),
]
PAGES = (
    "",
    "?right=access",
    "?right=complaint",
    "?right=access&way=letter-code",
    "?right=rectification&way=stranger",
    "?right=question&way=none",
    "?right=not-me",
)


def letter_code(portal: Portal, reference: str) -> str:
    """A code for a case of the demo, as the agency prints it on a letter."""
    done = command({**portal.environment, "ZUSAGE_DEMO": "1"}, "letter-codes", "--case", reference)
    assert done.returncode == 0, done.stderr
    return next(csv.DictReader(io.StringIO(done.stdout)))["code"]


def file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def receipt(page: Page) -> str:
    return page.locator("#receipt-code").inner_text()


@pytest.mark.parametrize(("language", "size", "scheme"), LOOKS)
def test_axe_finds_nothing_on_any_page(opened, language, size, scheme):
    page = opened(f"/{language}/", size, color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(f"/{language}/privacy/rights/{path}")
        found[path] = faults(page)
        if "way=" in path or "not-me" in path:
            press(page.locator("main button[type=submit]"))
            assert page.locator("#summary").evaluate("box => box === document.activeElement")
            found[f"{path} wrong"] = faults(page)
    assert not any(found.values()), found


@pytest.mark.parametrize(("language", "size"), [("de", "phone"), ("fr", "desk")])
def test_from_the_home_page_with_a_letter_to_the_mailbox(opened, portal, language, size):
    code = letter_code(portal, "LU-2026-50008")
    page = opened(f"/{language}/", size)
    press(page.get_by_role("link", name=say(language, "home.my_data.title")))
    press(page.get_by_role("link", name=say(language, "rights.access.title")))
    press(page.get_by_role("link", name=say(language, "rights.way_letter")))
    fill(page, {"case_reference": "LU-2026-50008", "letter_code": "7777-7777-7777", "message": "Merci"})
    send(page)
    assert say(language, "rights.wrong_code", days=21) in page.locator("#f-letter_code-error").inner_text()
    assert page.locator("[name=message]").input_value() == "Merci"
    assert faults(page) == []
    fill(page, {"letter_code": code.lower().replace("-", " ")})
    send(page)
    code = receipt(page)
    assert page.context.cookies() == []
    press(page.get_by_role("link", name=say(language, "receipt.to_mailbox")))
    fill(page, {"receipt": code})
    send(page)
    assert say(language, "rights.access.name") in page.locator(".letter").first.inner_text()
    assert faults(page) == []
    press(page.get_by_role("link", name=say(language, "letters.rights_link")))
    assert say(language, "rights.access.name") in page.locator(".request-list").inner_text()
    assert faults(page) == []
    press(page.get_by_role("link", name=say(language, "rights.deletion.title")))
    assert faults(page) == []
    send(page)
    assert page.get_by_text(say(language, "rights.filed")).is_visible()
    assert page.locator(".request-list li").count() == 2
    press(page.get_by_role("link", name=say(language, "rights.question.title")))
    send(page)
    assert page.locator("#summary").evaluate("box => box === document.activeElement")
    assert faults(page) == []
    press(page.get_by_role("link", name=say(language, "rights.my_requests")))
    press(page.get_by_role("link", name=say(language, "rights.back_to_letters")))
    assert page.locator("#matter option").count() == 2
    assert faults(page) == []


@pytest.mark.parametrize(("language", "size", "scheme"), [("de", "desk", "light"), ("fr", "phone", "dark")])
def test_a_stranger_with_a_proof(opened, tmp_path, language, size, scheme):
    page = opened(f"/{language}/privacy/rights/?right=rectification&way=stranger", size, color_scheme=scheme)
    fill(page, STRANGER)
    page.locator("[name=proof]").set_input_files(file(tmp_path, "ausweis.png", picture()))
    send(page)
    assert page.get_by_text(say(language, "rights.file_lost")).is_visible()
    assert page.locator("[name=town]").input_value() == VRENI.town
    assert faults(page) == []
    fill(page, {"message": "Mein Name ist falsch geschrieben."})
    page.locator("[name=proof]").set_input_files(file(tmp_path, "brief.jpg", b"no picture"))
    send(page)
    assert page.locator("#f-proof-error").is_visible() and faults(page) == []
    page.locator("[name=proof]").set_input_files(file(tmp_path, "ausweis.pdf", pdf()))
    send(page)
    assert receipt(page) and page.context.cookies() == []


def test_who_is_not_that_person_comes_from_the_home_page_without_scripts_and_cookies(
    chromium, portal, tmp_path
):
    with without_cookies_and_scripts(chromium, portal.url, tmp_path / "profile") as window:
        page = window.new_page()
        page.goto("/de/")
        press(page.get_by_role("link", name=say("de", "home.not_me.title")))
        assert page.locator("main input:visible, main textarea:visible").count() == 2
        fill(page, {"case_reference": "ZH-2026-10041"})
        send(page)
        assert receipt(page)
        page.goto("/de/privacy/rights/?right=access&way=stranger")
        fill(page, STRANGER)
        page.locator("[name=proof]").set_input_files(file(tmp_path, "x.png", picture()))
        send(page)
        assert receipt(page) and window.cookies() == []


def test_a_keyboard_alone_is_enough(opened, tmp_path):
    page = opened("/de/privacy/rights/", "desk")
    page.get_by_role("link", name=say("de", "rights.objection.title")).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("link", name=say("de", "rights.way_stranger")).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.locator("#f-name").focus()
    for name in ("street", "postcode", "town"):
        page.keyboard.type(STRANGER.get(name, "x"))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == name
    page.locator("#f-message").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "proof"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "submit"


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_small_phone_and_targets_are_large(opened, path):
    page = opened(f"/fr/privacy/rights/{path}")
    page.set_viewport_size({"width": 320, "height": 600})
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    controls = "main input:not([type=hidden]), main textarea, main button, .choices li"
    for control in page.locator(controls).all():
        assert control.bounding_box()["height"] >= 48


def test_a_large_photo_over_the_wire(portal):
    page = f"{portal.url}/fr/privacy/rights/"
    photo = io.BytesIO()
    Image.effect_noise((2400, 1700), 90).save(photo, "JPEG", quality=94)
    assert 3_000_000 < len(photo.getvalue()) < 5_000_000
    shown = requests.get(page, params={"right": "access", "way": "stranger"}, timeout=30)
    typed = {**hidden(shown.text), **STRANGER}
    sent = requests.post(page, data=typed, files={"proof": ("x.jpg", photo.getvalue())}, timeout=60)
    assert sent.status_code == 200 and "receipt-code" in sent.text
    larger = requests.post(page, data=typed, files={"proof": ("x.jpg", b"x" * 9_000_000)}, timeout=60)
    assert larger.status_code == 422 and VRENI.town in larger.text
    huge = requests.post(page, data=typed, files={"proof": ("x.jpg", b"x" * 40_000_000)}, timeout=60)
    assert huge.status_code == 413
