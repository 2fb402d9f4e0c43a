"""How sure the software is, as people say it: «sehr sicher (99,9 %)»."""

from __future__ import annotations

import math

from zusage.rules.matching.calibrate import STEPS
from zusage.web.words import say

DEGREES = ((0.999, "very"), (0.99, "sure"), (0.9, "likely"), (0.5, "possible"))
MOST = 0.9999
"""More than that no number of decisions has ever shown; nothing is said to be certain."""
LEAST = 0.01


def confidence(language: str, probability: float) -> str:
    """In words, with the figure."""
    words = say(language, f"office.matching.confidence.{_degree(probability)}")
    return say(language, "office.matching.confidence.with", words=words, figure=figure(language, probability))


def of_step(language: str, step: int) -> str:
    """The same for a stored step of the calibration, whose edges are known and no more."""
    least, most = STEPS[step], (*STEPS, 1.0)[step + 1]
    words = say(language, f"office.matching.confidence.{_degree(least)}")
    edges = {"from": edge(language, least), "to": edge(language, most)}
    known = figure(language, 1.0) if least >= MOST else say(language, "office.calibration.range", **edges)
    return say(language, "office.matching.confidence.with", words=words, figure=known)


def edge(language: str, share: float) -> str:
    """A step's edge, exactly: 99.95 %."""
    return _in(language, f"{share * 100:.6g}")


def figure(language: str, probability: float) -> str:
    """A probability in per cent, never rounded up: 0.99987 is 99.98 %, and 0.99 isn't yet 99.1 %."""
    if probability > MOST:
        return say(language, "office.matching.confidence.over", figure=percent(language, MOST))
    if probability < LEAST:
        return say(language, "office.matching.confidence.under", figure=percent(language, LEAST))
    return percent(language, probability)


def percent(language: str, share: float) -> str:
    """A share in per cent with as many decimals as it takes to see what it lacks to the whole: 87 %, 99.9 %."""
    places = 2 if share >= 0.999 else 1 if share >= 0.99 else 0
    # What binary fractions lack isn't lacking: 0.99 is 99 %.
    cut = math.floor(share * 100 * 10**places + 1e-6) / 10**places
    return _in(language, f"{cut:.{places}f}".rstrip("0").rstrip(".") if places else f"{cut:.0f}")


def _degree(probability: float) -> str:
    return next((name for least, name in DEGREES if probability >= least), "unlikely")


def _in(language: str, number: str) -> str:
    return f"{number}%" if language == "en" else f"{number.replace('.', ',')}\N{NO-BREAK SPACE}%"
