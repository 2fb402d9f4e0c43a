"""How a writer and a debtor agree, field by field, as levels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA, JaroWinkler

from zusage.rules.matching.given_names import known, nicknames
from zusage.rules.matching.names import Name, Tokens
from zusage.rules.matching.parameters import parameters
from zusage.rules.matching.person import Address, Person
from zusage.rules.matching.phonetics import cologne, romance

LEVELS: dict[str, tuple[str, ...]] = {
    "reference": ("exact", "near", "other"),
    "born": ("exact", "swapped", "one-digit", "year", "other"),
    "given": ("exact", "nickname", "initial", "partial", "close", "sound", "two-names", "other"),
    "family": ("exact", "former", "part", "close", "sound", "other"),
    "order": ("straight", "swapped"),
    "email": ("exact", "close", "other"),
    "phone": ("exact", "close", "other"),
    "street": ("exact", "close", "other"),
    "number": ("exact", "close", "other"),
    "postcode": ("exact", "near", "other"),
    "town": ("exact", "close", "other"),
}
"""Field -> its levels, the best first. Each may also be missing: of that nothing follows."""
MISSING = "missing"
_CLOSE = 0.9
_CONFLICTS = ("close", "sound", "two-names", "other")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Field -> level, for all fields of `LEVELS`; `name` is the reading of the writer's name that fitted best."""

    levels: Mapping[str, str]
    name: Name | None = None


def compare(writer: Person, debtor: Person) -> Comparison:
    """All levels. Of several names and addresses, those count that agree best."""
    names, name = _names(writer, debtor)
    return Comparison(
        {
            "reference": _several(writer.references, debtor.references, "near"),
            "born": _born(writer.born, debtor.born),
            **names,
            "email": _several(writer.emails, debtor.emails, "close"),
            "phone": _several(writer.phones, debtor.phones, "close"),
            **_address(writer.addresses, debtor.addresses),
        },
        name,
    )


def _several(ours: Collection[str], theirs: Collection[str], almost: str) -> str:
    if not ours or not theirs:
        return MISSING
    if any(one in theirs for one in ours):
        return "exact"
    return almost if any(one_edit(one, other) for one in ours for other in theirs) else "other"


def one_edit(one: str, other: str) -> bool:
    """Whether a slip of one key parts two texts: wrong, missing, too many, or two swapped."""
    return len(one) > 3 and OSA.distance(one, other, score_cutoff=1) == 1


def _born(one: str, other: str) -> str:
    if not one or not other:
        return MISSING
    if one == other:
        return "exact"
    if one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]:
        return "swapped"
    if OSA.distance(one, other, score_cutoff=1) == 1:
        return "one-digit"
    return "year" if one[:4] == other[:4] or one[5:] == other[5:] else "other"


def _names(writer: Person, debtor: Person) -> tuple[dict[str, str], Name | None]:
    """The levels of the pair of readings that agrees best, and the writer's of it."""
    weights = parameters().weights
    best: dict[str, str] = {"given": MISSING, "family": MISSING, "order": MISSING}
    found: Name | None = None
    most = float("-inf")
    for one in writer.names:
        for other in debtor.names:
            levels = _name(one, other, writer.former, debtor.former)
            total = sum(weights[field][level] for field, level in levels.items())
            if total > most:
                best, found, most = levels, one, total
    if found and len(debtor.names) > 1:
        best = best | _contradiction(found, debtor.names)
    return best, found


def _name(one: Name, other: Name, *former: Collection[Name]) -> dict[str, str]:
    family = _family(one, other, *former)
    given = _given(one.given, other.given)
    if family == "part" and given in ("exact", "nickname") and _may_be_given(one, other):
        given = "partial"
    if family in ("close", "sound") and not (_tells(one) or _tells(other)):
        # In «Zgraggen Lea» and «Zgraggen Lia» the word that differs may be the given name, and the twins two.
        given = _given(one.family, other.family)
    order = MISSING if not one.parted or not other.parted else "swapped" if one.swapped else "straight"
    return {"given": given, "family": family, "order": order}


def _contradiction(one: Name, names: Collection[Name]) -> dict[str, str]:
    """What another of the debtor's files says of the given name, if that isn't the one that agrees."""
    levels = (_given(one.given, other.given) for other in names if other.parted)
    level = next((level for level in levels if level in _CONFLICTS), None)
    return {"given": level} if level else {}


def _tells(name: Name) -> bool:
    """Whether somebody said which of the words is the given name, and this reading takes their word for it."""
    return name.parted and not name.swapped


def _may_be_given(one: Name, other: Name) -> bool:
    """Whether a word left over in the surname may be a second given name, as all was written in one field."""
    left, right = set(one.family), set(other.family)
    return bool((not one.parted and left - right) or (not other.parted and right - left))


def _given(one: Tokens, other: Tokens) -> str:
    if not one or not other:
        return MISSING
    joined, other_joined = "".join(one), "".join(other)
    if joined == other_joined:
        # Behind two equal initials may be two names.
        return "initial" if any(len(token) == 1 and token.isascii() for token in one) else "exact"
    if nicknames(one, other):
        return "nickname"
    if _initials(one, other) or _initials(other, one):
        return "initial"
    if not set(one).isdisjoint(other) or _begins(joined, other_joined):
        return "partial"
    if known(joined) and known(other_joined):
        return "two-names"
    if _near(joined, other_joined):
        return "close"
    return "sound" if _sounds(joined, other_joined) else "other"


def _begins(one: str, other: str) -> bool:
    """Hanspeter begins with Hans."""
    return min(len(one), len(other)) >= 4 and (one.startswith(other) or other.startswith(one))


def _initials(short: Tokens, full: Tokens) -> bool:
    return all(len(one) == 1 for one in short) and all(
        full_one.startswith(one) for one, full_one in zip(short, full, strict=False)
    )


def _family(one: Name, other: Name, ours: Collection[Name] = (), theirs: Collection[Name] = ()) -> str:
    if not one.family or not other.family:
        return MISSING
    joined, other_joined = "".join(one.family), "".join(other.family)
    if joined == other_joined:
        return "exact"
    if any("".join(name.family) == joined for name in theirs) or any(
        "".join(name.family) == other_joined for name in ours
    ):
        return "former"
    if not set(one.family).isdisjoint(other.family):
        return "part"
    if _near(joined, other_joined):
        return "close"
    return "sound" if _sounds(joined, other_joined) else "other"


def _near(one: str, other: str) -> bool:
    return JaroWinkler.similarity(one, other, score_cutoff=_CLOSE) > 0 or one_edit(one, other)


def _sounds(one: str, other: str) -> bool:
    if one[0] != other[0] and abs(len(one) - len(other)) > 3:
        return False
    return cologne(one) == cologne(other) or romance(one) == romance(other)


def _address(ours: Collection[Address], theirs: Collection[Address]) -> dict[str, str]:
    """The levels of the two addresses that agree best."""
    weights = parameters().weights
    best: dict[str, str] = {"street": MISSING, "number": MISSING, "postcode": MISSING, "town": MISSING}
    most = float("-inf")
    for one in ours:
        for other in theirs:
            levels = {
                "street": _text(one.street, other.street),
                "number": _digits(one.number, other.number, "close"),
                "postcode": _digits(one.postcode, other.postcode, "near"),
                "town": _text(one.town, other.town),
            }
            total = sum(weights[field][level] for field, level in levels.items())
            if total > most:
                best, most = levels, total
    return best


def _text(one: str, other: str) -> str:
    if not one or not other:
        return MISSING
    if one == other:
        return "exact"
    return "close" if _near(one, other) else "other"


def _digits(one: str, other: str, almost: str) -> str:
    if not one or not other:
        return MISSING
    if one == other:
        return "exact"
    return (
        almost if sorted(one) == sorted(other) or OSA.distance(one, other, score_cutoff=1) == 1 else "other"
    )
