"""Access and the copy to take along: what will be in the package, in numbers; then it is laid into the mailbox."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from zusage.actions.rights import access as actions
from zusage.actions.rights.steps import concerned
from zusage.models import RightsRequest, Staff
from zusage.queries import access as queries
from zusage.rules.access.words import words
from zusage.web.office.access import StaffRequest
from zusage.web.office.panels import PANELS, Panel
from zusage.web.office.request_page import done, writes


def _context(request: RightsRequest, officer: Staff) -> dict[str, Any]:
    subjects = concerned(request)
    found = queries.count(subjects)
    names = words(officer.language)
    return {
        "ready": request.identity in ("given", "proven"),
        "copy": request.right == "copy",
        "people": len(subjects),
        "sum": sum(number for _, number in found),
        "found": [(names.get(f"table.{label}", label), number) for label, number in found],
    }


@writes
def deliver(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Make the package, lay it into the mailbox, answer."""
    actions.deliver(request.user, request_id)
    return done(request, request_id, "delivered")


for right in actions.FORMS:
    PANELS[right] = Panel("office/panels/access.html", _context)

urls = [path("rights/<uuid:request_id>/deliver/", deliver, name="office-request-deliver")]
