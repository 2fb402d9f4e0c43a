"""Probes of what leaves the house: each time on record, on a ground, within what was declared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from zusage.actions.disclose import DISPUTED
from zusage.models import RIGHTS, Disclosure
from zusage.models.inventory import tables
from zusage.policy.types import Policy, Recipient
from zusage.promises.look import Look
from zusage.promises.spans import covered, spans
from zusage.promises.stored import CHUNK, NEWEST, chunks, every_line, lines_about, newest_lines, remembered
from zusage.promises.types import Evidence, judged, probe
from zusage.rules.disclosure import NotDisclosed, allowed, citation
from zusage.tenant import folder
from zusage.vault import api as vault
from zusage.vault.models import Consent
from zusage.vault.sealed import BY_FIELD, SealedField

MADE = {"letter_code": "access-code"}
"""What the house itself puts with what goes out, and its category."""


@probe(quick=True)
def each_on_record(look: Look) -> Iterator[Evidence]:
    """The newest disclosures stand in the protocol, and what it says went out stands in the list of disclosures."""
    yield from _both_ways(look, _newest(), [one for one in newest_lines(look) if one.act == "disclose"])


@probe(quick=False)
def all_on_record(look: Look) -> Iterator[Evidence]:
    """So do all of them."""
    yield from _both_ways(look, Disclosure.objects.order_by("-at"), list(every_line("disclose")))


@probe(quick=True)
def grounds(look: Look) -> Iterator[Evidence]:
    """Each of the newest disclosures went to a declared recipient, for a purpose that names it, on a ground it has."""
    yield from _judge(look, _newest(), _ungrounded)


@probe(quick=True)
def fields(look: Look) -> Iterator[Evidence]:
    """Nobody got a field or a category that isn't declared for them."""
    yield from _judge(look, _newest(), _too_much)


@probe(quick=True)
def contracts(look: Look) -> Iterator[Evidence]:
    """Every processor has a contract that binds today, its document lies there, and each disclosure names one."""
    today = timezone.localdate(look.now)
    bound = [one for one in look.policy.recipients.values() if one.role in ("processor", "creditor")]
    yield judged(
        "contracts in the policy",
        len(bound),
        (fault for one in bound for fault in _unbound(look.policy, one, today)),
    )
    yield from _judge(look, _newest(), _unbound_then)


@probe(quick=True)
def countries(look: Look) -> Iterator[Evidence]:
    """Every recipient is in a country that is adequate, or under a safeguard; and so was each disclosure."""
    abroad = [
        one for one in look.policy.recipients.values() if not _safe(look.policy, one.country, one.safeguard)
    ]
    yield judged(
        "countries of recipients",
        len(look.policy.recipients),
        (f"{one.id} in {one.country}" for one in abroad),
    )
    yield from _judge(look, _newest(), _unsafe)


@probe(quick=True)
def by_law(look: Look) -> Iterator[Evidence]:
    """Each disclosure by law cites it, to an authority, and answers a demand that came before and wasn't closed."""
    yield from _judge(look, _newest().filter(ground="law"), _unlawful)
    rows = list(
        _newest()
        .filter(ground="law", demand__isnull=False)
        .values_list("demand_id", "demand__subject_id", "at")
    )
    said = lines_about({subject for _, subject, _ in rows}, "receive-demand")
    begins = remembered(look)
    faults = [
        f"the demand {demand} was received by nobody"
        for demand, subject, at in rows
        if at > begins and not any(one.record_id == str(demand) for one in said.get(subject, ()))
    ]
    yield judged("demands behind disclosures", len(rows), dict.fromkeys(faults))


@probe(quick=False)
def all_grounds(look: Look) -> Iterator[Evidence]:
    """So did all disclosures that are on record."""
    yield from _judge(look, Disclosure.objects.all(), _ungrounded)


@probe(quick=False)
def all_fields(look: Look) -> Iterator[Evidence]:
    """Nor did anybody in any disclosure that is on record."""
    yield from _judge(look, Disclosure.objects.all(), _too_much)


@probe(quick=False)
def all_contracts(look: Look) -> Iterator[Evidence]:
    """So does every disclosure that is on record."""
    yield from _judge(look, Disclosure.objects.all(), _unbound_then)


@probe(quick=False)
def all_countries(look: Look) -> Iterator[Evidence]:
    """So was every disclosure that is on record."""
    yield from _judge(look, Disclosure.objects.all(), _unsafe)


@probe(quick=False)
def all_by_law(look: Look) -> Iterator[Evidence]:
    """So does every one by law that is on record."""
    yield from _judge(look, Disclosure.objects.filter(ground="law"), _unlawful)


def _newest() -> Any:
    since = Disclosure.objects.order_by("-at").values_list("at", flat=True)[NEWEST : NEWEST + 1]
    oldest = list(since)
    rows = Disclosure.objects.order_by("-at")
    return rows.filter(at__gt=oldest[0]) if oldest else rows


def _judge(look: Look, rows: Any, what: Any) -> Iterator[Evidence]:
    number, faults = 0, []
    for line in rows.select_related("demand").iterator(CHUNK):
        number += 1
        faults += [f"{line.recipient}: {fault} ({line.pk})" for fault in what(look.policy, line)][:1]
    yield judged(what.__doc__.rstrip("."), number, faults)


def _both_ways(look: Look, rows: Any, lines: list[Any]) -> Iterator[Evidence]:
    begins, number, faults = remembered(look), 0, []
    for piece in chunks(rows.values_list("pk", "subject_id", "recipient", "purpose", "at").iterator(CHUNK)):
        number += len(piece)
        said = lines_about({subject for _, subject, *_ in piece}, "disclose")
        for pk, subject, recipient, purpose, at in piece:
            known = {(one.record_id, one.recipient, one.purpose) for one in said.get(subject, ())}
            if at > begins and (str(pk), recipient, purpose) not in known:
                faults.append(f"the disclosure {pk} isn't in the protocol")
    yield judged("disclosures in the protocol", number, faults)
    faults = []
    for piece in chunks(lines):
        ids = [UUID(one.record_id) for one in piece if one.record_type == "zusage.disclosure"]
        there = set(Disclosure.objects.filter(pk__in=ids).values_list("pk", flat=True))
        for one in piece:
            if UUID(one.record_id) not in there and one.subject_id and not vault.erased(one.subject_id):
                faults.append(f"a disclosure to {one.recipient} is on no list ({one.record_id})")
    yield judged("lines of disclosures", len(lines), faults)


def _ungrounded(policy: Policy, line: Disclosure) -> Iterator[str]:
    """Recipients, purposes and grounds."""
    recipient, purpose = policy.recipients.get(line.recipient), policy.purposes.get(line.purpose)
    if recipient is None or recipient.role == "own-staff":
        yield "no recipient of ours"
    elif purpose is None or recipient.id not in purpose.recipients:
        yield f"not a recipient for '{line.purpose}'"
    elif line.ground not in ("contract", "consent", "law"):
        yield f"the ground '{line.ground}'"
    elif (line.ground == "law") != (recipient.role == "authority"):
        yield f"{line.ground} is no ground for this recipient"
    elif line.ground == "consent" and not _consented(line):
        yield "no consent then"
    elif line.ground == "contract" and not line.contract:
        yield "no contract is named"


def _too_much(policy: Policy, line: Disclosure) -> Iterator[str]:
    """Fields that went out."""
    recipient = policy.recipients.get(line.recipient)
    if recipient is None:
        return
    may, known = allowed(policy, recipient), _categories()
    for name in line.fields.split():
        plain = name.removesuffix(DISPUTED)
        own = known.get((line.record_type, plain)) or known.get(("", plain), set())
        if plain not in may.fields and not own & may.categories:
            yield f"{plain} isn't declared for it"
    if not line.fields.strip():
        yield "no field is named"


def _unbound_then(policy: Policy, line: Disclosure) -> Iterator[str]:
    """Contracts that disclosures name."""
    recipient = policy.recipients.get(line.recipient)
    if line.ground == "law" or (line.ground == "consent" and recipient and recipient.role != "processor"):
        return
    if not line.contract:
        yield "no contract is named"
        return
    day = timezone.localdate(line.at)
    present = recipient.contract if recipient else None
    if present and line.contract == f"{present.title}, {present.concluded.isoformat()}, {present.document}":
        if not present.valid(day):
            yield f"the contract wasn't valid on {day}"
    elif not any(_before(word, day) for word in line.contract.split(", ")):
        yield f"a contract that wasn't concluded by {day}"


def _unsafe(policy: Policy, line: Disclosure) -> Iterator[str]:
    """Countries of disclosures."""
    if not _safe(policy, line.country, line.safeguard.removeprefix("adequate")):
        yield f"to {line.country or 'nowhere'} without a safeguard"


def _unlawful(policy: Policy, line: Disclosure) -> Iterator[str]:
    """Disclosures by law."""
    if line.ground != "law":
        return
    try:
        citation(line.citation)
    except NotDisclosed:
        yield "no law is cited"
        return
    purpose = policy.purposes.get(line.purpose)
    if purpose is None or purpose.exception not in ("law", "own-rights"):
        yield f"{line.purpose} is no purpose of the law"
    elif line.demand is None:
        # A correction follows what went out before, whose demand may be over and gone.
        if line.purpose != RIGHTS:
            yield "no demand is on record"
    elif line.demand.citation != line.citation and line.purpose != RIGHTS:
        yield "the demand cites another law"
    elif line.demand.subject_id != line.subject_id:
        yield "the demand is about somebody else"
    elif timezone.localdate(line.at) < line.demand.received_on:
        yield "it went before the demand came"
    elif line.purpose != RIGHTS and line.demand.closed_at and line.at > line.demand.closed_at:
        yield "it went after the demand was closed"


def _unbound(policy: Policy, recipient: Recipient, today: date) -> Iterator[str]:
    contract = recipient.contract
    if contract is None:
        if recipient.role == "processor":
            yield f"{recipient.id} has none"
        return
    if not contract.valid(today):
        yield f"{recipient.id}'s doesn't bind today"
    document = folder(settings.ZUSAGE_POLICY) / contract.document
    if not document.is_file() or not document.stat().st_size:
        yield f"{recipient.id}'s document isn't there"


def _safe(policy: Policy, country: str, safeguard: str) -> bool:
    return country == policy.controller.country or country in policy.adequate or bool(safeguard)


def _consented(line: Disclosure) -> bool:
    held = spans(Consent, [line.subject_id], "given_at", "withdrawn_at")
    return covered(held.get((line.subject_id, line.purpose), ()), line.at)


def _before(word: str, day: date) -> bool:
    """Whether a word is a day that was not after `day`."""
    try:
        return date.fromisoformat(word) <= day
    except ValueError:
        return False


def _categories() -> dict[tuple[str, str], set[str]]:
    """Table and sealed column -> the category of what it holds; without a table, those of all columns of that name."""
    found = {("", name): {category} for name, category in MADE.items()}
    for model in tables():
        for one in model._meta.concrete_fields:
            if isinstance(one, SealedField) and one.category != BY_FIELD:
                found[model._meta.label_lower, one.name] = {one.category}
                found.setdefault(("", one.name), set()).add(one.category)
    return found
