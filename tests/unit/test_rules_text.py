import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.rules import text
from zusage.rules.problems import Problem


def code(rule, *args):  # type: ignore[no-untyped-def]
    with pytest.raises(Problem) as caught:
        rule(*args)
    return caught.value.code


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  Zoë   Müller ", "Zoë Müller"),
        ("Mu\u0308ller", "Müller"),
        ("Anna\tBühler", "Anna Bühler"),
        ("Anna\u00a0Bühler\r\n", "Anna Bühler"),
        ("Fahr\u00adzeug\u200b\ufeff", "Fahrzeug"),
        ("محمد علي", "محمد علي"),
        ("שרה לוי", "שרה לוי"),
        ("சிவகுமாரன்", "சிவகுமாரன்"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👧 ok", "👩\u200d👧 ok"),
        ("a\u200d b \u200c", "a b"),
        ("O’Neill-D’Amico", "O’Neill-D’Amico"),
        ("", ""),
        (" \u00a0 ", ""),
    ],
)
def test_lines(raw: str, kept: str) -> None:
    assert text.line(raw) == kept


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("a\x00b", "text-control"),
        ("a\nb", "text-control"),
        ("a\u2028b", "text-control"),
        ("a\x1f", "text-control"),
        ("a\x7fb", "text-control"),
        ("Anna \u202ekcalB", "text-direction"),
        ("\u2066Anna\u2069", "text-direction"),
        ("Anna\u200f", "text-direction"),
        ("M\ufffdller", "text-broken"),
        ("a\udcff", "text-broken"),
        ("a\uffff", "text-broken"),
        ("a\U000e0041", "text-invisible"),
        ("\u3164", "text-invisible"),
        ("e" + "\u0301" * 9, "text-marks"),
        ("x" * 201, "text-too-long"),
        ("x" * 100_000, "text-too-long"),
    ],
)
def test_lines_refused(raw: str, problem: str) -> None:
    assert code(text.line, raw) == problem


def test_the_limit_is_named_and_counts_the_cleaned_text() -> None:
    assert text.line("  " + "ü" * 10 + "  ", longest=10) == "ü" * 10
    assert text.line("u\u0308" * 10, longest=10) == "ü" * 10
    with pytest.raises(Problem) as caught:
        text.line("x" * 11, longest=10)
    assert caught.value.params == {"limit": "10"}


def test_paragraphs_keep_their_lines() -> None:
    assert (
        text.paragraph("Guten Tag  \r\n\r\n\r\n\r\n  Zeile\tzwei \rdrei\u2028vier\n\n")
        == "Guten Tag\n\n  Zeile\tzwei\ndrei\nvier"
    )


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x0c", "\x1b", "\x85\x9f"])
def test_paragraphs_refuse_control_characters(bad: str) -> None:
    assert code(text.paragraph, f"a{bad}b") == "text-control"


def test_paragraphs_refuse_changes_of_direction() -> None:
    assert code(text.paragraph, "ein\nText \u202eumgekehrt") == "text-direction"


@given(st.text(max_size=300))
def test_what_is_kept_is_clean(raw: str) -> None:
    for rule in (text.line, text.paragraph):
        try:
            kept = rule(raw)
        except Problem:
            continue
        assert unicodedata.normalize("NFC", kept) == kept == kept.strip()
        allowed = "" if rule is text.line else "\n\t"
        assert not [
            each
            for each in kept
            if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") and each not in allowed
        ]


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"]), min_size=1, max_size=100))
def test_letters_of_any_script_come_through(raw: str) -> None:
    try:
        assert text.line(raw) == unicodedata.normalize("NFC", raw)
    except Problem as problem:
        assert problem.code == "text-invisible" and set(raw) & set("\u115f\u1160\u3164\uffa0")
