"""The protection officer's desk: the queue of rights requests, one of them, and the proof of identity."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zusage.queries import rights as queries
from zusage.queries.rights import Filters
from zusage.tenant import policy
from zusage.web.office.access import StaffRequest, office
from zusage.web.office.filters import groups
from zusage.web.office.request_page import request_page
from zusage.web.office.rights_lines import address, line
from zusage.web.words import say


@require_safe
@office("officer")
def queue(request: StaffRequest) -> HttpResponse:
    """The requests that wait, by due date: what is overdue is at the top."""
    officer, language = request.user, request.user.language
    chosen = queries.filters(request.GET)
    found = queries.page(officer, chosen, request.GET.get("page", "1"))
    context = {
        "rows": [line(language, one, chosen, officer) for one in found.object_list],
        "page": found,
        "chosen": chosen,
        "narrowed": chosen != Filters(),
        "groups": _groups(language, chosen, queries.counts(officer, chosen)),
        "earlier": address(chosen, page=str(found.previous_page_number())) if found.has_previous() else "",
        "later": address(chosen, page=str(found.next_page_number())) if found.has_next() else "",
    }
    return render(request, "office/queue.html", context)


@require_safe
@office("officer")
def show(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """What was asked, the clock, identity, the exchange, the decision."""
    return request_page(request, request_id)


def _groups(language: str, chosen: Filters, counts: queries.Counts) -> list[dict[str, Any]]:
    offered = {
        "state": queries.STATES,
        "who": queries.WHO,
        "right": ("", *queries.RIGHTS),
        "identity": ("", *queries.IDENTITIES),
        "regime": ("", *policy().regimes),
    }
    titled = [
        (
            name,
            say(language, f"office.rights.filter.{name}"),
            [(value, say(language, f"office.rights.{name}.{value or 'any'}")) for value in values],
        )
        for name, values in offered.items()
    ]
    return groups(titled, chosen, asdict(counts), address, always=("state", "who"))
