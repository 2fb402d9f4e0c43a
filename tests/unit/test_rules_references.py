import pytest
from hypothesis import given
from hypothesis import strategies as st

from zusage.rules.problems import Problem
from zusage.rules.references import LONGEST, MOST, normal, reference, references

WRITTEN = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9./ -]{0,20}[A-Za-z0-9])?", fullmatch=True)


def test_several_at_once() -> None:
    assert references("12-3456.7, 12-9999;\n AB/77 \r\n\n") == ("12-3456.7", "12-9999", "AB/77")
    assert references(["12-3456.7", "", "AB/77, 5"]) == ("12-3456.7", "AB/77", "5")
    assert references("") == references([]) == references(" ,\n; ") == ()


def test_as_typed_but_clean() -> None:
    assert references("  ab 12–34\u00a056 ") == ("ab 12-34 56",)


def test_the_same_in_another_writing_counts_once() -> None:
    assert references("OIL-12.34\n0 1 1 1234\n oil/1234") == ("OIL-12.34",)


@pytest.mark.parametrize(
    "same", ["AB-120.341/7", "ab 12O 34I 7", "AB12034l7", "ab.120.341.7", "Ab-12o-34i-7"]
)
def test_normal_form(same: str) -> None:
    assert normal(same) == "AB1203417"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("12§34", "reference-characters"),
        ("<script>", "reference-characters"),
        ("Müller 1", "reference-characters"),
        ("...", "reference-characters"),
        ("1" * (LONGEST + 1), "reference-too-long"),
        ("1" * 10_000, "reference-too-long"),
        ("\n".join(str(number) for number in range(MOST + 1)), "reference-too-many"),
        ("12\x0034", "text-control"),
        ("12\u202e34", "text-direction"),
        ("١٢", "digits-other"),
    ],
)
def test_refused(raw: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        references(raw)
    assert caught.value.code == problem


def test_fifty_are_taken_and_repetitions_do_not_count() -> None:
    fifty = "\n".join(str(number) for number in range(MOST))
    assert len(references(f"{fifty}\n{fifty}")) == MOST


def test_one() -> None:
    assert reference(" 12-34 ") == "12-34"
    with pytest.raises(Problem):
        reference(" ")


@given(st.lists(WRITTEN, max_size=10), st.sampled_from(["\n", "\r\n", ",", ";", " ; ", ",\n"]))
def test_however_parted(written: list[str], between: str) -> None:
    joined = references(between.join(written))
    assert joined == references(written) == references(joined)
    assert {normal(each) for each in joined} == {normal(each) for each in written}


@given(WRITTEN)
def test_the_normal_form_is_stable(written: str) -> None:
    once = normal(written)
    assert (
        normal(once) == normal(written.lower()) == normal(written.upper()) == normal(f" {written}-") == once
    )
    assert once.isascii() and once.isalnum() and not set(once) & set("OIL")
