"""Rules of instalments and accounts: read as written, their holes said at their place, shown, exported, compared."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.tenants import REFERENCE, Hole, copied, edited, loaded, refused, under
from zusage.policy.diff import diff
from zusage.policy.export import facts
from zusage.policy.load import load
from zusage.policy.plans import Account, Band, Terms
from zusage.policy.show import show
from zusage.policy.types import LANGUAGES
from zusage.rules.cost_notice import cost_notice, cost_notice_needed, version

FILE = "plans.toml"
SWISS = 'iban = "CH18 3199 9000 0000 0000 1"'
SINGLE, FEW, LAST = "up_to = 200\nsingle = true", "up_to = 1000\nsmallest = 100\nmost = 4", "share = 10"
HOLES: dict[str, Hole] = {
    "a digit of the IBAN is wrong": (FILE, "0000 1", "0000 2", f"{FILE}: account[1].iban", "check digits"),
    "no IBAN at all": (FILE, SWISS, 'iban = "CH"', f"{FILE}: account[1].iban", "check digits"),
    "an account twice": (
        FILE,
        'iban = "DE93 9999 9999 0000 0000 01"',
        SWISS.replace(" 3199", "3199").lower().replace("iban = ", "iban = "),
        f"{FILE}: account[2].iban",
        "stands here twice",
    ),
    "a currency nobody knows here": (FILE, '"EUR"', '"USD"', f"{FILE}: account[2].currency", "not known"),
    "a bank without a name": (FILE, '"Musterbank AG, Zürich"', '""', f"{FILE}: account[1].bank", "empty"),
    "letters in a prefix": (
        FILE,
        'reference_prefix = ""',
        'reference_prefix = "12a"',
        f"{FILE}: account[1].reference_prefix",
        "can't begin",
    ),
    "a prefix without a QR-IBAN": (
        FILE,
        'currency = "EUR"',
        'currency = "EUR"\nreference_prefix = "12"',
        f"{FILE}: account[2].reference_prefix",
        "no QR-IBAN",
    ),
    "francs to a German account": (
        FILE,
        'currency = "EUR"',
        'currency = "CHF"',
        f"{FILE}: account[2].currency",
        "pays francs",
    ),
    "a name too long for a slip": (
        "tenant.toml",
        'name = "Alektum"',
        f'name = "{"x" * 71}"',
        "tenant.toml: controller.name",
        "no place for this",
    ),
    "a town in letters that no slip has": (
        "tenant.toml",
        'town = "Zürich"',
        'town = "Цюрих"',
        "tenant.toml: controller.town",
        "no place for this",
    ),
    "bands out of order": (FILE, "up_to = 1000", "up_to = 100", f"{FILE}: plans.band[2].up_to", "ends at 100"),
    "bands alike": (FILE, "up_to = 1000", "up_to = 200", f"{FILE}: plans.band[2].up_to", "goes up to 200"),
    "a band without a bound that isn't the last": (
        FILE,
        "up_to = 1000\n",
        "",
        f"{FILE}: plans.band[2].up_to",
        "Only the last band",
    ),
    "no rule for large balances": (
        FILE,
        LAST,
        "up_to = 5000\nshare = 10",
        f"{FILE}: plans.band[4]",
        "above 5000",
    ),
    "an instalment larger than the balance": (
        FILE,
        "smallest = 100\n",
        "smallest = 1001\n",
        f"{FILE}: plans.band[2].smallest",
        "as large as 1001",
    ),
    "a payment at once, with instalments": (
        FILE,
        SINGLE,
        f"{SINGLE}\nmost = 2",
        f"{FILE}: plans.band[1].most",
        "paid at once",
    ),
    "a band that allows everything": (FILE, LAST, "share = 0", f"{FILE}: plans.band[3]", "sets no limit"),
    "more than the whole": (FILE, LAST, "share = 101", f"{FILE}: plans.band[3].share", "whole balance"),
    "an amount in words": (FILE, "smallest = 100", 'smallest = "viel"', f"{FILE}: plans.band[2].smallest", "no amount"),
    "an amount that isn't exact": (FILE, "share = 10", "share = 10.1", f"{FILE}: plans.band[3].share", "no amount"),
    "a negative amount": (FILE, "smallest = 100", "smallest = -1", f"{FILE}: plans.band[2].smallest", "no amount"),
    "three decimals": (FILE, "smallest = 100", 'smallest = "9.999"', f"{FILE}: plans.band[2].smallest", "no amount"),
    "a balance of nothing": (FILE, "up_to = 200", "up_to = 0", f"{FILE}: plans.band[1].up_to", "owes so little"),
    "no instalments at most": (FILE, "most = 4", "most = 0", f"{FILE}: plans.band[2].most", "no sense"),
    "a first payment tomorrow": (FILE, "first_days = 30", "first_days = 1", f"{FILE}: plans.first_days", "no sense"),
    "no days of grace said": (FILE, "grace_days = 5", "#", f"{FILE}: plans.grace_days", "missing"),
    "a misspelt rule": (FILE, "smallest = 100", "smalest = 100", f"{FILE}: plans.band[2].smalest", "Nothing reads"),
    "no cost notice in French": ("fr.toml", "cost_notice = ", "# ", "fr.toml: plan.cost_notice", "missing in French"),
    "a budget that creditors get": (
        "recipients.toml",
        'fields = ["name", "case_reference", "case_references", "monthly_instalment"',
        'fields = ["name", "case_reference", "case_references", "budget_income", "monthly_instalment"',
        "recipients.toml: recipient.creditor.fields",
        "the form says that it doesn't",
    ),
    "a budget that isn't sensitive": (
        "data.toml",
        "[category.budget]\nsensitive = true",
        "[category.budget]",
        "data.toml: category.budget.sensitive",
        "not marked so",
    ),
    "a budget kept as long as all the rest": (
        "purposes.toml",
        'periods = { budget = "budget" }',
        "",
        "purposes.toml: purpose.payment.periods",
        "as long as all the rest",
    ),
}  # fmt: skip


@pytest.mark.parametrize("hole", HOLES.values(), ids=HOLES)
def test_a_hole_is_told_at_its_place(tmp_path: Path, hole: Hole) -> None:
    refused(tmp_path, hole)


def written(to: Path, text: str) -> Path:
    """A copy of the reference tenant with `text` for its plans.toml."""
    folder = copied(REFERENCE, to)
    (folder / FILE).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "text, place, problem",
    [
        (
            "[plans]\nfirst_days = 30\nmissed_in_row = 2\ngrace_days = 5\nend_days = 14\nband = []",
            "plans.band[1]",
            "no band",
        ),
        (
            "[plans]\nfirst_days = 30\nmissed_in_row = 2\ngrace_days = 5\nend_days = 14\n[[plans.band]]\nmost = 12",
            "account",
            "no account",
        ),
    ],
)
def test_rules_without_bands_or_account(tmp_path: Path, text: str, place: str, problem: str) -> None:
    before = (REFERENCE / FILE).read_text(encoding="utf-8")
    refused(tmp_path, (FILE, before, text, f"{FILE}: {place}", problem))


def test_a_creditor_has_rules_of_its_own(tmp_path: Path) -> None:
    text = (REFERENCE / FILE).read_text(encoding="utf-8")
    own = """
[[plans.creditor]]
name = "Velohaus  Tössfeld AG"
first_days = 14
[[plans.creditor.band]]
smallest = "49.50"
most = 12
[[plans.creditor]]
name = "Optik Rhein"
grace_days = 0
"""
    policy = load(written(tmp_path, text + own))
    assert policy.plans is not None
    house = policy.plans.terms
    velo = policy.plans.terms_of("VELOHAUS TO\u0308SSFELD ag")
    assert velo == Terms((Band(None, False, Decimal("49.50"), Decimal(0), 12),), 14, 2, 5)
    assert policy.plans.terms_of("Optik Rhein") == Terms(house.bands, 30, 2, 0)
    assert policy.plans.terms_of("somebody else") is house
    assert "for claims of optik rhein" in show(policy) and "at most 12, each at least 49.50" in show(policy)
    said = diff(loaded(REFERENCE), policy)
    assert "plans.creditors.optik rhein.grace_days: is new, 0." in said


@pytest.mark.parametrize(
    "own, place, problem",
    [
        (
            '[[plans.creditor]]\nname = "A"\n[[plans.creditor]]\nname = " a "\n',
            "plans.creditor[2].name",
            "stands here twice",
        ),
        (
            '[[plans.creditor]]\nname = "A"\n[[plans.creditor.band]]\nup_to = 5\nmost = 1\n',
            "plans.creditor «a».band[2]",
            "balances above 5",
        ),
    ],
)
def test_the_rules_of_a_creditor_have_holes_too(tmp_path: Path, own: str, place: str, problem: str) -> None:
    last = "# The first of a currency"
    refused(tmp_path, (FILE, last, f"{own}{last}", f"{FILE}: {place}", problem))


def test_the_reference_rules_and_accounts() -> None:
    policy = loaded(REFERENCE)
    assert policy.plans is not None
    assert policy.plans.terms == Terms(
        (
            Band(Decimal(200), True, Decimal(0), Decimal(0), None),
            Band(Decimal(1000), False, Decimal(100), Decimal(0), 4),
            Band(None, False, Decimal(0), Decimal(10), None),
        ),
        first_days=30,
        missed_in_row=2,
        grace_days=5,
    )
    swiss, german = policy.accounts
    assert swiss.qr and not german.qr and swiss.shown == "CH18 3199 9000 0000 0000 1"
    assert (policy.account("CHF"), policy.account("EUR"), policy.account("USD")) == (swiss, german, None)
    assert not Account("CH9300762011623852957", "CHF", "Bank").qr
    assert Account("LI2130808001234567890", "CHF", "Bank").qr


def test_what_is_declared_is_shown_and_compared(tmp_path: Path) -> None:
    policy = loaded(REFERENCE)
    assert "  up to 1000: at most 4, each at least 100\n" in show(policy)
    assert "costs are told before a plan is agreed; RDG 13a  (to be confirmed)" in show(policy)
    assert "  ends after 2 missed in a row, announced 14 days ahead\n" in show(policy)
    assert "CHF CH18 3199 9000 0000 0000 1 (QR-IBAN), Musterbank AG, Zürich" in show(policy)
    found = facts(policy)
    assert found["plans"]["terms"]["bands"][2] == {
        "up_to": None, "single": False, "smallest": "0", "share": "10", "most": None,
    }  # fmt: skip
    assert found["accounts"][1]["currency"] == "EUR"
    other = load(
        edited(edited(copied(REFERENCE, tmp_path), FILE, "most = 4", "most = 6"), FILE, "Frankfurt", "Köln")
    )
    assert diff(policy, other) == [
        "plans.terms.bands.1.most: was 4, is 6.",
        "accounts.DE93999999990000000001.bank: was «Musterbank Deutschland AG, Frankfurt am Main», "
        "is «Musterbank Deutschland AG, Köln am Main».",
    ]


def test_costs_are_told_where_german_law_applies(tmp_path: Path) -> None:
    both, swiss = loaded(REFERENCE), load(under(tmp_path / "ch", "ch"))
    assert cost_notice_needed(both) and not cost_notice_needed(swiss)
    assert cost_notice(swiss, "de") == ""
    said = {language: cost_notice(both, language) for language in LANGUAGES}
    assert len({version(text) for text in said.values()}) == 4
    assert all(len(version(text)) == 64 for text in said.values())
    (tmp_path / "none").mkdir()
    without = written(tmp_path / "none", "")
    for language in LANGUAGES:
        path = without / f"{language}.toml"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(one for one in lines if not one.startswith("cost_notice")), encoding="utf-8")
    assert not cost_notice_needed(load(without))
