"""What leads to a file: the rows of a debtor and of a writer meet; few per debtor, none of a name alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.policy.types import CheckDigits
from zusage.rules.check_digits import fits
from zusage.rules.matching import blocks, person
from zusage.rules.matching.person import Person
from zusage.vault.index import CATEGORIES

CASE = {
    "reference": "ZH-2026-11111",
    "debtor_first_name": "Nadine",
    "debtor_name": "Gonçalves",
    "former_names": "Oberholzer",
    "date_of_birth": "1984-03-17",
    "address": "Bahnhofstrasse 12, 8002 Zürich",
    "phones": "+41791234501",
    "emails": "nadine@example.ch",
}
WITHOUT_FORMER = {key: value for key, value in CASE.items() if key != "former_names"}


def indexes(debtor: Person, **wrote: str) -> set[str]:
    """The indexes in which a writer's rows meet the debtor's."""
    return {name for name, _ in set(blocks.stored(debtor)) & set(blocks.sought(person.writer(wrote)))}


def test_few_rows_and_none_of_a_name_alone() -> None:
    rows = blocks.stored(person.debtor([WITHOUT_FORMER]))
    assert len(rows) == 11
    assert len({name for name, _ in rows}) == 11
    assert {name for name, _ in rows} == set(CATEGORIES) - {"reference", "debtor-number", "payment-reference"}
    for name, _ in rows:
        assert CATEGORIES[name] != ("name",)
    twice = CASE | {
        "debtor_name": "Gonçalves-Oberholzer",
        "emails": "a@example.ch\nb@example.ch\nc@example.ch",
        "phones": "+41791234501\n+41791234502\n+41791234503",
    }
    assert len(blocks.stored(person.debtor([twice, twice | {"address": "Seestrasse 1, 8000 Zürich"}]))) == 12


@pytest.mark.parametrize(
    ("wrote", "index"),
    [
        ({"name": "N. Gonsalves", "date_of_birth": "1984-03-17"}, "born-romance"),
        ({"name": "Nadine Goncalvez", "date_of_birth": "1984-03-17"}, "born-romance"),
        ({"name": "Goncalwes Nadine", "date_of_birth": "1984-03-17"}, "born-cologne"),
        ({"name": "Nadine Oberholtzer", "date_of_birth": "1984-03-17"}, "born-cologne"),
        ({"name": "x", "date_of_birth": "1984-03-17", "town": "Zuerich"}, "born-town"),
        ({"email": "Nadine@Example.ch"}, "email"),
        ({"phone_evening": "+41791234501"}, "phone"),
        ({"first_name": "Nadin", "postcode": "8002"}, "postcode-given"),
        ({"last_name": "Goncalves", "postcode": "8002"}, "postcode-family"),
        ({"first_name": "Goncalves", "last_name": "Nadine", "postcode": "8002"}, "postcode-family"),
        ({"first_name": "Nadine", "postcode": "8020", "street": "Bahnhofstr. 1"}, "street-given"),
        ({"last_name": "Ganz", "town": "Zürich", "street": "Bahnhofplatz"}, "street-family"),
        ({"last_name": "Goncalves", "town": "Zürich 2", "street": "Seeweg 12"}, "house-family"),
        ({"postcode": "8020", "street": "12, Bahnhof-Strasse"}, "house"),
    ],
)
def test_ways_to_a_file(wrote: dict[str, str], index: str) -> None:
    assert index in indexes(person.debtor([CASE]), **wrote)


def test_a_stranger_leads_nowhere() -> None:
    wrote = {"name": "Urs Kaltbrunner", "date_of_birth": "1961-07-02", "email": "urs@example.ch"}
    assert indexes(person.debtor([CASE]), **wrote) == set()


def test_near_is_one_edit_away() -> None:
    forms = blocks.near("ZH20267", "none")
    assert {"ZH20276", "ZH2026", "ZH202671", "ZH20367", "HZ20267", "AH20267", "ZHK20267"} <= set(forms)
    assert "ZH20267" not in forms
    assert "ZHA0267" not in forms, "no letter among digits"
    assert len(set(forms)) == len(forms) <= 400
    assert blocks.near("12", "none") == []


@pytest.mark.parametrize("rule", ["luhn", "mod10-recursive", "mod11", "mod97"])
def test_near_keeps_to_the_check_digits(rule: str) -> None:
    right = next(one for one in map(str, range(2026_000_100, 2026_000_900)) if fits(one, rule))  # type: ignore[arg-type]
    slips = [right[:at] + right[at + 1] + right[at] + right[at + 2 :] for at in range(len(right) - 1)]
    slips += [right[:4] + right[5:], right[:3] + "7" + right[3:]]
    for slip in slips:
        if slip != right:
            forms = blocks.near(slip, rule)  # type: ignore[arg-type]
            assert right in forms
            assert all(fits(one, rule) for one in forms)  # type: ignore[arg-type]


@given(
    st.text(alphabet="0123456789AZ", min_size=4, max_size=8),
    st.sampled_from(["luhn", "mod10-recursive", "mod11", "mod97"]),
)
def test_near_with_a_rule_is_what_fits_of_all(reference: str, rule: CheckDigits) -> None:
    every = blocks.near(reference, "none")
    assert len(every) < blocks.MOST_NEAR
    assert blocks.near(reference, rule) == [one for one in every if fits(one, rule)]


@given(st.text(alphabet="0123456789ABXZ", max_size=40))
def test_near_is_bounded(reference: str) -> None:
    forms = blocks.near(reference, "none")
    assert len(forms) <= blocks.MOST_NEAR
    for one, other in pairwise(sorted(forms)):
        assert one != other


@given(st.dictionaries(st.sampled_from(sorted(CASE)), st.text(max_size=40)))
def test_any_columns_have_rows(case: dict[str, str]) -> None:
    rows = blocks.stored(person.debtor([case]))
    assert len(rows) <= blocks.MOST_STORED
    assert all(normal for _, normal in rows)
