"""tenant.toml, recipients.toml, roles.toml: who answers, who gets data, who opens."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zusage.policy.holes.said import known, strangers, unused
from zusage.policy.law import law, regimes
from zusage.policy.types import Finding, Policy, Recipient

TENANT, RECIPIENTS, ROLES = "tenant.toml", "recipients.toml", "roles.toml"
COUNTRY = re.compile(r"[A-Z]{2}")
EMAIL = re.compile(r"[^@\s,;:<>]+@([^@\s,;:<>]+\.[^@\s,;:<>]+)")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
PAPER = "#fbfaf7"
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


def tenant(policy: Policy) -> Iterator[Finding]:
    """Holes in who answers, under which law, and how it looks."""
    if not policy.regimes:
        yield Finding(TENANT, "regimes", "No law is named.", known(regimes()))
    yield from strangers(TENANT, "regimes", "regime", policy.regimes, regimes())
    who = policy.controller
    if not COUNTRY.fullmatch(who.country):
        yield Finding(
            TENANT, "controller.country", "This is not a country.", 'Write two capitals, e.g. "CH".'
        )
    regions = law().regions.get(who.country, ())
    if who.region and who.region not in regions:
        yield Finding(
            TENANT,
            "controller.region",
            f"«{who.region}» is no canton or Land of {who.country}.",
            known(regions) if regions else "Leave it out: only Switzerland and Germany need one.",
        )
    if not who.website.startswith("https://"):
        yield Finding(TENANT, "controller.website", "This is not a safe address.", "Begin with https://.")
    for name in ("email", "privacy_email", "objection_email"):
        match = EMAIL.fullmatch(getattr(who, name))
        if not match:
            yield Finding(TENANT, f"controller.{name}", "This is not an e-mail address.", "Correct it.")
        elif not any(match[1] == domain or match[1].endswith("." + domain) for domain in who.domains):
            yield Finding(
                TENANT,
                f"controller.{name}",
                f"{match[1]} is not among the agency's domains.",
                "Add it to controller.domains: people check letters against that list.",
            )
    for name, colour in (("accent", policy.look.accent), ("accent_dark", policy.look.accent_dark)):
        if not COLOUR.fullmatch(colour):
            yield Finding(TENANT, f"look.{name}", "This is not a colour.", 'Write it like "#14594a".')
    if COLOUR.fullmatch(policy.look.accent) and contrast(policy.look.accent, PAPER) < LEAST_CONTRAST:
        yield Finding(
            TENANT, "look.accent", "This colour is too pale to read on the page.", "Choose a darker one."
        )


def recipients(policy: Policy) -> Iterator[Finding]:
    """Holes in who gets data."""
    for recipient in policy.recipients.values():
        place = f"recipient.{recipient.id}"
        yield from _abroad(policy, recipient)
        if recipient.role == "processor" and not recipient.contract:
            yield Finding(
                RECIPIENTS,
                f"{place}.contract",
                f"Processor '{recipient.id}' has no contract.",
                'Name it: contract = { title = "…", concluded = 2025-01-31, document = "contracts/….pdf" }.',
            )
        contract = recipient.contract
        if contract and contract.until and contract.until < contract.concluded:
            yield Finding(
                RECIPIENTS,
                f"{place}.contract.until",
                "This contract ends before it begins.",
                "Correct one of the two dates.",
            )
        yield from strangers(RECIPIENTS, f"{place}.fields", "field", recipient.fields, policy.fields)
        yield from strangers(
            RECIPIENTS, f"{place}.categories", "category", recipient.categories, policy.categories
        )
        yield from _gets_nothing(policy, recipient)
        yield from _gets_a_budget(policy, recipient)
    used = {one for purpose in policy.purposes.values() for one in purpose.recipients}
    yield from unused(RECIPIENTS, "recipient", policy.recipients, used, "No purpose names this recipient.")


def _abroad(policy: Policy, recipient: Recipient) -> Iterator[Finding]:
    country, place = recipient.country, f"recipient.{recipient.id}"
    if not COUNTRY.fullmatch(country):
        yield Finding(
            RECIPIENTS, f"{place}.country", "This is not a country.", 'Write two capitals, e.g. "CH".'
        )
    elif country != policy.controller.country and country not in policy.adequate and not recipient.safeguard:
        laws = [regimes()[name] for name in policy.regimes if name in regimes()]
        short = [one for one in laws if country not in one.adequate]
        condition = any(country in one.conditional for one in short)
        yield Finding(
            RECIPIENTS,
            f"{place}.safeguard",
            f"Recipient '{recipient.id}' is in {country}, which is "
            f"{'adequate on a condition only' if condition else 'not on the list of adequate countries'} "
            f"({'; '.join(one.citation for one in short)}).",
            "Name the safeguard: contract clauses, or the certificate that covers it.",
        )


def _gets_nothing(policy: Policy, recipient: Recipient) -> Iterator[Finding]:
    may = {policy.fields[id_].category for id_ in recipient.fields if id_ in policy.fields}
    may |= set(recipient.categories)
    for purpose in policy.purposes.values():
        used = set(purpose.keeps) | {
            policy.fields[id_].category for id_ in purpose.fields if id_ in policy.fields
        }
        if recipient.id in purpose.recipients and not may & used:
            yield Finding(
                RECIPIENTS,
                f"recipient.{recipient.id}.fields",
                f"Purpose '{purpose.id}' names this recipient, which may get none of its data.",
                "Name the fields or categories it needs, or take it out of the purpose.",
            )


def _gets_a_budget(policy: Policy, recipient: Recipient) -> Iterator[Finding]:
    """The form asks for a budget with the words that the creditor isn't told of it."""
    budget = {one.id for one in policy.fields.values() if one.category == "budget"}
    if recipient.role == "creditor" and (budget & set(recipient.fields) or "budget" in recipient.categories):
        yield Finding(
            RECIPIENTS,
            f"recipient.{recipient.id}.fields",
            "A creditor would get what people tell of their budget; the form says that it doesn't.",
            "Take the fields of the category 'budget' out.",
        )


def roles(policy: Policy) -> Iterator[Finding]:
    """Holes in who opens."""
    for role in policy.roles.values():
        yield from strangers(ROLES, f"role.{role.id}.opens", "purpose", role.opens, policy.purposes)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours like ``#14594a``, from 1 to 21 (WCAG 2.2, relative luminance)."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
