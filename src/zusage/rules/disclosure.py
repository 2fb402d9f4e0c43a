"""Whether something may leave the house, and how much of it: decided from the policy alone.

Sources: DSG 9 (processors), 16 (abroad), 19(4); GDPR Articles 28, 44 to 46.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from zusage.policy.types import Policy, Recipient

Ground = Literal["contract", "consent", "law"]
Reason = Literal[
    "unknown-recipient",
    "unknown-purpose",
    "not-for-this-purpose",
    "own-staff",
    "no-contract",
    "contract-over",
    "not-by-contract",
    "no-consent",
    "not-by-law",
    "no-citation",
    "no-fields",
    "abroad",
    "field-not-declared",
    "nothing",
    "blocked",
]
LEAST_CITATION, LONGEST_CITATION = 4, 200
_ARTICLE = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]{2}")


class NotDisclosed(Exception):
    """The gate stays shut, for this `reason`; `detail` names a field or a country, never a value."""

    def __init__(self, reason: Reason, detail: str = ""):
        self.reason: Reason = reason
        self.detail = detail
        super().__init__(f"{reason} {detail}".strip())


@dataclass(frozen=True, slots=True)
class Order:
    """What is to go out: to whom, for which purpose, on which ground, in which form.

    `fields`: names of fields and columns that are asked for; None: whatever the recipient may get. By law they have to
    be named, with the `citation` of the law: no more leaves than is demanded. `made`: what the house itself puts with
    it, such as a new code on a letter, as (name, category).
    """

    recipient: str
    purpose: str
    ground: Ground
    form: str
    citation: str = ""
    fields: tuple[str, ...] | None = None
    made: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may reach a recipient: of what forms ask for by field, of all else by category."""

    fields: frozenset[str]
    categories: frozenset[str]

    def passes(self, field: str, category: str) -> bool:
        """Whether a value may go: `field` where a form asked for it, `category` in any case."""
        return field in self.fields if field else category in self.categories


def check(policy: Policy, order: Order, today: date) -> Recipient:
    """The recipient of `order`. Raises NotDisclosed with the first reason against it."""
    recipient = policy.recipients.get(order.recipient)
    if recipient is None:
        raise NotDisclosed("unknown-recipient", order.recipient)
    if order.purpose not in policy.purposes:
        raise NotDisclosed("unknown-purpose", order.purpose)
    if recipient.id not in policy.purposes[order.purpose].recipients:
        raise NotDisclosed("not-for-this-purpose")
    if recipient.role == "own-staff":
        raise NotDisclosed("own-staff")
    _grounds(policy, order, recipient, today)
    if not _safe(policy, recipient):
        raise NotDisclosed("abroad", recipient.country)
    _asked(policy, order, recipient)
    return recipient


def allowed(policy: Policy, recipient: Recipient) -> Allowed:
    """What may reach `recipient` at most."""
    of_fields = {policy.fields[one].category for one in recipient.fields}
    return Allowed(frozenset(recipient.fields), frozenset(recipient.categories) | of_fields)


def guarantee(policy: Policy, recipient: Recipient) -> str:
    """Why data may go to the recipient's country: its safeguard, or that the country is adequate; nothing at home."""
    if recipient.country == policy.controller.country:
        return ""
    return recipient.safeguard or "adequate"


def citation(raw: str) -> str:
    """A law's citation as it may stand on record: it names a law and an article. Raises NotDisclosed."""
    text = " ".join(raw.split())
    named = _ARTICLE.search(text) and _LETTERS.search(text) and text.isprintable()
    if not named or not LEAST_CITATION <= len(text) <= LONGEST_CITATION:
        raise NotDisclosed("no-citation")
    return text


def _grounds(policy: Policy, order: Order, recipient: Recipient, today: date) -> None:
    purpose = policy.purposes[order.purpose]
    if order.ground == "law":
        # A demand; or it got a wrong value by one, and is told of the right one (DSG 32(4), Art. 19 GDPR).
        if recipient.role != "authority" or purpose.exception not in ("law", "own-rights"):
            raise NotDisclosed("not-by-law")
        citation(order.citation)
        if not order.fields:
            raise NotDisclosed("no-fields")
        return
    if recipient.role == "authority":
        raise NotDisclosed("not-by-contract")
    if order.ground == "consent" and purpose.basis != "consent":
        raise NotDisclosed("no-consent")
    # A processor is bound by contract whatever the ground is.
    if order.ground == "contract" or recipient.role == "processor":
        if recipient.contract is None:
            raise NotDisclosed("no-contract")
        if not recipient.contract.valid(today):
            raise NotDisclosed("contract-over")


def _safe(policy: Policy, recipient: Recipient) -> bool:
    home = recipient.country == policy.controller.country
    return home or recipient.country in policy.adequate or bool(recipient.safeguard)


def _asked(policy: Policy, order: Order, recipient: Recipient) -> None:
    may = allowed(policy, recipient)
    for name in order.fields or ():
        if name in policy.fields and name not in may.fields:
            raise NotDisclosed("field-not-declared", name)
    for name, category in order.made:
        if category not in may.categories:
            raise NotDisclosed("field-not-declared", name)
