"""Who writes, and who owes: both in the one shape that is compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zusage.rules import references
from zusage.rules.matching.names import Name, fold, parted, readings, tokens, words

Value = str | tuple[str, ...]

_REFERENCES = ("case_reference", "case_references")
_PHONES = ("phone", "phone_day", "phone_evening")
_TOWN = re.compile(r"(?:^|[,;\s])(?:[A-Za-z]{1,3}[ -])?([0-9]{4,5})(?:\s+([^,;]+))?\s*$")
_NUMBER = re.compile(r"[0-9]+\s?[a-z]?\b")
_STREET = re.compile("str(?:asse)?$")


@dataclass(frozen=True, slots=True)
class Address:
    """Folded; any part may be empty. `street` is without the number, in one word: bahnhofstr."""

    street: str
    number: str
    postcode: str
    town: str


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody, in normal form. Several names: readings of one field, the likeliest first."""

    names: tuple[Name, ...] = ()
    former: tuple[Name, ...] = ()
    born: str = ""
    references: tuple[str, ...] = ()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    addresses: tuple[Address, ...] = ()
    firm: str = ""


def writer(values: Mapping[str, Value]) -> Person:
    """Who filled in a form, by the ids of its fields; what isn't there is empty."""
    first, last, name = (_one(values, key) for key in ("first_name", "last_name", "name"))
    street, postcode, town = (_one(values, key) for key in ("street", "postcode", "town"))
    return Person(
        names=parted(first, last) if first or last else readings(name),
        born=_one(values, "date_of_birth"),
        references=_references(one for key in _REFERENCES for one in _all(values, key)),
        emails=frozenset(fold_email(one) for one in _all(values, "email")),
        phones=frozenset(one for key in _PHONES for one in _all(values, key)),
        addresses=(address(street, postcode, town),) if street or postcode or town else (),
        firm=" ".join(words(_one(values, "company"))),
    )


def debtor(cases: Sequence[Mapping[str, str]]) -> Person:
    """The one person that `cases`, opened columns of a subject's files and `debtor_kind`, are about.

    Two dates of birth in them are none.
    """
    born = {one for case in cases if (one := case.get("date_of_birth", ""))}
    firms = [case.get("debtor_name", "") for case in cases if case.get("debtor_kind") == "firm"]
    names = dict.fromkeys(name for case in cases for name in _names(case)) if not firms else {}
    given = {name.given for name in names}
    return Person(
        names=tuple(names),
        former=tuple(
            dict.fromkeys(
                former
                for case in cases
                for line in _lines(case, "former_names")
                for former in _former(line, given)
            )
        ),
        born=born.pop() if len(born) == 1 else "",
        references=_references(case.get("reference", "") for case in cases),
        emails=frozenset(fold_email(one) for case in cases for one in _lines(case, "emails")),
        phones=frozenset(one for case in cases for one in _lines(case, "phones")),
        addresses=tuple(
            dict.fromkeys(address_line(one) for case in cases for one in _lines(case, "address"))
        ),
        firm=" ".join(words(firms[0])) if firms else "",
    )


def fold_email(address: str) -> str:
    """An e-mail address as it is compared: providers don't tell capitals apart, whatever the standard allows."""
    return address.strip().lower()


def address(street: str, postcode: str, town: str) -> Address:
    """An address from its fields."""
    folded = fold(street)
    found = _NUMBER.search(folded)
    number = found[0].replace(" ", "") if found else ""
    without = folded[: found.start()] + " " + folded[found.end() :] if found else folded
    return Address(
        street=_STREET.sub("str", "".join(words(without))),
        number=number,
        postcode=re.sub(r"[\W_]", "", postcode).lower(),
        town=" ".join(words(town)),
    )


def address_line(line: str) -> Address:
    """An address from one line: `Bahnhofstrasse 12, 8001 Zürich`."""
    found = _TOWN.search(line.strip())
    if not found:
        return address(line, "", "")
    return address(line.strip()[: found.start()], found[1], found[2] or "")


def _names(case: Mapping[str, str]) -> tuple[Name, ...]:
    first, last = case.get("debtor_first_name", ""), case.get("debtor_name", "")
    return parted(first, last)[:1] if first else readings(last)


def _former(line: str, given: Iterable[tuple[str, ...]]) -> list[Name]:
    """A former name, which may be a surname or a whole name; the given names, if they stand in front, are taken off."""
    found = tokens(line)
    for one in given:
        if one and found[: len(one)] == one and len(found) > len(one):
            return [Name(one, found[len(one) :])]
    return [Name((), found)] if found else []


def _one(values: Mapping[str, Value], key: str) -> str:
    value = values.get(key, "")
    return value if isinstance(value, str) else " ".join(value)


def _all(values: Mapping[str, Value], key: str) -> Iterable[str]:
    value = values.get(key, "")
    return [one for one in ((value,) if isinstance(value, str) else value) if one]


def _lines(case: Mapping[str, str], key: str) -> list[str]:
    return [one for one in case.get(key, "").splitlines() if one.strip()]


def _references(raws: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(references.normal(one) for one in raws if one))
