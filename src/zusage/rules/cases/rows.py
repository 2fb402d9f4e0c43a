"""One row of an import into what is kept of a case. Pure; the same row always gives the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple, TypeVar, cast

from zusage.policy.types import CheckDigits
from zusage.rules import amounts, check_digits, dates, emails, phones, postcodes, references, text
from zusage.rules.cases.columns import BY_ID, COLUMNS
from zusage.rules.cases.words import Rejected, rejected
from zusage.rules.problems import Problem

T = TypeVar("T")
Raw = Mapping[str, object]
"""Column -> text, or (from JSON) a list of texts; `addresses` also as a list of objects."""
State = Literal["open", "paused", "closed"]

MOST_VALUES = 10
NAME, LINE = 100, 150
LARGEST = Decimal("100000000.00")
PARTS = ("principal", "interest", "fees", "contested_costs")
_REQUIRED = tuple(one.id for one in COLUMNS if one.required)
_BETWEEN = re.compile(r"[|\r\n]")
_BETWEEN_ALSO = re.compile(r"[|;\r\n]")
_ISO = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]", re.ASCII)
_DATE_LIKE = re.compile(r"[0-9]{1,4}[ ./-]{0,2}[0-9]{1,2}[ ./-]{0,2}[0-9]{1,4}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_PLAIN_AMOUNT = re.compile(r"[0-9]{1,7}\.[0-9]{2}", re.ASCII)
_ZERO = "0.00"


class Row(NamedTuple):
    """What a checked row says. `values`: the sealed columns of a case that are given, as they are kept.

    `speaks_of`: the sealed columns that the row has a place for: those that it leaves empty are empty now.
    `closed_on` is None for a closed case where the row doesn't say when: then it is the day it comes in.
    """

    kind: Literal["person", "firm"]
    state: State
    opened_on: date
    closed_on: date | None
    values: dict[str, str]
    speaks_of: frozenset[str]

    def content(self) -> bytes:
        """All of it in one, to see whether a later row says the same."""
        given = sorted(self.values.items())
        parts = [self.kind, self.state, str(self.opened_on), str(self.closed_on), *sorted(self.speaks_of)]
        parts += [piece for pair in given for piece in pair]
        return "\0".join(parts).encode()


@dataclass(frozen=True, slots=True)
class Rules:
    """What rows are checked by. `today`: no date lies after it."""

    today: date
    digits: CheckDigits = "none"


def read(raw: Raw, rules: Rules) -> Row:
    """The row that `raw` says. Raises Rejected with the column and the remedy in words, and no value."""
    given = {column: value for column, value in raw.items() if value not in ("", None, [])}
    for column in given:
        if column not in BY_ID:
            raise Rejected("The row has a column that isn't known; docs/import.md lists them.")
    for column in _REQUIRED:
        if column not in given:
            raise Rejected(f"{column} is empty; every case needs it.")
    values = {"reference": _reference(given, rules), "creditor": _line(given, "creditor", LINE)}
    if "debtor_number" in given:
        values["debtor_number"] = _cell(given, "debtor_number", references.reference)
    kind = _who(given, values)
    if "date_of_birth" in given and kind == "person":
        values["date_of_birth"] = _date(given, "date_of_birth", rules).isoformat()
    _lists(given, values)
    _money(given, values)
    state, opened_on, closed_on = _dates(given, rules)
    kept = {name: value for name, value in values.items() if value}
    return Row(kind, state, opened_on, closed_on, kept, _speaks_of(frozenset(raw)) | kept.keys())


@lru_cache(maxsize=64)
def _speaks_of(columns: frozenset[str]) -> frozenset[str]:
    """The sealed columns that an import's `columns` have a place for."""
    found = columns & {"debtor_number", "former_names", "date_of_birth", "phones", "emails", *PARTS}
    if columns & {"street", "postcode", "town", "addresses"}:
        found |= {"address"}
    if columns & {"first_name", "last_name", "name", "company"}:
        found |= {"debtor_name", "debtor_first_name"}
    return found | {"balance"} if columns & set(PARTS) else found


def _reference(given: Raw, rules: Rules) -> str:
    found = _cell(given, "reference", references.reference)
    if _DATE_LIKE.fullmatch(found) and _is_date(found, rules.today):
        raise Rejected(
            "reference looks like a date, such as somebody's date of birth; is it the right column? "
            "Write the case's own reference."
        )
    if not check_digits.fits(found, rules.digits):
        raise Rejected(
            f"reference has check digits that don't fit the rule {rules.digits}; was it copied right? "
            "The policy says which rule holds ([matching] check_digits)."
        )
    return found


def _is_date(written: str, today: date) -> bool:
    try:
        dates.birth_date(written, today)
    except Problem:
        return False
    return True


def _who(given: Raw, values: dict[str, str]) -> Literal["person", "firm"]:
    """The names into `values`; whose kind they are."""
    kind = _one_of(given, "debtor_kind", ("person", "firm")) or ("firm" if "company" in given else "person")
    if kind == "firm":
        if "company" not in given and "name" not in given:
            raise Rejected("company is empty; a firm needs its name there, or in name.")
        if "first_name" in given or "last_name" in given:
            raise Rejected(
                "first_name and last_name are for persons; write a firm's name into company."
                " Or is it a person? Then write that into debtor_kind."
            )
        values["debtor_name"] = _line(given, "company" if "company" in given else "name", LINE)
        return "firm"
    if "company" in given:
        raise Rejected("company is for firms; write firm into debtor_kind, or leave company empty.")
    if "last_name" in given:
        values["debtor_name"] = _line(given, "last_name", NAME)
        values["debtor_first_name"] = _line(given, "first_name", NAME) if "first_name" in given else ""
    elif "name" in given and "first_name" not in given:
        values["debtor_name"] = _line(given, "name", 2 * NAME)
    else:
        raise Rejected(
            "last_name is empty; fill it in, or give the whole name in name, or a firm's in company."
        )
    if not values["debtor_name"]:
        raise Rejected("The name is empty but for spaces; fill it in.")
    return "person"


def _lists(given: Raw, values: dict[str, str]) -> None:
    if "former_names" in given:
        values["former_names"] = _joined(given, "former_names", lambda one: text.line(one, NAME))
    if "phones" in given:
        values["phones"] = _joined(given, "phones", phones.phone)
    if "emails" in given:
        values["emails"] = _joined(given, "emails", emails.email)
    first = _address({part: given.get(part, "") for part in ("street", "postcode", "town")})
    more = []
    for one in _several(given, "addresses", _BETWEEN):
        more.append(
            _address(one)
            if isinstance(one, Mapping)
            else _text("addresses", one, lambda raw: text.line(raw, LINE))
        )
    values["address"] = "\n".join(dict.fromkeys(filter(None, (first, *more))))


def _address(parts: Mapping[str, object]) -> str:
    if set(parts) - {"street", "postcode", "town"}:
        raise Rejected("addresses has an object with other keys than street, postcode and town.")
    street = _text("street", parts.get("street") or "", lambda raw: text.line(raw, LINE))
    town = _text("town", parts.get("town") or "", lambda raw: text.line(raw, NAME))
    written = parts.get("postcode") or ""
    postcode = _text("postcode", written, postcodes.postcode) if written else ""
    return ", ".join(filter(None, (street, f"{postcode} {town}".strip())))


def _money(given: Raw, values: dict[str, str]) -> None:
    """The parts as plain amounts, and their sum with its currency."""
    total = Decimal(0)
    for part in PARTS:
        if part in given:
            amount = _cell(given, part, _amount)
            total += Decimal(amount)
            values[part] = amount
    if any(part in values for part in PARTS):
        if "currency" not in given:
            raise Rejected(
                'currency is empty; write its three letters, or currency = "CHF" under [constants] in the mapping.'
            )
        currency = _cell(given, "currency", lambda raw: raw.strip().upper())
        if not _CURRENCY.fullmatch(currency):
            raise Rejected("currency isn't three letters; write CHF or EUR.")
        values["balance"] = f"{currency} {total:.2f}"


def _amount(raw: str) -> str:
    if _PLAIN_AMOUNT.fullmatch(raw):  # as a program writes it
        return str(Decimal(raw))
    try:
        return str(amounts.amount(raw, LARGEST))
    except Problem as problem:
        if problem.code == "amount-zero":
            return _ZERO
        raise


def _dates(given: Raw, rules: Rules) -> tuple[State, date, date | None]:
    opened_on = _date(given, "opened_on", rules)
    closed_on = _date(given, "closed_on", rules) if "closed_on" in given else None
    state = _one_of(given, "status", ("open", "paused", "closed")) or ("closed" if closed_on else "open")
    if closed_on and state != "closed":
        raise Rejected("closed_on is filled in, and status isn't closed; correct one of them.")
    if closed_on and closed_on < opened_on:
        raise Rejected("closed_on lies before opened_on; correct one of them.")
    return cast(State, state), opened_on, closed_on


def _date(given: Raw, column: str, rules: Rules) -> date:
    raw = given[column]
    if isinstance(raw, str) and _ISO.fullmatch(raw):
        try:
            found = date.fromisoformat(raw)
        except ValueError:
            raise rejected(column, Problem("date-impossible")) from None
        if found.year >= dates.FIRST_YEAR and found <= rules.today:
            return found
    return _text(column, raw, lambda one: dates.birth_date(one, rules.today))


def _one_of(given: Raw, column: str, allowed: Sequence[str]) -> str:
    if column not in given:
        return ""
    found = _cell(given, column, lambda raw: raw.strip().lower())
    if found not in allowed:
        raise Rejected(f"{column} is none of {', '.join(allowed)}; write one of them.")
    return found


def _line(given: Raw, column: str, longest: int) -> str:
    found = _cell(given, column, lambda raw: text.line(raw, longest))
    if not found and column in _REQUIRED:
        raise Rejected(f"{column} is empty but for spaces; fill it in.")
    return found


def _joined(given: Raw, column: str, clean: Callable[[str], str]) -> str:
    """Several values, a line each, every one once."""
    found = [_text(column, one, clean) for one in _several(given, column, _BETWEEN_ALSO)]
    return "\n".join(dict.fromkeys(filter(None, found)))


def _several(given: Raw, column: str, between: re.Pattern[str]) -> Iterable[object]:
    raw = given.get(column, "")
    pieces = raw if isinstance(raw, list) else between.split(raw) if isinstance(raw, str) else [raw]
    found = [one for one in pieces if not isinstance(one, str) or one.strip()]
    if len(found) > MOST_VALUES:
        raise Rejected(f"{column} has more than {MOST_VALUES} values; leave the oldest out.")
    return found


def _cell(given: Raw, column: str, clean: Callable[[str], str]) -> str:
    return _text(column, given[column], clean)


def _text(column: str, raw: object, clean: Callable[[str], T]) -> T:
    """What `clean` makes of the text; a Problem becomes words about `column`."""
    if not isinstance(raw, str):
        raise Rejected(f"{column} isn't text; write it in quotation marks.")
    try:
        return clean(raw)
    except Problem as problem:
        raise rejected(column, problem) from None
