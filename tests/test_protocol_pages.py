"""The protocol is read by the protection officer alone, by subject, time and act; each look leaves its line."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import desk, make
from zusage.actions.house import deliver
from zusage.policy.types import LANGUAGES
from zusage.protocol.models import Entry, Outbox

pytestmark = pytest.mark.django_db

PATH = "/office/protocol/"


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    desk.forget_tries()


def page_of(client, query: str = "", status: int = 200) -> str:
    answer = client.get(PATH + query)
    assert answer.status_code == status
    return answer.content.decode()


def rows_in(page: str) -> int:
    return page.count("<time datetime")


def test_who_did_what_is_shown_in_words_and_the_look_itself_is_recorded():
    sent, other = make.submission("enquiry", name="Zwiebelturm Kirschbaum"), make.submission("contact")
    deliver()
    officer = desk.person("officer", "paula")
    client = desk.signed_in(officer)
    Outbox.objects.all().delete()
    page = page_of(client)
    assert "Formular abgeschickt" in page or "gesendet" in page
    assert str(sent.subject_id) in page and str(other.subject_id) in page
    assert "Zwiebelturm" not in page and "Versiegelt bis Stelle" in page
    (line,) = Outbox.objects.all()
    assert (line.act, line.actor_id, line.purpose) == ("read-protocol", str(officer.pk), "protocol")
    assert line.subject_id is None and line.record_id == "all, 1"
    deliver()
    page = page_of(client, f"?subject={sent.subject_id}&since=30")
    assert (
        str(other.subject_id) not in page
        and rows_in(page) == Entry.objects.filter(subject_id=sent.subject_id).count()
    )
    assert Outbox.objects.get().subject_id == sent.subject_id
    assert "paula (" in page_of(client, "?act=read-protocol")


def test_narrowed_by_time_act_and_who_acted():
    now = timezone.now()
    made = ((0, "open", "staff"), (3, "open", "system"), (20, "submit", "subject"), (400, "open", "staff"))
    for days, act, kind in made:
        Entry.objects.create(act=act, actor_kind=kind, actor_id="x", at=now - timedelta(days=days))
    client = desk.signed_in(desk.person("officer"))
    assert rows_in(page_of(client)) == 2
    assert rows_in(page_of(client, "?since=all")) == 4
    assert rows_in(page_of(client, "?since=all&act=open&who=staff")) == 2
    assert rows_in(page_of(client, "?since=30&act=submit")) == 1
    assert rows_in(page_of(client, "?act=nothing-like-that")) == 0
    # What isn't offered is passed over.
    assert rows_in(page_of(client, "?since=99999&who=king&page=77")) == 2


def test_pages():
    for _ in range(120):
        Entry.objects.create(act="open", actor_kind="system")
    client = desk.signed_in(desk.person("officer"))
    assert rows_in(page_of(client)) == 50 and rows_in(page_of(client, "?page=3")) == 20
    assert "?page=2" in page_of(client)
    assert [line.record_id for line in Outbox.objects.filter(act="read-protocol").order_by("at")] == [
        "all, 1", "all, 3", "all, 1",
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["x", "<b>1</b>", "3f2b8c1e-0a4d", "ü" * 300, "%00"])
def test_what_is_no_id_is_kept_and_shows_nothing(typed):
    Entry.objects.create(act="open", actor_kind="system")
    client = desk.signed_in(desk.person("officer"))
    Outbox.objects.all().delete()
    page = page_of(client, f"?subject={typed}", 422)
    assert "Das ist keine Kennung" in page and rows_in(page) < 1 and "<b>1</b>" not in page
    assert not Outbox.objects.exists()


def test_it_is_found_from_the_overview_and_from_what_left_the_house():
    client = desk.signed_in(desk.person("officer"))
    for path in ("/office/overview/", "/office/disclosures/"):
        assert f'href="{PATH}"' in client.get(path).content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_every_language(language):
    make.submission("enquiry")
    deliver()
    officer = desk.person("officer")
    type(officer).objects.update(language=language)
    page = page_of(desk.signed_in(officer))
    assert f'<html lang="{language}"' in page and rows_in(page) >= 1
    assert not re.search(r">office\.|>act\.|>table\.", page)


def test_a_page_asks_as_much_for_many_lines_as_for_few():
    client = desk.signed_in(desk.person("officer"))
    counts = []
    for number in (3, 60):
        Entry.objects.bulk_create(Entry(act="open", actor_kind="staff", actor_id="x") for _ in range(number))
        page_of(client)
        with CaptureQueriesContext(connection) as asked:
            page_of(client)
        counts.append(len(asked))
    assert counts[0] == counts[1]
