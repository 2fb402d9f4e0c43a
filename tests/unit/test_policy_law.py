"""What the law lays down, as data: whole, with its sources, and with words for the person in each language."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from tests.tenants import REFERENCE, loaded
from zusage.policy import law as laws
from zusage.policy.law import RIGHTS, grounds, law, regimes
from zusage.policy.page import Page
from zusage.policy.types import LANGUAGES, Exemption, Language, PolicyError
from zusage.policy.words import house

ANSWERED = ("complaint", "question", "not-me")
"""What nobody may refuse: it is answered."""


def test_the_terms_are_those_of_the_law() -> None:
    ch, de = regimes()["ch"], regimes()["de"]
    assert [(one.length, one.unit) for one in (ch.answer, ch.otherwise)] == [(30, "days")] * 2
    assert [(one.length, one.unit) for one in (de.answer, de.otherwise)] == [(1, "months")] * 2
    assert ch.extension.length == 0
    assert (de.extension.length, de.extension.unit) == (2, "months")
    assert ch.fee is not None and (ch.fee.most, ch.fee.currency, ch.fee.confirm_days) == (300, "CHF", 10)
    assert de.fee is None
    assert (ch.breach.hours, ch.breach.years) == (0, 2)
    assert de.breach.hours == 72
    assert (ch.complaint.supervisor, de.complaint.supervisor) == ("edoeb", "land")
    assert (ch.country, de.country) == ("CH", "DE")
    assert ch.date == date(2024, 9, 15)
    assert law().clock.reminders == (10, 5, 1)


@pytest.mark.parametrize("right", RIGHTS)
@pytest.mark.parametrize("regime", regimes())
def test_a_refusal_finds_its_ground_and_what_can_only_be_answered_has_none(
    regime: str, right: laws.Right
) -> None:
    found = grounds(right, regime)
    assert bool(found) == (right not in ANSWERED)
    for ground in found:
        assert ground.articles[regime].citation
        assert right in ground.rights[regime]


def test_each_ground_applies_to_something() -> None:
    used = {one.id for right in RIGHTS for regime in regimes() for one in grounds(right, regime)}
    assert used == set(law().grounds)


def test_swiss_grounds_of_access_are_those_of_the_statute() -> None:
    assert {one.id for one in grounds("access", "ch")} == {
        *("identity", "not-the-person"),
        *("statute", "third-party", "unfounded", "vexatious", "own-interest"),
    }
    assert law().grounds["own-interest"].only_if == "undisclosed"
    assert "de" not in law().grounds["own-interest"].rights


def test_what_a_statute_keeps_is_blocked_and_what_nobody_can_show_is_noted() -> None:
    instead = {one.id: one.instead for one in law().grounds.values() if one.instead}
    assert instead == {"undecidable": "dispute", "retention-duty": "block", "claims": "block"}


def test_exemptions_are_those_that_a_purpose_may_name() -> None:
    assert set(law().exemptions) == set(get_args(Exemption)) - {""}
    for articles in law().exemptions.values():
        assert set(articles) == set(regimes())


def test_what_is_from_memory_says_so() -> None:
    # Marked in the facts as from memory, or in no fact at all.
    assert not law().grounds["kept-only"].articles["de"].confirmed
    assert not law().grounds["claims"].articles["de"].confirmed
    assert not law().exemptions["defence"]["de"].confirmed
    assert law().grounds["own-interest"].articles["ch"].confirmed


def keys() -> set[str]:
    ids = {f"ground.{one}" for one in law().grounds} | {f"exemption.{one}" for one in law().exemptions}
    ids |= {f"complaint.{one}" for one in regimes()}
    names = {f"supervisor.{one.complaint.supervisor}" for one in regimes().values()}
    return {f"{id_}.{part}" for id_ in ids for part in ("title", "text")} | names


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_id_has_words_and_no_words_are_without_one(language: Language) -> None:
    found = {
        key: text
        for key, text in house()[language].items()
        if key.split(".")[0] in ("ground", "exemption", "complaint", "supervisor")
    }
    assert set(found) == keys()
    assert len(set(found.values())) == len(found) - 1, "only the title of both complaints may be the same"
    for key, text in found.items():
        assert key.startswith("supervisor.") or key.endswith(".title") or text.endswith("."), key
        assert "ß" not in text


@pytest.mark.parametrize(
    ("language", "cited"), [("de", "BDSG 29 Abs. 1 Satz 2, 34 Abs. 1 Nr. 1"), ("en", "GDPR")]
)
def test_citations_bear_the_names_of_the_language(language: Language, cited: str) -> None:
    page = Page(loaded(REFERENCE), language)
    found = [one.citation for id_ in ("statute", "claims") for one in law().grounds[id_].articles.values()]
    assert any(cited in page.cite(one) for one in found)


def test_nothing_of_it_can_be_changed_and_it_is_read_once() -> None:
    assert law() is law()
    with pytest.raises(FrozenInstanceError):
        regimes()["ch"].answer.length = 60  # type: ignore[misc]
    with pytest.raises(TypeError):
        law().grounds["unfounded"].rights["ch"] = ()  # type: ignore[index]


HOLES = {
    "a term of no days": (
        'length = 30\nunit = "days"\ncitation = "DSV 18',
        'length = 0\nunit = "days"\ncitation = "DSV 18',
        "regime.ch.answer.length",
    ),
    "an unknown right": ('rights = ["copy"]', 'rights = ["copies"]', "ground.not-portable.ch.rights"),
    "no source": ('citation = "DSV 19"\n', "", "regime.ch.fee.citation"),
    "a misspelt entry": ("confirm_days", "confirmdays", "regime.ch.fee.confirm_days"),
    "an exemption that no purpose can name": ("[exemption.law.ch]", "[exemption.laws.ch]", "exemption.laws"),
    "a reminder twice": ("reminders = [10, 5, 1]", "reminders = [10, 5, 5]", "clock.reminders"),
    "a reminder that is no number": ("reminders = [10, 5, 1]", 'reminders = [10, 5, "1"]', "clock.reminders"),
    "a list without its day": ("date = 2024-09-15\n", "", "regime.ch.date"),
    "an unknown condition": (
        '\nonly_if = "undisclosed"',
        '\nonly_if = "secret"',
        "ground.own-interest.only_if",
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_that_somebody_leaves_is_said_at_its_place(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, place = HOLES[name]
    text = Path(laws.__file__).with_name(laws.FILE).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / laws.FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(laws, "__file__", str(tmp_path / "law.py"))
    with pytest.raises(PolicyError) as raised:
        law.__wrapped__()
    assert place in [one.place for one in raised.value.findings]
    assert all(one.file == laws.FILE and one.remedy for one in raised.value.findings)
