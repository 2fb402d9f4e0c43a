"""Disclosures in words: what went to whom, and what may."""

from __future__ import annotations

from typing import Any

from zusage.actions.creditor import CREDITOR
from zusage.models import Disclosure, Submission
from zusage.rules.disclosure import allowed
from zusage.tenant import policy
from zusage.web.office import wording
from zusage.web.words import say

CASE_COLUMNS = ("reference", "debtor_first_name", "debtor_name", "creditor", "balance")


def offered(language: str, submission: Submission) -> list[tuple[str, str]]:
    """What a creditor may get of this submission and its case: name and words, without anything being opened."""
    recipient = policy().recipients.get(CREDITOR)
    if recipient is None or submission.case_id is None:
        return []
    if CREDITOR not in policy().purposes[submission.purpose].recipients:
        return []
    may = allowed(policy(), recipient)
    fields = submission.values.exclude(value=None).values_list("field", flat=True)
    names = [*CASE_COLUMNS, *(name for name in sorted(fields) if name in may.fields)]
    return [(name, wording.name_of(language, name)) for name in names]


def line(language: str, one: Disclosure, names: dict[str, str]) -> dict[str, Any]:
    """A line of the log in words."""
    words = policy().words[language]  # type: ignore[index]
    return {
        "at": one.at,
        "recipient": words.get(f"recipient.{one.recipient}.name", one.recipient),
        "country": words.get(f"country.{one.country}", one.country),
        "safeguard": say(language, "office.disclosed.adequate")
        if one.safeguard == "adequate"
        else one.safeguard,
        "purpose": words.get(f"purpose.{one.purpose}.title", one.purpose),
        "ground": say(language, f"office.disclosed.ground_{one.ground}"),
        "rests_on": one.citation or one.contract,
        "fields": ", ".join(wording.name_of(language, name) for name in one.fields.split()),
        "form": one.form.upper(),
        "by": names.get(one.actor_id, "") or say(language, "office.disclosed.by_system"),
    }
