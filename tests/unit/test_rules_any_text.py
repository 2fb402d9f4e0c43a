"""Whatever anybody sends, a rule gives its value or a problem that has words: never another exception."""

import ast
import random
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zusage
from zusage.rules import amounts, dates, days, emails, phones, postcodes, receipts, references, sources, text
from zusage.rules.problems import CODES, Problem

TODAY = date(2026, 3, 1)

RULES: dict[str, Callable[[str], object]] = {
    "line": text.line,
    "paragraph": text.paragraph,
    "birth_date": lambda raw: dates.birth_date(raw, TODAY),
    "phone": phones.phone,
    "amount": amounts.amount,
    "day_of_month": days.day_of_month,
    "references": references.references,
    "reference": references.reference,
    "email": emails.email,
    "postcode": postcodes.postcode,
    "receipt": receipts.normal,
    "source": sources.source,
}
# Rules whose result is itself a possible entry: read again, it must stay as it is.
STABLE = [
    name for name in RULES if name not in ("birth_date", "amount", "day_of_month", "references", "source")
]

# Random letters are refused at once by most rules. Pieces of real entries, strung together, get further in.
PIECES = st.sampled_from(
    [
        "079",
        "1",
        "12",
        "250",
        "'",
        "’",
        ".",
        ",",
        "-",
        "–",
        " ",
        "/",
        "(",
        ")",
        "+41",
        "CHF",
        "Fr.",
        "€",
        "@",
        "a",
        "Z",
        "ch",
        "é",
    ]
    + [
        "Februar",
        "er",
        "1980",
        "\n",
        "\t",
        "\u00a0",
        "\u200d",
        "\u202e",
        "\u0301",
        "\u00ad",
        "ß",
        "İ",
        "ı",
        "١",
        "二",
        "²",
        "\x00",
        "xn--",
    ]
)
ENTRIES = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=20).map("".join))


def take(name: str, raw: str) -> object:
    """The rule's value, or None where it has a problem with the entry."""
    try:
        return RULES[name](raw)
    except Problem as problem:
        assert problem.code in CODES
        assert all(isinstance(value, str) for value in problem.params.values())
        return None


@pytest.mark.parametrize("name", RULES)
@given(raw=ENTRIES)
def test_any_text_gives_a_value_or_a_problem(name: str, raw: str) -> None:
    take(name, raw)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=15, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), alphabet=st.text(min_size=1, max_size=12))
def test_ten_thousand_characters_too(name: str, seed: int, alphabet: str) -> None:
    take(name, "".join(random.Random(seed).choices(alphabet, k=10_000)))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    "character", ["\u0301", "\u200d", "(", " ", "0", "'", "a.", "1,", "1 ", "\n", "\x00"]
)
def test_long_runs_take_no_time(name: str, character: str) -> None:
    take(name, character * 10_000)


@pytest.mark.parametrize("name", STABLE)
@given(raw=ENTRIES)
def test_a_result_read_again_stays_the_same(name: str, raw: str) -> None:
    value = take(name, raw)
    if value is not None:
        assert take(name, str(value)) == value


@pytest.mark.parametrize(
    "name", ["line", "birth_date", "phone", "amount", "day_of_month", "email", "postcode", "reference"]
)
@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\ufffd", chr(0xD800), "\u202e", "\u2067", "\U000e0041"])
def test_no_field_takes_what_breaks_or_disguises_text(name: str, bad: str) -> None:
    for raw in (bad, f"1{bad}2", f"{bad}1", f"1{bad}"):
        with pytest.raises(Problem):
            RULES[name](raw)


def test_codes_are_those_that_are_raised() -> None:
    raised = set()
    for file in Path(zusage.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                constants = [leaf.value for leaf in ast.walk(node.args[0]) if isinstance(leaf, ast.Constant)]
                raised |= {value for value in constants if isinstance(value, str)}
    assert raised == set(CODES)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", code) for code in CODES)


def test_a_problem_never_repeats_the_entry() -> None:
    secret = "Grünenfelder-Sivakumaran"
    for rule in RULES.values():
        for raw in (secret * 500, f"{secret}\x00", f"{secret}\n\u202e"):
            try:
                rule(raw)
            except Problem as problem:
                assert secret not in f"{problem!r} {problem.params}"
