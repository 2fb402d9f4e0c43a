"""Whether two cases are about one debtor: before a row changes a case, and before it joins another's subject."""

from __future__ import annotations

from collections.abc import Mapping

from zusage.rules.matching.names import words

_READ_OVER = str.maketrans("", "", " ./-")


def same_reference(one: str, other: str) -> bool:
    """Capitals, spaces, dots, hyphens and slashes apart. Unlike the search's normal form, O is no 0 here."""
    return one.upper().translate(_READ_OVER) == other.upper().translate(_READ_OVER)


def other_debtor(known: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Whether `given` must be somebody else than `known` (columns of a case, with `debtor_kind`).

    A person: neither name nor date of birth fit; whoever marries, and whose date was mistyped, stays the same. A firm:
    no word of its name fits.
    """
    if known.get("debtor_kind") != given.get("debtor_kind"):
        return True
    one, other = _words(known), _words(given)
    if known.get("debtor_kind") == "firm":
        return not one & other
    born, also = known.get("date_of_birth"), given.get("date_of_birth")
    return len(one & other) < min(2, len(one), len(other)) and bool(born and also and born != also)


def one_debtor(known: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Whether two cases that have one debtor number are surely one debtor's.

    Number alone is too little: two creditors may give the same one. So the whole name has to be the same, and no date
    of birth another; where only one has a date, or none, they have to be one creditor's.
    """
    if known.get("debtor_kind") != given.get("debtor_kind") or _name(known) != _name(given):
        return False
    born, also = known.get("date_of_birth", ""), given.get("date_of_birth", "")
    if born and also:
        return born == also
    return known.get("creditor") == given.get("creditor")


def _words(case: Mapping[str, str]) -> set[str]:
    names = (case.get(one, "") for one in ("debtor_first_name", "debtor_name", "former_names"))
    return {word for name in names for word in words(name)}


def _name(case: Mapping[str, str]) -> list[str]:
    return sorted(words(f"{case.get('debtor_first_name', '')} {case.get('debtor_name', '')}"))
