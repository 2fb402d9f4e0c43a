"""Payment references: made, checked, shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.policy.plans import Account
from zusage.rules.paying import references

DIGITS = st.text("0123456789", min_size=1, max_size=26).filter(lambda digits: digits.strip("0"))


QR = Account("CH1831999000000000001", "CHF", "Musterbank")
EUR = Account("DE93999999990000000001", "EUR", "Musterbank")


def test_those_of_the_standards() -> None:
    # The examples of the Swiss implementation guidelines and of ISO 11649.
    assert references.kind("21 00000 00003 13947 14300 09017") == "QRR"
    assert references.qrr("21000000000313947143000901") == "210000000003139471430009017"
    assert references.kind("RF18 5390 0754 7034") == "SCOR"
    assert references.scor("539007547034") == "RF18539007547034"


def test_a_new_one_fits_its_account_and_begins_as_the_bank_wants() -> None:
    made = [references.new_reference(replace(QR, reference_prefix="812345")) for _ in range(50)]
    assert all(references.kind(one) == "QRR" and one.startswith("812345") and len(one) == 27 for one in made)
    made += [references.new_reference(EUR) for _ in range(50)]
    assert all(references.kind(one) == "SCOR" and len(one) == 24 for one in made[50:])
    assert all(
        one[4:8] == "8123" for one in [references.new_reference(replace(EUR, reference_prefix="8123"))]
    )
    assert len(set(made)) == 100
    # Neither one after the other nor near each other: the first free digits already differ.
    assert len({one[6:12] for one in made[:50]}) > 45


@pytest.mark.parametrize("prefix", ["12a", "1" * 13, "١٢", " 1"])
def test_a_beginning_that_cannot_be_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="beginning of a reference"):
        references.new_reference(replace(QR, reference_prefix=prefix))


@given(DIGITS, st.integers(0, 26), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(digits: str, place: int, more: int) -> None:
    right = references.qrr(digits)
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1 :]
    assert references.kind(wrong) == "NON"
    right = references.scor(digits[-21:])
    place = 4 + place % (len(right) - 4)
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1 :]
    assert references.kind(wrong) == "NON"


@given(DIGITS)
def test_shown_in_groups_and_read_back(digits: str) -> None:
    for made in (references.qrr(digits), references.scor(digits[-21:])):
        shown = references.grouped(made)
        assert references.normal(shown) == made
        assert max(map(len, shown.split())) <= 5
    assert references.grouped("210000000003139471430009017") == "21 00000 00003 13947 14300 09017"


@given(st.text(max_size=40))
def test_whatever_somebody_types_gets_an_answer(text: str) -> None:
    assert references.kind(text) in ("QRR", "SCOR", "NON")
    references.grouped(text)


@pytest.mark.parametrize("text", ["0" * 27, "", "RF", "RF18", "AZ-2041", "٢" * 27, "RF18539007547035"])
def test_what_is_none(text: str) -> None:
    assert references.kind(text) == "NON"


@pytest.mark.parametrize("body", ["", "1" * 22, "a-b", "ü"])
def test_no_reference_is_made_of_anything_else(body: str) -> None:
    with pytest.raises(ValueError, match="SCOR"):
        references.scor(body)
    with pytest.raises(ValueError, match="QRR"):
        references.qrr(body + "x")


def test_nothing_but_zeros_is_no_reference() -> None:
    with pytest.raises(ValueError, match="QRR"):
        references.qrr("0" * 26)
