"""Times as people say them, and values as people write them: «seit 3 Tagen», «morgen», «+41 79 123 45 67»."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils import dateformat, timezone, translation
from phonenumbers import NumberParseException

from zusage.actions.disclose import DISPUTED
from zusage.queries.office import CASE_COLUMNS
from zusage.rules import phones, values
from zusage.rules.cases.rows import PARTS
from zusage.rules.money import grouped
from zusage.tenant import policy
from zusage.web.words import counted, say

FILE = CASE_COLUMNS
OTHERS = {"body": "message", "letter_code": "access-code"}
"""What is neither a field of a form nor a column of a file -> its category."""
FAR_DAYS = 60
"""Beyond that, a date says more than a number of days."""


def age(language: str, since: datetime) -> str:
    """How long something waits: minutes and hours on the same day, then days."""
    now = timezone.now()
    days = (timezone.localtime(now).date() - timezone.localtime(since).date()).days
    if days > 1:
        return say(language, "office.age.days", n=days)
    if days == 1:
        return say(language, "office.age.yesterday")
    minutes = int((now - since).total_seconds() // 60)
    if minutes < 1:
        return say(language, "office.age.now")
    if minutes < 60:
        return counted(language, "office.age.minute", minutes)
    return counted(language, "office.age.hour", minutes // 60)


def due(language: str, day: date) -> str:
    """When something is due: «heute», «morgen», «in 12 Tagen», a date where it is far."""
    days = (day - timezone.localdate()).days
    if days < 0:
        return counted(language, "office.due.late", -days)
    if days < 2:
        return say(language, "office.due.today" if days == 0 else "office.due.tomorrow")
    return say(language, "office.due.days", n=days) if days <= FAR_DAYS else full(language, day)


def full(language: str, day: date) -> str:
    """A date in full."""
    with translation.override(language):
        return dateformat.format(day, say(language, "date.full"))


def shown(language: str, field: str, value: str) -> str:
    """A stored value of a form's field as people read it."""
    return values.shown(policy(), language, field, value)


def birth(language: str, value: str) -> str:
    """A stored date of birth in full; as it is where it isn't a date."""
    try:
        return full(language, date.fromisoformat(value))
    except ValueError:
        return value


def of_file(language: str, column: str, value: str) -> str:
    """A stored value of a case file as people read it."""
    if column == "date_of_birth":
        return birth(language, value)
    try:
        if column == "phones":
            return "\n".join(map(phones.shown, value.split("\n")))
        if column in PARTS:
            return grouped(Decimal(value))
    except (ValueError, ArithmeticError, NumberParseException):
        return value
    return value


def label(language: str, field: str) -> str:
    """The policy's label of a field; its id for a field that the policy no longer knows."""
    return policy().words[language].get(f"field.{field}.label", field)  # type: ignore[index]


def name_of(language: str, name: str) -> str:
    """What a field of a form, a column of a case file or a letter is called; its id for what isn't known any more.

    A note of dispute is called after its value.
    """
    words = policy().words[language]  # type: ignore[index]
    if name.endswith(DISPUTED):
        return (
            f"{name_of(language, name.removesuffix(DISPUTED))} ({say(language, 'office.disputed').lower()})"
        )
    if name in FILE:
        return say(language, f"office.file.{name}")
    return words.get(f"field.{name}.label") or words.get(f"category.{OTHERS.get(name, name)}.name", name)
