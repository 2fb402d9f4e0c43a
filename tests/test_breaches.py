"""The register of breaches: sealed, edited by one at a time, closed only when the authority knows what it has to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.make import staff
from zusage.actions import breaches
from zusage.actions.base import Conflict
from zusage.actions.breaches import Entry
from zusage.models import Breach
from zusage.protocol.models import Outbox
from zusage.vault import api as vault

pytestmark = pytest.mark.django_db(databases=["default", "keys", "protocol", "visits"])

NOTICED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ENTRY = Entry(
    NOTICED, None, "high", {"what": "Laptop lost on the train", "measures": "Sessions ended", "told": ""}
)


def test_a_breach_is_sealed_and_the_officer_reads_it():
    officer = staff("officer")
    breach_id = breaches.register(officer, ENTRY, "page-1")
    assert breaches.register(officer, ENTRY, "page-1") == breach_id
    breach = Breach.objects.get()
    assert b"Laptop" not in bytes(breach.what) and breach.told is None
    assert vault.open(breach, "breach", vault.Actor.staff(officer)) == {
        "what": "Laptop lost on the train", "measures": "Sessions ended",
    }  # fmt: skip
    for role in ("clerk", "administrator"):
        with pytest.raises(vault.Refused):
            vault.open(breach, "breach", vault.Actor.staff(staff(role)))
        with pytest.raises(vault.Refused):
            breaches.register(staff(role), ENTRY, "page-2")
    assert Outbox.objects.filter(act="register-breach").count() == 1


def test_two_officers_do_not_overwrite_each_other():
    officer = staff("officer")
    breach_id = breaches.register(officer, ENTRY, "page-3")
    breaches.amend(officer, breach_id, replace(ENTRY, risk="risk", texts={"what": "Laptop found"}), 1)
    with pytest.raises(Conflict, match="edited"):
        breaches.amend(staff("officer"), breach_id, ENTRY, 1)
    breach = Breach.objects.get()
    assert (breach.risk, breach.edition) == ("risk", 2)
    # What was taken out of the entry is gone.
    assert vault.open(breach, "breach", vault.Actor.staff(officer)) == {"what": "Laptop found"}


def test_a_high_risk_is_closed_only_once_the_authority_knows():
    officer = staff("officer")
    breach_id = breaches.register(officer, ENTRY, "page-4")
    with pytest.raises(Conflict, match="authority-not-told"):
        breaches.close(officer, breach_id, 1)
    breaches.amend(officer, breach_id, replace(ENTRY, authority_told_at=NOTICED), 1)
    with pytest.raises(Conflict, match="edited"):
        breaches.close(officer, breach_id, 1)
    breaches.close(officer, breach_id, 2)
    assert Breach.objects.get().closed_at is not None
    for again in (
        lambda: breaches.close(officer, breach_id, 3),
        lambda: breaches.amend(officer, breach_id, ENTRY, 3),
    ):
        with pytest.raises(Conflict, match="breach-closed"):
            again()


def test_an_incident_is_a_subject_of_its_own_and_can_be_shredded():
    officer = staff("officer")
    breaches.register(officer, ENTRY, "page-5")
    breach = Breach.objects.get()
    vault.shred(breach.subject_id, "period", vault.Actor.system("sweep"))
    with pytest.raises(vault.Refused, match="erased"):
        vault.open(Breach.objects.get(), "breach", vault.Actor.staff(officer))
