"""QR codes as drawings: one black path on white, for paper and for pages alike.

The standards of payment codes want error correction M, at most version 25 (Swiss QR code) or 13 (EPC), and UTF-8.
"""

from __future__ import annotations

from typing import Any, Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET: Final = 4
"""Modules of white around a code, without which readers don't find it."""
CODE_MM: Final = 46
"""How wide a Swiss QR code is printed, without its quiet zone."""
CROSS_MM: Final = 7
"""How wide the Swiss cross in its middle is, with its white border."""

_PIECE: Final = 20
"""Shorter runs of digits or capitals aren't worth a change of the encoding."""


def mask(payload: str) -> int:
    """The pattern, 0 to 7, that makes `payload` the easiest to read. To find it takes ten times as long as the code."""
    code = _code(payload)
    code.best_fit()
    return int(code.best_mask_pattern())


def modules(payload: str, masked: int | None = None) -> list[list[bool]]:
    """The code's modules by rows, True is black; without quiet zone. `masked`: a pattern that is known already."""
    code = _code(payload, masked)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.modules]


def _code(payload: str, masked: int | None = None) -> Any:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=masked)
    code.add_data(payload.encode("utf-8"), optimize=_PIECE)
    return code


def svg(payload: str, swiss_cross: bool = False, quiet: int = QUIET, masked: int | None = None) -> str:
    """`payload` as an SVG drawing without an XML declaration, of `quiet` modules of white around the code.

    It brings its white along: on a dark page a code must not stand on dark. `swiss_cross`: as the Swiss QR-bill wants
    it, in the middle, where error correction makes up for what it hides. It says nothing to a screen reader; whoever
    shows it says beside it what it pays.
    """
    rows = modules(payload, masked)
    size = len(rows) + 2 * quiet
    drawn = "".join(_row(row, y + quiet, quiet) for y, row in enumerate(rows))
    cross = _cross(size / 2, len(rows) / CODE_MM) if swiss_cross else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges"'
        f' aria-hidden="true"><path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/>'
        f'<path fill="#000" d="{drawn}"/>{cross}</svg>'
    )


def _row(row: list[bool], y: int, left: int) -> str:
    """The black runs of a row as one rectangle each: fewer, and without seams between modules."""
    drawn, x = "", 0
    while x < len(row):
        length = 1
        while x + length < len(row) and row[x + length] == row[x]:
            length += 1
        if row[x]:
            drawn += f"M{x + left} {y}h{length}v1h-{length}z"
        x += length
    return drawn


def _cross(middle: float, scale: float) -> str:
    """The Swiss cross, `scale` units a millimetre: white border, black square of 6 mm, bars of 3.9 by 1.17 mm."""

    def bar(width: float, height: float) -> str:
        width, height = width * scale, height * scale
        return f"M{middle - width / 2:.3f} {middle - height / 2:.3f}h{width:.3f}v{height:.3f}h-{width:.3f}z"

    return (
        f'<path fill="#fff" d="{bar(CROSS_MM, CROSS_MM)}"/><path fill="#000" d="{bar(6, 6)}"/>'
        f'<path fill="#fff" d="{bar(1.17, 3.9)}{bar(3.9, 1.17)}"/>'
    )
