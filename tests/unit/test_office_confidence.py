"""How sure something is, in words; and what a level of the rules means to whoever looks."""

from __future__ import annotations

import pytest

from zusage.policy.types import LANGUAGES
from zusage.queries.calibration import Step
from zusage.rules.matching.calibrate import STEPS
from zusage.rules.matching.compare import LEVELS
from zusage.rules.matching.guard import GUARDS, REASONS
from zusage.rules.shares import interval
from zusage.web.office import comparing
from zusage.web.office.confidence import confidence, of_step
from zusage.web.words import words

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (1.0, f"sehr sicher (über 99,99{NBSP}%)"),
        (0.99987, f"sehr sicher (99,98{NBSP}%)"),
        (0.999, f"sehr sicher (99,9{NBSP}%)"),
        (0.9989, f"sicher (99,8{NBSP}%)"),
        (0.99, f"sicher (99{NBSP}%)"),
        (0.989, f"wahrscheinlich (98{NBSP}%)"),
        (0.5, f"möglich (50{NBSP}%)"),
        (0.07, f"wenig wahrscheinlich (7{NBSP}%)"),
        (0.0, f"wenig wahrscheinlich (unter 1{NBSP}%)"),
    ],
)
def test_confidence_is_never_rounded_up(probability, said):
    assert confidence("de", probability) == said


def test_a_stored_step_says_its_edges():
    assert of_step("en", STEPS.index(0.999)) == "very sure (99.9% to 99.95%)"
    assert of_step("fr", len(STEPS) - 1) == f"très sûr (plus de 99,99{NBSP}%)"
    assert of_step("de", 0) == f"wenig wahrscheinlich (0{NBSP}% bis 5{NBSP}%)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_the_rules_say_has_words(language):
    said = words(language)
    assert {f"office.matching.guard.{one}" for one in GUARDS} <= set(said)
    for one in REASONS:
        assert comparing.reason(language, one)
    for field, levels in LEVELS.items():
        for level in (*levels, "missing"):
            assert f"office.matching.level.{level}" in said
            assert f"office.matching.mark.{comparing.kind_of(field, level)}" in said
    assert {field for row in comparing.ROWS.values() for field in row} == set(LEVELS)


def test_what_contradicts_is_told_from_what_may_change():
    for field in ("reference", "born", "given", "family"):
        assert comparing.kind_of(field, "other") == "conflicts"
    assert comparing.kind_of("given", "two-names") == "conflicts"
    for field in ("email", "phone", "street", "number", "postcode", "town"):
        assert comparing.kind_of(field, "other") == "differs"
    for field, level in (("given", "nickname"), ("family", "former"), ("born", "exact")):
        assert comparing.kind_of(field, level) == "agrees"
    for field, level in (
        ("given", "initial"),
        ("given", "close"),
        ("born", "one-digit"),
        ("reference", "near"),
    ):
        assert comparing.kind_of(field, level) == "nearly"
    assert set(comparing.SIGNS) == {
        comparing.kind_of(field, level) for field, levels in LEVELS.items() for level in (*levels, "missing")
    }


def test_an_interval_holds_what_it_should():
    assert interval(0, 0) == (0.0, 1.0)
    assert interval(30, 30)[1] == 1.0
    low, high = interval(50, 100)  # Wilson's own, by hand: 0.4038 and 0.5962
    assert (round(low, 4), round(high, 4)) == (0.4038, 0.5962)


@pytest.mark.parametrize(
    ("right", "wrong", "verdict"),
    [(5, 0, "few"), (95, 5, "fits"), (60, 40, "low"), (1000, 0, "high")],
)
def test_a_step_is_judged_by_its_decisions(right, wrong, verdict):
    assert Step(0.9, 0.95, right, wrong, *interval(right, right + wrong)).verdict == verdict
