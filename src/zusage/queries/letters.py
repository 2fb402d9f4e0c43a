"""Which case files the next letters go to, and which of those that were meant get none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from zusage.models import COLLECTION, Case, Disclosure, Staff
from zusage.queries.opening import opened
from zusage.rules import envelope, written
from zusage.vault import api as vault

CHUNK = 200
Why = Literal["blocked", "no-address"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The case files that get a letter, in order; those left out by their place among what was asked for (from 0).

    `more`: whether other open files wait for the next batch.
    """

    cases: tuple[UUID, ...]
    left_out: tuple[tuple[int, Why], ...]
    more: bool = False


def named(clerk: Staff, case_ids: Sequence[UUID]) -> Chosen:
    """These case files, as far as they can get a letter."""
    found = {case.pk: case for case in Case.objects.filter(pk__in=case_ids)}
    cases = [found[one] for one in case_ids]
    reasons = _reasons(clerk, cases)
    return Chosen(
        tuple(case.pk for case, why in zip(cases, reasons, strict=True) if not why),
        tuple((place, why) for place, why in enumerate(reasons) if why),
    )


def open_ones(clerk: Staff, most: int) -> Chosen:
    """The open case files without a code that still opens something, the oldest first, `most` at once."""
    cases: list[UUID] = []
    left_out: list[tuple[int, Why]] = []
    place = 0
    for chunk in _chunks(_waiting()):
        for case, why in zip(chunk, _reasons(clerk, chunk), strict=True):
            if len(cases) == most:
                return Chosen(tuple(cases), tuple(left_out), more=True)
            if why:
                left_out.append((place, why))
            else:
                cases.append(case.pk)
            place += 1
    return Chosen(tuple(cases), tuple(left_out))


def waiting() -> tuple[int, int]:
    """How many case files are open, and how many of them have no code that still opens something."""
    return Case.objects.filter(state="open").count(), _waiting().count()


def references(clerk: Staff, batch: UUID, recipient: str) -> list[str]:
    """The references of the files whose letters went in this batch, as far as they may be opened still."""
    went = Disclosure.objects.filter(recipient=recipient, batch=batch).values_list("record_id", flat=True)
    cases = list(Case.objects.filter(pk__in=[UUID(one) for one in went]).order_by("opened_on", "pk"))
    return [
        plain["reference"]
        for plain, shut in opened(cases, COLLECTION, vault.Actor.staff(clerk))
        if not shut and "reference" in plain
    ]


def _waiting() -> QuerySet[Case]:
    coded = Case.objects.filter(letter_codes__until__gt=timezone.now())
    return Case.objects.filter(state="open").exclude(pk__in=coded.values("pk")).order_by("opened_on", "pk")


def _chunks(cases: QuerySet[Case]) -> Iterator[list[Case]]:
    ids = list(cases.values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        found = {case.pk: case for case in Case.objects.filter(pk__in=ids[start : start + CHUNK])}
        yield [found[one] for one in ids[start : start + CHUNK] if one in found]


def _reasons(clerk: Staff, cases: Sequence[Case]) -> list[Why | Literal[""]]:
    return [
        "blocked"
        if shut
        else ""
        if envelope.lines(written.name(plain), written.address(plain))
        else "no-address"
        for plain, shut in opened(cases, COLLECTION, vault.Actor.staff(clerk))
    ]
