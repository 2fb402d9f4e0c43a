"""The register of breaches as the protection officer sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from zusage.models import BREACH, Breach, Staff
from zusage.queries.opening import Shut, opened
from zusage.rules.clock import breach_due
from zusage.tenant import policy
from zusage.vault import api as vault


@dataclass(frozen=True, slots=True)
class Duty:
    """What one law wants done about telling the authority. `due` None: as soon as possible."""

    regime: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A breach with its texts opened. `duties`: those still to be done, the nearest first; none without a risk."""

    breach: Breach
    texts: dict[str, str]
    shut: Shut
    duties: tuple[Duty, ...]


def register(officer: Staff) -> list[Shown]:
    """Every breach on record: the open ones first, and of those the one that was noticed first."""
    rows = list(Breach.objects.order_by(F("closed_at").desc(nulls_first=True), "noticed_at"))
    return _shown(officer, rows)


def breach(officer: Staff, breach_id: UUID) -> Shown:
    """One of them. Raises Breach.DoesNotExist."""
    return _shown(officer, [Breach.objects.get(pk=breach_id)])[0]


def duties(found: Breach) -> tuple[Duty, ...]:
    """Under which laws the authority still has to be told, and until when.

    Switzerland wants a high risk told (DSG 24(1)), the GDPR whatever isn't unlikely to be a risk (Art. 33(1)).
    """
    if found.authority_told_at or found.closed_at or found.risk == "none":
        return ()
    regimes = [one for one in policy().regimes if found.risk == "high" or one != "ch"]
    made = [Duty(one, breach_due(found.noticed_at, one)) for one in regimes]
    return tuple(sorted(made, key=lambda duty: (duty.due is None, duty.due or found.noticed_at)))


def _shown(officer: Staff, rows: list[Breach]) -> list[Shown]:
    plain = opened(rows, BREACH, vault.Actor.staff(officer))
    return [Shown(one, texts, shut, duties(one)) for one, (texts, shut) in zip(rows, plain, strict=True)]
