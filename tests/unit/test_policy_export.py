"""The policy for other eyes, and its vocabulary."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tenants import MINIMAL, REFERENCE, copied, edited, loaded
from zusage.policy.diff import diff, periods
from zusage.policy.export import export
from zusage.policy.holes.promises import used_terms
from zusage.policy.law import regimes
from zusage.policy.load import load
from zusage.policy.show import show
from zusage.policy.vocabulary import PREFIXES, terms

ROOT = Path(__file__).parents[2]
DPV = ROOT.parent / "shared" / "data" / "dpv"


def test_shown_as_text() -> None:
    policy = loaded(REFERENCE)
    text = show(policy)
    for entries in (policy.purposes, policy.recipients, policy.roles, policy.promises, policy.measures):
        for id_ in entries:
            assert id_ in text
    for cookie in policy.cookies.values():
        assert cookie.name in text
    assert "for 45 days from received, then delete" in text
    assert "(to be confirmed)" in text
    for line in (
        "about debtors, creditor-contacts",
        "for 12 months from closed, then block",
        "date-of-birth, phone, email for 12 months from closed, then delete",
        "opens what is blocked, or was collected for another purpose: own-rights",
        "(Vertrag über die Auftragsbearbeitung, 2025-01-01, contracts/hosting.txt)",
    ):
        assert line in text


@pytest.mark.parametrize("tenant", [REFERENCE, MINIMAL], ids=lambda path: path.name)
def test_exported_as_json_ld(tenant: Path) -> None:
    policy = loaded(tenant)
    found = json.loads(json.dumps(export(policy)))
    assert set(PREFIXES) <= set(found["@context"])
    processes = found["https://w3id.org/dpv#hasProcess"]
    assert len(processes) == len(policy.purposes)
    for purpose, process in zip(policy.purposes.values(), processes, strict=True):
        assert process["https://w3id.org/dpv#hasPurpose"]["@type"] == terms()[purpose.dpv]
        assert len(process["https://w3id.org/dpv#hasRecipient"]) == len(purpose.recipients)
        assert len(process["https://w3id.org/dpv#hasDataSubject"]) == len(purpose.persons)
    assert found["facts"]["purposes"].keys() == policy.purposes.keys()


def test_no_difference() -> None:
    assert diff(loaded(REFERENCE), loaded(REFERENCE)) == []


def test_each_difference_once(tmp_path: Path) -> None:
    folder = copied(REFERENCE, tmp_path)
    edited(folder, "data.toml", "length = 45", "length = 30")
    edited(folder, "roles.toml", '"contact", "enquiry"', '"enquiry", "contact"')
    edited(folder, "en.toml", 'label = "Company"', 'label = "Firm"')
    edited(
        folder, "purposes.toml", 'field = "company", required = false', 'field = "company", required = true'
    )
    found = diff(loaded(REFERENCE), load(folder))
    assert [one for one in found if "retention.contact.text" not in one] == [
        "retentions.contact.length: was 45, is 30.",
        "purposes.contact.form.fields.company.required: was false, is true.",
        "roles.clerk.opens: was [contact, enquiry, payment, callback, collection, plan], "
        "is [enquiry, contact, payment, callback, collection, plan].",
        "en: field.company.label: was «Company», is «Firm».",
        "Purpose 'contact' keeps name, company, address, case-reference, message, email, phone: "
        "was 45 days from received, is 30 days from received.",
    ]
    assert len(found) == 9  # and the period's text in four languages


def test_what_a_change_does_to_the_periods_is_said() -> None:
    """However it came about: by the figure, by a period taken from a category, by another one, by blocking no more."""
    before = loaded(REFERENCE)
    proof = replace(before.retentions["proof"], length=10)
    collection = before.purposes["collection"]
    kept = {name: period for name, period in collection.periods.items() if name != "phone"}
    changed = {
        "collection": replace(collection, periods=kept, blocked_after=""),
        "enquiry": replace(
            before.purposes["enquiry"], retention="payment"
        ),  # another one, of the same length
    }
    after = replace(
        before,
        retentions={**before.retentions, "proof": proof},
        purposes={**before.purposes, **changed},
    )
    said = [
        "Purpose 'collection' keeps phone: was 12 months from closed, is 10 years from financial-year-end.",
        "Purpose 'collection' is blocked: was after 12 months from closed, is never.",
        "Purpose 'rights' keeps identity-proof: was 30 days from received, is 10 days from received.",
    ]
    assert list(periods(before, after)) == said
    assert diff(before, after)[-3:] == said


def test_what_is_new_and_what_is_gone() -> None:
    one, other = loaded(REFERENCE), loaded(MINIMAL)
    assert "purposes.enquiry.basis: was «legitimate-interest», is gone." in diff(one, other)
    assert "purposes.enquiry.basis: is new, «legitimate-interest»." in diff(other, one)


def test_every_term_exists_in_the_vocabulary() -> None:
    """The terms we keep are those of the Data Privacy Vocabulary, with their IRIs."""
    if not DPV.is_dir():
        pytest.skip(f"the vocabulary's own files are not at {DPV}")
    known = {}
    for prefix in PREFIXES:
        with (DPV / f"{prefix}.csv").open(encoding="utf-8") as file:
            known.update({f"{prefix}:{row['term']}": row["iri"] for row in csv.DictReader(file)})
    assert {term: iri for term, iri in terms().items() if known.get(term) != iri} == {}


def test_every_term_is_made_of_its_prefix() -> None:
    for term, iri in terms().items():
        prefix, _, name = term.partition(":")
        assert iri == PREFIXES[prefix] + name


def test_only_used_terms_are_kept() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/zusage/policy").rglob("*.py"))
    used = {term for tenant in (REFERENCE, MINIMAL) for _, _, term in used_terms(loaded(tenant))}
    assert [term for term in terms() if term not in used and f'"{term}"' not in code] == []


def test_the_regimes_lists() -> None:
    assert set(regimes()) == {"ch", "de"}
    for regime in regimes().values():
        assert regime.citation
        assert "US" not in regime.adequate
        assert {"DE", "FR", "IT", "AT", "LI", "CH"} <= set(regime.adequate)
        assert not set(regime.adequate) & set(regime.conditional)
        assert all(len(code) == 2 and code.isupper() for code in (*regime.adequate, *regime.conditional))
    assert loaded(REFERENCE).adequate == tuple(
        sorted(set(regimes()["ch"].adequate) & set(regimes()["de"].adequate))
    )
