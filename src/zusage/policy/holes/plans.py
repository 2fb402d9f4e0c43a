"""plans.toml: accounts that can't be, bands that leave a gap or contradict themselves, rules that allow everything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from stdnum import iban

from zusage.policy.payee import LONGEST_NAME, LONGEST_STREET, LONGEST_TOWN, latin, plain
from zusage.policy.plans import Account, Band, Terms
from zusage.policy.types import Controller, Finding, Policy

FILE = "plans.toml"
SWISS = ("CH", "LI")
"""Whose IBANs a Swiss QR-bill may bear."""
LONGEST_PREFIX = 12
"""Of the 26 digits of a QR reference before its check digit: the others are random."""


def plans(policy: Policy) -> Iterator[Finding]:
    """Holes in the rules of instalments and in the accounts."""
    for at, account in enumerate(policy.accounts, start=1):
        yield from _account(account, f"account[{at}]")
        if account.iban in [one.iban for one in policy.accounts[: at - 1]]:
            yield Finding(FILE, f"account[{at}].iban", "This account stands here twice.", "Remove one.")
    if policy.accounts:
        yield from _payee(policy.controller)
    if policy.plans is None:
        return
    if not policy.accounts:
        yield Finding(
            FILE, "account", "There are plans, and no account to pay them to.", "Name one: [[account]]."
        )
    house = policy.plans.terms
    yield from _terms(house, "plans.band")
    for name, terms in policy.plans.creditors.items():
        if terms.bands is not house.bands:
            yield from _terms(terms, f"plans.creditor «{name[:40]}».band")


def _payee(who: Controller) -> Iterator[Finding]:
    for name, value, longest in (
        ("name", plain(who.name), LONGEST_NAME),
        ("street", plain(who.street), LONGEST_STREET),
        ("town", plain(who.town), LONGEST_TOWN),
    ):
        if len(value) > longest or not latin(value):
            yield Finding(
                "tenant.toml",
                f"controller.{name}",
                "A payment slip has no place for this: it would bear no code.",
                f"Write it as the account's holder, in at most {longest} Latin letters.",
            )


def _account(account: Account, place: str) -> Iterator[Finding]:
    if not iban.is_valid(account.iban):
        yield Finding(
            FILE,
            f"{place}.iban",
            "This is no IBAN: its check digits don't fit.",
            "Copy it from the bank's paper.",
        )
    elif account.currency == "CHF" and not account.iban.startswith(SWISS):
        yield Finding(
            FILE,
            f"{place}.currency",
            "No payment slip pays francs to this account: it is neither in Switzerland nor in Liechtenstein.",
            "Write EUR, or a Swiss IBAN.",
        )
    prefix = account.reference_prefix
    if prefix and not (prefix.isascii() and prefix.isdecimal() and len(prefix) <= LONGEST_PREFIX):
        yield Finding(
            FILE,
            f"{place}.reference_prefix",
            "A QR reference can't begin like this.",
            f"Write at most {LONGEST_PREFIX} digits, as the bank gave them, or leave it empty.",
        )
    elif prefix and not account.qr:
        yield Finding(
            FILE,
            f"{place}.reference_prefix",
            "This is no QR-IBAN: payments to it have no QR reference that could begin with these digits.",
            "Write the QR-IBAN, or leave the prefix empty.",
        )


def _terms(terms: Terms, place: str) -> Iterator[Finding]:
    bands = terms.bands
    for at, band in enumerate(bands, start=1):
        yield from _band(band, f"{place}[{at}]")
        if band.up_to is None and at < len(bands):
            yield Finding(
                FILE,
                f"{place}[{at}].up_to",
                "Only the last band has no bound: what follows would never be used.",
                "Say up to which balance this one goes.",
            )
    for at, (before, band) in enumerate(pairwise(bands), start=2):
        if before.up_to is not None and band.up_to is not None and band.up_to <= before.up_to:
            yield Finding(
                FILE,
                f"{place}[{at}].up_to",
                f"This band ends at {band.up_to}, where the one before it goes up to {before.up_to} already.",
                "Put the bands in order, each with a larger bound.",
            )
    if not bands or bands[-1].up_to is not None:
        yield Finding(
            FILE,
            f"{place}[{len(bands) + 1}]",
            f"No rule says what goes for balances above {bands[-1].up_to}." if bands else "There is no band.",
            "Write a last band without up_to.",
        )


def _band(band: Band, place: str) -> Iterator[Finding]:
    figures = {"smallest": band.smallest, "share": band.share, "most": band.most}
    for name in (one for one, value in figures.items() if value and band.single):
        yield Finding(
            FILE,
            f"{place}.{name}",
            "This band is paid at once: it has no instalments to which this could apply.",
            f"Remove {name}, or single.",
        )
    if not band.single and not any(figures.values()):
        yield Finding(
            FILE,
            place,
            "This band sets no limit: a plan of a centime a month would be accepted.",
            "Say at least one of smallest, share and most, or single = true.",
        )
    if band.share > 100:
        yield Finding(FILE, f"{place}.share", "This is more than the whole balance.", "Write 100 at most.")
    if band.up_to is not None and band.up_to == 0:
        yield Finding(FILE, f"{place}.up_to", "Nobody owes so little.", "Write a larger amount.")
    elif band.up_to is not None and band.smallest > band.up_to:
        yield Finding(
            FILE,
            f"{place}.smallest",
            f"No instalment of a balance up to {band.up_to} can be as large as {band.smallest}.",
            "Write a smaller amount, or single = true.",
        )
