"""The page of cookies, the cookie for topics, and what may set it under which law."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError
from django.utils import timezone

from tests.doors import LANGUAGES, browser, enter, letters, receipt, shown, sign_in, text
from tests.tenants import MINIMAL, under
from zusage.actions.house import publish_notice
from zusage.policy.holes.cookies import ABOUT, PAGES
from zusage.rules.interests import Interests, add, written
from zusage.tenant import policy
from zusage.visits import writer
from zusage.visits.models import Choice
from zusage.web.public import screens
from zusage.web.words import say

pytestmark = pytest.mark.django_db

PAGE = "/de/privacy/cookies/"
NAME = "zusage-interests"
HERE = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"}
"""What a browser says of a page that it came to from one of ours."""
GPC = {**HERE, "sec-gpc": "1"}
TOPIC_PAGES = {
    "letter": ("genuine/", "enquiry/"),
    "payment": ("payment/",),
    "rights": ("privacy/rights/", "privacy/rights/?right=access"),
    "creditors": ("contact/?about=creditors",),
    "jobs": ("contact/?about=jobs",),
}


@pytest.fixture(autouse=True)
def _published():
    publish_notice()


@pytest.fixture
def law(tenant, tmp_path):
    """Call it with regimes: the reference tenant under these laws."""

    def use(*regimes):
        tenant(under(tmp_path / "-".join(regimes), *regimes))
        publish_notice()

    return use


def value(*topics: str, choice: str = "allowed", weeks_ago: int = 0) -> str:
    """The cookie of somebody who has read of `topics`, the last one last."""
    held = Interests(choice)
    for topic in topics:
        held = add(held, topic, timezone.localdate() - timedelta(weeks=weeks_ago))
    return written(held)


def choose(client, choice: str, *, headers=HERE, secure: bool = False, **fields: str):
    return client.post(PAGE, {"choice": choice, **fields}, headers=headers, secure=secure)


def tallies(response) -> list[tuple[str, str]]:
    return getattr(response, "tallies", [])


def nothing_set(response) -> bool:
    return not response.cookies


def expired(response, name: str = NAME) -> bool:
    return name in response.cookies and response.cookies[name]["max-age"] == 0


def entries(page) -> list[str]:
    listed = text(page).partition('<ul class="entries">')[2].partition("</ul>")[0]
    return re.findall(r'<a href="([^"]+)"', listed)


# --- before a choice -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("regimes", [("de",), ("ch", "de")])
def test_no_consent_no_cookie(law, regimes):
    law(*regimes)
    client = browser()
    for pages in TOPIC_PAGES.values():
        for page in pages:
            answer = client.get(f"/de/{page}", headers=HERE)
            assert answer.status_code == 200 and nothing_set(answer) and tallies(answer) == []
            assert "cookie-line" not in text(answer)
    home = client.get("/de/", headers=HERE)
    assert "cookie-offer" in text(home) and nothing_set(home)
    # Not even what an earlier law had set.
    client.cookies[NAME] = value("payment", choice="")
    home = client.get("/de/", headers=HERE)
    assert expired(home) and entries(home)[0] == "/de/enquiry/"


def test_under_swiss_law_the_line_comes_first_and_the_cookie_on_the_next_page(law):
    law("ch")
    client = browser()
    first = client.get("/de/payment/", headers={"sec-fetch-site": "none", "sec-fetch-mode": "navigate"})
    assert nothing_set(first) and "cookie-line" in text(first) and 'value="refuse"' in text(first)
    for silent in ({}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert nothing_set(client.get("/de/payment/", headers=silent))
    second = client.get("/de/payment/", headers=HERE)
    assert second.cookies[NAME].value == value("payment", choice="")
    assert tallies(second) == [("topic", "payment")]
    home = client.get("/de/", headers=HERE)
    assert "cookie-line" in text(home) and "cookie-offer" not in text(home), "still nobody has chosen"
    assert entries(home)[0] == "/de/payment/"
    # Only the last one, as long as nobody has chosen.
    third = client.get("/de/genuine/", headers=HERE)
    assert third.cookies[NAME].value == value("letter", choice="")
    refused = choose(client, "refuse")
    assert refused.cookies[NAME].value == "1.no"
    for page in ("payment/", "", "privacy/rights/"):
        after = client.get(f"/de/{page}", headers=HERE)
        assert nothing_set(after) and "cookie-line" not in text(after) and tallies(after) == []
    assert entries(client.get("/de/"))[0] == "/de/enquiry/"


def test_somebody_of_the_office_has_seen_no_line(law):
    law("ch")
    client = browser()
    client.cookies["zusage-office"] = "x" * 32
    assert nothing_set(client.get("/de/payment/", headers=HERE))


@pytest.mark.parametrize(("fault", "status"), [(DatabaseError("away"), 503), (RuntimeError("broken"), 500)])
def test_a_page_that_could_not_be_shown_is_no_interest(law, monkeypatch, fault, status):
    law("ch")

    def broken(*args):
        raise fault

    monkeypatch.setattr(screens, "groups", broken)
    page = browser().get("/de/payment/", headers=HERE)
    assert page.status_code == status and nothing_set(page) and tallies(page) == []


def test_a_page_fetched_ahead_or_a_form_that_failed_is_no_interest(law):
    law("ch")
    client = browser()
    for headers in ({**HERE, "sec-purpose": "prefetch"}, {**HERE, "sec-fetch-mode": "cors"}):
        assert nothing_set(client.get("/de/payment/", headers=headers))
    assert nothing_set(client.head("/de/payment/", headers=HERE))
    failed = client.post("/de/payment/", {}, headers=HERE)
    assert failed.status_code == 422 and nothing_set(failed)
    gone = client.get("/de/privacy/versions/compare/?a=1", headers=HERE)
    assert gone.status_code == 404 and nothing_set(gone)


# --- after a choice ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secure", [False, True])
def test_allowed_it_remembers_topics_and_nothing_else(secure):
    client = browser()
    name = "__Host-zusage-interests" if secure else NAME
    answer = choose(client, "allow", secure=secure)
    assert answer.status_code == 303 and answer.headers["Location"] == f"{PAGE}?said=allowed"
    assert list(answer.cookies) == [name] and answer.cookies[name].value == "1.yes"
    assert tallies(answer) == [("choice", "allow")]
    cookie = answer.cookies[name]
    assert (bool(cookie["secure"]), cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        secure, True, "Lax", "/", "",
    )  # fmt: skip
    assert cookie["max-age"] == policy().cookies["interests"].life_minutes * 60
    assert say("de", "cookies.said_allowed") in shown(client.get(f"{PAGE}?said=allowed", secure=secure))
    read = []
    for topic, pages in TOPIC_PAGES.items():
        for number, page in enumerate(pages):
            seen = client.get(f"/fr/{page}", secure=secure)
            read = [topic, *(one for one in read if one != topic)][:2]
            assert client.cookies[name].value == value(*reversed(read))
            assert tallies(seen) == ([] if number else [("topic", topic)])
            assert nothing_set(seen) is bool(number), "nothing is set anew where nothing changed"
    week = timezone.localdate().isocalendar()
    assert client.cookies[name].value == f"1.{week.year}W{week.week:02}.jobs-creditors"


@pytest.mark.parametrize(
    ("read", "first"),
    [
        (["payment"], ["/de/payment/", "/de/enquiry/"]),
        (["rights"], ["/de/privacy/rights/?right=not-me", "/de/privacy/rights/", "/de/enquiry/"]),
        (["payment", "rights"], ["/de/privacy/rights/?right=not-me", "/de/privacy/rights/", "/de/payment/"]),
        (["letter", "payment"], ["/de/payment/", "/de/enquiry/", "/de/genuine/"]),
        (["jobs"], ["/de/contact/?about=jobs", "/de/enquiry/", "/de/payment/"]),
        (["jobs", "creditors"], ["/de/contact/?about=creditors", "/de/contact/?about=jobs", "/de/enquiry/"]),
    ],
)
def test_the_home_page_names_first_what_was_read_last(read, first):
    client = browser()
    usual = entries(client.get("/de/"))
    client.cookies[NAME] = value(*read)
    home = client.get("/de/")
    found = entries(home)
    assert found[: len(first)] == first and len(found) == len(usual) == 6
    # Nothing is lost: what no longer fits stands in the line beneath.
    everything = set(usual) | {f"/de/contact/?about={about}" for about in ("creditors", "jobs")}
    beneath = set(
        re.findall(r'<a href="([^"]+)"', text(home).partition('"more-line"')[2].partition("</p>")[0])
    )
    assert set(found) | beneath == everything and not set(found) & beneath
    rest = [one for one in found if one not in first]
    assert rest == [one for one in usual if one in rest], "the others keep their order"
    assert {"Cookie", "Sec-GPC"} <= {one.strip() for one in home.headers["Vary"].split(",")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("about", ["creditors", "jobs"])
def test_creditors_and_applicants_are_told_what_to_write(language, about):
    client = browser()
    assert f'href="/{language}/contact/?about={about}"' in text(client.get(f"/{language}/"))
    form = client.get(f"/{language}/contact/?about={about}")
    assert say(language, f"form.about_{about}") in shown(form)
    assert say(language, f"form.about_{about}_message") in shown(form)
    other = shown(client.get(f"/{language}/contact/?about=nothing"))
    assert say(language, f"form.about_{about}") not in other


def test_a_refusal_is_remembered_and_nobody_is_asked_again():
    client = browser()
    client.cookies[NAME] = value("payment")
    answer = choose(client, "refuse")
    assert answer.cookies[NAME].value == "1.no" and tallies(answer) == [("choice", "refuse")]
    for page in ("", "payment/", "contact/?about=jobs"):
        seen = client.get(f"/de/{page}", headers=HERE)
        assert nothing_set(seen) and "cookie-offer" not in text(seen)
    assert say("de", "cookies.says_no") in shown(client.get(PAGE))
    assert choose(client, "allow").cookies[NAME].value == "1.yes", "a choice can be changed at any time"


def test_what_the_browser_did_not_take_is_not_said_to_be_set():
    assert say("de", "cookies.said_not_taken") in shown(browser().get(f"{PAGE}?said=allowed"))


def test_a_choice_leaves_a_count_and_no_other_trace(caplog):
    def rows():
        return {one._meta.label: one._base_manager.count() for one in apps.get_models()}

    client = browser()
    before = rows()
    for choice in ("refuse", "allow"):
        choose(client, choice)
    for page in ("payment/", "payment/", "contact/?about=jobs"):
        client.get(f"/de/{page}", headers=HERE)
    choose(client, "delete")
    assert writer.flush()
    counted = list(Choice.objects.order_by("kind", "value").values_list("kind", "value"))
    assert counted == [
        ("choice", "allow"), ("choice", "delete"), ("choice", "refuse"), ("topic", "jobs"), ("topic", "payment"),
    ]  # fmt: skip
    after = rows()
    assert {label for label in after if after[label] != before[label]} <= {"visits.Choice", "visits.View"}
    assert caplog.records == []


# --- Global Privacy Control ----------------------------------------------------------------------------------


@pytest.mark.parametrize("regimes", [("ch",), ("de",), ("ch", "de")])
@pytest.mark.parametrize("before", ["", "1.yes", "1.no", "payment"])
def test_with_global_privacy_control_never(law, regimes, before):
    law(*regimes)
    client = browser()
    held = value("payment") if before == "payment" else before
    for path in ("", "payment/", "privacy/cookies/", "contact/?about=jobs"):
        if held:
            client.cookies[NAME] = held
        page = client.get(f"/de/{path}", headers=GPC)
        assert expired(page) if held else nothing_set(page), path
        assert "cookie-line" not in text(page) and "cookie-offer" not in text(page)
        assert tallies(page) == []
        if not path:
            assert entries(page)[0] == "/de/enquiry/", "what is there isn't used either"
    for choice in ("allow", "refuse"):
        if held:
            client.cookies[NAME] = held
        answer = choose(client, choice, headers=GPC)
        assert answer.headers["Location"].endswith("?said=gpc") and tallies(answer) == []
        assert expired(answer) if held else nothing_set(answer)
    page = client.get(f"{PAGE}?said=gpc", headers=GPC)
    assert say("de", "cookies.gpc") in shown(page) and 'value="allow"' not in text(page)


@pytest.mark.parametrize(("sent", "signal"), [("1", True), ("1, 1", True), ("yes", True), ("0", False)])
def test_what_is_neither_yes_nor_no_counts_as_a_signal(sent, signal):
    client = browser()
    client.cookies[NAME] = "1.yes"
    assert expired(client.get("/de/", headers={"sec-gpc": sent})) is signal


def test_that_it_is_honoured_stands_where_browsers_look():
    answer = browser().get("/.well-known/gpc.json")
    assert answer.json() == {"gpc": True, "lastUpdate": timezone.localdate().isoformat()}
    assert nothing_set(answer)


# --- what somebody may have written --------------------------------------------------------------------------

WRONG = [
    "",
    "1",
    "1.maybe",
    "2.2026W48.payment",
    "1.2026W48.",
    "1.2999W01.payment",
    "1.2001W01.payment",
    "1.2026W99.payment",
    "payment-letter",
    '"><script>alert(1)</script>',
    "%00%ff",
    "1.yes-1.no",
    '"1.y\\145s"; Path=/',
    "x" * 8000,
]


@pytest.mark.parametrize("raw", WRONG, ids=lambda raw: raw[:20])
@pytest.mark.parametrize("path", ["/de/", PAGE, "/de/payment/", "/de/nowhere/"])
def test_what_is_not_ours_is_dropped_without_a_word(raw, path):
    page = browser().get(path, headers={**HERE, "cookie": f"{NAME}={raw}"})
    assert page.status_code == (404 if "nowhere" in path else 200)
    assert expired(page) and list(page.cookies) == [NAME]
    assert "<script" not in text(page)
    if path == "/de/":
        assert entries(page)[0] == "/de/enquiry/" and "cookie-offer" in text(page)


def test_what_says_more_topics_than_we_remember_is_dropped():
    good = value("payment")
    for bad in (good + "-payment", good + "-letter-rights", good.replace("payment", "hobbies")):
        assert expired(browser().get("/de/", headers={"cookie": f"{NAME}={bad}"})), bad
    assert nothing_set(browser().get("/de/", headers={"cookie": f"{NAME}={good}"}))


def test_what_is_older_than_its_life_is_forgotten():
    weeks = policy().cookies["interests"].life_minutes // (7 * 24 * 60)
    for age, gone in ((weeks - 1, False), (weeks + 1, True)):
        page = browser().get("/de/", headers={"cookie": f"{NAME}={value('payment', weeks_ago=age)}"})
        assert expired(page) is gone
        assert (entries(page)[0] == "/de/payment/") is not gone


def test_two_of_one_name_are_none():
    both = f"{NAME}=1.yes; {NAME}={value('payment')}"
    page = browser().get("/de/", headers={"cookie": both})
    assert expired(page) and entries(page)[0] == "/de/enquiry/"


@pytest.mark.parametrize(
    "header",
    [
        "",
        ";",
        "=;=;=",
        "a" * 8000,
        "; ".join(f"c{n}=v" for n in range(900)),
        "ä=ö; \x7f=1; a b=c",
        "$Version=1",
    ],
)
def test_no_cookie_header_breaks_a_page(header):
    for path in ("/de/", PAGE):
        page = browser().get(path, headers={"cookie": header})
        assert page.status_code == 200 and nothing_set(page)


# --- the page ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_every_cookie_that_the_policy_declares(language):
    page = shown(browser().get(f"/{language}/privacy/cookies/"))
    for cookie in policy().cookies.values():
        assert cookie.name.removeprefix("__Host-") in page
        assert policy().text(language, f"cookie.{cookie.id}.purpose") in page
    for topic in policy().topics:
        assert policy().text(language, f"topic.{topic}.name") in page
    assert policy().text(language, "cookie.interests.refused") in page
    assert say(language, "cookies.none") in page
    assert f"/{language}/privacy/cookies/" in text(browser().get(f"/{language}/")), "the footer leads here"


def test_it_says_in_plain_words_what_is_set_here():
    client = browser()
    client.cookies[NAME] = value("payment", "letter")
    page = shown(client.get(PAGE))
    assert "«Ein Brief von uns», «Zahlen»" in " ".join(page.split())
    assert say("de", "cookies.none") not in page


def test_a_strangers_cookie_is_named_escaped_and_can_be_deleted():
    header = {"cookie": "_ga=GA1.2.123; <b>x</b>=1; zusage-interests=1.yes; _ga=other; __Secure-x=1"}
    page = browser().get(PAGE, headers=header)
    assert say("de", "cookies.not_ours") in shown(page)
    assert "<b>x</b>" not in text(page) and "&lt;b&gt;x&lt;/b&gt;" in text(page)
    assert "GA1.2.123" not in text(page), "what it says is nobody's business"
    assert text(page).count('name="cookie" value="_ga"') == 1
    assert 'value="&lt;b&gt;x' not in text(page), "an invalid name can't be deleted by us"
    client = browser()
    client.cookies["_ga"] = "GA1.2.123"
    client.cookies[NAME] = "1.yes"
    answer = choose(client, "delete", cookie="_ga")
    assert answer.status_code == 303 and expired(answer, "_ga") and NAME not in answer.cookies
    assert tallies(answer) == [("choice", "delete")]


def test_deleting_all_of_ours_leaves_what_is_not_ours():
    client = browser()
    client.cookies[NAME], client.cookies["_ga"] = "1.yes", "x"
    answer = choose(client, "delete")
    assert expired(answer) and list(answer.cookies) == [NAME]
    assert say("de", "cookies.said_deleted") in shown(client.get(f"{PAGE}?said=deleted"))
    assert "cookie-offer" in text(client.get("/de/")), "nothing is remembered, so it may be asked again"


def test_deleting_what_is_gone_already_is_no_fault():
    answer = choose(browser(), "delete", cookie=NAME)
    assert answer.status_code == 303 and nothing_set(answer)


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("single", [False, True])
def test_deleting_the_mailboxs_cookie_says_so_first_and_ends_the_session(single, secure):
    client = browser()
    enter(client, receipt(client), secure=secure)
    name = "__Host-zusage-mailbox" if secure else "zusage-mailbox"
    key = client.cookies[name].value
    assert letters(client, secure=secure).status_code == 200
    page = client.get(PAGE, secure=secure)
    assert say("de", "cookies.delete_mailbox") in shown(page)
    assert say("de", "cookies.closes_mailbox") in shown(page)
    answer = choose(client, "delete", secure=secure, **({"cookie": name} if single else {}))
    assert answer.status_code == 303 and expired(answer, name)
    assert bool(answer.cookies[name]["secure"]) is secure
    thief = browser()
    thief.cookies[name] = key
    assert letters(thief, secure=secure).status_code == 303, "the session has ended, not only its cookie"


def test_deleting_the_offices_cookie_signs_out(settings):
    settings.DEMO = True
    client = browser()
    sign_in(client, "clerk")
    key = client.cookies["zusage-office"].value
    assert say("de", "cookies.closes_office") in shown(client.get(PAGE))
    # A key of one door ends no session of the other.
    forged = browser()
    forged.cookies["zusage-mailbox"] = key
    assert choose(forged, "delete", cookie="zusage-mailbox").status_code == 303
    assert client.get("/office/").status_code == 200
    assert expired(choose(client, "delete", cookie="zusage-office"), "zusage-office")
    client.cookies["zusage-office"] = key
    assert client.get("/office/").status_code == 302


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"choice": ""},
        {"choice": "maybe"},
        {"choice": "allow", "cookie": NAME},
        {"choice": "delete", "cookie": "a b"},
        {"choice": "delete", "cookie": "x\r\nSet-Cookie: y=1"},
        {"choice": "delete", "cookie": "x" * 5000},
        {"choice": "delete", "cookie": "ä"},
        {"choice": "\x00"},
        {"choice": ["allow", "nothing"]},
    ],
)
@pytest.mark.parametrize("language", ["de", "fr"])
def test_an_unknown_choice_is_said_and_changes_nothing(language, fields):
    client = browser()
    client.cookies[NAME] = value("payment")
    answer = client.post(f"/{language}/privacy/cookies/", fields, headers=HERE)
    assert answer.status_code == 422 and nothing_set(answer) and tallies(answer) == []
    assert say(language, "cookies.unknown") in shown(answer)


def test_no_other_site_can_choose():
    client = browser()
    client.cookies[NAME] = "1.no"
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}):
        answer = choose(client, "allow", headers=headers)
        assert answer.status_code == 403 and nothing_set(answer)


def test_a_tenant_without_topics_has_the_page_and_no_choice(tenant):
    tenant(MINIMAL)
    publish_notice()
    client = browser()
    page = client.get(PAGE)
    assert page.status_code == 200 and 'value="allow"' not in text(page)
    assert "bergsee-mailbox" in text(page) and "interests" not in text(page)
    home = client.get("/de/")
    assert (
        "cookie-" not in text(home)
        and "about=jobs" not in text(home)
        and "Cookie" not in home.get("Vary", "")
    )
    assert choose(client, "allow").status_code == 422


def test_the_pages_that_a_topic_may_name_are_there():
    client = browser()
    for page in PAGES:
        assert client.get(f"/de/{page}/").status_code == 200, page
    for about in ABOUT:
        assert f"form.{about.replace('-', '_')}" in ("form.not_me",) or say("de", f"form.about_{about}")
