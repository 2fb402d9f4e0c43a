"""What may leave the house, decided from the policy: each reason against it, and nothing else, keeps the gate shut."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tenants import REFERENCE, loaded
from zusage.policy.types import Contract, Policy
from zusage.rules.disclosure import NotDisclosed, Order, allowed, check, citation, guarantee

TODAY = date(2026, 11, 25)
CREDITOR = Order("creditor", "enquiry", "contract", "csv")
DEMANDED = Order("authorities", "legal-duty", "law", "json", "Art. 284 ZPO", ("name",))


def policy() -> Policy:
    return loaded(REFERENCE)


def with_recipient(id_: str, **changes: object) -> Policy:
    """The reference policy with one recipient changed."""
    changed = replace(policy().recipients[id_], **changes)
    return replace(policy(), recipients=MappingProxyType({**policy().recipients, id_: changed}))


def refusal(order: Order, against: Policy | None = None, today: date = TODAY) -> tuple[str, str]:
    with pytest.raises(NotDisclosed) as shut:
        check(against or policy(), order, today)
    return shut.value.reason, shut.value.detail


def test_what_the_policy_allows_may_go():
    assert check(policy(), CREDITOR, TODAY).id == "creditor"
    assert check(policy(), DEMANDED, TODAY).id == "authorities"
    assert check(policy(), Order("mail-service", "mailbox-notice", "contract", "mail"), TODAY)
    assert check(policy(), Order("print-service", "collection", "contract", "zip"), TODAY)


@pytest.mark.parametrize(
    "order, reason",
    [
        (replace(CREDITOR, recipient="advertiser"), "unknown-recipient"),
        (replace(CREDITOR, purpose="scoring"), "unknown-purpose"),
        (replace(CREDITOR, purpose="contact"), "not-for-this-purpose"),
        (replace(CREDITOR, recipient="own-staff"), "own-staff"),
        (replace(CREDITOR, ground="law", citation="Art. 1 X", fields=("name",)), "not-by-law"),
        (replace(CREDITOR, ground="consent"), "no-consent"),
        (replace(CREDITOR, fields=("name", "date_of_birth")), "field-not-declared"),
        (replace(DEMANDED, purpose="collection"), "not-by-law"),
        (replace(DEMANDED, ground="contract"), "not-by-contract"),
        (replace(DEMANDED, citation=""), "no-citation"),
        (replace(DEMANDED, citation="because"), "no-citation"),
        (replace(DEMANDED, fields=None), "no-fields"),
        (replace(DEMANDED, fields=()), "no-fields"),
        (replace(DEMANDED, fields=("notice_email",)), "field-not-declared"),
    ],
)
def test_each_reason_against_it_keeps_the_gate_shut(order, reason):
    assert refusal(order)[0] == reason


def test_without_a_valid_contract_nothing_goes_to_a_processor():
    contract = policy().recipients["print-service"].contract
    assert contract is not None
    order = Order("print-service", "collection", "contract", "zip")
    for changed, reason in [
        (None, "no-contract"),
        (replace(contract, until=date(2026, 11, 24)), "contract-over"),
        (replace(contract, concluded=date(2026, 11, 26)), "contract-over"),
    ]:
        assert refusal(order, with_recipient("print-service", contract=changed))[0] == reason
    last_day = replace(contract, until=TODAY)
    assert check(with_recipient("print-service", contract=last_day), order, TODAY)


def test_abroad_it_takes_an_adequate_country_or_a_safeguard():
    assert refusal(CREDITOR, with_recipient("creditor", country="XK")) == ("abroad", "XK")
    assert refusal(CREDITOR, with_recipient("creditor", country="US")) == ("abroad", "US")
    adequate = with_recipient("creditor", country="DE")
    assert guarantee(adequate, check(adequate, CREDITOR, TODAY)) == "adequate"
    bound = with_recipient("creditor", country="US", safeguard="standard clauses of 2021-06-04")
    assert guarantee(bound, check(bound, CREDITOR, TODAY)) == "standard clauses of 2021-06-04"
    assert guarantee(policy(), policy().recipients["creditor"]) == ""


def test_what_passes_is_what_is_declared():
    may = allowed(policy(), policy().recipients["creditor"])
    assert may.passes("name", "name") and may.passes("", "name") and may.passes("", "claim")
    assert not may.passes("phone_day", "phone") and not may.passes("", "date-of-birth")
    # A field counts by its own name, even where another of its category may go.
    assert not may.passes("first_name", "name")


@given(st.text(max_size=300))
def test_any_citation_is_taken_tidied_or_refused(raw):
    try:
        taken = citation(raw)
    except NotDisclosed as shut:
        assert shut.reason == "no-citation"
    else:
        assert 4 <= len(taken) <= 200 and taken.isprintable() and taken == " ".join(taken.split())


@given(st.dates(), st.dates(), st.one_of(st.none(), st.dates()))
def test_a_contract_binds_from_its_first_day_to_its_last(today, concluded, until):
    contract = Contract("c", concluded, until, "d")
    assert contract.valid(today) == (concluded <= today <= (until or date.max))
