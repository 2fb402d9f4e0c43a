"""How sure the assignment is: what the software stated, how often it was right, and how many decisions were whose.

Both axes of the plot stretch what is near 0 and near 1 (log odds): whether 99 % or 99.9 % is what matters here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import dateformat, translation
from django.views.decorators.http import require_safe

from zusage.queries import calibration as queries
from zusage.queries.calibration import Step
from zusage.tenant import policy
from zusage.web.office.access import StaffRequest, office
from zusage.web.office.confidence import edge, figure, percent
from zusage.web.words import say

TICKS = (0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)
NAMED_BELOW = (0.01, 0.5, 0.9, 0.99, 0.9999)
"""Those that have room for their names beneath."""
ENDS = (0.004, 0.999997)
WIDTH, HEIGHT = 360, 330
LEFT, RIGHT, TOP, BOTTOM = 58, 8, 10, 46
"""Units of the plot: about a pixel on a small phone."""
MARKS = {"fits": "done", "low": "alert", "high": "info", "few": "lacking"}
WAYS = {"automatic": ("automatic",), "human": ("clerk",), "none": ("none",), "corrected": ("corrected",)}


@dataclass(frozen=True, slots=True)
class Point:
    """Where a step stands in the plot, with the ends of its interval."""

    x: str
    y: str
    low: str
    high: str
    verdict: str


@require_safe
@office("clerk", "officer")
def page(request: StaffRequest) -> HttpResponse:
    """The reliability table with its plot, and the decisions by month."""
    language = request.user.language
    steps = queries.steps()
    matching = policy().matching
    context = {
        "rule": say(language, "office.calibration.rule_on", figure=edge(language, matching.threshold))
        if matching.automatic
        else say(language, "office.calibration.rule_off"),
        "steps": [_row(language, step) for step in steps],
        "plot": _plot(language, steps),
        "months": [(_month(language, month), _ways(ways)) for month, ways in queries.months()],
    }
    return render(request, "office/calibration.html", context)


def _row(language: str, step: Step) -> dict[str, Any]:
    return {
        "said": say(
            language,
            "office.calibration.range",
            **{"from": edge(language, step.least), "to": edge(language, step.most)},
        ),
        "right": step.right,
        "wrong": step.wrong,
        "share": figure(language, step.share) if step.wrong else percent(language, 1),
        "verdict": say(language, f"office.calibration.{step.verdict}"),
        "sign": MARKS[step.verdict],
        "mark": step.verdict,
    }


def _plot(language: str, steps: list[Step]) -> dict[str, Any]:
    return {
        "ticks": [(edge(language, one), _x(one), _y(one), one in NAMED_BELOW) for one in TICKS],
        "points": [_point(step) for step in steps],
        "line": (_x(ENDS[0]), _y(ENDS[0]), _x(ENDS[1]), _y(ENDS[1])),
        "box": f"0 0 {WIDTH} {HEIGHT}",
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP,
        "bottom": HEIGHT - BOTTOM,
        "middle": (LEFT + WIDTH - RIGHT) / 2,
        "below": HEIGHT - 8,
    }


def _point(step: Step) -> Point:
    # Half a case more on either side, so that "always" has a place on an axis that has none for it.
    share = (step.right + 0.5) / (step.many + 1)
    return Point(_x((step.least + step.most) / 2), _y(share), _y(step.low), _y(step.high), step.verdict)


def _x(share: float) -> str:
    return f"{LEFT + _place(share) * (WIDTH - LEFT - RIGHT):.1f}"


def _y(share: float) -> str:
    return f"{HEIGHT - BOTTOM - _place(share) * (HEIGHT - TOP - BOTTOM):.1f}"


def _place(share: float) -> float:
    """Between 0 and 1, by log odds."""
    least, most = (log(end / (1 - end)) for end in ENDS)
    share = min(max(share, ENDS[0]), ENDS[1])
    return (log(share / (1 - share)) - least) / (most - least)


def _month(language: str, month: Any) -> str:
    with translation.override(language):
        return dateformat.format(month, "F Y")


def _ways(found: dict[str, int]) -> list[int]:
    return [sum(found.get(way, 0) for way in ways) for ways in WAYS.values()]
