"""What has left the house, as it is on record: no value is opened for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from zusage.models import Case, Demand, Disclosure, Staff, Submission
from zusage.models.disclosures import LEGAL_DUTY
from zusage.queries.opening import Shut, opened
from zusage.tenant import policy
from zusage.vault import api as vault

PAGE = 50
GROUNDS = tuple(ground for ground, _ in Disclosure.GROUNDS)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the log is narrowed to; anything that isn't offered was dropped."""

    recipient: str = ""
    ground: str = ""

    def query(self, **other: str) -> dict[str, str]:
        """These filters as the parts of an address that differ from the usual view."""
        now = {"recipient": self.recipient, "ground": self.ground, **other}
        return {name: value for name, value in now.items() if value and (name, value) != ("page", "1")}


def filters(asked: Any) -> Filters:
    """The filters in `asked` (the parameters of an address)."""

    def one(name: str, offered: Sequence[str]) -> str:
        value = asked.get(name, "")
        return value if value in offered else ""

    return Filters(one("recipient", tuple(policy().recipients)), one("ground", GROUNDS))


def log(chosen: Filters, number: str) -> Page[Disclosure]:
    """One page of the log, newest first."""
    return Paginator(_narrowed(chosen).order_by("-at", "pk"), PAGE).get_page(number)


def counts(chosen: Filters) -> dict[str, dict[str, int]]:
    """How many lines each filter would leave, by filter and value."""
    found = {}
    for name in ("recipient", "ground"):
        others = Filters(**{**chosen.query(), name: ""})
        tally = _narrowed(others).order_by().values_list(name).annotate(Count("pk"))
        found[name] = dict(tally)
        found[name][""] = sum(found[name].values())
    return found


def authors(lines: Sequence[Disclosure]) -> dict[str, str]:
    """Who let them go: the actor's id -> the name to sign in with, for those who work here."""
    ids = {line.actor_id for line in lines if line.actor_kind == "staff"}
    return {str(one.pk): one.username for one in Staff.objects.filter(pk__in=ids)}


def of_submission(submission: Submission) -> list[Disclosure]:
    """What went out about a submission, or about its case together with it, newest first."""
    about: list[Submission | Case] = [submission]
    if submission.case:
        about.append(submission.case)
    found = Disclosure.objects.filter(
        subject_id__in=[one.subject_id for one in about], record_id__in=[str(one.pk) for one in about]
    )
    return list(found.order_by("-at", "pk"))


@dataclass(frozen=True, slots=True)
class DemandShown:
    """A demand of an authority: its rows belong together, one for each subject."""

    batch: UUID
    rows: list[Demand]
    authority: str
    reference: str
    shut: Shut

    @property
    def first(self) -> Demand:
        """The row that stands for all of them: citation, day and state are the same."""
        return self.rows[0]


def demands(officer: Staff) -> list[DemandShown]:
    """Every demand: the open ones first, and of those the oldest."""
    batches: dict[UUID, list[Demand]] = {}
    for row in Demand.objects.order_by("received_on", "pk"):
        batches.setdefault(row.batch, []).append(row)
    found = _shown(officer, list(batches.values()))
    return sorted(found, key=lambda one: (one.first.closed_at is not None, one.first.received_on))


def demand(officer: Staff, batch: UUID) -> DemandShown:
    """One of them. Raises Demand.DoesNotExist."""
    rows = list(Demand.objects.filter(batch=batch).order_by("pk"))
    if not rows:
        raise Demand.DoesNotExist
    return _shown(officer, [rows])[0]


def handed_over(batch: UUID) -> list[Disclosure]:
    """What was handed over on a demand, newest first."""
    return list(Disclosure.objects.filter(batch=batch, purpose=LEGAL_DUTY).order_by("-at", "pk"))


def _shown(officer: Staff, batches: list[list[Demand]]) -> list[DemandShown]:
    plain = opened([rows[0] for rows in batches], LEGAL_DUTY, vault.Actor.staff(officer))
    return [
        DemandShown(rows[0].batch, rows, texts.get("authority", ""), texts.get("reference", ""), shut)
        for rows, (texts, shut) in zip(batches, plain, strict=True)
    ]


def _narrowed(chosen: Filters) -> QuerySet[Disclosure]:
    found = Disclosure.objects.all()
    if chosen.recipient:
        found = found.filter(recipient=chosen.recipient)
    if chosen.ground:
        found = found.filter(ground=chosen.ground)
    return found
