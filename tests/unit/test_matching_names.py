"""Names: one spelling for many, and every reading of one field."""

import pytest

from zusage.rules.matching.given_names import known, nicknames
from zusage.rules.matching.names import tokens, words


@pytest.mark.parametrize(
    "same",
    [
        ("Müller", "Mueller", "MULLER", "Mu\u0308ller"),
        ("Weiß", "WEISS", "Weiss"),
        ("Jäggi", "Jaeggi", "Jaggi"),
        ("Özgür", "Oezguer", "OZGUR"),
        ("Işık", "ISIK", "İşık", "isik"),
        ("Đorđević", "Dordevic"),
        ("Łukasz", "Lukasz"),
        ("Sørensen", "Soerensen", "Sorensen"),
        ("Gonçalves", "GONCALVES"),
        ("Niccolò", "Niccolo'", "Niccolo"),
        ("D’Angelo", "D'Angelo", "Dangelo"),
        ("Fæh", "Faeh", "Fäh"),
        ("Иванов", "ИВАНОВ"),
        ("Νίκος", "ΝΙΚΟΣ", "Νικος"),
    ],
)
def test_one_spelling(same: tuple[str, ...]) -> None:
    assert len({words(one) for one in same}) == 1


@pytest.mark.parametrize("both", ["Sepp Josef", "Vreni Verena", "Hans Johannes", "Ueli Ulrich", "Köbi Jakob"])
def test_short_forms(both: str) -> None:
    one, other = both.split()
    assert nicknames(tokens(one), tokens(other))
    assert nicknames(tokens(other), tokens(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hans", "Hannes"),
        ("Giovanni", "Hans"),
        ("Daniel", "Daniela"),
        ("Helene", "Lena"),
        ("Hans Peter", "Johannes"),
    ],
)
def test_no_short_forms(one: str, other: str) -> None:
    assert not nicknames(tokens(one), tokens(other))


def test_names_that_are_known() -> None:
    assert known("nadia")
    assert known("sepp")
    assert known("muller") is False
