"""The public pages: whole, linked, in four languages, with no cookie and no script."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import Client

from zusage.actions.house import publish_notice
from zusage.models import NoticeVersion
from zusage.policy.types import LANGUAGES
from zusage.tenant import policy, version

pytestmark = pytest.mark.django_db

MINIMAL = Path(__file__).parent / "tenants" / "minimal"
PAGES = (
    "",
    "contact/",
    "enquiry/",
    "payment/",
    "genuine/",
    "privacy/",
    "privacy/rights/",
    "privacy/rights/?right=access",
    "privacy/rights/?right=access&way=letter-code",
    "privacy/rights/?right=access&way=stranger",
    "privacy/rights/?right=not-me",
    "privacy/record/",
    "privacy/cookies/",
    "contact/?about=creditors",
    "privacy/versions/",
    "privacy/versions/compare/",
)


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]


@pytest.fixture
def visitor() -> Client:
    publish_notice()
    return Client(raise_request_exception=True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole(visitor, language, path):
    answer = visitor.get(f"/{language}/{path}")
    page = Page(answer.text)
    assert answer.status_code == 200
    assert page.all("html") == [{"lang": language}]
    assert len(page.all("h1")) == 1 and len(page.all("main")) == 1
    assert len(page.ids()) == len(set(page.ids()))
    assert not re.search(r"\{[a-z_]+\}|\{\{|\{%", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_no_cookie_no_script_no_style_of_its_own_nothing_from_elsewhere(visitor, path):
    answer = visitor.get(f"/de/{path}")
    page = Page(answer.text)
    assert not answer.cookies
    assert page.all("script") == [] and page.all("style") == []
    assert not [
        attrs for _, attrs in page.tags if any(name == "style" or name.startswith("on") for name in attrs)
    ]
    loaded = [attrs["href"] for attrs in page.all("link")] + [attrs["src"] for attrs in page.all("img")]
    assert loaded and all(address.startswith("/") and not address.startswith("//") for address in loaded)
    assert (
        "'unsafe" not in answer["Content-Security-Policy"]
        and "script-src" not in answer["Content-Security-Policy"]
    )


@pytest.mark.parametrize("language", ["de", "fr"])
def test_no_link_is_dead(visitor, language):
    waiting, seen = [f"/{language}/"], {}
    while waiting:
        address = waiting.pop()
        path, _, anchor = address.partition("#")
        if path not in seen:
            answer = visitor.get(path)
            assert answer.status_code == 200, path
            html = answer["Content-Type"].startswith("text/html")
            page = seen[path] = Page(answer.text if html else "")
            links = [attrs["href"] for attrs in page.all("a")]
            waiting += [
                path.partition("?")[0] + link if link.startswith("#") else link
                for link in links
                if link[:1] in "/#"
            ]
        assert not anchor or anchor in seen[path].ids(), address
    assert f"/{language}/privacy/versions/{version()}/" in seen
    assert {f"/{language}/privacy/record/record.{kind}" for kind in ("pdf", "csv", "jsonld")} <= set(seen)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr-CH, fr;q=0.9, de;q=0.5", "fr"),
        ("it", "it"),
        ("ta, en;q=0.3", "en"),
        ("sq", "de"),
        ("", "de"),
        ("*;q=x", "de"),
    ],
)
def test_the_root_leads_to_the_language_of_the_browser(visitor, accepted, language):
    answer = visitor.get("/", headers={"Accept-Language": accepted})
    assert (answer.status_code, answer["Location"]) == (302, f"/{language}/")
    assert not answer.cookies and "Accept-Language" in answer["Vary"]


def test_changing_the_language_keeps_the_page(visitor):
    page = Page(visitor.get("/de/privacy/versions/compare/?a=1&b=2").text)
    links = {attrs["hreflang"]: attrs["href"] for attrs in page.all("a") if "hreflang" in attrs}
    assert links == {code: f"/{code}/privacy/versions/compare/?a=1&b=2" for code in ("fr", "it", "en")}


def test_home_counts_the_promises(visitor):
    assert f"{len(policy().promises)} Zusagen" in visitor.get("/de/").text


def test_genuine_shows_the_official_facts(visitor):
    agency, text = policy().controller, visitor.get("/fr/genuine/").text
    for fact in (
        agency.name,
        agency.street,
        agency.town,
        agency.register_entry,
        agency.email,
        *agency.domains,
    ):
        assert fact in text


@pytest.mark.parametrize("path", ["nothing/", "privacy/versions/0000/", "privacy/versions/compare/?a=1"])
@pytest.mark.parametrize(("language", "home"), [("de", "Zur Startseite"), ("it", "Alla pagina iniziale")])
def test_what_does_not_exist_says_so_in_the_language_of_the_page(visitor, language, home, path):
    answer = visitor.get(f"/{language}/{path}")
    assert answer.status_code == 404
    assert home in answer.text or "compare" in path


def test_the_notice_shows_each_declared_thing_and_each_promise_at_its_anchor(visitor):
    answer = visitor.get("/de/privacy/")
    ids = Page(answer.text).ids()
    assert set(policy().promises) <= set(ids)
    for field in ("first_name", "monthly_instalment", "phone_evening"):
        assert policy().text("de", f"field.{field}.label") in answer.text
    for cookie in policy().cookies.values():
        assert cookie.name in answer.text
    assert version() in answer.text


def test_two_versions_stand_side_by_side(visitor):
    present = NoticeVersion.objects.get()
    older = json.loads(json.dumps(present.document).replace("Alektum", "Firma von damals"))
    NoticeVersion.objects.create(
        digest="a" * 64, document=older, published_at=present.published_at.replace(year=2020)
    )
    answer = visitor.get(f"/de/privacy/versions/compare/?a={version()}&b={'a' * 64}")
    assert answer.status_code == 200
    assert "Firma von damals" in answer.text and "geändert" in answer.text
    # The older one stands left.
    assert answer.text.index("Firma von damals") < answer.text.index("Für Ihre Daten ist Alektum")
    assert "Firma von damals" in visitor.get(f"/de/privacy/versions/{'a' * 64}/").text
    same = visitor.get(f"/de/privacy/versions/compare/?a={version()}&b={version()}")
    assert "Die beiden Fassungen sind gleich." in same.text


def test_the_colours_are_the_tenants(visitor):
    answer = visitor.get("/tenant.css")
    assert answer["Content-Type"].startswith("text/css")
    assert policy().look.accent in answer.text and policy().look.accent_dark in answer.text
    assert policy().look.accent in visitor.get("/favicon.svg").text


def test_search_engines_stay_out_of_mailbox_and_office(visitor):
    assert {"Disallow: /office/", "Disallow: /fr/mailbox/"} <= set(
        visitor.get("/robots.txt").text.splitlines()
    )


@pytest.fixture
def other_tenant(tenant) -> Client:
    """The minimal tenant in place of the reference one."""
    tenant(MINIMAL)
    publish_notice()
    return Client()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_one_agency_shows_at_another(other_tenant, language):
    for path in (
        "",
        "contact/",
        "contact/?about=not-me",
        "genuine/",
        "privacy/",
        "privacy/record/",
        "mailbox/",
    ):
        answer = other_tenant.get(f"/{language}/{path}")
        assert answer.status_code == 200
        assert policy().controller.name in answer.text and "lektum" not in answer.text
        assert "/enquiry/" not in answer.text and "/payment/" not in answer.text
    assert other_tenant.get(f"/{language}/payment/").status_code == 404
    assert policy().look.accent in other_tenant.get("/tenant.css").text


def test_another_agencys_mailbox_opens_too(other_tenant):
    entry = dict.fromkeys(("first_name", "last_name", "name", "town"), "Zoë")
    entry |= {
        "email": "zoe@bergpost.example",
        "phone": "079 000 01 07",
        "message": "Guten Tag",
        "postcode": "8000",
    }
    entry |= {"street": "Lindenweg 4"}
    shown = other_tenant.get(other_tenant.post("/de/contact/", entry)["Location"])
    assert other_tenant.post("/de/mailbox/", {"receipt": shown.context["receipt_grouped"]}).status_code == 303
    letters = other_tenant.get("/de/mailbox/letters/")
    assert letters.status_code == 200 and "Guten Tag" in letters.text
