"""A handful of own icons: lines on a 24 by 24 grid, drawn in the colour of the text beside them."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

SHAPES = {
    "question": "M4 5h16v12h-9l-5 4v-4H4z M9.8 9.4a2.2 2.2 0 1 1 2.9 2.1c-.5.2-.7.5-.7 1.1 M12 14.6v.1",
    "instalments": "M4 6h16v14H4z M4 10h16 M8 3.5V8 M16 3.5V8 M8 14h3 M8 17h3 M14 15.5l1.5 1.5 3-3",
    "genuine": "M12 3l7.5 3v5.5c0 4.6-3.1 7.7-7.5 9.5-4.4-1.8-7.5-4.9-7.5-9.5V6z M8.5 12l2.5 2.5 4.5-5",
    "letter": "M3.5 9.5L12 4l8.5 5.5V20h-17z M3.5 9.5L12 15l8.5-5.5",
    "other-person": (
        "M10 11.5a3.7 3.7 0 1 0 0-7.5 3.7 3.7 0 0 0 0 7.5z M3.5 20.5c.5-4 3-6 6.5-6 1.2 0 2.3.2 3.2.7 "
        "M16 15.5l5 5 M21 15.5l-5 5"
    ),
    "my-data": "M3.5 6h6l2 2.5h9V19.500h-17z M8 12.500h8 M8 15.800h5",
    "creditors": "M4 20h16 M6.500 17v-6.500 M12 17v-6.500 M17.500 17v-6.500 M4 10h16L12 4z M5 17h14",
    "jobs": "M4 8h16v11.500H4z M9 8V5h6v3 M4 13h16",
    "alert": "M12 4L21.5 20h-19z M12 10v5 M12 17.500v.1",
    "open-network": "M5 11h14v9.500H5z M8 11V7.500a4 4 0 0 1 7.600-1.700 M12 14.500v2.500",
    "info": "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17z M12 11v5.500 M12 7.600v.1",
    "done": "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17z M8 12.200l2.800 2.800L16 9.500",
    "nearly": "M4.500 10c2.500-3 5-3 7.500 0s5 3 7.500 0 M4.500 16c2.500-3 5-3 7.500 0s5 3 7.500 0",
    "unlike": "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17z M9 9l6 6 M15 9l-6 6",
    "unequal": "M5 9.500h14 M5 14.500h14 M15.500 5l-7 14",
    "lacking": "M6 12h12",
    "print": "M7 8.500V3.500h10v5 M7 17H4V8.500h16V17h-3 M7 13.500h10v7H7z",
    "copy": "M8.500 8.500h11v12h-11z M5.500 16H4.500V3.500h11v1.500",
    "back": "M19.500 12h-15 M10 6l-6 6 6 6",
    "turn": "M6 9.500l6 6 6-6",
    "clock": "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17z M12 7.500V12l3 2.500",
    "leave": "M14 4h5.500v16H14 M4 12h10 M10 8l4 4-4 4",
    "download": "M12 3.500v11.500 M7.500 10.500l4.500 4.500 4.500-4.500 M4.500 20h15",
    "plus": "M12 5v14 M5 12h14",
}


def icon(name: str, *, small: bool = False) -> SafeString:
    """The icon as inline SVG. A word always stands beside it, so screen readers skip it. KeyError for another name."""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        mark_safe(" icon-small") if small else "",
        SHAPES[name],
    )
