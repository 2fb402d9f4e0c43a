"""Single visits become counts and are gone: exactly, whoever is killed in between, and from every file."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.db import connections
from django.utils import timezone

from tests.conftest import ON_POSTGRES
from tests.houses import inside, leave
from tests.server import ROOT, Portal, command, surroundings
from tests.test_bytes import Search, files
from zusage.management.commands import worker
from zusage.visits import evaluate as evaluation
from zusage.visits.evaluate import evaluate
from zusage.visits.models import DIMENSIONS, Choice, Count, Evaluation, Pending, View
from zusage.visits.publish import monday_of

MONDAY = monday_of(timezone.localdate())
K = 10
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture(autouse=True)
def _leave():
    yield
    leave()


def came(number: int = 1, day: date = MONDAY, robot: bool = False, **what: Any) -> None:
    row = {"hour": 9, "page": "/", "browser": "Firefox 128", "system": "Linux", "referrer_host": ""} | what
    if robot:
        row |= dict.fromkeys(("page", "browser", "system", "referrer_host"), "")
    View.objects.bulk_create(View(day=day, robot=robot, **row) for _ in range(number))


def counts(dimension: str, **which: Any) -> dict[tuple[date, str], int]:
    rows = Count.objects.filter(dimension=dimension, **which).values_list("day", "value", "count")
    return {(day, value): number for day, value, number in rows}


def totals(dimension: str) -> dict[date, int]:
    """By day, with what isn't named yet."""
    found: Counter[date] = Counter()
    for table in (Count, Pending):
        for day, number in table.objects.filter(dimension=dimension).values_list("day", "count"):
            found[day] += number
    return dict(found)


# --- counting -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_dimension_is_counted_by_itself_and_the_visits_are_gone():
    came(12, page="/contact/", hour=7, referrer_host="www.example.ch")
    came(3, page="/", hour=23)
    came(5, robot=True)
    for kind, value in (("choice", "allow"), ("choice", "allow"), ("topic", "payment")):
        Choice.objects.create(day=MONDAY, kind=kind, value=value)
    evaluate()
    assert not View.objects.exists() and not Choice.objects.exists()
    assert counts("day") == {(MONDAY, ""): 15}
    assert counts("page") == {(MONDAY, "/contact/"): 12, (MONDAY, "/"): 3}
    assert counts("hour") == {(MONDAY, "07"): 12, (MONDAY, "23"): 3}
    assert counts("robot") == {(MONDAY, "person"): 15, (MONDAY, "robot"): 5}
    assert counts("choice") == {(MONDAY, "allow"): 2}
    assert counts("topic") == {(MONDAY, "payment"): 1}
    assert counts("browser") == {(MONDAY, "Firefox 128"): 15}
    assert counts("referrer_host") == {(MONDAY, "www.example.ch"): 12}
    assert totals("referrer_host") == {MONDAY: 15}
    assert set(Count.objects.values_list("dimension", flat=True)) == set(DIMENSIONS)
    assert set(Count.objects.values_list("source", flat=True)) == {"portal"}


@pytest.mark.django_db
def test_what_comes_later_is_added():
    for _ in range(3):
        came(4)
        evaluate()
    evaluate()
    assert counts("day") == {(MONDAY, ""): 12} and counts("browser") == {(MONDAY, "Firefox 128"): 12}
    assert not Pending.objects.exists()


@pytest.mark.django_db
def test_a_rare_value_is_named_only_when_its_week_has_enough_of_it():
    came(K - 1, referrer_host="rare.example")
    evaluate()
    assert counts("referrer_host") == {}
    (waiting,) = Pending.objects.filter(dimension="referrer_host")
    assert (waiting.week, waiting.day, waiting.count) == (MONDAY, MONDAY, K - 1)
    assert "rare" not in waiting.digest and len(waiting.digest) == 32
    came(1, MONDAY + timedelta(days=6), referrer_host="rare.example")
    evaluate()
    sunday = MONDAY + timedelta(days=6)
    expected = {(MONDAY, "rare.example"): K - 1, (sunday, "rare.example"): 1}
    assert counts("referrer_host") == expected
    assert not Pending.objects.filter(dimension="referrer_host").exists()
    came(1, MONDAY + timedelta(days=2), referrer_host="rare.example")
    evaluate()
    assert counts("referrer_host") == expected | {(MONDAY + timedelta(days=2), "rare.example"): 1}, (
        "named before"
    )


@pytest.mark.django_db
def test_two_weeks_are_not_added_up_and_have_other_hashes():
    for week in (MONDAY, MONDAY + timedelta(days=7)):
        came(K - 1, week, referrer_host="rare.example")
    evaluate()
    assert counts("referrer_host") == {}
    digests = list(Pending.objects.filter(dimension="referrer_host").values_list("digest", flat=True))
    assert len(digests) == len(set(digests)) == 2


@pytest.mark.django_db
def test_when_a_week_is_over_what_stayed_rare_loses_even_its_hash():
    last = MONDAY - timedelta(days=7)
    came(4, last, referrer_host="rare.example")
    came(3, last + timedelta(days=1), referrer_host="other.example")
    came(3, last + timedelta(days=1), referrer_host="third.example")
    came(K, last, referrer_host="known.example")
    evaluate()
    assert not Pending.objects.filter(week=last).exists()
    expected = {(last, "other"): 4, (last + timedelta(days=1), "other"): 6, (last, "known.example"): K}
    assert counts("referrer_host") == expected
    came(1, last, referrer_host="known.example")  # on its way at midnight
    came(2, last, referrer_host="late.example")
    evaluate()
    assert counts("referrer_host") == expected | {(last, "known.example"): K + 1, (last, "other"): 6}
    assert counts("browser") == {
        (last, "Firefox 128"): 4 + K + 3,
        (last + timedelta(days=1), "Firefox 128"): 6,
    }


@pytest.mark.django_db
def test_the_smallest_number_is_the_policys(tenant, tmp_path):
    from tests.server import tenant_with

    tenant(Path(tenant_with(tmp_path, smallest_cell=3)))
    came(3, referrer_host="rare.example")
    came(2, referrer_host="rarer.example")
    evaluate()
    assert counts("referrer_host") == {(MONDAY, "rare.example"): 3}


@pytest.mark.django_db
def test_any_visits_are_counted_once_each():
    draw = random.Random(4)
    expected: Counter[date] = Counter()
    for _ in range(12):
        for _ in range(draw.randrange(40)):
            day = MONDAY - timedelta(days=draw.randrange(-6, 10))
            expected[day] += 1
            came(1, day, hour=draw.randrange(24), page=f"/{draw.randrange(5)}/", browser=f"B {draw.randrange(9)}",
                 system=f"S {draw.randrange(4)}", referrer_host=f"{draw.randrange(30)}.example")  # fmt: skip
        evaluate()
    for dimension in ("day", "hour", "page", "browser", "system", "referrer_host", "robot"):
        assert totals(dimension) == dict(expected), dimension
    week_of: Counter[tuple[date, str]] = Counter()
    for (day, value), number in counts("referrer_host").items():
        week_of[monday_of(day), value] += number
    assert all(number >= K for (_, value), number in week_of.items() if value != "other")


@pytest.mark.django_db
def test_when_it_was_done_last_is_on_record():
    before = timezone.now()
    evaluate()
    evaluate()
    (done,) = Evaluation.objects.all()
    assert before <= done.at <= timezone.now()


@pytest.mark.skipif(ON_POSTGRES, reason="PostgreSQL has no log of them that a reader could hold")
@pytest.mark.django_db(transaction=True)
def test_bytes_that_a_reader_holds_are_not_called_gone(monkeypatch):
    monkeypatch.setattr(evaluation, "PATIENCE_MILLISECONDS", 50)
    came(3)
    reader = sqlite3.connect(str(connections["visits"].settings_dict["NAME"]), isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM visits_view").fetchone() == (3,)
    with pytest.raises(evaluation.Busy):
        evaluate()
    assert counts("day") == {(MONDAY, ""): 3} and not View.objects.exists()
    reader.close()
    evaluate()
    assert counts("day") == {(MONDAY, ""): 3}


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite lets readers be")
@pytest.mark.django_db(transaction=True)
def test_a_backup_that_reads_is_not_in_the_way():
    came(3)
    params = connections["visits"].get_connection_params()
    where = {name: params[name] for name in ("host", "user", "dbname")}
    with psycopg.connect(**where) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for table in ("count", "pending", "evaluation", "evaluated"):
            reader.execute(f"SELECT * FROM visits_{table}")
        evaluate()
    assert counts("day") == {(MONDAY, ""): 3}


# --- the worker ---------------------------------------------------------------------------------------------------


def fails() -> None:
    raise ZeroDivisionError("marker")


def test_a_room_that_fails_stops_neither_the_worker_nor_the_others(settings, capsys):
    done: list[str] = []
    here = f"{__name__}."
    globals()["works"] = lambda: done.append("works")
    settings.HOURLY = [f"{here}fails", f"{here}works", "nowhere.at.all"]
    command_ = worker.Command()
    kept = command_._hourly({})
    assert done == ["works"] and set(kept) == {f"{here}works"}
    kept = command_._hourly(kept)
    assert done == ["works"], "once an hour"
    command_._hourly({name: hour - 1 for name, hour in kept.items()})
    assert done == ["works"] * 2
    said = capsys.readouterr().err
    assert "fails failed (ZeroDivisionError)" in said and "marker" not in said


# --- killed in between --------------------------------------------------------------------------------------------

START = """
import json, os, signal, sys
import django
django.setup()
from zusage.visits import evaluate as evaluation
def say(what): print(json.dumps(what), flush=True)
"""
DIE = """
name, before = sys.argv[1], sys.argv[2] == "before"
real = getattr(evaluation, name)
def dies(*given):
    if not before: real(*given)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(evaluation, name, dies)
evaluation.evaluate()
"""
FILL = """

from datetime import date
from zusage.visits.models import *
day = date.fromisoformat(given["day"])
View.objects.bulk_create(
    View(day=day, hour=n % 24, page=f"/{n % 5}/", browser=f"B {n % 40}", system=f"S {n % 3}",
         referrer_host=f"{n % 90}.example", robot=n % 10 == 0)
    for n in range(given["number"])
)
Choice.objects.bulk_create(Choice(day=day, kind="choice", value="allow") for _ in range(given["number"]))
say(None)
"""
EVALUATE = """
from zusage.visits.evaluate import evaluate
evaluate()
say(None)
"""
TOTALS = """
from zusage.visits.models import *
from django.db.models import Sum
found = {}
for table in (Count, Pending):
    for dimension, number in table.objects.values_list("dimension").annotate(n=Sum("count")).order_by():
        found[dimension] = found.get(dimension, 0) + number
say({"counted": found, "raw": [View.objects.count(), Choice.objects.count()]})
"""


def own_process(environment: dict[str, str], code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START + code, *arguments],
        env=surroundings({**environment, "DJANGO_SETTINGS_MODULE": "zusage.settings"}),
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def whole(number: int) -> dict[str, int]:
    persons = number - number // 10
    by = dict.fromkeys(("day", "hour", "page", "browser", "system", "referrer_host"), persons)
    return {**by, "robot": number, "choice": number}


def test_killed_at_any_point_nothing_is_counted_twice_or_lost(house):
    environment = house(ready=True)
    expected = 0
    points = ["_count_open", "_close_weeks", "_delete", "_wipe"]
    for name, when in [("_alone", "before")] + [
        (name, when) for name in points for when in ("before", "after")
    ]:
        inside(environment, FILL, number=200, day=MONDAY.isoformat())
        expected += 200
        process = own_process(environment, DIE, name, when)
        assert process.wait(60) == -signal.SIGKILL, (name, when)
        left = inside(environment, TOTALS)
        # Either all of it is done or nothing.
        done = expected if name == "_wipe" else expected - 200
        assert left["counted"] == ({} if not done else whole(done)), (name, when)
        assert left["raw"] == [expected - done] * 2, (name, when)
        inside(environment, EVALUATE)
        assert inside(environment, TOTALS) == {"counted": whole(expected), "raw": [0, 0]}, (name, when)


WRITE = """
import threading, time
from zusage.visits import writer
from zusage.visits.evaluate import evaluate
def evaluates():
    while True:
        evaluate()
        time.sleep(0.01)
threading.Thread(target=evaluates, daemon=True).start()
number = 0
while True:
    for _ in range(50):
        writer._queue.append((int(time.time()) // 900, f"/{number}/", "Mozilla/5.0 (X11; rv:1) Firefox/128.0", ""))
    number += 50
    if writer.flush():
        say(number)
"""


def test_killed_at_any_moment_what_was_written_is_counted_once(house):
    environment = house(ready=True)
    inside(environment, "say(None)")
    draw, least = random.Random(4), 0
    for _ in range(4):
        process = own_process(environment, WRITE)
        assert process.stdout is not None
        said = int(process.stdout.readline())
        time.sleep(draw.uniform(0.05, 0.6))
        process.kill()
        said = max([said, *(int(line) for line in process.stdout.read().splitlines() if line)])
        process.wait(20)
        inside(environment, EVALUATE)
        found = inside(environment, TOTALS)
        number = found["counted"]["day"]
        # The last batch may have been on disk before it could be said, with one that had to wait.
        assert number - least in (said, said + 50, said + 100)
        assert {found["counted"][one] for one in ("page", "browser", "referrer_host", "robot")} == {number}
        least = number


# --- bytes --------------------------------------------------------------------------------------------------------

HOST, PATH, QUERY, USER, AGENT = "quirlmarke", "pfadmarke", "fragemarke", "nutzermarke", "browsermarke"
BEFORE, NEVER = [HOST], [PATH, QUERY, USER, AGENT]

VISIT = """

from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from zusage.visits import counting, writer
count = counting.middleware(lambda request: HttpResponse(b"a page"))
match = resolve("/de/contact/")
for number in range(given["number"]):
    request = RequestFactory().get("/de/contact/", headers={
        "referer": f"https://nutzermarke:nutzermarke@h{number}.quirlmarke.example/pfadmarke/{number}?q=fragemarke#fragemarke",
        "user-agent": f"Browsermarke{number}/7.0 (X11; Linux x86_64)",
    })
    request.resolver_match = match
    count(request)
    if number % 500 == 0:
        assert writer.flush()
for _ in range(20):
    request = RequestFactory().get("/de/contact/", headers={
        "referer": "https://wohlbekannt.example/", "user-agent": "Mozilla/5.0 (X11; rv:1) Firefox/128.0"})
    request.resolver_match = match
    count(request)
assert writer.flush() and writer.dropped() == 0
from zusage.visits.models import *
say([View.objects.count(), View.objects.exclude(referrer_host="").values("referrer_host").distinct().count()])
"""
LOOK_CLOSELY = """
with connections["visits"].cursor() as cursor:
    cursor.execute("ANALYZE")
    found = 0
    if cursor.db.vendor == "postgresql":
        cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename IN ('visits_view', 'visits_choice')")
        found = cursor.fetchone()[0]
say(found)
"""


def write_all() -> None:
    """Let PostgreSQL write all it holds in memory. A checkpoint leaves out what is UNLOGGED, a copy doesn't."""
    params = connections["default"].get_connection_params()
    with psycopg.connect(
        host=params["host"], user=params["user"], dbname="postgres", autocommit=True
    ) as connection:
        connection.execute("CREATE DATABASE written STRATEGY = FILE_COPY")
        connection.execute("DROP DATABASE written")


def test_no_marker_of_ten_thousand_visits_is_in_any_file_after_the_evaluation(
    house, tmp_path, store_folders, db
):
    since = time.time() - 5
    environment = house(ready=True)
    number = 10_000
    if not ON_POSTGRES:
        # As long as somebody has the store open, SQLite keeps its write-ahead log.
        still_open = sqlite3.connect(environment["ZUSAGE_VISITS_URL"].removeprefix("sqlite:///"))
        still_open.execute("SELECT count(*) FROM visits_count").fetchone()
    written, hosts = inside(environment, VISIT, number=number)
    assert written == number + 20 and hosts > 0.99 * number  # some are taken for robots
    assert inside(environment, LOOK_CLOSELY) == 0, "the planner of PostgreSQL learns no values"

    def look(wanted: list[str]) -> set[str]:
        if ON_POSTGRES:
            write_all()
        found = {
            hit.partition(" in ")[0].strip("'")
            for hit in Search(wanted).in_files([tmp_path, *store_folders], since)
        }
        logs = [folder / "log" for folder in store_folders]
        return found | {
            one for one in wanted if any(one.encode() in log.read_bytes().lower() for log in logs)
        }

    assert len(list(files([tmp_path, *store_folders], since))) > 4
    assert look(BEFORE) == set(BEFORE), "the search finds what is there, and visits wait there to be counted"
    assert look(NEVER) == set(), (
        "path, query, name and password, and what a browser says of itself, are never in a file"
    )
    inside(environment, EVALUATE)
    assert look([*BEFORE, *NEVER]) == set(), "while the house is open"
    found = inside(environment, TOTALS)
    assert found["raw"] == [0, 0] and found["counted"]["robot"] == number + 20
    assert found["counted"]["day"] == found["counted"]["referrer_host"] == hosts + 19
    assert look(["wohlbekannt"]) == {"wohlbekannt"}, "what came often is named"
    leave()
    if not ON_POSTGRES:
        still_open.close()
    assert look([*BEFORE, *NEVER]) == set(), "when it is shut"


PAGES = """
from zusage.visits.models import *
say(dict(Count.objects.filter(dimension="page").values_list("value", "count")))
"""


# --- a house as it runs -------------------------------------------------------------------------------------------


def test_visits_to_a_running_portal_are_all_counted_and_none_is_left(house, tmp_path):
    environment = house(ready=True)
    inside(environment, FILL, number=50, day=MONDAY.isoformat())  # left by a house that was killed
    clients, each = 64, 5

    def visit(number: int) -> None:
        with requests.Session() as session:
            session.headers["User-Agent"] = FIREFOX
            for path in ("/de/", "/fr/genuine/", "/it/payment/", "/en/privacy/", "/de/contact/")[:each]:
                answer = session.get(
                    f"{portal.url}{path}", headers={"Referer": f"https://h{number}.example/x"}
                )
                assert answer.status_code == 200

    def soon(true: Callable[[dict[str, Any]], bool]) -> bool:
        until = time.monotonic() + 30
        while not (found := true(inside(environment, TOTALS))) and time.monotonic() < until:
            time.sleep(0.3)
        return found

    with Portal(environment, tmp_path) as portal:
        assert soon(lambda found: found == {"counted": whole(50), "raw": [0, 0]}), (
            "counted at the worker's start"
        )
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(visit, range(clients)))
        hostile = {"User-Agent": "x" * 8000, "Referer": "https://user:pw@host:99/" + "y" * 5000}
        assert requests.get(f"{portal.url}/de/", headers=hostile).status_code == 200
        assert requests.get(f"{portal.url}/de/", headers={"Sec-GPC": "1"}).status_code == 200
        assert soon(lambda found: found["raw"][0] > 0), "written while it runs"
        requests.get(f"{portal.url}/de/", headers={"User-Agent": FIREFOX})  # waits in memory for the end
        assert portal.stop() == 0
        assert "visit" not in portal.errors()
    before = timezone.now()
    assert command(environment, "worker", "--once").returncode == 0
    found = inside(environment, TOTALS)
    assert found["raw"] == [0, 0]
    assert found["counted"]["robot"] == 50 + clients * each + 2
    last = inside(
        environment, "from zusage.visits.models import *; say(Evaluation.objects.get().at.isoformat())"
    )
    assert last >= before.isoformat()
    pages = inside(environment, PAGES)
    assert {
        page: pages[page] for page in ("/genuine/", "/payment/", "/privacy/", "/contact/")
    } == dict.fromkeys(("/genuine/", "/payment/", "/privacy/", "/contact/"), clients)
