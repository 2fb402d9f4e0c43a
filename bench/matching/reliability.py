"""The reliability of a confidence as a plot: what was said, and how often it was so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import vl_convert

from zusage.rules.matching.calibrate import Row

SIDE = 420
INK, LINE, ACCENT = "#333333", "#999999", "#14594a"


def draw(rows: Sequence[Row]) -> str:
    """An SVG: a dot for each step that occurred, larger the more candidates it had; on the line is right."""
    values = [{"said": row.said, "so": row.true, "many": row.many} for row in rows]
    spec: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": SIDE,
        "height": SIDE,
        "background": "white",
        "layer": [
            {
                "data": {"values": [{"said": 0, "so": 0}, {"said": 1, "so": 1}]},
                "mark": {"type": "line", "color": LINE, "strokeDash": [4, 4]},
                "encoding": {
                    "x": _axis("said", "Said: confidence"),
                    "y": _axis("so", "So: share that was right"),
                },
            },
            {
                "data": {"values": values},
                "mark": {"type": "circle", "color": ACCENT, "opacity": 0.85},
                "encoding": {
                    "x": _axis("said", "Said: confidence"),
                    "y": _axis("so", "So: share that was right"),
                    "size": {
                        "field": "many",
                        "type": "quantitative",
                        "scale": {"type": "log", "range": [30, 600]},
                        "title": "Candidates",
                    },
                },
            },
        ],
        "config": {"font": "sans-serif", "axis": {"labelColor": INK, "titleColor": INK, "grid": False}},
    }
    return str(vl_convert.vegalite_to_svg(json.dumps(spec)))


def _axis(field: str, title: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title, "scale": {"domain": [0, 1]}}
