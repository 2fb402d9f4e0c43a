"""The clerk's review in Chromium: by its keys, on a phone without a script, correcting, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser, Page

from tests import desk, household
from tests.browser import faults, picture, press, window
from tests.cast import LIA, VRENI
from tests.desk import PASSWORD
from zusage.actions import matching
from zusage.models import Assignment, Breach, MatchTally, Staff, Submission
from zusage.rules.matching.calibrate import STEPS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _demo() -> Iterator[None]:
    desk.forget_tries()
    with override_settings(DEMO=True):
        yield


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser, without the windows of the test before."""
    yield chromium
    for context in chromium.contexts:
        context.close()


def signed_in(browser: Browser, server: Any, who: Staff, size: str = "desk", **options: object) -> Page:
    page = window(browser, server.url, size, **options).new_page()
    page.goto("/office/login/")
    page.fill("#id_login", who.username)
    page.fill("#id_password", PASSWORD)
    press(page.locator("main button[type=submit]").first)
    return page


def key(page: Page, pressed: str, said: str) -> None:
    """Press a key and wait until the page says `said`."""
    page.keyboard.press(pressed)
    page.wait_for_url(f"**said={said}")
    page.wait_for_load_state()


def test_by_its_keys(live_server: Any, browser: Browser) -> None:
    lea, lia = household.twins()
    one, clear = household.left_to_a_human(), household.clear()
    matching.look_at_waiting()
    page = signed_in(browser, live_server, desk.person("clerk", "klara"))
    page.goto(f"/office/submissions/{one.pk}/")
    assert faults(page) == []
    picture(page, "office-review")
    # Row by row: what is compared stands at one height in each candidate.
    heights = page.locator(".candidate dl > div").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().y)"
    )
    assert len(heights) == 10 and heights[:5] == heights[5:]
    second = page.locator(".candidate").nth(1).get_by_role("button").first.get_attribute("value")
    key(page, "2", "case")
    one.refresh_from_db()
    assert str(one.case_id) == second
    key(page, "u", "undone")
    key(page, "0", "none")
    assert page.locator(".candidate").count() == 0
    key(page, "u", "undone")
    page.keyboard.press("7")  # no such candidate, no such key
    page.keyboard.press("?")
    assert page.locator("dialog#keys").get_by_text("keine davon").is_visible()
    page.keyboard.press("Escape")
    press(page.locator(".candidate").first.get_by_role("button").last)
    assert page.locator(".candidate").count() == 1
    key(page, "1", "case")
    one.refresh_from_db()
    assert one.case_id in (lea.pk, lia.pk)
    assert page.locator(".decisions s").count() == 2
    ways = list(Assignment.objects.filter(submission=one, undone_at=None).values_list("way", flat=True))
    assert sorted(ways) == ["clerk", "not-this"]
    # What the software did is corrected in one step, from the keyboard as well.
    page.goto(f"/office/submissions/{clear.pk}/")
    assert page.locator(".by-machine").is_visible()
    page.keyboard.press("w")
    page.wait_for_url("**wrong=yes**")
    page.wait_for_load_state()
    assert faults(page) == []
    page.keyboard.press("f")
    page.keyboard.type(LIA.references[0].lower().replace("-", " "))
    page.keyboard.press("Enter")
    page.wait_for_url("**said=corrected")
    clear.refresh_from_db()
    assert (clear.case_id, Breach.objects.count()) == (lia.pk, 1)
    assert faults(page) == []


@pytest.mark.parametrize(
    ("language", "scheme", "size"),
    [("fr", "dark", "phone"), ("de", "light", "phone"), ("fr", "dark", "desk")],
)
def test_pages(live_server: Any, browser: Browser, language: str, scheme: str, size: str) -> None:
    _, lia = household.twins()
    one, clear = household.left_to_a_human(), household.clear()
    matching.look_at_waiting()
    for step, right, wrong in ((0.0, 0, 40), (0.9, 30, 20), (0.999, 900, 1), (0.99999, 4, 0)):
        MatchTally.objects.update_or_create(
            step=STEPS.index(step), doubted=True, defaults={"right": right, "wrong": wrong}
        )
    clerk = desk.person("clerk")
    Staff.objects.update(language=language)
    page = signed_in(
        browser, live_server, clerk, size, color_scheme=scheme, java_script_enabled=size != "phone"
    )
    looked_at = [page]
    if size == "phone":  # axe is a script itself
        looked_at.append(signed_in(browser, live_server, clerk, size, color_scheme=scheme))
    for path in (
        "",
        f"submissions/{one.pk}/",
        f"submissions/{clear.pk}/",
        f"submissions/{clear.pk}/?wrong=yes",
        "matching/",
    ):
        looked_at[-1].goto(f"/office/{path}")
        assert looked_at[-1].get_attribute("html", "lang") == language
        assert faults(looked_at[-1]) == [], path
    assert looked_at[-1].locator("svg.calibration-plot circle").count() == 4
    page.goto(f"/office/submissions/{one.pk}/")
    boxes = [found.bounding_box() for found in page.locator(".candidate").all()]
    assert len(boxes) == 2 and all(boxes)
    side_by_side = boxes[0]["y"] == boxes[1]["y"]  # type: ignore[index]
    assert side_by_side == (size == "desk")
    # Each card says by itself what was written; side by side it stands once, before them.
    assert page.locator(".candidate .was").first.bounding_box()["width"] > 1 or side_by_side  # type: ignore[index]
    press(page.locator(".candidate").filter(has_text=LIA.references[0]).get_by_role("button").first)
    assert Submission.objects.get(pk=one.pk).case_id == lia.pk
    assert VRENI.name not in page.locator(".pane-file").inner_text()
