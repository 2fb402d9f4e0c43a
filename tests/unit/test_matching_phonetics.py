"""Sounds: published codes of the Kölner Phonetik, and what our Romance code holds for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.rules.matching.names import fold
from zusage.rules.matching.phonetics import cologne, romance


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Müller-Lüdenscheidt", "65752682"),
        ("Wikipedia", "3412"),
        ("Breschnew", "17863"),
        ("Meyer", "67"),
        ("Mayr", "67"),
    ],
)
def test_cologne(name: str, code: str) -> None:
    assert cologne(fold(name)) == code


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Gonçalves", "Gonsalves"),
        ("Gonçalves", "Goncalvez"),
        ("Rousseau", "Rousso"),
        ("Guerra", "Guera"),
        ("Ferreira", "Fereira"),
        ("Carvalho", "Carvallo"),
        ("Favre", "Favres"),
        ("Philippe", "Filipe"),
        ("Thévenaz", "Tevenas"),
    ],
)
def test_romance_holds_for_one(one: str, other: str) -> None:
    assert romance(fold(one)) == romance(fold(other))


@pytest.mark.parametrize(("one", "other"), [("Rossi", "Rizzoli"), ("Costa", "Castro"), ("Lopes", "Gomes")])
def test_romance_tells_apart(one: str, other: str) -> None:
    assert romance(fold(one)) != romance(fold(other))


@given(st.text(min_size=1, max_size=20))
def test_any_word_has_a_sound(text: str) -> None:
    assert cologne(text)
    assert romance(text)
