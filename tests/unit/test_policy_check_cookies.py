"""Holes in what is set and in the topics: said at their place, with what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tenants import MINIMAL, REFERENCE, Hole, copied, loaded, refused, under
from zusage.policy.export import export
from zusage.policy.load import load
from zusage.policy.notice import notice
from zusage.policy.show import show
from zusage.policy.types import LANGUAGES, Language, PolicyError

HOLES: dict[str, Hole] = {
    "a topic of a page that isn't there": (
        "cookies.toml",
        'pages = ["payment"]',
        'pages = ["payments"]',
        "cookies.toml: topic.payment.pages",
        "There is no public page «payments».",
    ),
    "a form about what nobody can write": (
        "cookies.toml",
        "about=jobs",
        "about=job",
        "cookies.toml: topic.jobs.pages",
        "There is no public page «contact?about=job».",
    ),
    "a page of two topics": (
        "cookies.toml",
        '["payment"]',
        '["payment", "genuine"]',
        "cookies.toml: topic.payment.pages",
        "«genuine» belongs to another topic.",
    ),
    "a topic of no page": (
        "cookies.toml",
        'pages = ["payment"]',
        "pages = []",
        "cookies.toml: topic.payment.pages",
        "nobody could show interest",
    ),
    "a topic that the cookie couldn't part from others": (
        "cookies.toml",
        "[topic.jobs]",
        "[topic.open-jobs]",
        "cookies.toml: topic.open-jobs",
        "joins topics by hyphens",
    ),
    "a term that is none": (
        "cookies.toml",
        "dpv:RecruitmentManagement",
        "dpv:Recruiting",
        "cookies.toml: topic.jobs.dpv",
        "not in the vocabulary",
    ),
    "topics without a cookie": (
        "cookies.toml",
        "[cookie.interests]",
        "[cookie.other]",
        "cookies.toml: topic",
        "no cookie remembers them",
    ),
    "a public cookie that nothing sets": (
        "cookies.toml",
        "[cookie.interests]",
        "[cookie.other]",
        "cookies.toml: cookie.other.where",
        "Public pages set no such cookie.",
    ),
    "interests that are called necessary": (
        "cookies.toml",
        "necessary = false",
        "necessary = true",
        "cookies.toml: cookie.interests.necessary",
        "it must be refusable",
    ),
    "interests in the mailbox": (
        "cookies.toml",
        'where = "public"',
        'where = "mailbox"',
        "cookies.toml: cookie.interests.where",
        "set by public pages",
    ),
    "interests that live for a day": (
        "cookies.toml",
        "259_200",
        "1440",
        "cookies.toml: cookie.interests.life_minutes",
        "no time finer than a week",
    ),
    "a door that nobody can refuse": (
        "cookies.toml",
        "necessary = true",
        "necessary = false",
        "cookies.toml: cookie.mailbox.necessary",
        "nobody can refuse it",
    ),
    "no words for a no": (
        "it.toml",
        "interests.refused",
        "interests.refuse",
        "it.toml: cookie.interests.refused",
        "missing in Italian",
    ),
    "no name for a topic": (
        "fr.toml",
        "jobs.name",
        "job.name",
        "fr.toml: topic.jobs.name",
        "missing in French",
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_is_said_at_its_place(name: str, tmp_path: Path) -> None:
    refused(tmp_path, HOLES[name])


def test_a_cookie_for_topics_needs_topics(tmp_path: Path) -> None:
    folder = copied(REFERENCE, tmp_path)
    text = (folder / "cookies.toml").read_text(encoding="utf-8")
    (folder / "cookies.toml").write_text(text[: text.index("[topic.letter]")], encoding="utf-8")
    with pytest.raises(PolicyError) as raised:
        load(folder)
    assert any(one.place == "cookie.interests" for one in raised.value.findings)


def test_so_many_topics_would_tell_people_apart(tmp_path: Path) -> None:
    folder = copied(REFERENCE, tmp_path)
    more = "".join(f'[topic.t{number}]\npages = ["contact"]\ndpv = "dpv:Necessity"\n' for number in range(4))
    with (folder / "cookies.toml").open("a", encoding="utf-8") as file:
        file.write(more)
    with pytest.raises(PolicyError) as raised:
        load(folder)
    assert any("tells one visitor from others" in one.problem for one in raised.value.findings)


def said(folder: Path, language: Language) -> str:
    section = next(one for one in notice(load(folder), language).sections if one.id == "cookies")
    return "\n".join(line for block in section.blocks for line in block.lines())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_says_what_the_law_of_the_tenant_makes_of_it(language: Language, tmp_path: Path) -> None:
    words = loaded(REFERENCE).words[language]
    for regime, asked, need in (("ch", "refusal", "refusable"), ("de", "consent", "with-consent")):
        text = said(under(tmp_path / regime, regime), language)
        other = "consent" if asked == "refusal" else "refusal"
        assert words[f"notice.cookies.{asked}"] in text and words[f"notice.cookies.{other}"] not in text
        assert words[f"notice.label.{need}"] in text
        assert words["cookie.interests.refused"] in text and words["topic.jobs.name"] in text
    assert words["notice.cookies.consent"] in said(REFERENCE, language), "the stricter law binds"
    assert words["notice.cookies.consent"] not in said(MINIMAL, language)


def test_topics_are_shown_and_exported() -> None:
    policy = loaded(REFERENCE)
    assert "letter: genuine, enquiry [dpv:CustomerClaimsManagement]" in show(policy)
    assert export(policy)["facts"]["topics"]["jobs"]["pages"] == ["contact?about=jobs"]
    assert "Topics" not in show(loaded(MINIMAL))
