"""The way of a person with a letter, in Chromium: each form, two languages, phone and desk, and axe finds nothing."""

from __future__ import annotations

import pytest

from tests.browser import SIZES, faults, fill, press, send, without_cookies_and_scripts
from tests.cast import VRENI
from zusage.web.words import say

pytestmark = pytest.mark.browser

PAGES = (
    "",
    "contact/",
    "enquiry/",
    "payment/",
    "genuine/",
    "privacy/",
    "privacy/record/",
    "privacy/cookies/",
    "privacy/versions/",
    "mailbox/",
    "nothing/",
)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["de", "fr"])
@pytest.mark.parametrize("form", ["contact", "enquiry", "payment"])
def test_from_the_letter_to_the_mailbox(opened, form, language, size):
    page = opened(f"/{language}/", size)
    assert faults(page) == []
    page.goto(f"/{language}/{form}/")
    send(page)
    summary = page.locator("#summary")
    assert summary.evaluate("box => box === document.activeElement")
    assert faults(page) == []
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    fill(page, getattr(VRENI, form)())
    send(page)
    assert page.url.split("/")[3:6] == [language, "mailbox", "receipt"]
    assert faults(page) == []
    assert page.context.cookies() == []
    code = page.locator("#receipt-code").inner_text()
    assert page.get_by_role("button", name=say(language, "receipt.print")).is_visible()
    press(page.get_by_role("link", name=say(language, "receipt.to_mailbox")))
    fill(page, {"receipt": code.lower().replace("-", " ")})
    send(page)
    assert page.url.endswith(f"/{language}/mailbox/letters/")
    assert VRENI.message.splitlines()[-1] in page.locator(".letter").first.inner_text()
    assert faults(page) == []
    fill(page, {"message": "Noch etwas: Ich habe die Quittung gefunden."})
    send(page)
    assert "die Quittung gefunden" in page.locator(".letter").last.inner_text()
    press(page.get_by_role("button", name=say(language, "letters.close")))
    page.goto(f"/{language}/mailbox/letters/")
    assert page.locator("[name=receipt]").is_visible()


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [("de", "phone", "light"), ("de", "desk", "dark"), ("fr", "phone", "dark"), ("fr", "desk", "light")],
)
def test_axe_finds_nothing_on_any_public_page(opened, language, size, scheme):
    page = opened(f"/{language}/", size, color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(f"/{language}/{path}")
        found[path] = faults(page)
    assert found == {path: [] for path in PAGES}


def test_without_javascript_and_without_cookies(chromium, portal, tmp_path):
    with without_cookies_and_scripts(chromium, portal.url, tmp_path) as window:
        page = window.new_page()
        page.goto("/de/enquiry/")
        fill(page, VRENI.enquiry())
        send(page)
        code = page.locator("#receipt-code").inner_text()
        assert len(code.replace("-", "")) == 26
        assert not page.get_by_role("button", name=say("de", "receipt.copy")).is_visible()
        # A mailbox needs its one cookie: whoever doesn't take it is told so, and isn't left to doubt the code.
        page.get_by_role("link", name=say("de", "receipt.to_mailbox")).click()
        fill(page, {"receipt": code})
        send(page)
        assert page.get_by_text(say("de", "mailbox.no_cookie")).is_visible()
        assert window.cookies() == []


def test_the_first_screen_of_a_phone_says_what_can_be_done(opened):
    page = opened("/de/")
    entries = page.locator(".entries a")
    assert entries.count() == 6
    assert all(entries.nth(number).bounding_box()["y"] < 844 for number in range(6))
    assert page.locator(".promise-line a").bounding_box()["y"] < 844


@pytest.mark.parametrize(
    "path", ["/de/", "/fr/payment/", "/it/privacy/", "/it/privacy/record/", "/en/mailbox/"]
)
def test_nothing_is_wider_than_a_small_phone(opened, path):
    page = opened(path)
    page.set_viewport_size({"width": 320, "height": 600})
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_every_target_is_large_enough(opened):
    page = opened("/de/payment/")
    for control in page.locator(
        "main input:not([type=hidden]):not([type=checkbox]), main textarea, main button"
    ).all():
        assert control.bounding_box()["height"] >= 48
    for box in page.locator(".check").all():
        assert box.bounding_box()["height"] >= 48


@pytest.mark.parametrize("kind", ["pdf", "csv", "jsonld"])
def test_the_record_can_be_taken_along(opened, kind):
    page = opened("/fr/privacy/record/")
    link = page.locator(f".downloads a[href$='.{kind}']")
    assert link.bounding_box()["height"] >= 48
    with page.expect_download() as started:
        link.click()
    assert started.value.suggested_filename in (f"record-fr.{kind}", f"record.{kind}")
    assert len(started.value.path().read_bytes()) > 1000


def test_the_record_is_found_from_the_foot_of_every_page_and_from_the_notice(opened):
    page = opened("/de/")
    press(page.get_by_role("link", name=say("de", "frame.record")))
    assert page.url.endswith("/de/privacy/record/")
    press(page.get_by_role("link", name=say("de", "record.notice")))
    press(page.locator("#public-record a:not(.mark)"))
    assert page.url.endswith("/de/privacy/record/")
    page.get_by_role("link", name="Einzug von Forderungen").click()
    assert page.locator("#purpose-collection h2").bounding_box()["y"] < 200


def test_the_printed_record_is_the_document_alone(opened):
    page = opened("/de/privacy/record/", "desk")
    page.emulate_media(media="print")
    for gone in (".languages", ".downloads", "footer"):
        assert not page.locator(gone).is_visible()
    assert page.locator("#purpose-collection").is_visible()


def test_no_request_leaves_the_house_and_nothing_is_blocked(opened, portal):
    page = opened("/de/")
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    for path in ("", "payment/", "privacy/", "privacy/record/", "genuine/", "mailbox/"):
        page.goto(f"/de/{path}")
    assert asked and all(address.startswith(portal.url) for address in asked)
    assert complaints == []


def test_a_keyboard_alone_is_enough(opened):
    page = opened("/de/enquiry/", "desk")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("#f-no_reference").focus()
    page.keyboard.press("Space")
    assert page.locator("#f-no_reference").is_checked()
