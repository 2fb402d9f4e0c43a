"""Deletion: what would go and what would stay, until when and why; then a button that does it and answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from zusage.actions.rights import erase, letters
from zusage.models import RightsRequest, Staff
from zusage.policy.page import Page
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.web.office.access import StaffRequest
from zusage.web.office.panels import PANELS, Panel
from zusage.web.office.request_page import done, writes


def context(one: RightsRequest, officer: Staff) -> dict[str, Any]:
    """The preview, subject by subject, in the officer's language."""
    page = Page(policy(), officer.language)  # type: ignore[arg-type]
    return {
        "ready": one.identity in ("given", "proven"),
        "plans": [
            {
                "id": planned.about_id,
                "own": planned.about_id == one.subject_id,
                "going": [line.removeprefix("– ") for line in letters.gone_lines(page, planned.going)],
                "staying": [letters.kept_line(page, fate).removeprefix("– ") for fate in planned.staying],
            }
            for planned in erase.plan(officer, one.pk)
        ],
    }


@writes
def run(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Delete, and answer."""
    if "sure" not in request.POST:
        raise Problem("missing")
    erase.erase(request.user, request_id)
    return done(request, request_id, "erased")


PANELS["deletion"] = Panel("office/panels/erase.html", context)
urls = [path("rights/<uuid:request_id>/erase/", run, name="office-request-erase")]
