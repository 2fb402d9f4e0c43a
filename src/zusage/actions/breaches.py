"""The register of breaches of data security: what happened, what it means, whom we told.

Sources: DSG 24, DSV 15, Articles 33 and 34 GDPR.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.utils import timezone

from zusage.actions.base import Conflict, action
from zusage.models import BREACH, Breach, Staff, Subject
from zusage.protocol.outbox import Actor, Deed, record
from zusage.vault import api as vault

Risk = Literal["none", "risk", "high"]
TEXTS = ("what", "persons", "data", "consequences", "measures", "told")
"""The sealed columns, in the order of the authority's form."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the officer writes down. `texts`: column of `TEXTS` -> text; empty ones are left out.

    `authority_told_at`, `persons_told_at`: when they were told, None as long as they weren't.
    """

    noticed_at: datetime
    occurred_at: datetime | None
    risk: Risk
    texts: dict[str, str]
    authority_told_at: datetime | None = None
    persons_told_at: datetime | None = None


def register(officer: Staff, entry: Entry, form_token: str) -> UUID:
    """A new breach; its id. The same page sent twice is one breach.

    Raises vault.Refused where `officer` may not keep the register.
    """
    vault.may(Actor.staff(officer), BREACH)
    breach_id = vault.keyed_id("breach", officer.pk.bytes, form_token.encode())
    ring = vault.Keyring()
    return _register(officer, entry, breach_id, ring.reserve(BREACH), ring)


def suspect(clerk: Staff, entry: Entry, ring: vault.Keyring, subject_id: UUID, *why: bytes) -> UUID:
    """Put what may be a breach into the register, for the officer to look at; the same `why` is one breach.

    Whoever writes it down needs no right to read the register. `subject_id`: reserved in `ring`.
    """
    return _register(clerk, entry, vault.keyed_id("breach", *why), subject_id, ring)


@action
def _register(officer: Staff, entry: Entry, breach_id: UUID, subject_id: UUID, ring: vault.Keyring) -> UUID:
    if Breach.objects.filter(pk=breach_id).exists():
        return breach_id
    # A subject that stands for the incident alone: so it is sealed, kept and shredded like the rest.
    subject = Subject.objects.create(id=subject_id)
    breach = Breach(id=breach_id, subject=subject, author=officer)
    _put(breach, entry, ring)
    breach.save(force_insert=True)
    _record(officer, "register-breach", breach)
    return breach_id


@action
def amend(officer: Staff, breach_id: UUID, entry: Entry, edition: int) -> None:
    """Write down what is known now. `edition`: the one the officer had before them.

    Raises Conflict("edited") where somebody changed it meanwhile, Conflict("breach-closed"), Breach.DoesNotExist.
    """
    breach = _locked(officer, breach_id, edition)
    _put(breach, entry, vault.Keyring())
    breach.edition += 1
    breach.save()
    _record(officer, "amend-breach", breach)


@action
def close(officer: Staff, breach_id: UUID, edition: int) -> None:
    """The matter is done; the period for which the register has to keep it starts to run. Raises as `amend`.

    Raises Conflict("authority-not-told") for a high risk that the authority wasn't told of.
    """
    breach = _locked(officer, breach_id, edition)
    if breach.risk == "high" and breach.authority_told_at is None:
        raise Conflict("authority-not-told")
    breach.closed_at = timezone.now()
    breach.edition += 1
    breach.save(update_fields=["closed_at", "edition"])
    _record(officer, "close-breach", breach)


def _locked(officer: Staff, breach_id: UUID, edition: int) -> Breach:
    vault.may(Actor.staff(officer), BREACH)
    breach = Breach.objects.select_for_update().get(pk=breach_id)
    if breach.closed_at:
        raise Conflict("breach-closed")
    if breach.edition != edition:
        raise Conflict("edited")
    return breach


def _put(breach: Breach, entry: Entry, ring: vault.Keyring) -> None:
    breach.noticed_at, breach.occurred_at, breach.risk = entry.noticed_at, entry.occurred_at, entry.risk
    breach.authority_told_at, breach.persons_told_at = entry.authority_told_at, entry.persons_told_at
    for column in TEXTS:
        setattr(breach, column, None)
    vault.seal(breach, {name: text for name, text in entry.texts.items() if text}, ring)


def _record(officer: Staff, act: str, breach: Breach) -> None:
    record(Actor.staff(officer), [Deed(act, "zusage.breach", str(breach.pk), breach.subject_id, BREACH)])
