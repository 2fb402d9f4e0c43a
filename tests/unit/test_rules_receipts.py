import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.rules.problems import Problem
from zusage.rules.receipts import ALPHABET, LENGTH, grouped, make, normal

ENTROPY = st.binary(min_size=17, max_size=40)


@given(ENTROPY)
def test_the_receipt_is_the_first_130_bits(entropy: bytes) -> None:
    receipt = make(entropy)
    assert len(receipt) == LENGTH and set(receipt) <= set(ALPHABET)
    number = 0
    for character in receipt:
        number = number * 32 + ALPHABET.index(character)
    assert number == int.from_bytes(entropy[:17], "big") >> 6


def test_each_character_is_as_likely_everywhere() -> None:
    # Counting through all values of any byte must bring each of the 5 bits it fills equally often.
    for byte in range(17):
        seen = [make(bytes(value if place == byte else 0 for place in range(17))) for value in range(256)]
        assert len(set(seen)) == (256 if byte < 16 else 4)


def test_too_little_entropy() -> None:
    with pytest.raises(ValueError):
        make(bytes(16))


def test_grouped() -> None:
    assert grouped(make(bytes(17))) == "0000-0000-0000-0000-0000-0000-00"


@given(ENTROPY, st.data())
def test_typed_in_any_way(entropy: bytes, data: st.DataObject) -> None:
    receipt = make(entropy)
    typed = "".join(
        data.draw(st.sampled_from({"0": "0oO", "1": "1iIlL"}.get(character, character + character.lower())))
        + data.draw(st.sampled_from(["", "", "", "-", " ", "–", " - ", "\u00a0", "\n", "\u2011", "\u200b"]))
        for character in receipt
    )
    assert normal(typed) == normal(grouped(receipt)) == normal(receipt) == receipt


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "missing"),
        (" ", "missing"),
        ("U" * LENGTH, "receipt-characters"),
        ("ı" * LENGTH, "receipt-characters"),
        ("٠" * LENGTH, "receipt-characters"),
        ("A" * LENGTH + "\x00", "receipt-characters"),
        ("A" * (LENGTH - 1), "receipt-length"),
        ("A" * (LENGTH + 1), "receipt-length"),
        ("A" * 10_000, "receipt-characters"),
    ],
)
def test_refused(raw: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        normal(raw)
    assert caught.value.code == problem
