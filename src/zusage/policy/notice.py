"""The privacy notice as data, in one language, made from the declarations: what isn't declared isn't in it.

A template walks `Notice.sections` and their blocks. Every promise of the policy stands in its section as an item whose
`anchor` is the promise's id; every section's own anchor is its id.
"""

from __future__ import annotations

from zusage.policy.layout import Block, Item, Notice, Section
from zusage.policy.sections import SECTIONS, section
from zusage.policy.types import AUTHORITATIVE, Language, Policy

__all__ = ["SECTIONS", "Block", "Item", "Notice", "Section", "notice"]


def notice(policy: Policy, language: Language) -> Notice:
    """The notice of `policy` in `language`."""
    return Notice(
        language,
        policy.text(language, "notice.title"),
        policy.text(language, "notice.authoritative"),
        language == AUTHORITATIVE,
        tuple(section(policy, language, id_) for id_ in SECTIONS),
    )
