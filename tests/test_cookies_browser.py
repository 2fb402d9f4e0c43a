"""Cookies in Chromium: every public page is opened, nothing is set before a choice, nothing but what is declared."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from tests.browser import SIZES, faults, press, window
from tests.doors import LANGUAGES
from tests.server import Portal
from tests.tenants import under
from zusage.tenant import policy
from zusage.web import urls
from zusage.web.words import say

pytestmark = pytest.mark.browser

FILES = (".csv", ".jsonld", ".pdf")
NOT_LINKED = {
    "": "/",
    "favicon.ico": "/favicon.ico",
    "robots.txt": "/robots.txt",
    ".well-known/gpc.json": "/.well-known/gpc.json",
    "privacy/promises.json": "/privacy/promises.json",
    "<lang:language>/privacy/versions/compare/": "/fr/privacy/versions/compare/",  # a demo has one version
}
"""Public routes that no page leads to, with an address of each: people and programs ask for them by themselves."""
ROUTES = {str(one.pattern) for one in urls.urlpatterns[-1].url_patterns}
assert "<lang:language>/privacy/cookies/" in ROUTES, "the public pages hang elsewhere now"
NAME = "zusage-interests"
EVERYTHING_KEPT = """async () => [
    ...Object.keys(localStorage), ...Object.keys(sessionStorage),
    ...(await indexedDB.databases()).map(one => one.name), ...await caches.keys(),
    ...(await navigator.serviceWorker.getRegistrations()).map(one => one.scope),
]"""
LINKS = """() => [
    ...[...document.querySelectorAll('a[href]')].map(one => one.href),
    ...[...document.querySelectorAll('form[method=get]')].map(one => one.action),
]"""


@contextmanager
def watched(chromium, url: str, **options) -> Iterator[tuple]:
    """A window, a page in it, and every address that it asks for: all of them must be ours in the end."""
    asked: list[str] = []
    context = window(chromium, url, **options)
    context.on("request", lambda request: asked.append(request.url))
    try:
        yield context, context.new_page(), asked
    finally:
        context.close()
    assert asked and [one for one in asked if not one.startswith(f"{url}/")] == []


def kept(page) -> list[str]:
    """What a page has stored in the browser beside cookies."""
    return page.evaluate(EVERYTHING_KEPT)


def names(context) -> list[str]:
    return [one["name"] for one in context.cookies()]


def follow(page, address: str):
    """Go on from a page of ours as by a link: the browser says so, and under some laws that lets a cookie be set."""
    with page.expect_navigation() as gone:
        page.evaluate("address => { location.href = address }", address)
    return gone.value


def crawl(context, page, starts: list[str]) -> set[str]:
    """Follow every link from the home pages `starts` within their languages; at each stop no cookie, nothing stored.

    The addresses that were opened. The first page that keeps something, or that isn't there, ends it.
    """
    waiting, seen = deque(starts), set(starts)
    page.goto(starts[0])
    while waiting:
        address = waiting.popleft()
        if urlsplit(address).path.endswith(FILES):
            answer = context.request.get(address)
            assert answer.ok and "set-cookie" not in answer.headers, address
            continue
        answer = follow(page, address)
        assert answer is not None and answer.ok, address
        assert answer.request.all_headers()["sec-fetch-site"] == "same-origin"
        assert names(context) == [], f"{address} has set {names(context)}"
        assert kept(page) == [], address
        for link in page.evaluate(LINKS):
            link = link.partition("#")[0]
            if link.startswith(tuple(starts)) and link not in seen:
                seen.add(link)
                waiting.append(link)
    return seen


def routes(addresses: set[str]) -> set[str]:
    paths = {urlsplit(one).path for one in addresses}
    return {resolve(path).route for path in paths if not path.startswith("/static/")}


@pytest.mark.parametrize(("scripts", "languages"), [(True, LANGUAGES), (False, ("de",))])
def test_no_public_page_sets_or_keeps_anything_before_a_choice(chromium, portal, scripts, languages):
    starts = [f"{portal.url}/{language}/" for language in languages]
    with watched(chromium, portal.url, java_script_enabled=scripts) as (context, page, asked):
        opened = crawl(context, page, starts)
        missed = ROUTES - routes(opened | set(asked)) - set(NOT_LINKED)
        assert not missed, f"no link leads to {missed}"
        pages = {urlsplit(one).path for one in opened}
        for language in languages:
            forms = {
                f"/{language}/{one.form.path.strip('/')}/" for one in policy().form_purposes() if one.form
            }
            assert forms <= pages
        for path in NOT_LINKED.values():
            answer = context.request.get(f"{portal.url}{path}")
            assert answer.ok and "set-cookie" not in answer.headers, path
        assert context.cookies() == []


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("language", ["de", "fr"])
def test_allow_read_reorder_delete(chromium, portal, language, scripts):
    with watched(chromium, portal.url, java_script_enabled=scripts) as (context, page, _):
        page.goto(f"/{language}/")
        usual = page.locator(".entries a").all_inner_texts()
        press(page.get_by_role("button", name=say(language, "cookies.allow")))
        assert page.url.endswith("/privacy/cookies/?said=allowed")
        assert page.get_by_role("status").inner_text() == say(language, "cookies.said_allowed")
        for path in ("payment/", "contact/?about=jobs", "privacy/rights/"):
            follow(page, f"/{language}/{path}")
            assert kept(page) == []
        (cookie,) = context.cookies()
        assert re.fullmatch(r"1\.\d{4}W\d\d\.rights-jobs", cookie["value"])
        assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (
            NAME,
            True,
            "Lax",
            "/",
        )
        press(page.locator(".agency"))
        found = page.locator(".entries a").all_inner_texts()
        first = [say(language, f"home.{one}.title") for one in ("not_me", "my_data", "jobs")]
        assert found[:3] == first and len(found) == 6 and found != usual
        assert not scripts or faults(page) == []
        press(page.locator("footer").get_by_role("link", name=say(language, "frame.cookies")))
        assert policy().text(language, "topic.jobs.name") in page.locator(".cookie-list").inner_text()
        assert not scripts or faults(page) == []
        press(page.get_by_role("button", name=say(language, "cookies.delete_all")))
        assert context.cookies() == [] and kept(page) == []
        page.goto(f"/{language}/")
        assert page.locator(".entries a").all_inner_texts() == usual


def test_once_allowed_still_nothing_but_the_declared_one(chromium, portal):
    with watched(chromium, portal.url) as (context, page, _):
        page.goto("/en/privacy/cookies/")
        press(page.locator("button[value=allow]"))
        start = f"{portal.url}/en/"
        paths = [start, *(f"{start}{one}" for one in ("payment/", "genuine/", "privacy/rights/", "contact/"))]
        for address in paths:
            page.goto(address)
            assert names(context) == [NAME] and kept(page) == []


def test_a_refusal_is_never_asked_again(chromium, portal):
    with watched(chromium, portal.url) as (context, page, _):
        page.goto("/de/")
        press(page.get_by_role("button", name=say("de", "cookies.refuse")))
        page.goto("/de/payment/")
        page.goto("/de/")
        assert page.locator(".cookie-offer").count() == 0
        assert [one["value"] for one in context.cookies()] == ["1.no"]


def test_a_browser_that_signals_global_privacy_control_is_never_asked_and_never_set(chromium, portal):
    with watched(chromium, portal.url, extra_http_headers={"Sec-GPC": "1"}) as (context, page, _):
        page.goto("/de/")
        assert page.locator(".cookie-offer").count() == 0
        context.add_cookies([{"name": NAME, "value": "1.yes", "url": portal.url}])
        page.goto("/de/payment/")
        assert context.cookies() == []
        page.goto("/de/privacy/cookies/")
        assert page.get_by_text(say("de", "cookies.gpc")).is_visible()
        assert page.locator("button[value=allow]").count() == 0
        assert faults(page) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_and_its_targets(chromium, portal, size, scheme):
    with watched(chromium, portal.url, size=size, color_scheme=scheme) as (context, page, _):
        page.goto("/fr/")
        offer = page.locator(".cookie-offer")
        assert offer.bounding_box()["y"] > page.locator(".promise-line").bounding_box()["y"]
        if size == "phone":
            for beneath in (offer, page.locator(".more-line")):
                assert beneath.bounding_box()["y"] >= SIZES[size][1], "nothing else above the fold"
        allow, refuse = (offer.locator(f"button[value={one}]").bounding_box() for one in ("allow", "refuse"))
        assert allow["height"] == refuse["height"] >= 48
        looks = [
            offer.locator(f"button[value={one}]").evaluate("one => getComputedStyle(one).backgroundColor")
            for one in ("allow", "refuse")
        ]
        assert looks[0] == looks[1], "both are offered alike"
        context.add_cookies(
            [{"name": name, "value": "x" * 500, "url": portal.url} for name in ("_ga", "n" * 100, NAME)]
        )
        page.goto("/fr/privacy/cookies/")
        assert "n" * 100 in page.locator(".cookie-list").inner_text()
        assert faults(page) == []
        for button in page.locator("main button").all():
            assert button.bounding_box()["height"] >= 48
        press(page.locator(".cookie-list button").nth(1))
        assert "n" * 100 not in names(context) and "_ga" in names(context)
        page.set_viewport_size({"width": 320, "height": 600})
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.fixture(scope="module")
def swiss(tmp_path_factory):
    """The reference tenant under Swiss law alone."""
    folder = tmp_path_factory.mktemp("swiss")
    environment = {"ZUSAGE_VAR": str(folder / "var"), "ZUSAGE_POLICY": str(under(folder, "ch"))}
    with Portal(environment, folder, "--demo") as running:
        yield running


@pytest.mark.parametrize("scripts", [True, False])
def test_under_swiss_law_told_first_set_then_refused(chromium, swiss, scripts):
    with watched(chromium, swiss.url, java_script_enabled=scripts) as (context, page, _):
        page.goto("/de/genuine/")
        assert context.cookies() == [], "this page is the first to say it"
        assert page.locator(".cookie-line").is_visible()
        assert not scripts or faults(page) == []
        press(page.locator(".agency"))
        assert context.cookies() == [], "the home page is of no topic"
        press(page.get_by_role("link", name=say("de", "home.pay.title")))
        (cookie,) = context.cookies()
        assert re.fullmatch(r"1\.open\.\d{4}W\d\d\.payment", cookie["value"])
        # Whatever was typed stays: the answer opens beside the form.
        page.locator("[name=name]").fill("Vreni")
        with context.expect_page() as beside:
            page.locator(".cookie-line button").click()
        beside.value.wait_for_load_state()
        assert beside.value.get_by_role("status").inner_text() == say("de", "cookies.said_refused")
        assert page.locator("[name=name]").input_value() == "Vreni"
        assert [one["value"] for one in context.cookies()] == ["1.no"]
        press(page.locator(".agency"))
        assert page.locator(".cookie-line").count() == 0
        assert not scripts or faults(page) == []
        press(page.get_by_role("link", name=say("de", "home.pay.title")))
        assert [one["value"] for one in context.cookies()] == ["1.no"] and kept(page) == []
