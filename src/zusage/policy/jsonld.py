"""The processing that a policy declares in the terms of the Data Privacy Vocabulary, as JSON-LD.

Words stand in each language. What the vocabulary has no term for (an article, the start of a period) bears a name of
our own, so that nothing is lost where JSON-LD is read as a graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from zusage.policy.page import Kept, Page
from zusage.policy.types import AUTHORITATIVE, LANGUAGES, Field, Policy, Purpose, Recipient
from zusage.policy.vocabulary import PREFIXES, iri

OWN = "urn:zusage:"
CONTEXT: dict[str, Any] = {
    "@vocab": OWN,
    **PREFIXES,
    "title": {"@id": "http://purl.org/dc/terms/title", "@container": "@language"},
    "description": {"@id": "http://purl.org/dc/terms/description", "@container": "@language"},
    "issued": {
        "@id": "http://purl.org/dc/terms/issued",
        "@type": "http://www.w3.org/2001/XMLSchema#date",
    },
}

Node = dict[str, Any]


def record(policy: Policy, version: str, since: date | None) -> Node:
    """The record of processing. `since`: the day from which this `version` (a hash) was published."""
    found: Node = {
        "@context": CONTEXT,
        "@id": f"{OWN}{policy.id}:record",
        "@type": iri("dpv:ROPA"),
        "title": _said(policy, "record.title"),
        "version": version,
        iri("dpv:hasDataController"): controller(policy),
        iri("dpv:hasProcess"): processes(policy),
        iri("dpv:hasTechnicalOrganisationalMeasure"): measures(policy),
    }
    return found | ({"issued": since.isoformat()} if since else {})


def controller(policy: Policy) -> Node:
    """Who answers for the processing, and where to reach them."""
    who = policy.controller
    return {
        "@id": f"{OWN}{policy.id}",
        "@type": iri(who.dpv),
        iri("dpv:hasName"): who.name,
        iri("dpv:hasAddress"): f"{who.street}, {who.postcode} {who.town}",
        iri("dpv:hasCountry"): who.country,
        iri("dpv:hasContact"): [one for one in (who.email, who.phone, who.website) if one],
        iri("dpv:hasDataProtectionOfficer"): {
            "@type": iri("dpv:DataProtectionOfficer"),
            iri("dpv:hasContact"): who.privacy_email,
        },
    }


def processes(policy: Policy) -> list[Node]:
    """Each purpose as a process, in the order of the policy."""
    return [_process(policy, purpose) for purpose in policy.purposes.values()]


def measures(policy: Policy) -> list[Node]:
    """What protects the data."""
    return [
        {"@type": iri(one.dpv), "description": _said(policy, f"measure.{one.id}.text")}
        for one in policy.measures.values()
    ]


def _process(policy: Policy, purpose: Purpose) -> Node:
    basis = policy.bases[purpose.basis]
    return {
        "@id": f"{OWN}{policy.id}:purpose:{purpose.id}",
        "@type": iri("dpv:Process"),
        "title": _said(policy, f"purpose.{purpose.id}.title"),
        iri("dpv:hasPurpose"): {
            "@type": iri(purpose.dpv),
            "description": _said(policy, f"purpose.{purpose.id}.explanation"),
        },
        iri("dpv:hasLegalBasis"): {
            "@type": iri(basis.dpv),
            "description": _said(policy, f"basis.{basis.id}.text"),
            "articles": dict(basis.articles),
        },
        iri("dpv:hasDataSubject"): [
            {"@type": iri(policy.persons[id_].dpv), "title": _said(policy, f"persons.{id_}.name")}
            for id_ in purpose.persons
        ],
        iri("dpv:hasPersonalData"): list(_data(policy, purpose)),
        iri("dpv:hasDataSource"): {"title": _said(policy, f"source.{purpose.source}.name")},
        iri("dpv:hasStorageCondition"): [
            _storage(policy, kept) for kept in Page(policy, AUTHORITATIVE).kept(purpose)
        ],
        iri("dpv:hasRecipient"): [_recipient(policy, policy.recipients[one]) for one in purpose.recipients],
    }


def _data(policy: Policy, purpose: Purpose) -> Iterator[Node]:
    """The fields a purpose asks for or uses, then the categories it keeps that no such field stands for."""
    asked = [one.field for one in purpose.form.fields] if purpose.form else list(purpose.fields)
    used: list[Field] = [policy.fields[id_] for id_ in asked]
    for one in used:
        types = _types(policy, one.category, one.dpv)
        yield {"@type": types, "title": _said(policy, f"field.{one.id}.label")}
    named = {one.category for one in used}
    yield from (_category(policy, id_) for id_ in purpose.keeps if id_ not in named)


def _category(policy: Policy, id_: str) -> Node:
    types = _types(policy, id_, policy.categories[id_].dpv)
    return {"@type": types, "title": _said(policy, f"category.{id_}.name")}


def _types(policy: Policy, category: str, term: str) -> list[str]:
    sensitive = policy.categories[category].sensitive
    return [iri(term), *([iri("dpv:SensitivePersonalData")] if sensitive else [])]


def _storage(policy: Policy, kept: Kept) -> Node:
    retention = kept.retention
    found: Node = {
        "@type": iri(retention.dpv),
        iri("dpv:hasDuration"): f"{retention.length} {retention.unit}",
        "start": retention.start,
        "ground": retention.ground,
        "then": retention.then,
        "description": _said(policy, f"retention.{retention.id}.text"),
    }
    own = {iri("dpv:hasPersonalData"): [_category(policy, one) for one in kept.categories]}
    return found | (own if kept.categories else {})


def _recipient(policy: Policy, recipient: Recipient) -> Node:
    """A recipient, what binds it (Art. 28 GDPR, DSG 9), and what guards a transfer abroad (Art. 46 GDPR, DSG 16)."""
    found: Node = {
        "@type": iri(recipient.dpv),
        "title": _said(policy, f"recipient.{recipient.id}.name"),
        iri("dpv:hasCountry"): recipient.country,
    }
    if recipient.country != policy.controller.country:
        found[iri("dpv:hasThirdCountry")] = recipient.country
    guards: list[Node] = []
    if recipient.contract:
        dates = {"concluded": recipient.contract.concluded.isoformat()}
        if recipient.contract.until:
            dates["until"] = recipient.contract.until.isoformat()
        kind = "dpv:ControllerProcessorAgreement" if recipient.role == "processor" else "dpv:B2BContract"
        guards.append({"@type": iri(kind), **dates})
    if found.get(iri("dpv:hasThirdCountry")):
        why = {language: Page(policy, language).abroad(recipient) for language in LANGUAGES}
        guards.append({"@type": iri("dpv:SafeguardForDataTransfer"), "description": why})
    return found | ({iri("dpv:hasLegalMeasure"): guards} if guards else {})


def _said(policy: Policy, key: str) -> dict[str, str]:
    return {language: policy.text(language, key) for language in LANGUAGES}
