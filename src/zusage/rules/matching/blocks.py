"""What a person is looked for by: the rows of blind indexes that lead to a file, never by a name alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from zusage.policy.types import CheckDigits
from zusage.rules.check_digits import fits
from zusage.rules.matching.names import Name, Tokens
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
        ("email", "phone", "born-cologne", "born-romance", "born-town", "house", "house-family")
        + ("street-family", "postcode-family", "postcode-given", "street-given")
    )
}


def stored(debtor: Person) -> list[Block]:
    """(index, normal form) of the rows that lead to a debtor: 11 where all is known and nothing twice, 12 at most."""
    name = debtor.names[0] if debtor.names else Name((), ())
    words = _Words(name.family[:_SPARE], name.family[:1], name.given[:1])
    return list(islice(dict.fromkeys(_blocks(debtor, words)), MOST_STORED))


def sought(writer: Person) -> list[Block]:
    """(index, normal form) of the rows that any reading of a writer's name leads to, the most telling first."""
    families = tuple(dict.fromkeys(one for name in writer.names for one in _readings(name.family)))
    givens = tuple(dict.fromkeys(one for name in writer.names for one in _readings(name.given)))
    found = dict.fromkeys(_blocks(writer, _Words(families, families, givens)))
    return sorted(found, key=lambda block: _ORDER[block[0]])


def near(reference: str, check_digits: CheckDigits) -> list[str]:
    """Normal forms one edit from `reference`, itself not among them: two swapped, one wrong, missing or too many.

    Letters only where letters are beside, digits where digits; only those whose check digits fit.
    """
    if len(reference) < _SHORTEST:
        return []
    found = dict.fromkeys(_edits(reference))
    found.pop(reference, None)
    forms = found if check_digits == "none" else (one for one in found if fits(one, check_digits))
    return list(islice(forms, MOST_NEAR))


class _Words(NamedTuple):
    """The words that a name is looked for by. `main`: those of the surname that lead there by every way."""

    family: Tokens
    main: Tokens
    given: Tokens


def _blocks(person: Person, words: _Words) -> Iterator[Block]:
    for email in sorted(person.emails)[:_SPARE]:
        yield "email", email
    for phone in sorted(person.phones)[:_SPARE]:
        yield "phone", phone
    if person.born:
        former = (one for name in person.former[:_SPARE] for one in name.family[:_SPARE])
        for family in (*words.family, *former):
            yield "born-cologne", f"{person.born} {cologne(family)}"
        for family in words.main:
            yield "born-romance", f"{person.born} {romance(family)}"
    for address in person.addresses[:_SPARE]:
        if person.born and address.town:
            yield "born-town", f"{person.born} {address.town[:_BEGINNING]}"
        yield from _places(address, words)


def _places(address: Address, words: _Words) -> Iterator[Block]:
    """By an address with a name, or by the house: one mistake or two leave enough of them."""
    postcode, number = address.postcode, address.number
    street, town = address.street[:_BEGINNING], address.town[:_BEGINNING]
    if postcode:
        for family in words.family:
            yield "postcode-family", f"{postcode} {cologne(family)}"
        for given in words.given:
            yield "postcode-given", f"{postcode} {cologne(given)}"
    if street and postcode:
        for given in words.given:
            yield "street-given", f"{street} {postcode[0]} {cologne(given)}"
    if street and town:
        for family in words.main:
            yield "street-family", f"{street} {town} {family[0]}"
    if number and street and postcode:
        # Digits in their order, so that two swapped ones don't matter.
        yield "house", f"{number} {street} {''.join(sorted(postcode))}"
    if number and town:
        for family in words.main:
            yield "house-family", f"{number} {town} {family[0]}"


def _readings(tokens: Tokens) -> Tokens:
    """Each word, and all in one: who writes `satte rley` may be Satterley."""
    return (*tokens[:_SPARE], "".join(tokens)) if len(tokens) > 1 else tokens


def _edits(reference: str) -> Iterator[str]:
    ends = range(len(reference) + 1)
    # Each form is made of what stands before a place and what begins there.
    before, after = [reference[:at] for at in ends], [reference[at:] for at in ends]
    kinds = [_kind(one) for one in reference]
    for head, rest in zip(before, after[:-2], strict=False):
        yield head + rest[1] + rest[0] + rest[2:]
    for head, rest, kind in zip(before, after[1:], kinds, strict=False):
        yield from [head + other + rest for other in kind]
    for head, rest in zip(before, after[1:], strict=False):
        yield head + rest
    beside = zip([*kinds[:1], *kinds], [*kinds, *kinds[-1:]], strict=True)
    for head, rest, both in zip(before, after, beside, strict=True):
        for kind in dict.fromkeys(both):
            yield from [head + other + rest for other in kind]


def _kind(character: str) -> str:
    return _DIGITS if character.isdigit() else _LETTERS
