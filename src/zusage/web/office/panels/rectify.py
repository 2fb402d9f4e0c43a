"""Rectification: the person's values, each to be corrected or marked as disputed; and who has to be told."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from zusage.actions.base import Conflict
from zusage.actions.disclose import Disclosed, NotDisclosed
from zusage.actions.rights import rectify as actions
from zusage.actions.rights.steps import concerned
from zusage.models import Correction, RightsRequest, Staff
from zusage.queries import rectify as queries
from zusage.queries.opening import opened
from zusage.rules import text
from zusage.rules.access.words import words
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.web.office import wording
from zusage.web.office.access import StaffRequest
from zusage.web.office.panels import PANELS, Panel
from zusage.web.office.request_page import done, writes

LONGEST = 10_000


def _context(request: RightsRequest, officer: Staff) -> dict[str, Any]:
    if request.identity not in ("given", "proven"):
        return {"ready": False}
    language = officer.language
    held = queries.held(officer, concerned(request))
    order = list(policy().categories)
    held.sort(key=lambda one: order.index(one.category) if one.category in order else len(order))
    shown = [(one.category, _value(language, number, one)) for number, one in enumerate(held, start=1)]
    return {
        "ready": True,
        "groups": [
            (_category(language, category), [value for _, value in values])
            for category, values in groupby(shown, lambda pair: pair[0])
        ],
        "corrections": list(_corrections(request, officer)),
    }


def _value(language: str, number: int, one: queries.Held) -> dict[str, Any]:
    value = one.value
    return {
        "number": number,
        "held": one,
        "label": _label(language, one.field, one.column),
        "where": ", ".join(
            (
                words(language)[f"table.{_table(one.record_type)}"],
                policy().text(language, f"purpose.{one.purpose}.title"),
            )
        ),
        "value": wording.birth(language, value)
        if one.column == "date_of_birth"
        else wording.shown(language, one.field, value),
        "several": "\n" in value or len(value) > 80,
    }


def _corrections(request: RightsRequest, officer: Staff) -> Iterable[dict[str, Any]]:
    language = officer.language
    rows = queries.corrections(request)
    for row, (plain, shut) in zip(rows, opened(rows, "rights", vault.Actor.staff(officer)), strict=True):
        field = row.record_id.partition(":")[2]
        yield {
            "one": row,
            "label": _label(language, field, row.column),
            "before": plain.get("before", ""),
            "note": plain.get("note", ""),
            "shut": shut,
            "to_tell": [
                (one.recipient, policy().text(language, f"recipient.{one.recipient}.name"), one.at)
                for one in queries.to_tell(row)
            ]
            if row.before is not None
            else [],
        }


def _label(language: str, field: str, column: str) -> str:
    return wording.label(language, field) if field else words(language).get(f"column.{column}", column)


def _category(language: str, id_: str) -> str:
    return policy().words[language].get(f"category.{id_}.name", id_)  # type: ignore[index]


def _table(record_type: str) -> str:
    """A table's name in the words: they name it with capitals."""
    names = (key.removeprefix("table.") for key in words("de") if key.startswith("table."))
    return next(name for name in names if name.lower() == record_type)


@writes
def change(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Put the right value in place of the wrong one."""
    sent = request.POST
    actions.change(
        request.user,
        request_id,
        *_which(request),
        sent.get("value", ""),
        text.paragraph(sent.get("text", ""), longest=LONGEST),
        seen=sent.get("seen", ""),
        form_token=_token(request),
    )
    return done(request, request_id, "rectified")


@writes
def dispute(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Put a note of dispute beside the value."""
    note = text.paragraph(request.POST.get("text", ""), longest=LONGEST)
    actions.dispute(request.user, request_id, *_which(request), note, form_token=_token(request))
    return done(request, request_id, "disputed")


@writes
def settle_dispute(request: StaffRequest, request_id: UUID, correction_id: UUID) -> HttpResponse:
    """The dispute is over."""
    try:
        actions.settle(request.user, request_id, correction_id)
    except Correction.DoesNotExist:
        raise Conflict("no-such-value") from None
    return done(request, request_id, "dispute-settled")


@writes
def tell(request: StaffRequest, request_id: UUID, correction_id: UUID) -> HttpResponse:
    """The new value as a file for somebody who got the old one. It is on record as disclosed from now on."""
    recipient = request.POST.get("recipient", "")
    try:
        told = actions.tell(request.user, request_id, correction_id, recipient)
    except Correction.DoesNotExist:
        raise Conflict("no-such-value") from None
    except NotDisclosed:
        raise Conflict("not-disclosed") from None
    return HttpResponse(
        _file(told),
        content_type="application/json",
        headers={
            "Content-Disposition": 'attachment; filename="correction.json"',
            "Cache-Control": "no-store",
        },
    )


def _file(told: Disclosed) -> str:
    return json.dumps([values for values in told.values if values], ensure_ascii=False, indent=1)


def _which(request: StaffRequest) -> tuple[str, str, str]:
    sent = request.POST
    return sent.get("record_type", ""), sent.get("record_id", ""), sent.get("column", "")


def _token(request: StaffRequest) -> str:
    return request.POST.get("form_token", "")[:64] or secrets.token_urlsafe(16)


PANELS["rectification"] = Panel("office/panels/rectify.html", _context)

urls = [
    path("rights/<uuid:request_id>/rectify/", change, name="office-request-rectify"),
    path("rights/<uuid:request_id>/dispute/", dispute, name="office-request-dispute"),
    path(
        "rights/<uuid:request_id>/corrections/<uuid:correction_id>/settle/",
        settle_dispute,
        name="office-request-settle-dispute",
    ),
    path("rights/<uuid:request_id>/corrections/<uuid:correction_id>/tell/", tell, name="office-request-tell"),
]
