from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.rules.amounts import LARGEST, amount
from zusage.rules.days import day_of_month
from zusage.rules.problems import Problem


@pytest.mark.parametrize(
    "raw",
    [
        "1'250.50",
        "1’250.50",
        "1'250,5",
        "1250,50",
        "1250.50",
        "1250.5",
        "1 250.50",
        "1\u00a0250,50",
        "1\u202f250.50",
        "1.250,50",
    ]
    + [
        "1,250.50",
        "CHF 1'250.50",
        "CHF1250.50",
        "1250.50 CHF",
        "Fr. 1'250.50",
        "sFr. 1250.50",
        "1.250,50 €",
        "€ 1250.50",
    ]
    + ["1250.50 Franken", "1250,50 euros", " 1250.50 "],
)
def test_written_in_many_ways(raw: str) -> None:
    assert amount(raw) == Decimal("1250.50")


@pytest.mark.parametrize(
    "raw", ["100", "100.–", "100.-", "100.--", "100,-", "100.", "Fr. 100.—", "CHF 100.00", "100.–€", "100 .-"]
)
def test_a_dash_for_the_cents(raw: str) -> None:
    assert str(amount(raw)) == "100.00"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "missing"),
        ("viel", "amount-unclear"),
        ("CHF", "amount-unclear"),
        ("1.250", "amount-ambiguous"),
        ("1,250", "amount-ambiguous"),
        ("12.505", "amount-ambiguous"),
        ("1250.505", "amount-decimals"),
        ("0.250", "amount-decimals"),
        ("1'250.505", "amount-decimals"),
        ("0", "amount-zero"),
        ("0.00", "amount-zero"),
        ("-0", "amount-zero"),
        ("-50", "amount-negative"),
        ("− 50", "amount-negative"),
        ("CHF -50", "amount-negative"),
        ("1000000.01", "amount-too-large"),
        ("1.000.001", "amount-too-large"),
        ("1e3", "amount-unclear"),
        ("1_000", "amount-unclear"),
        ("0x10", "amount-unclear"),
        ("NaN", "amount-unclear"),
        ("Infinity", "amount-unclear"),
        ("½", "amount-unclear"),
        ("50-100", "amount-unclear"),
        ("50 oder 60", "amount-unclear"),
        ("1'25.50", "amount-unclear"),
        ("1'250 000", "amount-unclear"),
        ("1.25,50", "amount-unclear"),
        ("٥٠", "digits-other"),
        ("５０", "digits-other"),
    ],
)
def test_refused(raw: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        amount(raw)
    assert caught.value.code == problem


def test_a_dash_or_two_groups_settle_what_the_point_means() -> None:
    assert amount("1.250.-") == amount("1,250.–") == Decimal("1250.00")
    assert amount("1.000.000") == amount("1'000'000") == LARGEST


@given(st.integers(1, int(LARGEST * 100)))
def test_every_amount_in_every_writing(cents: int) -> None:
    value = Decimal(cents) / 100
    grouped = f"{value:,.2f}"
    for raw in (
        f"{value:.2f}",
        f"{value:.2f}".replace(".", ","),
        grouped,
        grouped.replace(",", "'"),
        grouped.replace(",", " "),
        grouped.replace(",", "\u2019"),
        grouped.translate(str.maketrans(",.", ".,")),
        f"CHF {grouped.replace(',', chr(39))}",
    ):
        result = amount(raw)
        assert result == value and result.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("raw", "day"), [("25", 25), ("25.", 25), (" 1 ", 1), ("01", 1), ("1er", 1), ("am 25.", 25), ("31st", 31)]
)
def test_days(raw: str, day: int) -> None:
    assert day_of_month(raw) == day


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "missing"),
        ("0", "day-range"),
        ("32", "day-range"),
        ("-1", "day-range"),
        ("1.5", "day-unclear"),
        ("Ende", "day-unclear"),
    ]
    + [("1e1", "day-unclear"), ("٢", "digits-other"), ("9" * 15, "day-unclear")],
)
def test_days_refused(raw: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        day_of_month(raw)
    assert caught.value.code == problem


@given(st.integers(-100, 1000))
def test_days_are_1_to_31(day: int) -> None:
    try:
        assert day_of_month(str(day)) == day and 1 <= day <= 31
    except Problem as problem:
        assert problem.code == "day-range" and not 1 <= day <= 31


@pytest.mark.parametrize("raw", ["0", "0.00", "0.-", "-0", "CHF 0"])
def test_nothing_is_an_amount_where_it_may_be(raw: str) -> None:
    assert amount(raw, zero=True) == 0
    with pytest.raises(Problem, match="amount-zero"):
        amount(raw)


def test_less_than_nothing_never_is() -> None:
    with pytest.raises(Problem, match="amount-negative"):
        amount("-5", zero=True)
