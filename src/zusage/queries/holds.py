"""Legal holds and restrictions as the protection officer sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from zusage.models import DEFENCE, Hold, RightsRequest, Staff
from zusage.queries.opening import Shut, opened
from zusage.vault import api as vault
from zusage.vault.models import Restriction

MOST = 200
REQUESTED = "request"


@dataclass(frozen=True, slots=True)
class HoldShown:
    """A legal hold with its reason opened. `late`: the day of its review has come."""

    hold: Hold
    reason: str
    shut: Shut
    late: bool


def live(officer: Staff) -> list[HoldShown]:
    """The holds that last, by the day of their review: what is overdue is at the top. Raises vault.Refused."""
    actor = vault.Actor.staff(officer)
    vault.may(actor, DEFENCE)
    rows = list(
        Hold.objects.filter(ended_at=None).select_related("author").order_by("review_on", "since")[:MOST]
    )
    today: date = timezone.localdate()
    return [
        HoldShown(row, columns.get("reason", ""), why, row.review_on <= today)
        for row, (columns, why) in zip(rows, opened(rows, DEFENCE, actor), strict=True)
    ]


def restrictions(officer: Staff) -> list[tuple[Restriction, RightsRequest | None]]:
    """What is blocked because a person asked for it, newest first, each with its request."""
    vault.may(vault.Actor.staff(officer), DEFENCE)
    rows = list(Restriction.objects.filter(ground=REQUESTED, ended_at=None).order_by("-since")[:MOST])
    requests = RightsRequest.objects.in_bulk([row.request_id for row in rows if row.request_id])
    return [(row, requests.get(row.request_id) if row.request_id else None) for row in rows]
