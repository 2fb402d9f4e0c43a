"""The public record of processing (DSG 12(2), Art. 30 GDPR): as a page, as a table, for machines, and to print."""

from __future__ import annotations

import json
from datetime import date
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from zusage.papers import api as papers
from zusage.policy import jsonld
from zusage.policy.page import Page
from zusage.policy.record import Record, record, rows
from zusage.policy.sheet import sheet
from zusage.policy.types import Language
from zusage.queries import notices
from zusage.tenant import policy, version


@require_safe
def page(request: HttpRequest, language: Language) -> HttpResponse:
    """The record as it is now, rendered from the declarations."""
    digest, since = _state()
    context = {"record": _record(language, digest), "digest": digest, "since": _day(language, since)}
    return render(request, "public/record.html", context)


@require_safe
def table(request: HttpRequest, language: Language) -> HttpResponse:
    """As CSV, an activity a line."""
    return _file(
        _table(language, *_state()), "text/csv; charset=utf-8; header=present", f"record-{language}.csv"
    )


@require_safe
def machines(request: HttpRequest, language: Language) -> HttpResponse:
    """As DPV JSON-LD, in all languages, whatever the address says."""
    return _file(_machines(*_state()), "application/ld+json", "record.jsonld")


@require_safe
def paper(request: HttpRequest, language: Language) -> HttpResponse:
    """As a PDF that a screen reader can read."""
    return _file(_paper(language, *_state()), "application/pdf", f"record-{language}.pdf")


def _state() -> tuple[str, date | None]:
    """The version that people read now, and since when."""
    digest = version()
    return digest, _since(digest)


def _since(digest: str) -> date | None:
    published = notices.published_at(digest)
    return timezone.localdate(published) if published else None


def _day(language: Language, since: date | None) -> str:
    return Page(policy(), language).day(since) if since else ""


@cache
def _record(language: Language, digest: str) -> Record:
    return record(policy(), language)


@cache
def _table(language: Language, digest: str, since: date | None) -> bytes:
    return sheet(rows(policy(), language, digest, _day(language, since)))


@cache
def _machines(digest: str, since: date | None) -> bytes:
    return json.dumps(jsonld.record(policy(), digest, since), ensure_ascii=False, indent=1).encode()


@cache
def _paper(language: Language, digest: str, since: date | None) -> bytes:
    found = _record(language, digest)
    state = (("since", _day(language, since)), ("version", digest))
    return papers.generic(
        papers.Paper(
            language=language,
            title=found.title,
            sender=papers.Sender.of(policy()),
            lead=found.lead if found.authoritative else f"{found.lead}\n{found.remark}",
            about=tuple(
                (policy().text(language, f"record.label.{name}"), text) for name, text in state if text
            ),
            sections=papers.sections(found.sections),
            contents=True,
        )
    )


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)
