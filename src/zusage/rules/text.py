"""Text as people type and paste it, made safe to keep, to show beside other text and to compare.

Everything comes out in Unicode's NFC. Refused: control characters; characters that turn the direction of writing
round (letters of right-to-left scripts are welcome: they need no such marks in a field of their own); broken
encodings. Quietly dropped: what web pages and PDFs leave behind in copied text and nobody can see or would miss
(soft hyphen, zero-width space, word joiner, byte order mark). Zero-width joiner and non-joiner stay inside a word,
where Persian, Tamil or an emoji needs them, and go elsewhere.
"""

from __future__ import annotations

import re
import unicodedata

from zusage.rules.problems import Problem

LINE = 200
PARAGRAPH = 5000

_LEFTOVERS = re.compile("[\u00ad\u200b\u2060\ufeff]")
_BROKEN = re.compile("[\ud800-\udfff\ufffd\ufdd0-\ufdef\ufffe\uffff]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile(
    "[\u115f\u1160\u180e\u2061-\u2065\u206a-\u206f\u3164\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_PARAGRAPH = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_LOOSE_JOINERS = re.compile("(?<!\\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\\S)")
_ENDS = " \t\r\n"
_EMPTY_LINES = re.compile("\n{3,}")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_MOST_MARKS = 8

# Marks that a phone's address book puts around numbers. In a field of digits they change nothing that is seen,
# unlike overrides and right-to-left marks.
_HARMLESS_AROUND_DIGITS = re.compile("[\u00ad\u200b-\u200e\u202a\u202c\u2060\u2066\u2068\u2069\ufeff]")


def line(raw: str, longest: int = LINE) -> str:
    """One line: a name, a street. At most `longest` characters; empty stays empty."""
    text = _readable(raw.strip(_ENDS), longest)
    if _CONTROL.search(text.replace("\t", " ")):
        raise Problem("text-control")
    return _at_most(longest, _SPACES.sub(" ", _LOOSE_JOINERS.sub("", text)).strip())


def paragraph(raw: str, longest: int = PARAGRAPH) -> str:
    """Several lines: a message. Line ends become \\n, at most one empty line in a row, no spaces at line ends."""
    text = _readable(_LINE_END.sub("\n", raw).strip(), longest)
    if _CONTROL_IN_PARAGRAPH.search(text):
        raise Problem("text-control")
    lines = (_LOOSE_JOINERS.sub("", each).rstrip() for each in text.split("\n"))
    return _at_most(longest, _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip())


def entry(raw: str, longest: int) -> str:
    """A short entry of letters, digits and signs, before its own rule reads it: one line with plain spaces and hyphens.

    Never empty: Problem `missing`.
    """
    text = _DASHES.sub("-", line(_HARMLESS_AROUND_DIGITS.sub("", raw), longest))
    if not text:
        raise Problem("missing")
    return text


def only_ascii_digits(text: str) -> None:
    """Problem `digits-other` if `text` has digits of another script, such as Arabic or Tamil ones."""
    if any(character > "\x7f" and character.isdecimal() for character in text):
        raise Problem("digits-other")


def _readable(raw: str, longest: int) -> str:
    # No honest text shrinks to a quarter by cleaning; so long a text isn't worth the work of looking.
    if len(raw) > 4 * longest + 1000:
        raise Problem("text-too-long", limit=longest)
    if raw.isascii() and raw.isprintable():
        return raw  # nothing below concerns it
    if _BROKEN.search(raw):
        raise Problem("text-broken")
    if "\x00" in raw:
        raise Problem("text-control")
    if _DIRECTION.search(raw):
        raise Problem("text-direction")
    if _INVISIBLE.search(raw):
        raise Problem("text-invisible")
    text = _LEFTOVERS.sub("", raw)
    _few_marks(text)
    # NFC may bring two spaces' worth of canonical twins (U+2000, U+2001); spaces are collapsed after it.
    return unicodedata.normalize("NFC", text)


def _few_marks(text: str) -> None:
    # Also before normalising, whose work grows with the square of such a run.
    run = 0
    for character in text:
        run = run + 1 if character > "\x7f" and unicodedata.combining(character) else 0
        if run > _MOST_MARKS:
            raise Problem("text-marks")


def _at_most(longest: int, text: str) -> str:
    if len(text) > longest:
        raise Problem("text-too-long", limit=longest)
    return text
