"""Blocking and objection: the purposes to choose from, all of them chosen; then a button that does it and answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from zusage.actions.rights import restrict
from zusage.models import RightsRequest, Staff
from zusage.tenant import policy
from zusage.web.office.access import StaffRequest
from zusage.web.office.panels import PANELS, Panel
from zusage.web.office.request_page import done, writes


def context(one: RightsRequest, officer: Staff) -> dict[str, Any]:
    """The purposes for which something is held that may be blocked."""
    return {
        "ready": one.identity in ("given", "proven"),
        "objection": one.right == "objection",
        "purposes": [
            (purpose, policy().text(officer.language, f"purpose.{purpose}.title"))
            for purpose in restrict.purposes_of(one)
        ],
    }


@writes
def run(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Block or stop, and answer."""
    chosen = request.POST.getlist("purpose")
    if RightsRequest.objects.get(pk=request_id).right == "objection":
        restrict.object_to(request.user, request_id, chosen)
        return done(request, request_id, "stopped")
    restrict.block(request.user, request_id, chosen)
    return done(request, request_id, "blocked")


PANELS["blocking"] = PANELS["objection"] = Panel("office/panels/restrict.html", context)
urls = [path("rights/<uuid:request_id>/restrict/", run, name="office-request-restrict")]
