"""The columns of an import, declared once: docs/import.md and the reading of rows follow from here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an import: `what` it holds, an invented `example`.

    `required`: a row without it is rejected. `several`: it may hold several values, parted by ``|`` or line ends, or in
    JSON as a list.
    """

    id: str
    what: str
    example: str
    required: bool = False
    several: bool = False


COLUMNS = (
    Column("reference", "the case's reference (Aktenzeichen), which nobody else has", "ZH-2026-10041", True),
    Column("creditor", "whose claim it is", "Velohaus Tössfeld AG", True),
    Column(
        "debtor_number",
        "your own number for the debtor: cases with one number, one name and no other date of birth are one person's",
        "K4711",
    ),
    Column("debtor_kind", "`person` or `firm`; without it, a row with `company` is a firm's", "person"),
    Column("first_name", "all given names", "Nadine"),
    Column("last_name", "surname. One of `last_name`, `name` and `company` is needed", "Oberholzer"),
    Column("name", "first name and surname in one, where you don't have them apart", "Nadine Oberholzer"),
    Column("company", "a firm's name", "Zahnradschmiede Oetikofer GmbH"),
    Column("former_names", "surnames of before, such as the maiden name", "Kuratli", several=True),
    Column("date_of_birth", "best as year-month-day", "1984-03-17"),
    Column("street", "street and number of the address of today", "Lindenweg 4"),
    Column("postcode", "its postcode", "8400"),
    Column("town", "its town", "Winterthur"),
    Column(
        "addresses",
        "addresses in one line each, the newest first, in place of the three above or after them; in JSON also as "
        "objects with `street`, `postcode` and `town`",
        "Lindenweg 4, 8400 Winterthur | Seeweg 2, 8800 Thalwil",
        several=True,
    ),
    Column("phones", "telephone numbers, however they are written", "079 000 01 07", several=True),
    Column("emails", "e-mail addresses", "nadine@example.ch", several=True),
    Column("principal", "the claim itself", "1250.50"),
    Column("interest", "interest up to now", "31.20"),
    Column("fees", "reminder and collection fees that the debtor owes", "25.00"),
    Column("contested_costs", "costs that are contested or may be", "80.00"),
    Column("currency", "three letters; needed where there is an amount", "CHF"),
    Column("status", "`open`, `paused` or `closed`; without it, a row with `closed_on` is closed", "open"),
    Column("opened_on", "the day the case was opened", "2026-01-05", True),
    Column("closed_on", "the day it was closed: the period of keeping begins with it", ""),
)
BY_ID = {one.id: one for one in COLUMNS}


def table() -> str:
    """The columns as a Markdown table, for docs/import.md."""
    head = "| column | what | needed | several | example |\n| --- | --- | --- | --- | --- |\n"
    return head + "\n".join(
        f"| `{one.id}` | {one.what} | {_mark(one.required)} | {_mark(one.several)} | {_code(one.example)} |"
        for one in COLUMNS
    )


def _mark(yes: bool) -> str:
    return "yes" if yes else ""


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`" if text else ""
