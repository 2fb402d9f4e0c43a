"""Two files of one person in the demo, under two names: what `zusage link-subjects` proposes to the officer."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from zusage.actions.cases import open_case
from zusage.models import REFERENCE_INDEX, Case, Link
from zusage.rules.references import normal
from zusage.vault import api as vault

KNOWN = "BE-2026-20027"
"""Among the demo's own files; a request for a copy is about it (`demo_rights`)."""
OTHER = {
    "reference": "ZH-2026-10090",
    "debtor_first_name": "Maria",
    "debtor_name": "Ferreira",
    "date_of_birth": "1988-05-30",
    "address": "Seestrasse 202, 3600 Thun",
    "phones": "+41330000141",
    "creditor": "Mobilnetz Limmat AG",
    "balance": "CHF 204.60",
}
AGREED = "given-partial family-part born-exact street-exact postcode-exact"


def load() -> None:
    """Do what isn't done yet."""
    known, other = _case(KNOWN), _case(OTHER["reference"])
    if known is None or Link.objects.exists():
        return
    if other is None:
        day = timezone.localdate() - timedelta(days=16)
        other = open_case(vault.Actor.system("demo"), day, OTHER)
    for one, two in ((known, other), (other, known)):
        Link.objects.create(subject_id=one.subject_id, other_id=two.subject_id, weight=24, agreed=AGREED)


def _case(reference: str) -> Case | None:
    found = vault.find(REFERENCE_INDEX, [normal(reference)], Case._meta.label_lower)
    return Case.objects.filter(pk__in=found).first()
