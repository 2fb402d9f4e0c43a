"""The rules in plain words: each figure that decides is said, in each language, and none that doesn't apply."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest

from tests.tenants import REFERENCE, loaded
from zusage.policy.plans import Band, Terms
from zusage.policy.types import LANGUAGES
from zusage.rules.instalments import Reason
from zusage.rules.plan_words import _words, after, said, why


def house() -> Terms:
    plans = loaded(REFERENCE).plans
    assert plans is not None
    return plans.terms


def test_the_reference_rules_in_words() -> None:
    assert said(house(), "CHF", "de") == (
        "Bis CHF 200: in einer Zahlung.",
        "Bis CHF 1’000: höchstens 4 Raten zu mindestens CHF 100.",
        "Darüber: mindestens 10 % des Betrags im Monat.",
        "Alles auf einmal zahlen dürfen Sie immer.",
        "Die erste Zahlung ist innerhalb von 30 Tagen fällig.",
        "Fällt ein Termin auf ein Wochenende oder einen Feiertag, gilt der nächste Banktag.",
        "Eine Zahlung gilt als verpasst, wenn sie 5 Tage nach dem Termin nicht da ist.",
        "Verpassen Sie 2 Zahlungen hintereinander, endet der Plan.",
        "Das Ende kündigen wir Ihnen 14 Tage vorher an. Zahlen Sie bis dahin nach, läuft der Plan weiter.",
    )
    assert said(house(), "EUR", "en")[1] == "Up to EUR 1’000: at most 4 instalments of at least EUR 100."


@pytest.mark.parametrize(
    "band, line",
    [
        (Band(None, True, Decimal(0), Decimal(0), None), "Für jeden Betrag: in einer Zahlung."),
        (
            Band(None, False, Decimal("49.50"), Decimal(0), None),
            "Für jeden Betrag: jede Rate mindestens CHF 49.50.",
        ),
        (Band(None, False, Decimal(0), Decimal(0), 12), "Für jeden Betrag: höchstens 12 Raten."),
        (
            Band(None, False, Decimal(50), Decimal("7.50"), 12),
            "Für jeden Betrag: höchstens 12 Raten zu mindestens CHF 50, mindestens 7.5 % des Betrags im Monat.",
        ),
    ],
)
def test_a_band_says_what_it_asks(band: Band, line: str) -> None:
    lines = said(Terms((band,), 30, 1, 0), "CHF", "de")
    assert lines[0] == line
    assert ("Alles auf einmal zahlen dürfen Sie immer." in lines) is not band.single


def test_one_and_none_are_said_as_people_say_them() -> None:
    assert after(Terms(house().bands, 30, 1, 0, end_days=1), "de") == (
        "Eine Zahlung gilt als verpasst, wenn sie am Termin nicht da ist.",
        "Verpassen Sie eine Zahlung, endet der Plan.",
        "Das Ende kündigen wir Ihnen einen Tag vorher an. Zahlen Sie bis dahin nach, läuft der Plan weiter.",
    )
    assert "einen Tag" in after(Terms(house().bands, 30, 1, 1), "de")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_has_its_sentence_with_its_figure(language: str) -> None:
    reasons: tuple[Reason, ...] = get_args(Reason)
    lines = dict(zip(reasons, why(reasons, Decimal("1234.56"), house(), "CHF", language), strict=True))
    assert "CHF 123.46" in lines["share-too-small"] and "10 %" in lines["share-too-small"]
    assert "30" in lines["first-too-late"]
    few = why(("rate-too-small", "too-many"), Decimal(900), house(), "CHF", language)
    assert "CHF 100" in few[0] and "4" in few[1]


def test_all_languages_say_the_same_things() -> None:
    words = {language: _words()[language] for language in LANGUAGES}
    for language in LANGUAGES:
        assert words[language].keys() == words["de"].keys()
        assert words[language]["why"].keys() == words["de"]["why"].keys() == set(get_args(Reason))
        assert "ß" not in str(words[language])
