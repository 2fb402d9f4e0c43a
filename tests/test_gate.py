"""The gate: what leaves is cut to what the recipient may get, and put on record; the blocked don't leave at all."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from tests.make import clerk, staff, submission
from zusage.actions import disclose as gate
from zusage.actions.base import Conflict
from zusage.actions.cases import open_case
from zusage.actions.creditor import pass_on
from zusage.actions.disclose import NotDisclosed, Order, disclose
from zusage.actions.matching import choose
from zusage.models import Case, Demand, Disclosure, SubmissionValue
from zusage.protocol.models import Outbox
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Restriction, Warrant

pytestmark = pytest.mark.django_db(databases=["default", "keys", "protocol", "visits"])

ORDER = Order("creditor", "enquiry", "contract", "csv")
FILE = {
    "reference": "ZH-2026-10041",
    "debtor_name": "Nadine Oberholzer",
    "date_of_birth": "1984-03-17",
    "address": "Lindenweg 4, 8400 Winterthur",
    "creditor": "Velohaus Tössfeld AG",
    "balance": "420.50",
}


def values(sent) -> list[SubmissionValue]:
    return list(SubmissionValue.objects.filter(submission=sent))


def case() -> Case:
    return open_case(vault.Actor.system("test"), date(2026, 1, 1), FILE)


def together(disclosed) -> dict[str, str]:
    return {name: value for one in disclosed.values if one for name, value in one.items()}


def test_the_creditor_gets_what_it_may_get_and_the_rest_is_cut():
    sent = submission("enquiry")
    went = together(disclose(vault.Actor.staff(clerk()), ORDER, values(sent)))
    assert went == {"name": "Nadine Oberholzer", "case_reference": "ZH-2026-10041", "message": "Guten Tag"}
    line = Disclosure.objects.get()
    assert (line.subject_id, line.recipient, line.purpose) == (sent.subject_id, "creditor", "enquiry")
    assert set(line.fields.split()) == set(went)
    assert (line.country, line.safeguard, line.record_id) == ("CH", "", str(sent.pk))
    assert "2025-01-01" in line.contract
    deed = Outbox.objects.get(act="disclose")
    assert (deed.recipient, deed.subject_id, deed.record_id) == ("creditor", sent.subject_id, str(line.pk))


def test_a_case_file_is_cut_by_category():
    order = replace(ORDER, purpose="collection")
    went = together(disclose(vault.Actor.staff(clerk()), order, [case()]))
    assert set(went) == {"reference", "debtor_name", "creditor", "balance"}
    for column in ("address", "date_of_birth"):
        with pytest.raises(NotDisclosed, match=f"field-not-declared {column}"):
            disclose(vault.Actor.staff(clerk()), replace(order, fields=(column,)), [case()])
    assert Disclosure.objects.count() == 1


def test_only_what_is_asked_for_goes():
    went = disclose(
        vault.Actor.staff(clerk()), replace(ORDER, fields=("name",)), values(submission("enquiry"))
    )
    assert together(went) == {"name": "Nadine Oberholzer"}
    assert Disclosure.objects.get().fields == "name"


@pytest.mark.parametrize("purpose", ["", "enquiry"])
def test_the_blocked_do_not_leave(purpose):
    sent, other = submission("enquiry"), submission("enquiry", name="Blerim Krasniqi")
    Restriction.objects.create(subject_id=sent.subject_id, kind="restriction", purpose=purpose)
    with pytest.raises(NotDisclosed, match="blocked"):
        disclose(vault.Actor.staff(clerk()), ORDER, values(sent))
    went = disclose(vault.Actor.staff(clerk()), ORDER, [*values(sent), *values(other)])
    assert together(went)["name"] == "Blerim Krasniqi"
    assert [line.subject_id for line in Disclosure.objects.all()] == [other.subject_id]


def test_who_may_not_open_may_not_disclose():
    for role in ("officer", "administrator"):
        with pytest.raises(vault.Refused):
            disclose(vault.Actor.staff(staff(role)), ORDER, values(submission("enquiry")))
    assert not Disclosure.objects.exists()


def test_a_law_opens_what_it_names_on_a_demand_even_of_the_blocked():
    file, officer = case(), vault.Actor.staff(staff("officer"))
    Restriction.objects.create(subject_id=file.subject_id, kind="restriction")
    order = Order(
        "authorities", "legal-duty", "law", "json", "Art. 91 Abs. 4 SchKG", ("debtor_name", "address")
    )
    with pytest.raises(NotDisclosed, match="not-by-law"):
        disclose(officer, order, [file])
    demand = Demand.objects.create(
        subject_id=file.subject_id, batch=uuid.uuid4(), citation=order.citation, received_on=date(2026, 11, 1)
    )
    with pytest.raises(NotDisclosed, match="blocked"):
        disclose(officer, order, [file], demand=demand)
    Warrant.objects.create(subject_id=file.subject_id, purpose="legal-duty", record_id=demand.pk)
    went = together(disclose(officer, order, [file], demand=demand))
    assert went == {"debtor_name": FILE["debtor_name"], "address": FILE["address"]}
    line = Disclosure.objects.get()
    assert (line.ground, line.citation, line.demand) == ("law", "Art. 91 Abs. 4 SchKG", demand)


def test_what_the_house_puts_with_it_counts_too():
    file, actor = case(), vault.Actor.staff(clerk())
    order = Order("print-service", "collection", "contract", "zip", made=(("letter_code", "access-code"),))
    went = together(disclose(actor, order, [file]))
    assert set(went) == {"reference", "debtor_name", "address"}
    assert set(Disclosure.objects.get().fields.split()) == {*went, "letter_code"}
    with pytest.raises(NotDisclosed, match="field-not-declared letter_code"):
        disclose(actor, replace(order, recipient="creditor"), [file])


def test_the_creditor_is_told_of_a_case_and_of_what_was_written_about_it():
    file, sent, who = case(), submission("payment"), clerk()
    with pytest.raises(Conflict, match="no-case"):
        pass_on(who, sent.pk, "csv")
    choose(who, sent.pk, file.pk)
    went = pass_on(who, sent.pk, "json")
    assert went["balance"] == "420.50" and went["monthly_instalment"] == "120.00"
    assert not {"phone_day", "date_of_birth", "address"} & set(went)
    assert {line.subject_id for line in Disclosure.objects.all()} == {file.subject_id, sent.subject_id}
    assert pass_on(who, sent.pk, "csv", ("message",)) == {"message": "Guten Tag"}
    with pytest.raises(NotDisclosed, match="field-not-declared phone_day"):
        pass_on(who, sent.pk, "csv", ("message", "phone_day"))
    Restriction.objects.create(subject_id=sent.subject_id, kind="objection", purpose="payment")
    before = Disclosure.objects.count()
    with pytest.raises(NotDisclosed, match="blocked"):
        pass_on(who, sent.pk, "csv")
    assert Disclosure.objects.count() == before


def test_nothing_is_on_record_that_did_not_go_and_nothing_goes_without_record(monkeypatch):
    sent = submission("enquiry")
    changed = replace(policy().recipients["creditor"], contract=None)
    broken = replace(policy(), recipients=MappingProxyType({**policy().recipients, "creditor": changed}))
    with monkeypatch.context() as patch:
        patch.setattr(gate, "policy", lambda: broken)
        with pytest.raises(NotDisclosed, match="no-contract"):
            disclose(vault.Actor.staff(clerk()), ORDER, values(sent))
    assert (
        not Disclosure.objects.exists() and not Outbox.objects.filter(act__in=["open", "disclose"]).exists()
    )
    monkeypatch.setattr(gate, "record", _fails)
    with pytest.raises(RuntimeError):
        disclose(vault.Actor.staff(clerk()), ORDER, values(sent))
    assert not Disclosure.objects.exists() and not Outbox.objects.filter(act="open").exists()


def _fails(*args, **kwargs):
    raise RuntimeError("the protocol is away")
