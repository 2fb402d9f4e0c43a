"""What left the demo's house: a proposal passed on to a creditor, an authority's demand; and a breach in the register."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from zusage.actions import breaches, creditor, demands
from zusage.actions.base import Conflict
from zusage.actions.breaches import Entry
from zusage.actions.demands import Received
from zusage.actions.disclose import NotDisclosed
from zusage.actions.matching import choose
from zusage.models import (
    BREACH,
    LEGAL_DUTY,
    REFERENCE_INDEX,
    Breach,
    Case,
    Demand,
    Disclosure,
    Staff,
    Submission,
)
from zusage.queries.inbox import kinds
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.vault import api as vault

PROPOSED = "BE-2026-20013"  # the case of the demo's payment proposal
DEMANDED = "ZH-2026-10077"

# ruff: noqa: E501  (texts)
WRONG_ADDRESS = {
    "what": "Ein Brief mit einer Zahlungsübersicht ging an die frühere Adresse der Person. Die neuen Bewohner haben ihn geöffnet und uns angerufen.",
    "persons": "Eine Person, Schuldnerin.",
    "data": "Name, Aktenzeichen, Höhe der Forderung, Name des Gläubigers.",
    "consequences": "Dritte wissen, dass gegen die Person eine Forderung besteht.",
    "measures": "Brief zurückverlangt. Die Adresse ist gesperrt, bis die neue bestätigt ist.",
}


def load(clerk: Staff, officer: Staff) -> None:
    """Do what isn't done yet. A killed first start goes on where it stopped."""
    _passed_on(clerk)
    if LEGAL_DUTY in policy().purposes:
        _demanded(officer)
    if BREACH in policy().purposes:
        _breach(officer)


def _passed_on(clerk: Staff) -> None:
    file = _file(PROPOSED)
    asked = vault.find(REFERENCE_INDEX, [normal(PROPOSED)], Submission._meta.label_lower)
    proposal = (
        Submission.objects.filter(pk__in=asked, purpose__in=kinds(clerk.role)).order_by("received_at").first()
    )
    if proposal is None or file is None or Disclosure.objects.filter(recipient=creditor.CREDITOR).exists():
        return
    fields = ("reference", "debtor_first_name", "debtor_name", "monthly_instalment", "payment_day")
    try:
        if proposal.case_id is None:
            choose(clerk, proposal.pk, file.pk)
        creditor.pass_on(clerk, proposal.pk, "csv", fields, "demo-passed-on")
    except (Conflict, NotDisclosed, vault.Refused):
        return  # somebody has tried the demo out: it was blocked, erased, or belongs elsewhere now


def _demanded(officer: Staff) -> None:
    if _file(DEMANDED) is None or Demand.objects.exists():
        return
    day = timezone.localdate() - timedelta(days=3)
    received = Received(
        "Betreibungsamt Olten-Gösgen", "B-2026-4471", "Art. 91 Abs. 4 SchKG", day, (DEMANDED,)
    )
    demands.receive(officer, received, "demo-demand-olten")


def _breach(officer: Staff) -> None:
    if Breach.objects.exists():
        return
    noticed = timezone.now() - timedelta(hours=20)
    entry = Entry(noticed.replace(second=0, microsecond=0), None, "risk", WRONG_ADDRESS)
    breaches.register(officer, entry, "demo-breach-letter")


def _file(reference: str) -> Case | None:
    found = vault.find(REFERENCE_INDEX, [normal(reference)], Case._meta.label_lower)
    return Case.objects.filter(pk__in=found).first()
