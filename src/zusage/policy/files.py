"""Reading the files of a policy. Whatever is wrong with a file becomes a Finding, never an exception."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from zusage.policy.types import Finding

LARGEST = 512 * 1024
"""Bytes. A policy's file is a few pages of text; anything larger is a mistake."""


def read(folder: Path, name: str, findings: list[Finding]) -> dict[str, Any]:
    """The tables of the TOML file `name` in `folder`; empty, and a finding more, where it can't be read."""
    text = _text(folder / name, name, findings)
    if text is None:
        return {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = f"line {getattr(error, 'lineno', 0)}" if getattr(error, "lineno", 0) else _place(str(error))
        findings.append(
            Finding(name, place, f"This is not valid TOML: {_shown(str(error))}.", "Correct the line.")
        )
    except (RecursionError, ValueError) as error:  # nested too deep; a number with thousands of digits
        findings.append(
            Finding(
                name,
                "whole file",
                f"This file can't be read ({type(error).__name__}).",
                "Take out what is nested too deep or far too long.",
            )
        )
    return {}


def is_folder(path: Path) -> bool:
    """Whether `path` is a folder that can be looked into."""
    try:
        return path.is_dir() and os.access(path, os.R_OK | os.X_OK)
    except OSError:
        return False


def is_there(folder: Path, name: str) -> bool:
    """Whether there is anything of that `name` in `folder`, readable or not."""
    return os.path.lexists(folder / name)


def is_inside(folder: Path, name: str) -> bool:
    """Whether `name` is a file in `folder` or beneath it."""
    try:
        path = (folder / name).resolve()
        return path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError):
        return False


def strangers(folder: Path, known: tuple[str, ...]) -> list[Finding]:
    """Findings for TOML files that nothing reads: a misspelt name would otherwise be a silent hole."""
    return [
        Finding(
            path.name,
            "whole file",
            "Nothing reads this file.",
            f"Rename it to one of {', '.join(known)}, or remove it.",
        )
        for path in sorted(folder.glob("*.toml"))
        if path.name not in known
    ]


def _text(path: Path, name: str, findings: list[Finding]) -> str | None:
    def hole(problem: str, remedy: str) -> None:
        findings.append(Finding(name, "whole file", problem, remedy))

    try:
        if not path.exists():
            hole("This file is missing.", "Write it; the reference tenant's file of that name shows how.")
        elif not path.is_file():
            hole("This is not a file.", "Put a plain text file in its place.")
        elif path.stat().st_size > LARGEST:
            hole(f"This file is larger than {LARGEST // 1024} KiB.", "Shorten it.")
        else:
            with path.open("rb") as file:
                raw = file.read(LARGEST + 1)
            return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        hole(f"The byte at position {error.start} is not UTF-8.", "Save the file in the encoding UTF-8.")
    except OSError as error:
        hole(f"This file can't be opened ({type(error).__name__}).", "Let the system read it.")
    return None


def _place(message: str) -> str:
    """The place that tomllib names at the end of its message, e.g. ``line 3, column 7``."""
    _, _, place = message.rpartition("(at ")
    return place.removesuffix(")") or "whole file"


def _shown(message: str) -> str:
    return message.partition(" (at ")[0]
