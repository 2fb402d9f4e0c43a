"""Plots as SVG, made here: large, quiet, labelled where they are, without a script, a style or a font of their own.

Colours are the page's own (CSS variables), so a plot follows light and dark. The same numbers aren't drawn twice.
Drawing starts threads: a process must not draw before it forks; its child gets a RuntimeError.
"""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple

SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"
INK, MUTED, LINE, ACCENT, PALE = "var(--ink)", "var(--muted)", "var(--line)", "var(--accent)", "var(--edge)"
WIDE, NARROW = 1120, 350
SIZE = 15
KEPT = 512
MOST_COLUMNS = 60
THICKEST = 44.0
LONGEST_LABEL = 31
ROOM_FOR_NUMBER = 52
HALF_A_LABEL = 28
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_KEPT_ATTRIBUTES = frozenset(
    "viewBox transform d x y x2 y2 x1 y1 width height fill stroke stroke-width stroke-dasharray opacity "
    "fill-opacity stroke-opacity text-anchor font-family font-size font-weight stroke-miterlimit".split()
)

_drawing_since: int | None = None


class Bar(NamedTuple):
    """One number of a plot. `pale`: it is another kind of number: what is left over, or a week that isn't over."""

    label: str
    number: int
    shown: str
    pale: bool = False


class Told(NamedTuple):
    """What a screen reader says of a plot, and the page's id for it."""

    id: str
    name: str
    text: str


def ranking(bars: Sequence[Bar], told: Told) -> str:
    """Bars one below the other, each under its name."""
    rows = [
        {"row": row, **bar._asdict(), "label": _short(printable(bar.label))} for row, bar in enumerate(bars)
    ]
    y = {"field": "row", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0, "paddingOuter": 0}}
    most = max(bar.number for bar in bars)
    spec = {
        "width": NARROW,
        "height": {"step": 48},
        "padding": 0,
        "data": {"values": rows},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "height": 8, "yOffset": 11},
                "encoding": {
                    "x": _scale("number", 0, most),
                    "color": _coloured(),
                },
            },
            _text("label", INK, align="left", x=0, yOffset=-6),
            _text("shown", INK, align="right", x=NARROW, yOffset=-6, fontWeight=600),
        ],
    }
    return _svg(spec, told)


def columns(bars: Sequence[Bar], told: Told, *, width: int, height: int, labels: Sequence[int]) -> str:
    """Columns side by side on one line, or a line where there are too many. Their numbers stand above them where
    there is room, else only the largest; `labels`: which of them bear their name beneath.
    """
    rows = [{"at": at, **bar._asdict()} for at, bar in enumerate(bars)]
    largest = max(range(len(bars)), key=lambda at: bars[at].number)
    step = width / len(bars)
    x = _scale("at", -0.5, len(bars) - 0.5)
    y = _scale("number", 0, max(1, bars[largest].number))
    area = {"type": "area", "line": {"color": ACCENT, "strokeWidth": 2}, "color": ACCENT, "fillOpacity": 0.15}
    bar = {"type": "bar", "width": min(THICKEST, max(1.0, step * 0.72))}
    counted = [row for row in rows if row["number"] and (step >= ROOM_FOR_NUMBER or row["at"] == largest)]
    spec = {
        "width": width,
        "height": height,
        "padding": {"left": 1, "right": 1, "top": 24, "bottom": 28},
        "autosize": "none",
        "data": {"values": rows},
        "layer": [
            # A week that isn't over would look like a fall.
            {"mark": area, "encoding": {"x": x, "y": y}, "transform": [{"filter": "!datum.pale"}]}
            if len(bars) > MOST_COLUMNS
            else {"mark": bar, "encoding": {"x": x, "y": y, "color": _coloured()}},
            {
                "data": {"values": [{}]},
                "mark": {"type": "rule", "color": LINE, "strokeWidth": 1},
                "encoding": {"x": {"value": 0}, "x2": {"value": width}, "y": {"value": height}},
            },
            *(
                _text("label", MUTED, y=height + 16, **_side(at, len(bars), step))
                | {"data": {"values": [rows[at]]}, "encoding": {"x": x, "text": {"field": "label"}}}
                for at in labels
            ),
            *(
                _text("shown", INK, dy=-11, fontWeight=600, **_side(row["at"], len(bars), step))
                | {"data": {"values": [row]}, "encoding": {"x": x, "y": y, "text": {"field": "shown"}}}
                for row in counted
            ),
        ],
    }
    return _svg(spec, told)


def _scale(field: str, least: float, most: float) -> dict[str, Any]:
    scale = {"domain": [least, most], "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "axis": None, "scale": scale}


def _side(at: int, many: int, step: float) -> dict[str, Any]:
    """Text in the middle of its column, but for what would stick out at the edges."""
    if (at + 0.5) * step < HALF_A_LABEL:
        return {"align": "left", "dx": -step * 0.36}
    if (many - at - 0.5) * step < HALF_A_LABEL:
        return {"align": "right", "dx": step * 0.36}
    return {"align": "center"}


def _text(field: str, colour: str, **mark: Any) -> dict[str, Any]:
    return {
        "mark": {
            "type": "text",
            "color": colour,
            "fontSize": SIZE,
            "font": SANS,
            "baseline": "middle",
            **mark,
        },
        "encoding": {"text": {"field": field}},
    }


def _coloured() -> dict[str, Any]:
    return {"condition": {"test": "datum.pale", "value": PALE}, "value": ACCENT}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"


def printable(text: str) -> str:
    """`text` without what isn't seen or turns it around: a referrer's host and a log's page can be anything."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _svg(spec: dict[str, Any], told: Told) -> str:
    """The plot with its name and what it tells, as one element to put into the page."""
    box, shapes = _drawn(json.dumps(spec))
    title, told_id = f"{told.id}-title", f"{told.id}-told"
    return (
        f'<svg role="img" viewBox="{box}" aria-labelledby="{title}" aria-describedby="{told_id}">'
        f'<title id="{title}">{escape(printable(told.name))}</title>'
        f'<desc id="{told_id}">{escape(printable(told.text))}</desc>{shapes}</svg>'
    )


@lru_cache(KEPT)
def _drawn(spec: str) -> tuple[str, str]:
    """The size of a plot as a view box, and its shapes as SVG."""
    import vl_convert  # in the process that draws, and when it first does

    _not_forked()
    config = {"view": {"stroke": None}, "background": None, "font": SANS}
    whole = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": None,
        **json.loads(spec),
    }
    return _clean(vl_convert.vegalite_to_svg({"config": config, **whole}))


def _clean(svg: str) -> tuple[str, str]:
    """Only shapes, text and what they look like: no script's hooks, no role within the one picture."""
    root = ET.fromstring(svg)  # noqa: S314  (what has just been drawn)
    for parent in list(root.iter()):
        for child in list(parent):
            empty = child.tag.endswith("}path") and not child.get("d")
            if empty or child.get("display") == "none" or child.get("class") == "background":
                parent.remove(child)
        for attribute in set(parent.attrib) - _KEPT_ATTRIBUTES:
            del parent.attrib[attribute]
        parent.tag = parent.tag.removeprefix(_NAMESPACE)
    return root.get("viewBox", ""), "".join(ET.tostring(child, encoding="unicode") for child in root)


def _not_forked() -> None:
    global _drawing_since
    if _drawing_since is None:
        _drawing_since = os.getpid()
    elif _drawing_since != os.getpid():
        raise RuntimeError("this process was forked from one that had already drawn")
