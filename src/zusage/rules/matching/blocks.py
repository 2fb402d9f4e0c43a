"""What a person is looked for by: the rows of blind indexes that lead to a file, never by a name alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from zusage.policy.types import CheckDigits
from zusage.rules.check_digits import fits
from zusage.rules.matching.names import Name
from zusage.rules.matching.person import Person
from zusage.rules.matching.phonetics import cologne, romance

Block = tuple[str, str]

MOST_STORED = 12
MOST_NEAR = 400
_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without I, L and O, which a normal form writes as digits."""
_SHORTEST = 4
_SPARE = 2


def stored(debtor: Person) -> list[Block]:
    """(index, normal form) of the rows that lead to a debtor, the most useful first; usually 8, at most 12."""
    return list(islice(dict.fromkeys(_blocks(debtor, debtor.names[:1])), MOST_STORED))


def sought(writer: Person) -> list[Block]:
    """(index, normal form) of the rows that a writer may be behind, by every reading of the name."""
    return list(dict.fromkeys(_blocks(writer, writer.names)))


def near(reference: str, check_digits: CheckDigits) -> list[str]:
    """Normal forms one edit from `reference`, itself not among them: two swapped, one wrong, missing or too many.

    Letters only where letters are beside, digits where digits; only those whose check digits fit.
    """
    if len(reference) < _SHORTEST:
        return []
    forms = (one for one in dict.fromkeys(_edits(reference)) if one != reference and fits(one, check_digits))
    return list(islice(forms, MOST_NEAR))


def _blocks(person: Person, names: Iterable[Name]) -> Iterator[Block]:
    for email in sorted(person.emails)[:_SPARE]:
        yield "email", email
    for phone in sorted(person.phones)[:_SPARE]:
        yield "phone", phone
    families = dict.fromkeys(one for name in names for one in _families(name))
    givens = dict.fromkeys(cologne(name.given[0]) for name in names if name.given)
    if person.born:
        for family in families:
            yield "born-cologne", f"{person.born} {cologne(family)}"
            yield "born-romance", f"{person.born} {romance(family)}"
    for address in person.addresses[:_SPARE]:
        if address.postcode:
            for given in givens:
                yield "postcode-given", f"{address.postcode} {given}"
            for family in families:
                yield "postcode-family", f"{address.postcode} {cologne(family)}"
        if address.street:
            for family in families:
                yield "street-family", f"{address.street} {cologne(family)}"
            for given in givens:
                yield "street-given", f"{address.street} {given}"
    if person.born:
        for former in person.former[:_SPARE]:
            for family in _families(former):
                yield "born-cologne", f"{person.born} {cologne(family)}"


def _families(name: Name) -> tuple[str, ...]:
    return name.family[:_SPARE]


def _edits(reference: str) -> Iterator[str]:
    length = len(reference)
    for at in range(length - 1):
        yield reference[:at] + reference[at + 1] + reference[at] + reference[at + 2 :]
    for at in range(length):
        for other in _kind(reference[at]):
            yield reference[:at] + other + reference[at + 1 :]
    for at in range(length):
        yield reference[:at] + reference[at + 1 :]
    for at in range(length + 1):
        for kind in dict.fromkeys(map(_kind, reference[max(0, at - 1) : at + 1])):
            for other in kind:
                yield reference[:at] + other + reference[at:]


def _kind(character: str) -> str:
    return _DIGITS if character.isdigit() else _LETTERS
