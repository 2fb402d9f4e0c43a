"""A policy as plain text, a page to read in a terminal; words in the authoritative language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from zusage.policy.law import regimes
from zusage.policy.page import Kept, Page
from zusage.policy.types import AUTHORITATIVE, Plans, Policy, Purpose, Recipient, Terms
from zusage.policy.versions import digest


def show(policy: Policy) -> str:
    """The policy as plain text, a page to read in a terminal; words in the authoritative language."""
    return "\n".join(_lines(policy)) + "\n"


def _lines(policy: Policy) -> Iterator[str]:
    who = policy.controller
    yield f"{who.name} ({policy.id})"
    yield f"  {who.street}, {who.postcode} {who.town}, {who.country}; {who.privacy_email}"
    for name in policy.regimes:
        yield f"  law: {name} ({regimes()[name].citation}, {regimes()[name].date})"
    yield f"  notice: {digest(policy)}"
    yield "\nPurposes"
    for purpose in policy.purposes.values():
        yield from _purpose_lines(policy, purpose)
    yield "\nRecipients"
    for recipient in policy.recipients.values():
        bound = "; ".join(filter(None, (recipient.safeguard, _contract(recipient))))
        yield f"  {recipient.id}: {recipient.role}, {recipient.country}{f' ({bound})' if bound else ''}"
    yield "\nRoles"
    for role in policy.roles.values():
        yield f"  {role.id} opens {', '.join(role.opens) or 'nothing'}"
    yield "\nCookies"
    for cookie in policy.cookies.values():
        life = f"{cookie.life_minutes} minutes" if cookie.life_minutes else "until the browser closes"
        yield f"  {cookie.name} ({cookie.where}): {life}{', necessary' if cookie.necessary else ''}"
    if policy.topics:
        yield "\nTopics"
    for topic in policy.topics.values():
        yield f"  {topic.id}: {', '.join(topic.pages)} [{topic.dpv}]"
    yield "\nLimits"
    for name, value in asdict(policy.limits).items():
        yield f"  {name} = {value}"
    yield "\nMatching"
    for name, value in asdict(policy.matching).items():
        yield f"  {name} = {value}"
    if policy.plans:
        yield "\nPlans"
        yield from _plans(policy, policy.plans)
    if policy.accounts:
        yield "\nAccounts"
    for account in policy.accounts:
        kind = "QR-IBAN" if account.qr else "IBAN"
        yield f"  {account.currency} {account.shown} ({kind}), {account.bank}"
    yield "\nMeasures"
    for measure in policy.measures.values():
        yield f"  {measure.id} ({measure.kind}) [{measure.dpv}]"
    yield "\nPromises"
    for promise in policy.promises.values():
        yield f"  {promise.id} ({promise.clause}) [{promise.dpv}]"


def _purpose_lines(policy: Policy, purpose: Purpose) -> Iterator[str]:
    yield f"  {purpose.id}: {policy.text(AUTHORITATIVE, f'purpose.{purpose.id}.title')} [{purpose.dpv}]"
    yield f"    about {', '.join(purpose.persons)}"
    yield f"    from {purpose.source}, on {purpose.basis}, kept: {', '.join(purpose.keeps)}"
    if purpose.of:
        yield f"    further purpose to {', '.join(purpose.of)}, by consent, for: {', '.join(purpose.fields)}"
    if purpose.form:
        asked = (one.field if one.required else f"[{one.field}]" for one in purpose.form.fields)
        yield f"    form /{purpose.form.path}/: {' '.join(asked)}"
    for kept in Page(policy, AUTHORITATIVE).kept(purpose):
        yield f"    {_kept(kept)}"
    if purpose.exception:
        yield f"    opens what is blocked, or was collected for another purpose: {purpose.exception}"
    yield f"    to: {', '.join(purpose.recipients) or 'nobody'}"


def _kept(kept: Kept) -> str:
    period = kept.retention
    what = f"{', '.join(kept.categories)} " if kept.categories else ""
    doubt = "" if period.confirmed else "  (to be confirmed)"
    return f"{what}for {period.length} {period.unit} from {period.start}, then {period.then}; {period.ground}{doubt}"


def _plans(policy: Policy, plans: Plans) -> Iterator[str]:
    yield from _terms(plans.terms, "  ")
    for name, terms in plans.creditors.items():
        yield f"  for claims of {name}:"
        yield from _terms(terms, "    ")
    for notice in (regimes()[name].cost_notice for name in policy.regimes):
        if notice:
            doubt = "" if notice.confirmed else "  (to be confirmed)"
            yield f"  costs are told before a plan is agreed; {notice.citation}{doubt}"


def _terms(terms: Terms, before: str) -> Iterator[str]:
    for band in terms.bands:
        rules = [
            "one payment" if band.single else "",
            f"at most {band.most}" if band.most else "",
            f"each at least {band.smallest}" if band.smallest else "",
            f"at least {band.share} % of the balance a month" if band.share else "",
        ]
        scope = "any more" if band.up_to is None else f"up to {band.up_to}"
        yield f"{before}{scope}: {', '.join(filter(None, rules))}"
    yield f"{before}first payment within {terms.first_days} days, missed after {terms.grace_days} days of grace"
    ends = f"ends after {terms.missed_in_row} missed in a row, announced {terms.end_days} days ahead"
    yield f"{before}{ends}{'; in steps of 0.05 CHF' if terms.cash else ''}"


def _contract(recipient: Recipient) -> str:
    contract = recipient.contract
    if not contract:
        return ""
    until = f" until {contract.until}" if contract.until else ""
    return f"{contract.title}, {contract.concluded}{until}, {contract.document}"
