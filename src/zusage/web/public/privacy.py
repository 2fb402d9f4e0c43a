"""The notice, each version of it that was published, and two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zusage.models import NoticeVersion
from zusage.policy.notice import notice as make_notice
from zusage.policy.types import Language
from zusage.policy.versions import compare as compare_documents
from zusage.queries import notices
from zusage.queries.proofs import Standing, standing
from zusage.tenant import policy
from zusage.tenant import version as current_version
from zusage.web.times import ago
from zusage.web.words import say

Stored = Mapping[str, Any]


@require_safe
def notice(request: HttpRequest, language: Language) -> HttpResponse:
    """The notice as it is now, rendered from the declarations."""
    digest = current_version()
    published = notices.published(digest)
    context = {
        **_document(_present(language, digest)),
        "digest": digest,
        "published_at": published.published_at if published else None,
        "current": True,
        "marks": {one.promise: _mark(language, one) for one in standing() if one.at},
    }
    return render(request, "public/notice.html", context)


def _mark(language: Language, one: Standing) -> dict[str, str]:
    """How a promise stands, in a few words beside it."""
    proved = say(language, "proof.proved", ago=ago(language, one.at)) if one.at else ""
    return {"state": one.state, "word": say(language, f"proof.state.{one.state}"), "proved": proved}


@require_safe
def versions(request: HttpRequest, language: Language) -> HttpResponse:
    """Every version that was published, newest first, and a way to compare two."""
    listed = notices.versions()
    context = {"versions": listed, "current": current_version(), **_choice(listed)}
    return render(request, "public/versions.html", context)


@require_safe
def version(request: HttpRequest, language: Language, digest: str) -> HttpResponse:
    """One version, as it was published."""
    found = notices.published(digest)
    if found is None:
        raise Http404
    context = {
        **_document(found.document["notices"][language]),
        "digest": digest,
        "published_at": found.published_at,
        "current": digest == current_version(),
    }
    return render(request, "public/notice.html", context)


@require_safe
def compare(request: HttpRequest, language: Language) -> HttpResponse:
    """Versions ``?a=`` and ``?b=`` side by side: only what differs, by section."""
    listed = notices.versions()
    asked = {side: request.GET.get(side, "") for side in ("a", "b")}
    pair = [notices.published(digest) for digest in asked.values()]
    context: dict[str, Any] = {"versions": listed, "current": current_version(), **_choice(listed, **asked)}
    if all(pair):
        # The older one stands left, whichever was chosen first.
        left, right = sorted((one for one in pair if one), key=lambda one: one.published_at)
        context |= {"left": left, "right": right, "sections": _differences(left, right, language)}
    unknown = any(asked.values()) and not all(pair)
    return render(
        request, "public/compare.html", {**context, "unknown": unknown}, status=404 if unknown else 200
    )


def _choice(listed: list[Any], a: str = "", b: str = "") -> dict[str, str]:
    """Which two the page offers to compare: those asked for, else the last two."""
    digests = [digest for digest, _ in listed]
    return {"a": a or (digests[1] if len(digests) > 1 else ""), "b": b or (digests[0] if digests else "")}


def _differences(left: NoticeVersion, right: NoticeVersion, language: str) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = []
    for row in compare_documents(left.document, right.document, language):
        if row.kind == "same":
            continue
        if not sections or sections[-1]["title"] != row.section:
            sections.append({"title": row.section, "rows": []})
        sections[-1]["rows"].append(row)
    return sections


@cache
def _present(language: Language, digest: str) -> Stored:
    return asdict(make_notice(policy(), language))


def _document(stored: Stored) -> dict[str, Any]:
    """What the template needs of a notice: its sections, each with the promises in it."""
    sections = [{**section, "promises": _promises(section)} for section in stored["sections"]]
    promised = [item for section in sections for item in section["promises"]]
    return {"notice": stored, "sections": sections, "promise_count": len(promised)}


def _promises(section: Stored) -> list[Stored]:
    return [item for block in section["blocks"] for item in block["items"] if item["anchor"]]
