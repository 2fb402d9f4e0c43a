"""From a paper to its PDF, by Typst: tagged, PDF/UA-1, the same bytes for the same paper.

What a person wrote goes to the templates as JSON and never becomes a part of their source. Letters that no font of
this machine has are replaced by `glyphs.STAND_IN`, and the paper says so: nothing anybody writes keeps it from being
printed.

Several threads may print at once, each with a compiler of its own; it lets go of Python's lock. A process must not
print before it forks: the compiler's threads don't come along, and the child would wait for them forever. It gets a
RuntimeError instead.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Literal

import typst

from zusage.papers import glyphs, qr
from zusage.papers.schedule import Schedule, Slip
from zusage.papers.shape import Block, Letter, Listing, Note, Pairs, Paper, Paragraph, Section, Sender, Table
from zusage.policy.types import Language

HERE = Path(__file__).parent
FONTS = (
    "Libertinus Serif",  # comes with Typst: Latin, Greek, Cyrillic, Hebrew
    "Noto Naskh Arabic",
    "Noto Serif Tamil",
    "Noto Serif Thai",
    "Noto Serif Ethiopic",
    "Noto Serif Georgian",
    "Noto Serif Armenian",
    "Noto Serif Devanagari",
    "Noto Serif CJK SC",
    "DejaVu Serif",
    "DejaVu Sans",
)
"""In order of preference. Beyond them Typst takes any font of the machine that has the letter."""
STANDARD: Final = "ua-1"

_TRIES = 6
_UNDRAWN = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")

_printing_since: int | None = None


class Crash(RuntimeError):
    """Typst broke down, which no paper should make it do. It leaves a line about its own source on standard error."""


def generic(document: Paper) -> bytes:
    """The PDF of a paper."""
    return _printed(
        "paper.typ",
        document.language,
        document.sender,
        {
            "title": _one_line(document.title),
            "date": document.date,
            "lead": document.lead,
            "about": document.about,
            "sections": [_section(one) for one in document.sections],
            "contents": document.contents,
        },
    )


def letter(document: Letter) -> bytes:
    """The PDF of a letter."""
    code = document.code
    return _printed(
        "letter.typ",
        document.language,
        document.sender,
        {
            "title": _one_line(document.subject),
            "recipient": document.recipient,
            "date": document.date,
            "reference": document.reference,
            "body": document.body,
            "closing": document.closing,
            "signature": document.signature,
            "code": {"code": code.code, "text": code.text} if code else None,
            "window": document.window,
        },
    )


def schedule(document: Schedule) -> bytes:
    """The PDF of a schedule with its payment slips. ValueError for a code that no QR code holds."""
    return _printed(
        "schedule.typ",
        document.language,
        document.sender,
        {
            "title": _one_line(document.title),
            "date": document.date,
            "lead": document.lead,
            "about": document.about,
            "caption": document.caption,
            "lines": [asdict(line) for line in document.lines],
            "total": document.total,
            "sections": [_section(one) for one in document.sections],
            "scheme": document.scheme,
            "slips_title": document.slips_title,
            "slips_lead": document.slips_lead,
            "slips": _slips(document.slips, document.scheme == "swiss"),
            "bill": bill_words()[document.language],
        },
    )


@cache
def bill_words() -> Mapping[str, Mapping[str, str]]:
    """The headings of a Swiss QR-bill, by language; the standard fixes them."""
    return tomllib.loads((HERE / "bill.toml").read_text(encoding="utf-8"))


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """The words that papers say themselves, by language."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


def _printed(template: str, language: Language, sender: Sender, content: dict[str, Any]) -> bytes:
    data = {
        **content,
        "language": language,
        "words": words()[language],
        "sender": {
            "name": _one_line(sender.name),
            "address": sender.address,
            "contacts": sender.contacts,
            "accent": sender.accent,
        },
        "unprintable": False,
    }
    data = _each_text(data, glyphs.clean)
    for _ in range(_TRIES):
        try:
            return _compiled(template, data)
        except typst.TypstError as error:
            missing = _missing(error.diagnostic)
            for doubt in range(3):
                changed = _each_text(data, partial(glyphs.replaced, missing=missing, doubt=doubt))
                if changed != data:
                    break
            else:
                break
            data = changed
        except Crash:
            data = _each_text(data, glyphs.unmarked)
        data["unprintable"] = True
    # The standard wants more than there is. Tags and text are there all the same.
    return _compiled(template, data, standard=None)


def _missing(diagnostic: str) -> frozenset[str]:
    """The characters that no font draws where they stand, as Typst names them: quoted as Rust does."""
    return frozenset(
        "".join(
            _ESCAPED.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], quoted)
            for quoted in _UNDRAWN.findall(diagnostic)
        )
    )


def _compiled(template: str, data: Mapping[str, Any], standard: Literal["ua-1"] | None = STANDARD) -> bytes:
    _not_forked()
    compiler = typst.Compiler(
        str(HERE / template),
        root=str(HERE),
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps({**data, "fonts": _families()})},
    )
    try:
        pdf = compiler.compile(format="pdf", pdf_standards=[standard] if standard else [])
    except BaseException as error:
        # A crash inside Typst passes every `except Exception`; it mustn't take the server with it.
        if type(error).__name__ == "PanicException":
            raise Crash("Typst crashed") from None
        raise
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts()


@cache
def _families() -> list[str]:
    there = set(_fonts().families())
    return [name for name in FONTS if name in there]


def _not_forked() -> None:
    global _printing_since
    if _printing_since is None:
        _printing_since = os.getpid()
    elif _printing_since != os.getpid():
        raise RuntimeError("this process was forked from one that had already printed")


def _section(one: Section) -> dict[str, Any]:
    return {
        "title": one.title.strip(),
        "blocks": [_block(block) for block in one.blocks],
        "sections": [_section(inner) for inner in one.sections],
    }


def _slips(slips: Sequence[Slip], swiss: bool) -> list[dict[str, Any]]:
    # They differ in an amount and a reference: the pattern that is good for the first is good for all.
    mask = qr.mask(slips[0].payload) if slips else None
    return [
        {**asdict(slip), "code": qr.svg(slip.payload, swiss_cross=swiss, quiet=0, masked=mask)}
        for slip in slips
    ]


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(text):
            return {"kind": "paragraph", "text": text}
        case Listing(items, caption):
            return {"kind": "listing", "caption": caption, "items": items}
        case Pairs(rows, caption):
            return {"kind": "pairs", "caption": caption, "rows": rows}
        case Table(head, rows, caption):
            return {"kind": "table", "caption": caption, "head": head, "rows": rows, "shares": block.shares()}
        case Note(text, title):
            return {"kind": "note", "title": title, "text": text}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each_text(inner, change) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each_text(inner, change) for inner in value]
    return value
