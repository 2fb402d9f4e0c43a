"""What a computer may not decide alone, however sure the score is: a wrong person costs everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zusage.rules.matching.compare import LEVELS, MISSING
from zusage.rules.matching.person import Person

GUARDS = (
    "switched-off",
    "nothing-found",
    "blocked",
    "firm",
    "below-threshold",
    "given-differs",
    "given-two-names",
    "given-partial",
    "given-missing",
    "family-differs",
    "family-missing",
    "born-differs",
    "born-missing",
    "too-few-strong",
    "rival",
    "other-file-cited",
    "several-cases",
    "no-open-case",
)
"""Why a human decides, in the order in which it is told."""
_UNSAID = "order-straight"
REASONS = tuple(
    one for field, levels in LEVELS.items() for level in levels if (one := f"{field}-{level}") != _UNSAID
)
"""What agreed and what didn't."""

_GIVEN = {
    "initial": "given-partial",
    "partial": "given-partial",
    "close": "given-differs",
    "sound": "given-differs",
    "two-names": "given-two-names",
    "other": "given-differs",
    MISSING: "given-missing",
}
_FAMILY = {"other": "family-differs", MISSING: "family-missing"}
_BORN = {"exact": "", MISSING: "born-missing"}
STRONG = (("reference", "exact"), ("reference", "near"), ("email", "exact"), ("phone", "exact"))
"""Of these at least one, beside name and date of birth; two where somebody cites a reference that isn't the file's."""


def doubts(levels: Mapping[str, str], writer: Person, debtor: Person) -> set[str]:
    """What in one comparison a human must look at; empty if nothing."""
    found = {_GIVEN.get(levels["given"], ""), _FAMILY.get(levels["family"], "")}
    found.add(_BORN.get(levels["born"], "born-differs"))
    if sum(levels[field] == level for field, level in STRONG) < 1 + (levels["reference"] == "other"):
        found.add("too-few-strong")
    if writer.firm or debtor.firm:
        found.add("firm")
    return found - {""}


def namesake(levels: Mapping[str, str]) -> bool:
    """Whether the file is of somebody with the writer's name and birthday, so nothing in them tells the two apart."""
    return levels["given"] not in _GIVEN and levels["family"] not in _FAMILY and levels["born"] == "exact"


def ordered(found: set[str]) -> tuple[str, ...]:
    """Guards in their order."""
    return tuple(one for one in GUARDS if one in found)


def reasons(levels: Mapping[str, str]) -> tuple[str, ...]:
    """The reasons that a comparison gives, by field; none for what is missing or goes without saying."""
    said = (f"{field}-{level}" for field, level in levels.items() if level != MISSING)
    return tuple(one for one in said if one != _UNSAID)


def cited_elsewhere(writer: Person, others: Sequence[Person]) -> bool:
    """Whether a reference that the writer gives is that of somebody else's file."""
    return any(one in other.references for one in writer.references for other in others)
