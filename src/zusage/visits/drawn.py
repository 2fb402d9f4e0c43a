"""Which plot shows which table, and how much of it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe

from zusage.visits import plots as draw
from zusage.visits.plots import NARROW, WIDE, Bar, Told
from zusage.visits.publish import OTHER, TOTAL
from zusage.visits.speech import Speech
from zusage.visits.tables import WEEK, Line

MOST = 8
"""Bars of a ranking; what comes after them is in the table."""
HOURS = range(24)
ROOM, ROOM_FOR_YEARS = 64, 88
"""Units of width that a name beneath a column takes, with air."""


def plots(dimension: str, lines: Sequence[Line], title: str, speech: Speech) -> tuple[list[SafeString], int]:
    """The plots of a table, for a wide page and for a phone, or one for both; and how many lines they leave out."""
    if dimension in (TOTAL, WEEK):
        days = [line for line in lines if dimension == WEEK or "W" not in line.value]
        return [_over_time(dimension, days, title, speech, width) for width in (WIDE, NARROW)], 0
    if dimension == "hour":
        return [_hours(lines, title, speech)], 0
    named = [line for line in lines if line.value != OTHER]
    taken = [*named[:MOST], *(line for line in lines if line.value == OTHER)]
    bars = [_bar(dimension, line, speech, line.value == OTHER) for line in taken]
    told = Told(f"plot-{dimension}", title, _told(bars, speech))
    return [_safe(draw.ranking(bars, told))], len(named) - len(named[:MOST])


def _over_time(dimension: str, lines: Sequence[Line], title: str, speech: Speech, width: int) -> SafeString:
    years = len(lines) > 60
    bars = [
        Bar(
            speech.axis(dimension, line.value, years),
            line.number or 0,
            speech.number(line.number or 0),
            line.running,
        )
        for line in lines
    ]
    told = [
        Bar(speech.value(dimension, line.value), bar.number, bar.shown)
        for line, bar in zip(lines, bars, strict=True)
    ]
    size = "wide" if width == WIDE else "narrow"
    about = Told(f"plot-{dimension}-{size}", title, _told(told, speech))
    # Days bear their names at each Monday, so that a week is seen as one.
    steps = range(0, len(bars), 7) if dimension == TOTAL else range(len(bars))
    labels = _spread(list(steps), width // (ROOM_FOR_YEARS if years else ROOM))
    return _safe(draw.columns(bars, about, width=width, labels=labels, height=220 if width == WIDE else 150))


def _hours(lines: Sequence[Line], title: str, speech: Speech) -> SafeString:
    found = {int(line.value): line.number or 0 for line in lines if line.value != OTHER}
    bars = [
        Bar(speech.axis("hour", str(hour), False), found.get(hour, 0), speech.number(found.get(hour, 0)))
        for hour in HOURS
    ]
    named = [Bar(speech.value("hour", str(hour)), bars[hour].number, bars[hour].shown) for hour in HOURS]
    about = Told("plot-hour", title, _told(named, speech))
    return _safe(draw.columns(bars, about, width=NARROW, labels=[0, 6, 12, 18, 23], height=150))


def _bar(dimension: str, line: Line, speech: Speech, pale: bool) -> Bar:
    name = speech("other_short") if pale else speech.value(dimension, line.value)
    return Bar(name, line.number or 0, speech.number(line.number or 0), pale)


def _told(bars: Sequence[Bar], speech: Speech) -> str:
    largest = max(bars, key=lambda bar: bar.number)
    return speech("told", label=largest.label, n=largest.shown)


def _spread(places: list[int], most: int) -> list[int]:
    """At most `most` of the places, evenly apart, the first among them."""
    step = max(1, -(-len(places) // max(1, most)))
    return places[::step]


def _safe(svg: str) -> SafeString:
    """What `plots` made of shapes and escaped text alone."""
    return mark_safe(svg)  # noqa: S308
