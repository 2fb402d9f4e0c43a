"""Money as it is stored and read: exact, two decimals, never a float, and nothing that could be meant otherwise."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.rules.money import Money, checked, money, unit
from zusage.rules.problems import Problem


@given(st.sampled_from(("CHF", "EUR")), st.decimals(0, 100_000_000, places=2))
def test_what_is_stored_is_read_back(currency: str, amount: Decimal) -> None:
    stored = f"{currency} {amount:.2f}"
    assert money(stored).stored() == stored and money(stored).amount == amount


def test_as_people_read_it() -> None:
    assert money("CHF 1420.5").shown() == "CHF 1’420.50"
    assert money("EUR 1234567").shown() == "EUR 1’234’567.00"
    assert Money("CHF", Decimal(0)).stored() == "CHF 0.00"


@pytest.mark.parametrize(
    "stored, code",
    [
        ("", "amount-unclear"),
        ("420.50", "amount-unclear"),
        ("USD 5.00", "amount-unclear"),
        ("CHF 1'000.00", "amount-unclear"),
        ("CHF 1e3", "amount-unclear"),
        ("CHF ٤.00", "amount-unclear"),
        ("CHF 5.00\n", "amount-unclear"),
        ("CHF NaN", "amount-unclear"),
        ("CHF -5.00", "amount-negative"),
        ("CHF 5.001", "amount-decimals"),
        ("CHF 1000000000000.00", "amount-too-large"),
    ],
)
def test_what_is_no_money(stored: str, code: str) -> None:
    with pytest.raises(Problem) as raised:
        money(stored)
    assert raised.value.code == code


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_number(amount: str) -> None:
    with pytest.raises(Problem, match="amount-unclear"):
        checked(Decimal(amount))


def test_five_centimes_are_swiss_cash() -> None:
    assert [unit("CHF", True), unit("CHF", False), unit("EUR", True)] == [
        Decimal(one) for one in ("0.05", "0.01", "0.01")
    ]
