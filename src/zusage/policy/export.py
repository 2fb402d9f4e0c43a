"""A policy for other eyes: as text to read, as DPV JSON-LD for machines, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import date
from typing import Any

from zusage.policy.law import regimes
from zusage.policy.types import AUTHORITATIVE, LANGUAGES, Field, Policy, Purpose, Recipient, Retention
from zusage.policy.versions import digest
from zusage.policy.vocabulary import PREFIXES, iri

MAPPINGS = (
    "bases",
    "retentions",
    "categories",
    "fields",
    "purposes",
    "recipients",
    "cookies",
    "measures",
    "promises",
    "roles",
)


def show(policy: Policy) -> str:
    """The policy as plain text, a page to read in a terminal; words in the authoritative language."""
    return "\n".join(_lines(policy)) + "\n"


def export(policy: Policy) -> dict[str, Any]:
    """The policy as JSON data: DPV JSON-LD of the processing, and under ``facts`` all that is declared."""
    return {
        "@context": {
            **PREFIXES,
            "title": {"@id": "http://purl.org/dc/terms/title", "@container": "@language"},
            "description": {"@id": "http://purl.org/dc/terms/description", "@container": "@language"},
        },
        "@id": f"urn:zusage:{policy.id}",
        "@type": iri("dpv:DataController"),
        "version": digest(policy),
        iri("dpv:hasName"): policy.controller.name,
        iri("dpv:hasContact"): policy.controller.privacy_email,
        iri("dpv:hasCountry"): policy.controller.country,
        iri("dpv:hasProcess"): [_process(policy, purpose) for purpose in policy.purposes.values()],
        iri("dpv:hasTechnicalOrganisationalMeasure"): [
            {"@type": iri(one.dpv), "description": _said(policy, f"measure.{one.id}.text")}
            for one in policy.measures.values()
        ],
        "facts": facts(policy),
    }


def diff(a: Policy, b: Policy) -> list[str]:
    """What differs between two policies, a line each: where, what it was, what it is."""
    left, right = _flat(facts(a)), _flat(facts(b))
    left |= {f"{language}: {key}": text for language in LANGUAGES for key, text in a.words[language].items()}
    right |= {f"{language}: {key}": text for language in LANGUAGES for key, text in b.words[language].items()}
    found = []
    for key in [*left, *(one for one in right if one not in left)]:
        if key not in right:
            found.append(f"{key}: was {_quoted(left[key])}, is gone.")
        elif key not in left:
            found.append(f"{key}: is new, {_quoted(right[key])}.")
        elif left[key] != right[key]:
            found.append(f"{key}: was {_quoted(left[key])}, is {_quoted(right[key])}.")
    return found


def facts(policy: Policy) -> dict[str, Any]:
    """All that is declared, without the words, as JSON data."""
    found: dict[str, Any] = {
        "id": policy.id,
        "regimes": list(policy.regimes),
        "promised": list(policy.promised),
        "controller": _plain(policy.controller),
        "limits": _plain(policy.limits),
        "look": _plain(policy.look),
    }
    for name in MAPPINGS:
        entries: Mapping[str, Any] = getattr(policy, name)
        found[name] = {id_: _plain(entry) for id_, entry in entries.items()}
    return found


def _process(policy: Policy, purpose: Purpose) -> dict[str, Any]:
    basis = policy.bases[purpose.basis]
    return {
        "@id": f"urn:zusage:{policy.id}:purpose:{purpose.id}",
        "@type": iri("dpv:Process"),
        "title": _said(policy, f"purpose.{purpose.id}.title"),
        iri("dpv:hasPurpose"): {
            "@type": iri(purpose.dpv),
            "description": _said(policy, f"purpose.{purpose.id}.explanation"),
        },
        iri("dpv:hasLegalBasis"): {"@type": iri(basis.dpv), "articles": dict(basis.articles)},
        iri("dpv:hasPersonalData"): _data(policy, purpose),
        iri("dpv:hasDataSource"): {"title": _said(policy, f"source.{purpose.source}.name")},
        iri("dpv:hasStorageCondition"): _storage(policy, policy.retentions[purpose.retention]),
        iri("dpv:hasRecipient"): [_recipient(policy, policy.recipients[one]) for one in purpose.recipients],
    }


def _data(policy: Policy, purpose: Purpose) -> list[dict[str, Any]]:
    """The fields a purpose asks for or uses, then the categories it keeps that no such field stands for."""
    asked = [one.field for one in purpose.form.fields] if purpose.form else list(purpose.fields)
    used: list[Field] = [policy.fields[id_] for id_ in asked]
    found = [{"@type": iri(one.dpv), "title": _said(policy, f"field.{one.id}.label")} for one in used]
    named = {one.category for one in used}
    for id_ in purpose.keeps:
        if id_ not in named:
            category = policy.categories[id_]
            types = [iri(category.dpv)] + ([iri("dpv:SensitivePersonalData")] if category.sensitive else [])
            found.append({"@type": types, "title": _said(policy, f"category.{id_}.name")})
    return found


def _storage(policy: Policy, retention: Retention) -> dict[str, Any]:
    return {
        "@type": iri(retention.dpv),
        iri("dpv:hasDuration"): f"{retention.length} {retention.unit}",
        "start": retention.start,
        "ground": retention.ground,
        "then": retention.then,
        "description": _said(policy, f"retention.{retention.id}.text"),
    }


def _recipient(policy: Policy, recipient: Recipient) -> dict[str, Any]:
    found = {
        "@type": iri(recipient.dpv),
        "title": _said(policy, f"recipient.{recipient.id}.name"),
        iri("dpv:hasCountry"): recipient.country,
    }
    if recipient.safeguard:
        found["safeguard"] = recipient.safeguard
    return found | ({"contract": _plain(recipient.contract)} if recipient.contract else {})


def _said(policy: Policy, key: str) -> dict[str, str]:
    return {language: policy.text(language, key) for language in LANGUAGES}


def _plain(value: Any) -> Any:
    """Dataclasses, mappings and tuples as JSON data."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _flat(value: Any, before: str = "") -> dict[str, Any]:
    """Nested JSON data as one mapping from dotted key to value; lists of texts stay whole."""
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        inner = [(one.get("field", str(at)), one) for at, one in enumerate(value)]
    else:
        return {before: value}
    found: dict[str, Any] = {}
    for key, one in inner:
        found |= _flat(one, f"{before}.{key}" if before else key)
    return found


def _quoted(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return (
        f"«{value}»"
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _lines(policy: Policy) -> Iterator[str]:
    who = policy.controller
    yield f"{who.name} ({policy.id})"
    yield f"  {who.street}, {who.postcode} {who.town}, {who.country}; {who.privacy_email}"
    for name in policy.regimes:
        yield f"  law: {name} ({regimes()[name].citation})"
    yield f"  notice: {digest(policy)}"
    yield "\nPurposes"
    for purpose in policy.purposes.values():
        yield from _purpose_lines(policy, purpose)
    yield "\nRecipients"
    for recipient in policy.recipients.values():
        contract = recipient.contract.title if recipient.contract else ""
        bound = "; ".join(filter(None, (recipient.safeguard, contract)))
        yield f"  {recipient.id}: {recipient.role}, {recipient.country}{f' ({bound})' if bound else ''}"
    yield "\nRoles"
    for role in policy.roles.values():
        yield f"  {role.id} opens {', '.join(role.opens) or 'nothing'}"
    yield "\nCookies"
    for cookie in policy.cookies.values():
        life = f"{cookie.life_minutes} minutes" if cookie.life_minutes else "until the browser closes"
        yield f"  {cookie.name} ({cookie.where}): {life}{', necessary' if cookie.necessary else ''}"
    yield "\nLimits"
    for name, value in asdict(policy.limits).items():
        yield f"  {name} = {value}"
    yield "\nMeasures"
    for measure in policy.measures.values():
        yield f"  {measure.id} ({measure.kind}) [{measure.dpv}]"
    yield "\nPromises"
    for promise in policy.promises.values():
        yield f"  {promise.id} ({promise.clause}) [{promise.dpv}]"


def _purpose_lines(policy: Policy, purpose: Purpose) -> Iterator[str]:
    retention = policy.retentions[purpose.retention]
    doubt = "" if retention.confirmed else "  (to be confirmed)"
    yield f"  {purpose.id}: {policy.text(AUTHORITATIVE, f'purpose.{purpose.id}.title')} [{purpose.dpv}]"
    yield f"    from {purpose.source}, on {purpose.basis}, kept: {', '.join(purpose.keeps)}"
    if purpose.of:
        yield f"    further purpose to {', '.join(purpose.of)}, by consent, for: {', '.join(purpose.fields)}"
    if purpose.form:
        asked = (one.field if one.required else f"[{one.field}]" for one in purpose.form.fields)
        yield f"    form /{purpose.form.path}/: {' '.join(asked)}"
    yield (
        f"    for {retention.length} {retention.unit} from {retention.start}, then {retention.then}; "
        f"{retention.ground}{doubt}"
    )
    yield f"    to: {', '.join(purpose.recipients) or 'nobody'}"
