"""The public record: on its page, as a table, for machines, on paper; the same in each, and from the policy alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from tests.papers import pages, reader, said, squeezed, tags
from tests.tenants import MINIMAL, REFERENCE, copied, edited
from zusage.actions.house import publish_notice
from zusage.models import NoticeVersion
from zusage.policy.page import Page
from zusage.policy.record import Record, record
from zusage.policy.types import LANGUAGES
from zusage.policy.vocabulary import terms
from zusage.tenant import policy, version

pytestmark = pytest.mark.django_db
RECORD = "/de/privacy/record/"
SPEECHES = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture
def visitor() -> Client:
    publish_notice()
    return Client()


@pytest.fixture
def visitor_of(tenant):
    """Call it with the folder of a policy for a visitor of that agency."""

    def visit(folder: Path) -> Client:
        tenant(folder)
        publish_notice()
        return Client()

    return visit


def words(found: Record) -> Iterator[str]:
    """Every piece of text that stands on a line or in a cell of its own."""
    for section in found.sections:
        yield section.title
        for block in section.blocks:
            yield from (block.text, block.caption, *block.head)
            yield from (text for item in block.items for text in (item.term, item.text))
            yield from (cell for row in block.rows for cell in row)


def today(language: str) -> str:
    found = NoticeVersion.objects.get(pk=version())
    return Page(policy(), language).day(timezone.localdate(found.published_at))  # type: ignore[arg-type]


@SPEECHES
def test_the_page_says_every_activity_at_its_anchor(visitor, language):
    answer = visitor.get(f"/{language}/privacy/record/")
    assert answer.status_code == 200 and not answer.cookies
    for one in record(policy(), language).activities:
        assert (
            f'<section id="purpose-{one.id}">' in answer.text and f'href="#purpose-{one.id}"' in answer.text
        )
    assert version() in answer.text and today(language) in answer.text
    assert (policy().text(language, "notice.authoritative") in answer.text) == (language != "de")


@SPEECHES
def test_the_table_has_a_line_for_each_purpose(visitor, language):
    answer = visitor.get(f"/{language}/privacy/record/record.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer["Content-Disposition"] == f'attachment; filename="record-{language}.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), strict=True))
    words = policy().words[language]
    assert [line[words["record.label.id"]] for line in lines] == list(policy().purposes)
    for line in lines:
        assert line[words["record.label.version"]] == version()
        assert line[words["record.label.since"]] == today(language)
    assert answer.content.count(b"\r\n") == len(lines) + 1


def test_for_machines_it_is_json_ld_with_known_terms(visitor):
    answer = visitor.get(RECORD + "record.jsonld")
    assert answer["Content-Type"] == "application/ld+json"
    found = json.loads(answer.content)
    assert found["@type"] == terms()["dpv:ROPA"] and found["version"] == version()
    published = NoticeVersion.objects.get(pk=version()).published_at
    assert found["issued"] == timezone.localdate(published).isoformat()
    assert len(found[terms()["dpv:hasProcess"]]) == len(policy().purposes)
    assert answer.content == visitor.get("/fr/privacy/record/record.jsonld").content


@SPEECHES
def test_on_paper_it_says_the_same_and_is_tagged(visitor, language):
    answer = visitor.get(f"/{language}/privacy/record/record.pdf")
    assert answer["Content-Type"] == "application/pdf"
    found = record(policy(), language)
    first, *more = (
        page.split("\n")[:-1] for page in pages(answer.content)
    )  # without the number at the foot,
    text = squeezed(
        "".join((*first, *(line for page in more for line in page[1:])))
    )  # and the head of all but one
    assert [one for one in (found.title, found.lead, *words(found)) if squeezed(one) not in text] == []
    assert squeezed(today(language)) in text and version() in text
    root = reader(answer.content).trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == (language, True)
    assert reader(answer.content).metadata.title == found.title
    assert tags(answer.content).count("/H1") == len(found.sections) + 1  # and the contents


@pytest.mark.parametrize("kind", ["pdf", "csv", "jsonld"])
def test_each_is_made_once_a_version(visitor, visitor_of, tmp_path, kind):
    first = visitor.get(RECORD + f"record.{kind}").content
    assert visitor.get(RECORD + f"record.{kind}").content == first
    changed = edited(copied(REFERENCE, tmp_path), "data.toml", "length = 45", "length = 46")
    answer = visitor_of(changed).get(RECORD + f"record.{kind}")
    assert answer.content != first
    text = said(answer.content) if kind == "pdf" else squeezed(answer.content.decode())
    assert "46TagenachEingang" in text and "45TagenachEingang" not in text


@SPEECHES
def test_the_smallest_tenant_has_one_too(visitor_of, language):
    client = visitor_of(MINIMAL)
    answer = client.get(f"/{language}/privacy/record/")
    assert answer.status_code == 200 and "lektum" not in answer.text
    paper = said(client.get(f"/{language}/privacy/record/record.pdf").content)
    assert squeezed("Bergsee Inkasso AG") in paper and "lektum" not in paper
    lines = client.get(f"/{language}/privacy/record/record.csv").content.decode("utf-8-sig")
    assert lines.count("Bergsee Inkasso AG") == len(policy().purposes)


def test_before_the_first_start_it_has_no_date_yet():
    client = Client()
    assert version() in client.get(RECORD).text
    assert "issued" not in json.loads(client.get(RECORD + "record.jsonld").content)
    assert version() in said(client.get(RECORD + "record.pdf").content)


@pytest.mark.parametrize("path", ["", "record.csv", "record.jsonld", "record.pdf"])
def test_it_is_read_and_nothing_else(visitor, path):
    assert visitor.head(RECORD + path).status_code == 200
    assert visitor.post(RECORD + path, {}).status_code == 405
    assert not visitor.get(RECORD + path).cookies


def test_the_promise_of_the_notice_leads_to_it(visitor):
    text = policy().text("de", "promise.public-record.text")
    assert f'<a href="{RECORD}">{text}</a>' in visitor.get("/de/privacy/").text
    digest = NoticeVersion.objects.get().pk
    assert f'<a href="{RECORD}">{text}</a>' in visitor.get(f"/de/privacy/versions/{digest}/").text
