"""The statistics page: who sees it, what it shows and hides, its files, and whatever may stand in its address."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import dateformat, timezone

from tests import desk
from zusage.visits import demo, plots
from zusage.visits.evaluate import evaluate
from zusage.visits.models import LOG, PORTAL, Choice, Count, Evaluated, Evaluation, Pending, View
from zusage.visits.publish import OTHER, monday_of
from zusage.web.words import say

pytestmark = pytest.mark.django_db

URL = "/office/statistics/"
ROLES = ("clerk", "officer", "administrator")
HOSTILE = "</text></svg><script>alert(1)</script>{{7*7}}.example"


def weeks_ago(weeks: int) -> date:
    return monday_of(timezone.localdate()) - timedelta(weeks=weeks)


def count(week: date, dimension: str, cells: dict[str, int], source: str = PORTAL) -> None:
    Count.objects.bulk_create(
        Count(source=source, day=week, dimension=dimension, value=value, count=number)
        for value, number in cells.items()
    )


def a_week(week: date, source: str = PORTAL, **tables: dict[str, int]) -> None:
    """A hundred views, with something rare in it."""
    count(week, "day", {"": 100}, source)
    usual = {
        "page": {"/": 60, "/payment/": 37, "/privacy/record/": 3},
        "browser": {"Firefox 144": 75, "Edge 141": 20, OTHER: 5},
        "referrer_host": {"": 80, "www.example.ch": 20},
        "robot": {"person": 100, "robot": 4},
    }
    for dimension, cells in {**usual, **tables}.items():
        count(week, dimension, cells, source)


@pytest.fixture
def staff() -> Client:
    return desk.signed_in(desk.person("clerk"))


def table(answer: HttpResponse, name: str) -> list[tuple[str, str]]:
    """The rows of a plot's table, as they read."""
    section = re.search(rf'<section[^>]* id="{name}".*?</section>', answer.content.decode(), re.DOTALL)
    if section is None:
        return []
    body = section[0].partition("<tbody>")[2]
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', body)
    return [tuple(unescape(re.sub("<[^>]+>", "", cell)) for cell in row) for row in rows]  # type: ignore[misc]


class Attributes(HTMLParser):
    """The names of all attributes of a page, and of those within its drawings."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.of_drawings: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {name for name, _ in attrs}
        if tag in ("svg", "g", "path", "line", "text", "rect", "title", "desc"):
            self.of_drawings |= {name for name, _ in attrs}


def lines(answer: HttpResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


# --- who sees it


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_each_role_in_its_language(role: str, language: str) -> None:
    a_week(weeks_ago(2))
    who = desk.person(role)
    who.language = language
    who.save()
    answer = desk.signed_in(who).get(URL)
    page = unescape(answer.content.decode())
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in page
    for key in ("title", "limits.unique", "limits.asked_not", "limits.robots", "nothing.referrer_host"):
        assert say(language, f"office.statistics.{key}") in page
    assert say(language, "office.statistics.limits.small", k=10) in page
    # The officer's bar is full: there it is found from the overview.
    from_where = desk.signed_in(who).get("/office/overview/").content.decode() if role == "officer" else page
    assert f'<a href="{URL}">{say(language, "office.nav.statistics")}</a>' in unescape(from_where)
    assert answer.headers["Cache-Control"] == "no-store"


def test_nobody_else() -> None:
    a_week(weeks_ago(2))
    for answer in (Client().get(URL), desk.signed_in(desk.person("clerk"), second_factor=False).get(URL)):
        assert answer.status_code == 302
        assert b"Firefox" not in answer.content
    assert desk.signed_in(desk.person("clerk")).post(URL).status_code == 405


# --- what it shows


def test_what_is_rare_has_no_name(staff: Client) -> None:
    a_week(weeks_ago(2))
    answer = staff.get(URL)
    assert table(answer, "page") == [("/ (Startseite)", "60"), ("Übrige (je unter 10 oder dazugelegt)", "40")]
    assert table(answer, "browser")[0] == ("Firefox 144", "75")
    assert table(answer, "browser")[1][1] == "25"
    # Four robots beside a hundred people: neither shown nor to be had by subtraction.
    assert table(answer, "robot") == [("Menschen", "100")]
    assert "record" not in answer.content.decode().partition("<main")[2]
    assert "Edge" not in answer.content.decode()


def test_the_same_number_every_week_stays_hidden_in_the_sum(staff: Client) -> None:
    for week in range(1, 13):
        a_week(weeks_ago(week + 1))
    for form in ("", "csv", "json"):
        got = staff.get(URL, {"weeks": "52", "form": form}).content.decode()
        assert "/privacy/record/" not in got.partition("<main")[2] or form == ""
        assert "privacy/record" not in got.partition("<main")[2]


def test_a_week_below_k_shows_only_that(staff: Client) -> None:
    a_week(weeks_ago(3))
    count(weeks_ago(2), "day", {"": 7})
    count(weeks_ago(2), "page", {"/jobs/": 7})
    answer = staff.get(URL)
    page = answer.content.decode()
    assert "Wochen mit weniger als 10 Aufrufen, die hier fehlen: 1." in page
    assert "jobs" not in page
    assert "unter 10" in dict(table(answer, "week")).values()
    assert '<p class="large">100 ' in page


def test_days_of_a_short_period(staff: Client) -> None:
    week = weeks_ago(2)
    for day, number in enumerate((40, 30, 20, 15, 3, 0, 0)):
        count(week + timedelta(days=day), "day", {"": number})
    shown = dict(table(staff.get(URL, {"from": week.isoformat(), "to": week.isoformat()}), "day"))
    # The fifth day is too small, the fourth has joined it, and of the last two nobody can say which they are.
    assert list(shown.values()) == ["40", "30", "20", *["nicht einzeln gezeigt"] * 4, "18"]


def test_the_running_week_is_rounded_down(staff: Client) -> None:
    a_week(weeks_ago(0), page={"/": 68, "/payment/": 32})
    count(weeks_ago(0), "hour", {"07": 19})
    answer = staff.get(URL, {"weeks": "4"})
    assert table(answer, "page") == [("/ (Startseite)", "60"), ("/payment/", "30")]
    assert "Die laufende Woche ist noch nicht vorbei" in answer.content.decode()
    assert table(answer, "hour") == [("7–8 Uhr", "10"), ("Übrige (je unter 10 oder dazugelegt)", "80")]


@pytest.mark.parametrize("waiting", ["pending", "view", "choice"])
def test_a_week_that_still_waits_for_its_evaluation_is_not_over(staff: Client, waiting: str) -> None:
    week = weeks_ago(3)
    a_week(week, page={"/": 68, "/payment/": 32})
    assert ("/payment/", "32") in table(staff.get(URL), "page")
    if waiting == "pending":
        Pending.objects.create(week=week, day=week, dimension="browser", digest="0" * 32, count=2)
    elif waiting == "choice":
        Choice.objects.create(day=week, kind="choice", value="allow")
    else:
        View.objects.create(
            day=week + timedelta(days=6), hour=23, page="/", browser="x", system="y", robot=False
        )
    assert ("/payment/", "30") in table(staff.get(URL), "page")


def test_last_week_is_settled_a_day_after_its_end(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    week = weeks_ago(1)
    a_week(week, page={"/": 68, "/payment/": 32})
    for days, shown in ((6, "30"), (7, "30"), (8, "32")):
        monkeypatch.setattr(
            "zusage.visits.statistics.timezone.localdate", lambda days=days: week + timedelta(days)
        )
        assert dict(table(staff.get(URL), "page"))["/payment/"] == shown


def test_the_sources_are_never_added_up(staff: Client) -> None:
    a_week(weeks_ago(2))
    a_week(weeks_ago(2), LOG, page={"/de/": 100})
    portal, log = staff.get(URL), staff.get(URL, {"source": "log"})
    assert (
        '<p class="large">100 ' in portal.content.decode() and '<p class="large">100 ' in log.content.decode()
    )
    assert table(log, "page") == [("/de/", "100")]
    assert "Anfragen aus Protokollen" in log.content.decode()
    assert "/de/" not in dict(table(portal, "page"))


def test_days_of_a_log_may_lack_their_names_before_they_get_here(staff: Client) -> None:
    week = weeks_ago(2)
    count(week + timedelta(days=1), "day", {"": 30}, LOG)
    count(week, "day", {OTHER: 14}, LOG)
    count(week, "robot", {"person": 30, "robot": 14}, LOG)
    answer = staff.get(URL, {"source": "log", "from": week.isoformat(), "to": week.isoformat()})
    shown = list(dict(table(answer, "day")).values())
    assert shown == ["nicht einzeln gezeigt", "30", *["nicht einzeln gezeigt"] * 5, "14"]
    assert table(answer, "robot") == [("Menschen", "30"), ("Roboter", "14")]
    page = answer.content.decode()
    assert "Anfragen je Tag" in page and "In Protokollen zählen Roboter in allen Tabellen mit." in page


def test_when_it_was_last_evaluated(staff: Client) -> None:
    assert "Bisher wurde nichts ausgewertet" in staff.get(URL).content.decode()
    Evaluation.objects.create(pk=1, at=datetime(2026, 11, 23, 9, 5, tzinfo=UTC))
    Evaluated.objects.create(fingerprint="0" * 64, length=1, lines=1, at=date(2026, 10, 5))
    Evaluated.objects.create(fingerprint="1" * 64, length=1, lines=1, at=date(2026, 11, 2))
    page = staff.get(URL).content.decode()
    assert re.search(r"Zuletzt ausgewertet: <time[^>]*>23\. November 2026[^<]*10[:.]05", page)
    page = staff.get(URL, {"source": "log"}).content.decode()
    assert re.search(r"Zuletzt ausgewertet: <time[^>]*>2\. November 2026<", page)


def test_what_the_evaluation_leaves_is_what_is_shown(staff: Client) -> None:
    """Visits of three weeks ago, counted by the house itself: the rare browser is one of the others."""
    week = weeks_ago(3)
    usual = {
        "day": week,
        "hour": 9,
        "page": "/",
        "browser": "Firefox 144",
        "system": "Windows",
        "robot": False,
    }
    rare = {**usual, "browser": "Lynx 2", "system": "Haiku", "referrer_host": "rare.example"}
    View.objects.bulk_create([*(View(**usual) for _ in range(30)), *(View(**rare) for _ in range(3))])
    View.objects.bulk_create(View(**{**usual, "robot": True}) for _ in range(12))
    evaluate()
    answer = staff.get(URL)
    assert table(answer, "browser") == [("Übrige (je unter 10 oder dazugelegt)", "33")]
    assert table(answer, "referrer_host") == [("Übrige (je unter 10 oder dazugelegt)", "33")]
    assert table(answer, "page") == [("/ (Startseite)", "33")]
    assert table(answer, "hour") == [("9–10 Uhr", "33")]
    assert table(answer, "robot") == [("Menschen", "33"), ("Roboter", "12")]
    assert (
        dict(table(answer, "week"))[f"Woche ab {week.day}. {dateformat.format(week, 'F')} {week.year}"]
        == "33"
    )
    page = answer.content.decode()
    assert not re.search("Lynx|Haiku|rare.example", page) and "Zuletzt ausgewertet" in page


def test_nothing_counted(staff: Client) -> None:
    for source in ("portal", "log"):
        page = staff.get(URL, {"source": source}).content.decode()
        assert "In diesem Zeitraum wurde nichts gezählt" in page
        assert "<svg role" not in page
    for form in ("csv", "json"):
        assert staff.get(URL, {"form": form}).status_code == 200


# --- its files


@pytest.mark.parametrize("query", [{"weeks": "4"}, {"weeks": "52"}, {"source": "log"}])
def test_csv_and_json_are_what_the_page_shows(staff: Client, query: dict[str, str]) -> None:
    demo.load()
    page = staff.get(URL, query)
    links = re.findall(r'href="(\?[^"]*form=(?:csv|json))"', page.content.decode())
    assert len(links) == 2
    files = {link[-4:].strip("="): staff.get(URL + unescape(link)) for link in links}
    data = json.loads(files["json"].content)
    rows = lines(files["csv"])
    names = list(data["tables"])
    assert len(names) >= 6
    for name in names:
        found = [(one["words"], _said(one["count"], name)) for one in data["tables"][name]]
        shown = [
            (words.partition(" (läuft noch")[0], number.replace("’", ""))
            for words, number in table(page, name)
        ]
        assert found == shown
    assert [(row["table"], row["value"], row["count"]) for row in rows] == [
        (name, one["value"], _said(one["count"], name, "hidden", "<10"))
        for name in names
        for one in data["tables"][name]
    ]  # fmt: skip
    assert not [one for name in names for one in data["tables"][name] if one["count"] in range(1, 10)]
    for form, kind in (("csv", "text/csv; charset=utf-8"), ("json", "application/json")):
        assert files[form].headers["Content-Type"] == kind
        assert files[form].headers["Cache-Control"] == "no-store"
        name = re.fullmatch(r'attachment; filename="(.+)"', files[form].headers["Content-Disposition"])
        assert name and re.fullmatch(rf"visits-(portal|log)-\d{{4}}-W\d\d-\d{{4}}-W\d\d\.{form}", name[1])


def _said(number: int | None, table: str, day: str = "nicht einzeln gezeigt", week: str = "unter 10") -> str:
    return str(number) if number is not None else day if table == "day" else week


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "＝"])
def test_a_spreadsheet_runs_nothing(staff: Client, start: str) -> None:
    a_week(weeks_ago(2), LOG, page={f"{start}HYPERLINK(1)": 100})
    row = next(
        row for row in lines(staff.get(URL, {"source": "log", "form": "csv"})) if row["table"] == "page"
    )
    assert row["value"].startswith(("'", "\ufffd")) and row["words"] == row["value"]


def test_hostile_names_stay_text(staff: Client) -> None:
    strange = {HOSTILE: 40, "\x01\x1b[31m\u202egnp.exe": 20, "x" * 255: 20, '"onload="alert(1)': 20}
    a_week(weeks_ago(2), LOG, referrer_host=strange, page=strange)
    answer = staff.get(URL, {"source": "log"})
    page = answer.content.decode()
    assert "<script>alert" not in page
    assert "\u202e" not in page and "\x01" not in page and "\x1b" not in page
    attributes = Attributes()
    attributes.feed(page)
    assert "viewbox" in attributes.found and "onload" not in attributes.found
    assert (
        not {"style", "onload", "href"} & attributes.of_drawings
    )  # the policy of content allows no style in a page
    assert "<style" not in page
    assert (HOSTILE, "40") in table(answer, "page")
    assert staff.get(URL, {"source": "log", "form": "json"}).status_code == 200


# --- its address


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "quatsch"}, "from"),
        ({"from": "0000-01-01"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"from": "20261005"}, "from"),
        ({"from": "2026-13-40"}, "from"),
        ({"from": "2026-W60"}, "from"),
        ({"from": "9999-12-31"}, "from"),
        ({"to": "9" * 5000}, "to"),
        ({"from": "２０２６-10-05"}, "from"),
        ({"from": "2026-10-05\x00"}, "from"),
        ({"to": "2999-W01"}, "to"),
        ({"from": "2026-10-19", "to": "2026-10-05"}, "to"),
        ({"from": "2000-01-03", "to": "2026-10-05"}, "from"),
        ({"weeks": "5"}, "weeks"),
        ({"weeks": "-4"}, "weeks"),
        ({"weeks": "9" * 400}, "weeks"),
        ({"weeks": "٤"}, "weeks"),
        ({"source": "alle"}, "source"),
        ({"source": "<script>"}, "source"),
        ({"form": "xlsx"}, "form"),
    ],
)
@pytest.mark.parametrize("form", ["", "csv"])
def test_what_cannot_be_asked(staff: Client, query: dict[str, str], field: str, form: str) -> None:
    a_week(weeks_ago(2))
    answer = staff.get(URL, {"form": form, **query})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in page and f'id="f-{field}"' in page
    assert "Firefox" not in page and "<script>" not in page
    for name in ("from", "to"):
        if name in query:
            assert f'name="{name}" type="' in page and f'value="{query[name]}"' in page


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({"from": "2026-10-07", "to": "2026-10-13"}, "2026-W41", "2026-W42"),
        ({"from": "2026-W41", "to": "2026-W41"}, "2026-W41", "2026-W41"),
        ({"from": " 2026-10-05 ", "to": "2026-10-05", "weeks": "5"}, "2026-W41", "2026-W41"),
        ({"to": "2026-10-11"}, "2026-W29", "2026-W41"),
        ({"to": "2026-10-11", "weeks": "4"}, "2026-W38", "2026-W41"),
        ({"from": "2020-12-31", "to": "2021-01-03"}, "2020-W53", "2020-W53"),
    ],
)
def test_a_day_stands_for_its_week(
    staff: Client, monkeypatch: pytest.MonkeyPatch, query: dict[str, str], first: str, last: str
) -> None:
    monkeypatch.setattr("zusage.visits.statistics.timezone.localdate", lambda: date(2026, 11, 25))
    data = json.loads(staff.get(URL, {**query, "form": "json"}).content)
    assert (data["from"], data["to"]) == (first, last)


def test_the_longest_period(staff: Client) -> None:
    a_week(weeks_ago(2))
    first = weeks_ago(259)
    assert staff.get(URL, {"from": first.isoformat()}).status_code == 200
    assert staff.get(URL, {"from": (first - timedelta(weeks=1)).isoformat()}).status_code == 422


# --- plots and demo


def test_the_same_numbers_are_not_drawn_twice(staff: Client) -> None:
    a_week(weeks_ago(2), page={"/": 61, "/payment/": 39})
    staff.get(URL)
    drawn = plots._drawn.cache_info().misses
    staff.get(URL)
    assert plots._drawn.cache_info().misses == drawn


def test_who_has_drawn_must_not_fork_and_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "_drawing_since", 1)
    with pytest.raises(RuntimeError):
        plots.ranking([plots.Bar("once", 987_654, "987654")], plots.Told("x", "x", "x"))


def test_the_demo_is_loaded_once_and_shows_something_of_everything(staff: Client) -> None:
    demo.load()
    loaded = Count.objects.count()
    demo.load()
    assert Count.objects.count() == loaded
    got: dict[str, Any] = {}
    for source in ("portal", "log"):
        got[source] = json.loads(staff.get(URL, {"source": source, "form": "json"}).content)["tables"]
    assert {"week", "page", "referrer_host", "hour", "browser", "system", "robot", "choice", "topic"} == set(
        got["portal"]
    )
    assert any(one["value"] == OTHER for one in got["portal"]["referrer_host"])
    assert "eine-person" not in json.dumps(got)
    assert not Count.objects.filter(value__contains="eine-person").exists()
