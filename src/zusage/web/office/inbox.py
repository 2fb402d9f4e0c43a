"""The inbox, and where each role begins."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from zusage import processing
from zusage.models import RIGHTS
from zusage.policy.types import LANGUAGES
from zusage.queries import inbox as queries
from zusage.queries.inbox import Filters
from zusage.tenant import policy
from zusage.web.office import wording
from zusage.web.office.access import StaffRequest, office
from zusage.web.office.filters import groups
from zusage.web.words import say

BEGINS = {"officer": "office-rights", "administrator": "office-staff"}


@require_safe
@office("clerk", "officer", "administrator")
def start(request: StaffRequest) -> HttpResponse:
    """The inbox for a clerk; for the other roles the page they begin with."""
    if request.user.role == "officer" and not processing.listed(RIGHTS):
        return redirect("office-overview")
    if request.user.role in BEGINS:
        return redirect(BEGINS[request.user.role])
    language = request.user.language
    chosen = queries.filters(request.GET, request.user.role)
    page, rows = queries.page(request.user, chosen, request.GET.get("page", "1"))
    context = {
        "rows": [line(language, row, chosen, request.user) for row in rows],
        "page": page,
        "chosen": chosen,
        "narrowed": chosen != Filters(),
        "groups": _groups(language, chosen, queries.counts(request.user, chosen)),
        "earlier": address(chosen, page=str(page.previous_page_number())) if page.has_previous() else "",
        "later": address(chosen, page=str(page.next_page_number())) if page.has_next() else "",
    }
    return render(request, "office/inbox.html", context)


def line(language: str, row: queries.Row, chosen: Filters, clerk: Any) -> dict[str, Any]:
    """A line of the inbox for the template."""
    one = row.submission
    return {
        "id": one.pk,
        "url": submission_address(one.pk, chosen),
        "name": row.name,
        "shut": row.shut,
        "kind": policy().text(language, f"purpose.{one.purpose}.title"),
        # Only an open matter waits; of the others the day of the last letter counts.
        "age": wording.age(language, row.waiting_since)
        if one.state == "open"
        else wording.full(language, timezone.localtime(row.waiting_since).date()),
        "since": row.waiting_since,
        "state": one.state,
        "language": one.language,
        "file": row.file,
        "assigned": one.assigned_to.username if one.assigned_to else "",
        "mine": one.assigned_to_id == clerk.pk,
        "deleted": wording.due(language, row.deleted_on) if row.deleted_on else "",
    }


def _groups(language: str, chosen: Filters, counts: queries.Counts) -> list[dict[str, Any]]:
    kinds = {one.id: policy().text(language, f"purpose.{one.id}.title") for one in policy().form_purposes()}
    everything = ("", say(language, "office.inbox.any"))
    offered = [
        ("state", [(one, say(language, f"office.inbox.state_{one}")) for one in queries.STATES]),
        ("file", [everything, *((one, say(language, f"office.inbox.file_{one}")) for one in queries.FILES)]),
        ("who", [(one, say(language, f"office.inbox.who_{one}")) for one in queries.WHO]),
        ("kind", [everything, *kinds.items()]),
        ("language", [everything, *((one, one.upper()) for one in LANGUAGES)]),
    ]
    titled = [(name, say(language, f"office.inbox.{name}"), choices) for name, choices in offered]
    return groups(titled, chosen, asdict(counts), address, always=("state", "file", "who"))


def address(chosen: Filters, **other: str) -> str:
    """The inbox with `chosen`, but for `other`. A changed filter begins at the first page."""
    return _with_query(reverse("office"), chosen.query(**other))


def submission_address(submission_id: object, chosen: Filters, **other: str) -> str:
    """A submission, among those that `chosen` leaves."""
    return _with_query(reverse("office-submission", args=[submission_id]), {**chosen.query(), **other})


def _with_query(path: str, parts: dict[str, str]) -> str:
    return f"{path}?{urlencode(parts)}" if parts else path
