"""The public record of processing (DSG 12(2), Art. 30 GDPR): as a page, as a table, and for machines."""

from __future__ import annotations

import json
from datetime import date
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

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


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)
