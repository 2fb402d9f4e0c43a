"""The rules of instalments in plain words, from the figures that decide: for the form, the schedule and the office."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from zusage.policy.plans import Band, Terms
from zusage.rules.instalments import LONGEST, Reason, least_rate
from zusage.rules.money import unit

FILE = Path(__file__).with_suffix(".toml")


def said(terms: Terms, currency: str, language: str) -> tuple[str, ...]:
    """The rules as sentences in `language`: one for each band, then dates, and what happens if a payment is missed.

    `currency` may be empty, where the amount's isn't known: the figures go for each.
    """
    words = _words()[language]
    return (
        *(_band(band, at, terms, currency, words) for at, band in enumerate(terms.bands)),
        *(() if all(one.single for one in terms.bands) else (words["at_once"],)),
        words["first"].format(days=terms.first_days),
        words["bank_days"],
        *after(terms, language),
    )


def after(terms: Terms, language: str) -> tuple[str, ...]:
    """What happens if a payment doesn't come, as sentences: a part of `said`."""
    words = _words()[language]
    missed = words[_counted("missed", terms.grace_days)].format(days=terms.grace_days)
    ends = words[_counted("ends", terms.missed_in_row)].format(number=terms.missed_in_row)
    announced = words[_counted("announced", terms.end_days)].format(days=terms.end_days)
    return missed, ends, announced


def why(
    reasons: Sequence[Reason], balance: Decimal, terms: Terms, currency: str, language: str
) -> tuple[str, ...]:
    """Why a wish for a plan of `balance` isn't allowed: a sentence for each of a verdict's reasons.

    `currency`: empty where it isn't known.
    """
    words, band = _words()[language]["why"], terms.band(balance)
    figures = {
        "smallest": _amount(min(band.smallest, balance), currency),
        "share": _number(band.share),
        "least": _amount(least_rate(balance, band.share, unit(currency, terms.cash)), currency),
        "most": min(band.most or LONGEST, LONGEST),
        "days": terms.first_days,
    }
    return tuple(words[one].format(**figures) for one in reasons)


def _band(band: Band, at: int, terms: Terms, currency: str, words: Mapping[str, Any]) -> str:
    rule = ", ".join(_rules(band, currency, words))
    if band.up_to is not None:
        return str(words["up_to"].format(amount=_amount(band.up_to, currency), rule=rule))
    return str(words["above" if at else "always"].format(rule=rule))


def _rules(band: Band, currency: str, words: Mapping[str, Any]) -> Iterator[str]:
    if band.single:
        yield words["single"]
        return
    given = [name for name, there in (("most", band.most), ("smallest", band.smallest)) if there]
    if given:
        yield words["_".join(given)].format(most=band.most, smallest=_amount(band.smallest, currency))
    if band.share:
        yield words["share"].format(share=_number(band.share))


def _counted(key: str, number: int) -> str:
    return f"{key}_none" if number == 0 else f"{key}_one" if number == 1 else key


def _amount(amount: Decimal, currency: str) -> str:
    """An amount, without its hundredths where there are none: ``CHF 1’000``."""
    return f"{currency} {amount:,.{0 if amount == int(amount) else 2}f}".replace(",", "’").strip()


def _number(number: Decimal) -> str:
    """A percentage without needless zeros: ``10``, ``7.5``."""
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


@cache
def _words() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
