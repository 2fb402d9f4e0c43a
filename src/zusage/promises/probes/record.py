"""Whether the public record and the notice say what is done, and are what was published."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from zusage.models import NoticeVersion
from zusage.policy.page import Page
from zusage.policy.types import AUTHORITATIVE, LANGUAGES, Language, Policy
from zusage.policy.versions import digest, document
from zusage.processing import PROCESSING
from zusage.promises import lines
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.types import Evidence, judged, probe

NEWEST = 1000
FOLDER = "privacy/record/"


@probe(quick=True)
def record(look: Look) -> Iterator[Evidence]:
    """Page, table and graph list every purpose with its data, recipients, countries and periods, in four languages."""
    wanted = {one: _wanted(look.policy, one) for one in LANGUAGES}
    for language in LANGUAGES:
        page = _words(_text(look, f"/{language}/{FOLDER}"))
        yield judged(
            f"the page of the record ({language})", len(wanted[language]), _without(page, wanted[language])
        )
        rows = list(csv.reader(io.StringIO(_text(look, f"/{language}/{FOLDER}record.csv"))))
        yield judged(f"the table of the record ({language})", len(rows), _table(rows, wanted[language]))
    graph = json.loads(_text(look, f"/{AUTHORITATIVE}/{FOLDER}record.jsonld"))
    yield judged("the record for machines", len(look.policy.purposes), _graph(graph, look.policy))


@probe(quick=True)
def processing(look: Look) -> Iterator[Evidence]:
    """What the code does, and what the newest lines of the protocol say was done, is for a purpose of the record."""
    table = list(csv.reader(io.StringIO(_text(look, f"/{AUTHORITATIVE}/{FOLDER}record.csv"))))
    listed = {row[0].removeprefix("\ufeff") for row in table[1:] if row}
    runs = [one for one in PROCESSING.values() if one.always or one.purpose in look.policy.purposes]
    yield judged(
        "processing that this code does",
        len(runs),
        (f"the record omits {one.purpose}: {one.what}" for one in runs if one.purpose not in listed),
    )
    found = lines.newest(NEWEST)
    purposes = {one.purpose for one in found} - {""}
    yield judged(
        "purposes in the newest lines of the protocol",
        len(found),
        (f"the record omits {one}, for which something was done" for one in sorted(purposes - listed)),
    )


@probe(quick=True)
def notice(look: Look) -> Iterator[Evidence]:
    """Every published notice is what its hash says; the page shows the one of today's policy, word by word."""
    versions = list(NoticeVersion.objects.order_by("-published_at"))
    yield judged(
        "published notices",
        len(versions),
        (
            f"{one.digest[:12]} isn't what was published"
            for one in versions
            if _hash(one.document) != one.digest
        ),
    )
    present = digest(look.policy)
    published = next((one for one in versions if one.digest == present), None)
    today = [] if published else ["today's notice was never published"]
    yield judged("the notice of today's policy", 1, today)
    for language in LANGUAGES:
        page = _words(_text(look, f"/{language}/privacy/"))
        said = published.document if published else document(look.policy)
        texts = [*_texts(said["notices"][language]), present]
        missing = [one for one in texts if _words(one) not in page]
        yield judged(
            f"the page of the notice ({language})",
            len(texts),
            (f"it lacks what was published: {one[:60]}" for one in missing),
        )


def _text(look: Look, path: str) -> str:
    answer = look.page(path)
    if answer.status != 200:
        raise CouldNotLook(f"{path} answers {answer.status}")
    return answer.text


def _words(text: str) -> str:
    """What people read: without tags, each space the same. Scripts and styles are no words."""
    shown = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def _wanted(policy: Policy, language: Language) -> dict[str, list[str]]:
    """Purpose -> the words that have to stand in the record for it."""
    page = Page(policy, language)
    found = {}
    for purpose in policy.purposes.values():
        receivers = [policy.recipients[one] for one in purpose.recipients]
        found[purpose.id] = [
            page.text(f"purpose.{purpose.id}.title"),
            *(page.category(one) for one in purpose.keeps),
            *(page.text(f"recipient.{one.id}.name") for one in receivers),
            *(page.text(f"country.{one.country}") for one in receivers),
            *(page.text(f"retention.{kept.retention.id}.text") for kept in page.kept(purpose)),
        ]
    return found


def _without(text: str, wanted: Mapping[str, list[str]]) -> Iterator[str]:
    for purpose, words in wanted.items():
        yield from (f"{purpose}: {one} isn't said" for one in words if _words(one) not in text)


def _table(rows: list[list[str]], wanted: Mapping[str, list[str]]) -> Iterator[str]:
    of_purpose = {row[0].removeprefix("\ufeff"): " ".join(" ".join(row).split()) for row in rows[1:] if row}
    for purpose, words in wanted.items():
        if purpose not in of_purpose:
            yield f"{purpose} has no line"
            continue
        yield from (f"{purpose}: {one} isn't said" for one in words if _words(one) not in of_purpose[purpose])


def _graph(graph: Mapping[str, Any], policy: Policy) -> Iterator[str]:
    processes: list[dict[str, Any]] = next(
        (value for key, value in graph.items() if key.endswith("hasProcess")), []
    )
    of_purpose = {one["@id"].rpartition(":")[2]: json.dumps(one, ensure_ascii=False) for one in processes}
    for purpose in policy.purposes.values():
        node = of_purpose.get(purpose.id)
        if node is None:
            yield f"{purpose.id} has no process"
            continue
        for one in (policy.recipients[id_] for id_ in purpose.recipients):
            if (
                policy.text(AUTHORITATIVE, f"recipient.{one.id}.name") not in node
                or f'"{one.country}"' not in node
            ):
                yield f"{purpose.id}: {one.id} isn't said"
        for kept in Page(policy, AUTHORITATIVE).kept(purpose):
            if f"{kept.retention.length} {kept.retention.unit}" not in node:
                yield f"{purpose.id}: the period {kept.retention.id} isn't said"


def _hash(stored: Any) -> str:
    canonical = json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _texts(stored: Mapping[str, Any]) -> Iterator[str]:
    """Every piece of text of a published notice."""
    yield stored["title"]
    for section in stored["sections"]:
        yield section["title"]
        for block in section["blocks"]:
            yield from filter(None, (block["text"], block["caption"]))
            yield from (part for item in block["items"] for part in (item["term"], item["text"]) if part)
            yield from (cell for row in block["rows"] for cell in row if cell)
