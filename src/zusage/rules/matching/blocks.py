"""What a person is looked for by: the rows of blind indexes that lead to a file, never by a name alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from zusage.policy.types import CheckDigits
from zusage.rules.check_digits import fits
from zusage.rules.matching.names import Tokens
from zusage.rules.matching.person import Address, Person
from zusage.rules.matching.phonetics import cologne, romance

Block = tuple[str, str]

MOST_STORED = 12
MOST_NEAR = 400
_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without I, L and O, which a normal form writes as digits."""
_SHORTEST = 4
_SPARE = 2
"""So many e-mail addresses, numbers, addresses, parts of a name count."""
_BEGINNING = 4
"""Letters of a street and a town that must be right."""
_ORDER = {
    name: at
    for at, name in enumerate(
        ("email", "phone", "born-cologne", "born-romance", "house", "house-family")
        + ("postcode-family", "postcode-given", "street-given")
    )
}


def stored(debtor: Person) -> list[Block]:
    """(index, normal form) of the rows that lead to a debtor: 9 for most people, 12 at most."""
    names = [(tuple(dict.fromkeys(name.family[:_SPARE])), name.given[:1]) for name in debtor.names[:1]]
    return list(islice(dict.fromkeys(_blocks(debtor, names)), MOST_STORED))


def sought(writer: Person) -> list[Block]:
    """(index, normal form) of the rows that any reading of a writer's name leads to, the most telling first."""
    names = [(_readings(name.family), _readings(name.given)) for name in writer.names]
    return sorted(dict.fromkeys(_blocks(writer, names)), key=lambda block: _ORDER[block[0]])


def near(reference: str, check_digits: CheckDigits) -> list[str]:
    """Normal forms one edit from `reference`, itself not among them: two swapped, one wrong, missing or too many.

    Letters only where letters are beside, digits where digits; only those whose check digits fit.
    """
    if len(reference) < _SHORTEST:
        return []
    forms = (one for one in dict.fromkeys(_edits(reference)) if one != reference and fits(one, check_digits))
    return list(islice(forms, MOST_NEAR))


def _blocks(person: Person, names: Sequence[tuple[Tokens, Tokens]]) -> Iterator[Block]:
    """`names`: the words that the surname and the given name may be known by, the first the likeliest."""
    families = dict.fromkeys(one for family, _ in names for one in family)
    givens = list(dict.fromkeys(cologne(one) for _, given in names for one in given))
    sounds = list(dict.fromkeys(map(cologne, families)))
    for email in sorted(person.emails)[:_SPARE]:
        yield "email", email
    for phone in sorted(person.phones)[:_SPARE]:
        yield "phone", phone
    if person.born:
        for sound in sounds:
            yield "born-cologne", f"{person.born} {sound}"
        for family in families:
            yield "born-romance", f"{person.born} {romance(family)}"
    for address in person.addresses[:_SPARE]:
        yield from _places(address, sounds, givens)
    if person.born:
        for former in person.former[:_SPARE]:
            for family in former.family[:_SPARE]:
                yield "born-cologne", f"{person.born} {cologne(family)}"


def _places(address: Address, families: Sequence[str], givens: Sequence[str]) -> Iterator[Block]:
    """By an address with a name that sounds alike, or by the house: one mistake in either leaves enough of them."""
    postcode, street, town = address.postcode, address.street[:_BEGINNING], address.town[:_BEGINNING]
    if postcode:
        for family in families:
            yield "postcode-family", f"{postcode} {family}"
        for given in givens:
            yield "postcode-given", f"{postcode} {given}"
    if address.number and street and postcode:
        # Digits in their order, so that two swapped ones don't matter.
        yield "house", f"{address.number} {street} {''.join(sorted(postcode))}"
    if address.number and town:
        for family in families:
            yield "house-family", f"{address.number} {town} {family}"
    if street and postcode:
        for given in givens:
            yield "street-given", f"{street} {postcode[0]} {given}"


def _readings(tokens: Tokens) -> Tokens:
    """Each word, and all in one: who writes `satte rley` may be Satterley."""
    return (*tokens[:_SPARE], "".join(tokens)) if len(tokens) > 1 else tokens


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
