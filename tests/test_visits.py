"""What is counted while pages are served, and what never is: through the middleware, and through a real server."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ON_POSTGRES
from zusage.visits import counting, writer
from zusage.visits.models import Choice, View

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

# Public addresses with a name that aren't counted, and why not.
LEFT_OUT = {
    "root": "leads on to the page in a language",
    "gpc": "a file",
    "record-table": "a file",
    "record-machines": "a file",
    "record-paper": "a file",
    "promises-machines": "a file",
}


def views() -> list[tuple]:
    assert writer.flush()
    return list(
        View.objects.order_by("pk").values_list("page", "browser", "system", "referrer_host", "robot")
    )


def see(client, path: str, **headers: str):
    return client.get(path, headers={"user-agent": FIREFOX, **headers})


# --- what is counted ----------------------------------------------------------------------------------------------


def test_a_page_view_is_a_day_an_hour_a_page_a_kind_of_browser_and_where_from(client):
    before = datetime.now(UTC).astimezone(settings_zone())
    answer = see(
        client, "/de/contact/?about=not-me&marker=1", referer="https://user:marker@www.example.ch:99/m?q=m"
    )
    assert answer.status_code == 200 and not answer.cookies
    assert views() == [("/contact/", "Firefox 128", "Linux", "www.example.ch", False)]
    row = View.objects.get()
    assert (row.day, row.hour) == (before.date(), before.hour)
    assert {field.name for field in View._meta.get_fields()} == {"id", *writer.VIEW}


def settings_zone():
    from django.utils import timezone

    return timezone.get_default_timezone()


@pytest.mark.parametrize(
    "path, page",
    [
        ("/de/", "/"),
        ("/fr/", "/"),
        ("/it/payment/", "/payment/"),
        ("/en/privacy/", "/privacy/"),
        ("/de/privacy/versions/", "/privacy/versions/"),
        ("/de/genuine/", "/genuine/"),
        ("/de/privacy/record/", "/privacy/record/"),
    ],
)
def test_a_page_is_the_same_in_each_language(client, path, page):
    assert see(client, path).status_code == 200
    assert [one[0] for one in views()] == [page]


@pytest.mark.django_db
def test_a_parameter_that_names_no_page_is_a_star(client):
    from zusage.actions.house import publish_notice
    from zusage.tenant import version

    publish_notice()
    assert see(client, f"/de/privacy/versions/{version()}/").status_code == 200
    assert [one[0] for one in views()] == ["/privacy/versions/*/"]


def test_robots_are_counted_and_nothing_of_them_but_that_they_came(client):
    see(client, "/de/", **{"user-agent": ROBOT, "referer": "https://www.example.ch/"})
    see(client, "/de/", **{"user-agent": ""})
    assert views() == [("", "", "", "", True)] * 2


@pytest.mark.parametrize(
    "referer",
    ["http://testserver/de/", "https://TESTSERVER:80/de/", "http://portal.example/de/", "about:client", ""],
)
def test_our_own_pages_are_no_referrers(client, settings, referer):
    settings.ALLOWED_HOSTS = ["testserver", "portal.example"]
    settings.VISITS = {**settings.VISITS, "hosts": settings.ALLOWED_HOSTS}
    see(client, "/de/", referer=referer)
    assert [one[3] for one in views()] == [""]


@pytest.mark.parametrize(
    "hosts, host, own",
    [
        (["*"], "www.example.ch", False),
        ([".agency.example"], "agency.example", True),
        ([".agency.example"], "www.agency.example", True),
        ([".agency.example"], "notagency.example", False),
        (["Agency.Example:443"], "agency.example", True),
    ],
)
def test_own_hosts_are_written_as_in_allowed_hosts(hosts, host, own):
    assert counting._own(hosts)(host) is own


# --- what isn't ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-gpc": "1"},
        {"dnt": "1"},
        {"sec-gpc": "1, 1"},
        {"dnt": "1", "sec-gpc": "0"},
        {"sec-purpose": "prefetch"},
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x-moz": "prefetch"},
    ],
)
def test_whoever_does_not_want_it_or_only_looks_ahead_is_not_counted(client, headers):
    assert see(client, "/de/", **headers).status_code == 200
    assert views() == []


def test_a_browser_that_says_it_minds_nothing_is_counted(client):
    see(client, "/de/", dnt="0")
    assert len(views()) == 1


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("head", "/de/", 200),
        ("post", "/de/contact/", 422),
        ("get", "/", 302),
        ("get", "/de/nowhere/", 404),
        ("get", "/de/privacy/versions/nowhere/", 404),
        ("put", "/de/", 405),
        ("get", "/robots.txt", 200),
        ("get", "/favicon.svg", 200),
        ("get", "/tenant.css", 200),
        ("get", "/static/zusage/zusage.css", 200),
        ("get", "/healthz", 200),
        ("get", "/de/privacy/record/record.csv", 200),
        ("get", "/de/privacy/record/record.pdf", 200),
        ("get", "/de/mailbox/", 200),
        ("get", "/office/login/", 200),
        ("get", "/office/", 302),
    ],
)
@pytest.mark.django_db
def test_only_public_pages_that_were_shown_are_counted(client, method, path, status):
    answer = getattr(client, method)(path, headers={"user-agent": FIREFOX})
    assert answer.status_code == status
    assert views() == []


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, path)
        else:
            yield path, one


def test_every_public_page_is_counted_or_left_out_with_a_reason():
    public, others = set(), set()
    for path, one in patterns(get_resolver()):
        behind = path.startswith(("office/", "api/", "<lang:language>/mailbox/")) or path == "healthz"
        if one.name:
            (others if behind else public).add(one.name)
    counted = set(settings.VISITS["pages"])
    assert counted | set(LEFT_OUT) == public, "write it into settings.VISITS, or into LEFT_OUT with a reason"
    assert not counted & set(LEFT_OUT) and not counted & others
    assert all(LEFT_OUT.values())


def test_a_page_that_was_moved_behind_a_door_would_not_be_counted_by_its_name():
    """Names are unique: no mailbox and no office has a page called as a public one."""
    names = Counter(one.name for _, one in patterns(get_resolver()) if one.name)
    assert [name for name in settings.VISITS["pages"] if names[name] != 1] == []


# --- choices ------------------------------------------------------------------------------------------------------


def answer_with(tallies, method: str = "post", status: int = 303, **headers: str) -> HttpResponse:
    def view(request):
        response = HttpResponse(status=status)
        response.tallies = tallies
        return response

    request = getattr(RequestFactory(), method)("/de/contact/", headers={"user-agent": FIREFOX, **headers})
    request.resolver_match = resolve("/de/contact/")
    return counting.middleware(view)(request)


def choices() -> list[tuple]:
    assert writer.flush()
    return list(Choice.objects.order_by("kind", "value").values_list("kind", "value"))


@pytest.mark.django_db
def test_choices_are_counted_whatever_the_answer_is():
    assert answer_with([("choice", "allow"), ("topic", "payment")]).status_code == 303
    answer_with([("choice", "refuse")], method="get", status=200)
    assert choices() == [("choice", "allow"), ("choice", "refuse"), ("topic", "payment")]
    assert [one[0] for one in views()] == ["/contact/"], "a shown page besides"
    assert {field.name for field in Choice._meta.get_fields()} == {"id", *writer.CHOICE}


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{"sec-gpc": "1"}, {"dnt": "1"}])
def test_choices_of_whoever_does_not_want_it_are_not_counted(headers):
    answer_with([("choice", "refuse")], **headers)
    assert choices() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "tallies",
    [
        [("address", "127.0.0.1")],
        [("choice", "Nadine Oberholzer")],
        [("choice", "")],
        [("topic", "x" * 41)],
        [("topic", "a\x00b")],
        [("choice", 7)],
        [("choice",)],
        7,
        "nonsense",
    ],
)
def test_what_is_no_closed_name_is_not_counted_and_hurts_nobody(tallies):
    assert answer_with(tallies).status_code == 303
    assert choices() == []


# --- hostile headers ----------------------------------------------------------------------------------------------


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes_in_the_headers_are_counted_as_something(referrer, user_agent):
    writer.forget()
    request = RequestFactory().get("/de/contact/")
    request.META |= {
        "HTTP_REFERER": referrer.decode("latin-1"),
        "HTTP_USER_AGENT": user_agent.decode("latin-1"),
    }
    request.resolver_match = resolve("/de/contact/")
    counting.middleware(lambda request: HttpResponse(b"a page"))(request)
    (entry,) = writer._queue
    rows = writer._read([entry])["visits_view"]
    assert len(rows) == 1 and all("\x00" not in str(value) for value in rows[0])


@pytest.mark.django_db
def test_what_is_too_long_is_cut_and_stored(client):
    see(
        client,
        "/de/",
        **{"user-agent": "Mozilla/5.0 " + "x" * 8000 + "\x00", "referer": "https://" + "a." * 4000},
    )
    see(
        client,
        "/de/",
        **{"user-agent": FIREFOX + "\x00\ud800", "referer": "https://user:pw@host.example:99/\x00"},
    )
    found = views()
    assert len(found) == 2 and {one[3] for one in found} == {"", "host.example"}


def test_a_fault_of_the_counting_is_no_fault_of_the_page(client, monkeypatch, caplog):
    monkeypatch.setattr(counting, "_count", lambda *given: 1 / 0)
    assert see(client, "/de/", referer="https://marker.example/marker").status_code == 200
    assert "ZeroDivisionError" in caplog.text and "marker" not in caplog.text


# --- the queue ----------------------------------------------------------------------------------------------------


def entry(number: int = 0, host: str = "") -> writer.PageView:
    return (int(time.time()) // writer.SLICE_SECONDS, f"/{number}/", FIREFOX, host)


def test_a_full_queue_drops_what_comes_and_counts_it(monkeypatch):
    monkeypatch.setattr(writer, "MOST", 10)
    for number in range(25):
        writer.put(entry(number))
    assert (len(writer._queue), writer.dropped()) == (10, 15)


@pytest.mark.django_db
def test_the_order_of_arrival_is_forgotten():
    for number in (3, 1, 2):
        writer.put(entry(number))
    assert [one[0] for one in views()] == ["/1/", "/2/", "/3/"]


@pytest.mark.django_db
def test_a_batch_that_no_store_takes_is_given_up_and_the_next_is_written(caplog):
    writer.put((0, "/x/", FIREFOX, "a" * 300 if ON_POSTGRES else 7 * [object()]))  # type: ignore[arg-type]
    assert writer.flush() and writer.dropped() == 1
    writer.put(entry())
    assert len(views()) == 1
    assert "couldn't be written" in caplog.text and "aaa" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_store_that_is_away_gets_it_later(client, monkeypatch, tmp_path, caplog):
    visits = connections["visits"]
    visits.close()
    with monkeypatch.context() as patch:
        patch.setitem(visits.settings_dict, "NAME", str(tmp_path))  # a folder is no store
        assert see(client, "/de/").status_code == 200
        assert writer.flush() is False and writer.flush() is False
        assert see(client, "/de/genuine/").status_code == 200
    visits.close()
    assert sorted(one[0] for one in views()) == ["/", "/genuine/"]
    assert writer.dropped() == 0 and str(tmp_path) not in caplog.text


@pytest.mark.skipif(ON_POSTGRES, reason="PostgreSQL lets many write at once")
@pytest.mark.django_db(transaction=True)
def test_a_store_that_is_busy_holds_up_no_request(client, monkeypatch):
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.1)
    other = sqlite3.connect(str(connections["visits"].settings_dict["NAME"]), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    see(client, "/de/")
    assert time.monotonic() - begun < 1
    assert writer.flush() is False
    other.execute("ROLLBACK")
    other.close()
    assert len(views()) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.django_db(transaction=True)
def test_the_thread_writes_what_sixty_four_clients_do_and_loses_and_doubles_nothing(monkeypatch):
    monkeypatch.setattr(writer, "PAUSE_SECONDS", 0.01)
    thread = threading.Thread(target=writer._run, daemon=True)
    thread.start()

    def client(number: int) -> None:
        for time_ in range(50):
            writer.put(entry(number, f"{time_}.example"))

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(client, range(64)))
    until = time.monotonic() + 20
    while View.objects.count() < 3200 and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.1)
    rows = Counter(View.objects.values_list("page", "referrer_host"))
    assert len(rows) == 3200 and set(rows.values()) == {1}

    def end() -> None:
        connections["visits"].close()
        raise SystemExit

    # How a thread ends that has no end.
    monkeypatch.setattr(writer, "_write", end)
    writer._something.set()
    thread.join(10)
    assert not thread.is_alive()
