"""plans.toml: the rules of instalments, and the accounts that money is paid to. A tenant may do without the file."""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Any, get_args

from zusage.policy.plans import Account, Band, Currency, Plans, Terms, folded
from zusage.policy.reader import Table

MOST = 600
"""Instalments a rule may allow: fifty years."""


def read(top: Table) -> dict[str, Any]:
    """`plans`, None where nothing is said of them, and `accounts`."""
    accounts = tuple(_account(one) for one in top.rows("account", required=False))
    plans = _plans(top.table("plans")) if top.has("plans") else None
    top.end()
    return {"plans": plans, "accounts": accounts}


def _account(one: Table) -> Account:
    account = Account(
        "".join(one.text("iban").split()).upper(),
        one.word("currency", get_args(Currency)),
        one.text("bank"),
        one.text("reference_prefix", ""),
    )
    one.end()
    return account


def _plans(one: Table) -> Plans:
    terms = _terms(one, None)
    creditors: dict[str, Terms] = {}
    for row in one.rows("creditor", required=False):
        name = row.text("name")
        if folded(name) in creditors:
            row.hole("name", f"The creditor «{name[:60]}» stands here twice.", "Remove one.")
        creditors[folded(name)] = _terms(row, terms)
        row.end()
    one.end()
    return Plans(terms, MappingProxyType(creditors))


def _terms(one: Table, house: Terms | None) -> Terms:
    """Rules; what a creditor's own leave out is as in `house`."""

    def number(key: str, least: int, most: int, otherwise: int) -> int:
        return one.number(key, least, most) if house is None or one.has(key) else otherwise

    bands = tuple(_band(row) for row in one.rows("band", required=house is None))
    return Terms(
        bands or (house.bands if house else ()),
        number("first_days", 7, 366, house.first_days if house else 0),
        number("missed_in_row", 1, 12, house.missed_in_row if house else 0),
        number("grace_days", 0, 60, house.grace_days if house else 0),
        one.flag("cash", house.cash if house else False),
        number("end_days", 1, 90, house.end_days if house else 0),
    )


def _band(row: Table) -> Band:
    band = Band(
        row.amount("up_to") if row.has("up_to") else None,
        row.flag("single", False),
        row.amount("smallest", Decimal(0)),
        row.amount("share", Decimal(0)),
        row.number("most", 1, MOST) if row.has("most") else None,
    )
    row.end()
    return band
