"""A line of the protection officer's queue, and the addresses that keep its filters."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from zusage.models import RightsRequest, Staff
from zusage.queries.rights import Filters
from zusage.web.office import wording
from zusage.web.office.deadline import deadline
from zusage.web.words import say


def line(language: str, one: RightsRequest, chosen: Filters, officer: Staff) -> dict[str, Any]:
    """A request in the queue for the template. Nothing of it is opened."""
    return {
        "id": one.pk,
        "url": request_address(one.pk, chosen),
        "right": say(language, f"office.rights.right.{one.right}"),
        "age": wording.age(language, one.submission.received_at),
        "since": one.submission.received_at,
        "state": one.state,
        "clock": deadline(language, one) if one.state == "open" else None,
        "letter": one.state != "open" and one.submission.state == "open",
        "closed_at": one.closed_at,
        "regime": say(language, f"office.rights.regime.{one.regime}"),
        "way": say(language, f"office.rights.way.{one.way}"),
        "identity": say(language, f"office.rights.identity.{one.identity}"),
        "identity_is": one.identity,
        "assigned": one.assigned_to.username if one.assigned_to else "",
        "mine": one.assigned_to_id == officer.pk,
    }


def address(chosen: Filters, **other: str) -> str:
    """The queue with `chosen`, but for `other`. A changed filter begins at the first page."""
    return _with_query(reverse("office-rights"), chosen.query(**other))


def request_address(request_id: object, chosen: Filters, **other: str) -> str:
    """A request, among those that `chosen` leaves."""
    return _with_query(reverse("office-request", args=[request_id]), {**chosen.query(), **other})


def _with_query(path: str, parts: dict[str, str]) -> str:
    return f"{path}?{urlencode(parts)}" if parts else path
