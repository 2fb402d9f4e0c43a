from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zusage.policy.types import Matching
from zusage.rules.matching import person
from zusage.rules.matching.calibrate import STEPS
from zusage.rules.matching.compare import LEVELS, compare
from zusage.rules.matching.decide import CaseFacts, Decision, File, decide
from zusage.rules.matching.guard import GUARDS, REASONS
from zusage.rules.references import normal

POLICY = Matching(automatic=True, one_wrong_in=1000, check_digits="none")

NADINE = {
    "reference": "ZH-2026-11111",
    "debtor_first_name": "Nadine",
    "debtor_name": "Oberholzer",
    "date_of_birth": "1984-03-17",
    "address": "Seestrasse 12, 8002 Zürich",
    "phones": "+41791234501",
    "emails": "nadine@example.ch",
    "debtor_kind": "person",
}
URS = NADINE | {
    "reference": "KB-77",
    "debtor_first_name": "Urs",
    "debtor_name": "Kaltbrunner",
    "date_of_birth": "1961-07-02",
    "phones": "",
    "emails": "",
}
ENQUIRY = {
    "name": "Nadine Oberholzer",
    "case_reference": "ZH-2026-11111",
    "date_of_birth": "1984-03-17",
    "phone_day": "+41791234501",
    "email": "nadine@example.ch",
}


def file(*cases: dict[str, str], closed: int = 0, subject: UUID | None = None, **changed: str) -> File:
    """A file of `cases` (Nadine's where none is given), each with `changed`; the last `closed` of them are closed."""
    columns = [one | changed for one in cases or (NADINE,)]
    facts = tuple(
        CaseFacts(uuid4(), at < len(columns) - closed, (normal(one["reference"]),))
        for at, one in enumerate(columns)
    )
    return File(subject or uuid4(), person.debtor(columns), facts)


def decided(files: list[File], **changed: str) -> Decision:
    return decide(person.writer(ENQUIRY | changed), files, matching=POLICY)


def test_who_says_all_of_it_gets_to_the_file() -> None:
    one = file()
    decision = decided([one, file(reference="ZH-2026-99999", debtor_first_name="Simon")])
    assert decision.guard == ()
    assert decision.case == one.cases[0].id
    assert decision.ranked[0].reasons[:3] == ("reference-exact", "born-exact", "given-exact")


@pytest.mark.parametrize(
    ("files", "changed", "guard"),
    [
        ([], {}, "nothing-found"),
        ([file(debtor_first_name="Nadinka")], {}, "given-differs"),
        ([file(debtor_first_name="Xaverinha")], {}, "given-differs"),
        ([file(debtor_first_name="Andrea")], {"name": "Daniel Oberholzer"}, "given-two-names"),
        ([file(debtor_first_name="Nadine Maria")], {}, "given-partial"),
        ([file()], {"name": "N. Oberholzer"}, "given-partial"),
        ([file()], {"name": "Nadine Maria Oberholzer"}, "given-partial"),
        ([file()], {"name": "Oberholzer"}, "given-missing"),
        ([file(debtor_first_name="N.")], {"name": "N. Oberholzer"}, "given-partial"),
        ([file(NADINE, NADINE | {"debtor_first_name": "Nadja"})], {}, "given-two-names"),
        ([file(NADINE, NADINE | {"date_of_birth": "1984-03-18"})], {}, "born-missing"),
        ([file()], {"name": "Nadine Kaltbrunner"}, "family-differs"),
        ([file()], {"date_of_birth": "1984-03-18"}, "born-differs"),
        ([file()], {"date_of_birth": ""}, "born-missing"),
        ([file(date_of_birth="")], {}, "born-missing"),
        ([file()], {"case_reference": "", "email": "", "phone_day": ""}, "too-few-strong"),
        ([file()], {"case_reference": "RG-778811", "email": ""}, "too-few-strong"),
        ([file()], {"case_reference": "RG-778811", "phone_day": ""}, "too-few-strong"),
        ([file(debtor_kind="firm")], {}, "firm"),
        ([file()], {"company": "Oberholzer AG"}, "firm"),
        ([file(), file(reference="ZH-2026-55555")], {}, "rival"),
        ([file(), file(URS)], {"case_reference": "KB-77"}, "other-file-cited"),
        ([file(NADINE, NADINE | {"reference": "KB-77"})], {"case_reference": ""}, "several-cases"),
        ([file(closed=1)], {"case_reference": ""}, "no-open-case"),
    ],
)
def test_a_human_decides(files: list[File], changed: dict[str, str], guard: str) -> None:
    decision = decided(files, **changed)
    assert decision.case is None
    assert guard in decision.guard


def test_the_reference_says_which_of_several_cases() -> None:
    one = file(NADINE, NADINE | {"reference": "ZH-2025-77003"})
    assert decided([one], case_reference="zh 2025 77oo3").case == one.cases[1].id
    assert decided([one], case_reference="ZH-2025-77030").case == one.cases[1].id


def test_a_strange_reference_is_outweighed_by_two_agreements() -> None:
    assert decided([file()], case_reference="RG-778811").guard == ()


def test_switched_off_or_blocked() -> None:
    writer = person.writer(ENQUIRY)
    off = decide(writer, [file()], matching=replace(POLICY, automatic=False))
    assert (off.case, off.guard) == (None, ("switched-off",))
    assert decide(writer, [file()], matching=POLICY, blocked=1).guard == ("blocked",)


def test_what_was_wrong_among_the_doubted_holds_no_sure_one_back() -> None:
    wrong = dict.fromkeys(range(len(STEPS)), (0, 500))
    sure, twin = person.writer(ENQUIRY), person.writer(ENQUIRY | {"name": "Nadja Oberholzer"})
    assert decide(sure, [file()], matching=POLICY, doubted=wrong).case
    assert decide(sure, [file()], matching=POLICY, tallies=wrong).guard == ("below-threshold",)
    learned = decide(twin, [file()], matching=POLICY, doubted=wrong).ranked[0]
    assert learned.probability < decide(twin, [file()], matching=POLICY, tallies=wrong).ranked[0].probability


def test_every_word_is_of_the_closed_sets() -> None:
    levels = compare(person.writer(ENQUIRY), file().debtor).levels
    assert set(levels) == set(LEVELS)
    assert {f"{field}-{level}" for field, level in levels.items() if level != "missing"} <= set(REASONS)
    assert len(set(GUARDS)) == len(GUARDS)


NAMES = st.sampled_from("Nadine Simon Anna Vreni Verena Marko Priya".split())
FILES = st.lists(
    st.builds(
        lambda given, born, email, reference, number: file(
            reference=reference,
            debtor_first_name=given,
            date_of_birth=born,
            emails=email,
            subject=UUID(int=number),
        ),
        NAMES,
        st.sampled_from(["1984-03-17", "1984-03-18", ""]),
        st.sampled_from(["nadine@example.ch", "x@example.ch", ""]),
        st.sampled_from(["ZH-2026-11111", "ZH-2026-11112", "KB-1"]),
        st.integers(1, 10**9),
    ),
    max_size=4,
    unique_by=lambda one: one.subject,
)


@given(FILES, NAMES, st.randoms())
@settings(max_examples=60, deadline=None)
def test_guarded_whatever_else_agrees(files: list[File], name: str, random: object) -> None:
    decision = decided(files, name=f"{name} Oberholzer")
    mixed = list(files)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert decided(mixed, name=f"{name} Oberholzer") == decision
    assert (decision.case is None) == bool(decision.guard)
    if decision.case:
        levels = decision.ranked[0].comparison.levels
        assert levels["born"] == "exact"
        assert levels["given"] in ("exact", "nickname")


@given(FILES, NAMES)
@settings(max_examples=60, deadline=None)
def test_a_rival_never_helps(files: list[File], name: str) -> None:
    human = [decided(files[:-1], name=f"{name} Oberholzer"), decided(files, name=f"{name} Oberholzer")]
    before = {case.id for one in files[:-1] for case in one.cases}
    if human[0].case is None:
        assert human[1].case not in before


@pytest.mark.parametrize(
    "writes",
    [
        {"name": "Lia Zgraggen"},
        {"name": "Zgraggen Lia"},
        {"name": "", "first_name": "Lia", "last_name": "Zgraggen"},
    ],
)
@pytest.mark.parametrize("stored", ["Lea Zgraggen", "Zgraggen Lea"])
def test_a_name_in_one_field_hides_no_twin(writes: dict[str, str], stored: str) -> None:
    decision = decided([file(debtor_first_name="", debtor_name=stored)], **writes)
    assert decision.case is None
    assert set(decision.guard) & {"given-differs", "given-two-names"}
