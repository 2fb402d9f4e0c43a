"""What a person is looked for by: the rows of blind indexes that lead to a file, never by a name alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from typing import NamedTuple

from zusage.policy.types import CheckDigits
from zusage.rules.check_digits import fits, machine
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
    forms = _edits(reference) if check_digits == "none" else _fitting(reference, check_digits)
    found = dict.fromkeys(forms)
    found.pop(reference, None)
    return list(islice(found, MOST_NEAR))


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
    for head, middles, rest in _slips(reference):
        before, after = reference[:head], reference[rest:]
        yield from [before + middle + after for middle in middles]


def _fitting(reference: str, rule: CheckDigits) -> Iterator[str]:
    """Those of `_edits` that fit, by reading what a slip leaves alone once for all of them."""
    start, steps, good = machine(rule)
    digits = [int(one) if one in _DIGITS else None for one in reference]
    # The state before each place, and the states that lead to a good end from there.
    states = list(
        accumulate(digits, lambda state, one: state if one is None else steps[state][one], initial=start)
    )
    ends = [good]
    for one in reversed(digits):
        ends.append(
            ends[-1] if one is None else frozenset(at for at, row in enumerate(steps) if row[one] in ends[-1])
        )
    ends.reverse()
    for head, middles, rest in _slips(reference):
        for middle in middles:
            state = states[head]
            for put in middle:
                state = steps[state][int(put)] if put in _DIGITS else state
            if state in ends[rest] and fits(form := reference[:head] + middle + reference[rest:], rule):
                yield form


def _slips(reference: str) -> Iterator[tuple[int, Sequence[str], int]]:
    """What a slip makes of the characters between two places: two swapped, another, none, one more."""
    kinds = [_kind(one) for one in reference]
    for at in range(len(reference) - 1):
        yield at, (reference[at + 1] + reference[at],), at + 2
    for at, kind in enumerate(kinds):
        yield at, kind, at + 1
    for at in range(len(reference)):
        yield at, ("",), at + 1
    for at in range(len(reference) + 1):
        for kind in dict.fromkeys(kinds[max(0, at - 1) : at + 1]):
            yield at, kind, at


def _kind(character: str) -> str:
    return _DIGITS if character.isdigit() else _LETTERS
