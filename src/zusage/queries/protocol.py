"""The protocol as it is read: by time, act, who acted, and subject. Ids and words of the policy, no value is opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.utils import timezone

from zusage.models import Staff
from zusage.protocol.models import Entry, Seal

PAGE = 50
SINCE = ("1", "7", "30", "365", "all")
USUAL = "7"
KINDS = ("staff", "subject", "system")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the protocol is narrowed to: the last days, an act, who acted, one subject."""

    since: str = USUAL
    act: str = ""
    who: str = ""
    subject: UUID | None = None

    def query(self, **other: str) -> dict[str, str]:
        """These filters as the parts of an address that differ from the usual view."""
        subject = str(self.subject) if self.subject else ""
        now = {"since": self.since, "act": self.act, "who": self.who, "subject": subject, **other}
        usual = (("since", USUAL), ("page", "1"))
        return {name: value for name, value in now.items() if value and (name, value) not in usual}


def filters(asked: Any) -> Filters:
    """The filters in `asked` (the parameters of an address). Raises ValueError for a subject that is no id."""
    since, who = asked.get("since", USUAL), asked.get("who", "")
    subject = asked.get("subject", "").strip()
    return Filters(
        since if since in SINCE else USUAL,
        asked.get("act", "")[:60].replace("\0", ""),
        who if who in KINDS else "",
        UUID(subject) if subject else None,
    )


def entries(chosen: Filters, number: str) -> Page[Entry]:
    """One page of the protocol, newest first."""
    return Paginator(_narrowed(chosen).order_by("-at", "pk"), PAGE).get_page(number)


def counts(chosen: Filters) -> dict[str, dict[str, int]]:
    """How many lines each filter would leave, by filter and value."""
    found: dict[str, dict[str, int]] = {
        "since": {since: _narrowed(replace(chosen, since=since)).count() for since in SINCE}
    }
    rest = (("act", "act", replace(chosen, act="")), ("who", "actor_kind", replace(chosen, who="")))
    for name, column, others in rest:
        found[name] = dict(_narrowed(others).order_by().values_list(column).annotate(Count("pk")))
        found[name][""] = sum(found[name].values())
    return found


def authors(lines: list[Entry]) -> dict[str, tuple[str, str]]:
    """Who of the staff acted: id -> the name to sign in with, and the role."""
    ids = {line.actor_id for line in lines if line.actor_kind == "staff" and _is_id(line.actor_id)}
    return {str(one.pk): (one.username, one.role) for one in Staff.objects.filter(pk__in=ids)}


def sealed() -> Seal | None:
    """The newest seal."""
    return Seal.objects.order_by("-number").first()


def _narrowed(chosen: Filters) -> QuerySet[Entry]:
    found = Entry.objects.all()
    if chosen.since != "all":
        found = found.filter(at__gte=timezone.now() - timedelta(days=int(chosen.since)))
    if chosen.act:
        found = found.filter(act=chosen.act)
    if chosen.who:
        found = found.filter(actor_kind=chosen.who)
    if chosen.subject:
        found = found.filter(subject_id=chosen.subject)
    return found


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
