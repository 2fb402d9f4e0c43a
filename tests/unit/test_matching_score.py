"""Levels, weights, shares, calibration."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.rules.matching import calibrate, person
from zusage.rules.matching.calibrate import STEPS, calibrated, expected_error, reliability, step_of
from zusage.rules.matching.compare import LEVELS, MISSING, compare
from zusage.rules.matching.parameters import parameters
from zusage.rules.matching.score import shares, weight

CASE = {
    "reference": "ZH-2026-11111",
    "debtor_first_name": "Johannes",
    "debtor_name": "Müller-Egli",
    "former_names": "Kaltbrunner\nJohannes Zgraggen",
    "date_of_birth": "1984-03-07",
    "address": "Bahnhofstrasse 12, 8002 Zürich\nSeestrasse 1, 3012 Bern",
    "phones": "+41791234501\n+41443000199",
    "emails": "hm@example.ch",
}


@pytest.mark.parametrize(
    ("wrote", "field", "level"),
    [
        ({"case_reference": "zh 2o26 11111"}, "reference", "exact"),
        ({"case_references": ("KB-7", "ZH-2026-11111")}, "reference", "exact"),
        ({"case_reference": "ZH-2026-11112"}, "reference", "near"),
        ({"case_reference": "ZH-2026-22221"}, "reference", "other"),
        ({"date_of_birth": "1984-07-03"}, "born", "swapped"),
        ({"date_of_birth": "1984-03-01"}, "born", "one-digit"),
        ({"date_of_birth": "1961-03-07"}, "born", "year"),
        ({"date_of_birth": "1961-05-02"}, "born", "other"),
        ({"first_name": "Hans", "last_name": "Müller"}, "given", "nickname"),
        ({"first_name": "J.", "last_name": "Müller"}, "given", "initial"),
        ({"first_name": "Johannes Peter", "last_name": "Müller"}, "given", "partial"),
        ({"first_name": "Johanes", "last_name": "Müller"}, "given", "close"),
        ({"first_name": "Nadia", "last_name": "Müller"}, "given", "two-names"),
        ({"first_name": "Xaverinho", "last_name": "Müller"}, "given", "other"),
        ({"first_name": "Mueller Egli", "last_name": "Johannes"}, "given", "exact"),
        ({"first_name": "Mueller Egli", "last_name": "Johannes"}, "order", "swapped"),
        ({"name": "Mueller-Egli Johannes"}, "order", MISSING),
        ({"name": "Johannes Mueller Egli"}, "family", "exact"),
        ({"name": "Johannes Egli"}, "family", "part"),
        ({"name": "Johannes Kaltbrunner"}, "family", "former"),
        ({"name": "Johannes Zgraggen"}, "family", "former"),
        ({"name": "Johannes Mullr-Egly"}, "family", "close"),
        ({"name": "Johannes Rossi"}, "family", "other"),
        ({"email": "HM@example.ch"}, "email", "exact"),
        ({"email": "hn@example.ch"}, "email", "close"),
        ({"phone_day": "+41443000199"}, "phone", "exact"),
        ({"street": "Bahnhofstr 14", "postcode": "8002", "town": "Zuerich"}, "street", "exact"),
        ({"street": "Bahnhofstr 14", "postcode": "8002", "town": "Zuerich"}, "number", "close"),
        ({"street": "Seestr. 1", "postcode": "3021", "town": "Bern"}, "postcode", "near"),
        ({"street": "Seestr. 1", "postcode": "3021", "town": "Bern"}, "town", "exact"),
        ({}, "street", MISSING),
    ],
)
def test_levels(wrote: dict[str, str], field: str, level: str) -> None:
    assert compare(person.writer(wrote), person.debtor([CASE])).levels[field] == level


def test_the_parameters_cover_every_level() -> None:
    known = parameters()
    for table in (known.weights, known.household):
        assert {field: set(levels) for field, levels in table.items()} == {
            field: {*levels, MISSING} for field, levels in LEVELS.items()
        }
    assert len(known.right) == len(known.wrong) == len(STEPS)


@pytest.mark.parametrize("field", [field for field in LEVELS if field != "order"])
def test_agreement_speaks_for_and_conflict_against(field: str) -> None:
    weights = parameters().weights[field]
    assert weights["exact"] == max(weights.values()) > 0
    assert weights["other"] < 0 == weights[MISSING]


def test_a_frequent_name_says_less() -> None:
    writer, debtor = person.writer({"name": "Johannes Müller-Egli"}), person.debtor([CASE])
    comparison = compare(writer, debtor)
    plain = weight(comparison, writer)
    assert weight(comparison, writer, {("family", "muller egli"): 0.02}) < plain
    assert weight(comparison, writer, {("family", "muller egli"): 1e-5}) > plain
    assert weight(comparison, writer, {("family", "rossi"): 0.02}) == plain


def test_a_spouse_with_the_partners_letter_is_believed_less() -> None:
    home = {"email": "hm@example.ch", "phone_day": "+41443000199", "case_reference": "ZH-2026-11111"}
    spouse = person.writer({"name": "Nadia Müller-Egli", "date_of_birth": "1986-11-21"} | home)
    own = person.writer({"name": "Hans Müller-Egli", "date_of_birth": "1984-03-07"} | home)
    debtor = person.debtor([CASE])
    (wrong,) = shares([weight(compare(spouse, debtor), spouse)])
    (right,) = shares([weight(compare(own, debtor), own)])
    assert wrong < 0.9
    assert right > 0.9999


@given(st.lists(st.floats(-60, 90), max_size=6))
def test_shares_are_a_probability(weights: list[float]) -> None:
    found = shares(weights)
    assert all(0 <= one <= 1 for one in found)
    assert sum(found) <= 1 + 1e-9
    for more in (10.0, 50.0):
        assert all(
            after <= before + 1e-12 for before, after in zip(found, shares([*weights, more]), strict=False)
        )


def test_rivals_share() -> None:
    one, other = shares([60, 60])
    assert one == other == pytest.approx(0.5, abs=1e-6)
    assert shares([20], people=1000)[0] > shares([20], people=10_000_000)[0]


TALLIES = st.dictionaries(
    st.integers(0, len(STEPS) - 1), st.tuples(st.integers(0, 5000), st.integers(0, 5000)), max_size=len(STEPS)
)


@given(TALLIES, st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_calibration_never_falls(tallies: dict[int, tuple[int, int]], said: list[float]) -> None:
    found = [calibrated(one, tallies) for one in sorted(said)]
    assert all(0 <= one <= 1 for one in found)
    assert all(before <= after + 1e-12 for before, after in pairwise(found))


def test_decisions_move_it() -> None:
    top = len(STEPS) - 1
    assert calibrated(1.0) > 0.9999
    assert calibrated(1.0, {top: (0, 1)}) < 0.999, (
        "one wrong stops a machine that may be wrong once in a thousand"
    )
    assert calibrated(1.0, {top: (1500, 1)}) > 0.999
    assert calibrated(0.55) < 0.7
    assert calibrated(0.55, {step_of(0.55): (1000, 0)}) > 0.8


def test_steps() -> None:
    assert [step_of(one) for one in (0.0, 0.049, 0.05, 0.9995, 1.0)] == [0, 0, 1, 17, len(STEPS) - 1]


def test_expected_error() -> None:
    fair = [(0.75, at % 4 != 0) for at in range(400)]
    assert expected_error(fair) == pytest.approx(0)
    assert expected_error([(0.75, True)] * 10) == pytest.approx(0.25)
    assert expected_error([]) == 0
    (row,) = reliability(fair)
    assert (row.many, row.said, row.true) == (400, 0.75, 0.75)
    assert row.step == calibrate.step_of(0.75)
