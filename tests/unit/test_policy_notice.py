"""The notice says what is declared, all of it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tenants import MINIMAL, REFERENCE, copied, edited, loaded
from zusage.policy.load import load
from zusage.policy.notice import SECTIONS, Notice, notice
from zusage.policy.types import LANGUAGES, Language, Policy, Purpose
from zusage.policy.versions import digest, document
from zusage.policy.words import house, period

TENANTS = pytest.mark.parametrize("tenant", [REFERENCE, MINIMAL], ids=lambda path: path.name)
SPEECHES = pytest.mark.parametrize("language", LANGUAGES)


def said(page: Notice, section: str = "") -> str:
    return "\n".join(
        line
        for one in page.sections
        if section in ("", one.id)
        for line in (one.title, *(line for block in one.blocks for line in block.lines()))
    )


def cells(page: Notice, section: str) -> list[tuple[str, ...]]:
    return [row for one in page.sections if one.id == section for block in one.blocks for row in block.rows]


@TENANTS
@SPEECHES
def test_every_declaration_is_in_it(tenant: Path, language: Language) -> None:
    policy = loaded(tenant)
    page = notice(policy, language)
    assert tuple(section.id for section in page.sections) == SECTIONS
    for purpose in policy.purposes.values():
        for part in ("title", "explanation"):
            assert policy.text(language, f"purpose.{purpose.id}.{part}") in said(page)
    for id_ in policy.fields:
        assert policy.text(language, f"field.{id_}.label") in said(page, "forms") + said(page, "collection")
    for retention in policy.retentions.values():
        assert period(retention, policy.words[language]) in said(page, "periods")
    for id_ in policy.recipients:
        assert policy.text(language, f"recipient.{id_}.name") in said(page, "recipients")
        assert policy.text(language, f"recipient.{id_}.task") in said(page, "recipients")
    for cookie in policy.cookies.values():
        assert cookie.name in said(page, "cookies")
    for id_ in policy.measures:
        assert policy.text(language, f"measure.{id_}.text") in said(page, "security")
    for id_ in policy.roles:
        assert policy.text(language, f"role.{id_}.name") in said(page, "recipients")
    for purpose in policy.purposes.values():
        if purpose.basis == "consent":
            assert policy.text(language, f"consent.{purpose.id}.ask") in said(page, "objections")


@TENANTS
@SPEECHES
def test_nothing_undeclared_is_in_it(tenant: Path, language: Language) -> None:
    policy = loaded(tenant)
    page = notice(policy, language)
    text = policy.words[language]
    labels = {text[f"field.{id_}.label"] for id_ in policy.fields}
    forms = [
        row for row in cells(page, "forms") if len(row) == 2 and row[0] not in card_labels(policy, language)
    ]
    assert {row[0] for row in forms} <= labels
    assert len(forms) == sum(len(one.form.fields) for one in policy.form_purposes() if one.form)
    assert [row[0] for row in cells(page, "cookies")] == [cookie.name for cookie in policy.cookies.values()]
    assert [row[1] for row in cells(page, "periods")] == [
        text[f"retention.{id_}.text"] for one in policy.purposes.values() for id_ in periods(one)
    ]
    tables = [
        block for one in page.sections if one.id == "recipients" for block in one.blocks if block.caption
    ]
    names = [block.caption for block in tables if block.kind == "table" and not block.head]
    assert names == [text[f"recipient.{id_}.name"] for id_ in policy.recipients]


def periods(purpose: Purpose) -> list[str]:
    """The ids of a purpose's periods: until it is blocked, until it is deleted, then those of single categories."""
    blocked = [purpose.blocked_after] if purpose.blocked_after else []
    return [*blocked, purpose.retention, *dict.fromkeys(purpose.periods.values())]


@SPEECHES
def test_what_is_kept_for_another_period_is_named_with_it(language: Language) -> None:
    policy = loaded(REFERENCE)
    text = policy.words[language]
    page = notice(policy, language)
    rows = {row[0]: row for row in cells(page, "periods")}
    collection = text["purpose.collection.title"]
    details = ", ".join(text[f"category.{one}.name"] for one in ("date-of-birth", "phone", "email"))
    blocked = text["notice.label.until-blocked"]
    assert rows[f"{collection}: {blocked}"][1] == text["retention.case-rest.text"]
    assert rows[collection][1] == text["retention.collection.text"]
    assert rows[f"{collection}: {details}"][1] == text["retention.case-details.text"]
    card = next(
        block
        for section in page.sections
        for block in section.blocks
        if section.id == "collection" and block.caption == collection
    )
    parts = ("case-rest", "collection", "case-details")
    said_there = dict(card.rows)[text["notice.label.period"]]  # type: ignore[arg-type]
    places = [said_there.index(text[f"retention.{one}.text"]) for one in parts]
    assert places == sorted(places) and f" {details}: " in said_there


def card_labels(policy: Policy, language: Language) -> set[str]:
    names = ("why", "data", "source", "basis", "period", "recipients")
    return {policy.text(language, f"notice.label.{name}") for name in names}


@TENANTS
@SPEECHES
def test_every_promise_can_be_pointed_at(tenant: Path, language: Language) -> None:
    policy = loaded(tenant)
    anchors = notice(policy, language).anchors()
    assert set(policy.promises) <= set(anchors)
    promised = [one for one in anchors if one in policy.promises]
    assert len(promised) == len(set(promised)) == len(policy.promises)


def test_no_anchor_stands_for_two_things() -> None:
    """A section and a promise of one id would be one link to two places."""
    anchors = notice(loaded(REFERENCE), "de").anchors()
    assert sorted({one for one in anchors if anchors.count(one) > 1}) == []


def test_german_is_authoritative() -> None:
    policy = loaded(REFERENCE)
    assert [notice(policy, language).authoritative for language in LANGUAGES] == [True, False, False, False]
    for language in LANGUAGES:
        assert notice(policy, language).remark == house()[language]["notice.authoritative"]


def test_a_changed_period_changes_the_notice_and_its_hash(tmp_path: Path) -> None:
    before = loaded(REFERENCE)
    after = load(edited(copied(REFERENCE, tmp_path), "data.toml", "length = 45", "length = 46"))
    assert digest(before) != digest(after)
    assert "46 Tage" in said(notice(after, "de"))
    assert "45 Tage" not in said(notice(after, "de"))
    for language in LANGUAGES:
        assert "45" in said(notice(before, language), "periods")
        assert "45" not in said(notice(after, language), "periods")


@pytest.mark.parametrize(
    ("file", "old", "new", "section"),
    [
        ("cookies.toml", "__Host-zusage-office", "__Host-other", "cookies"),
        (
            "cookies.toml",
            "necessary = true\nlife_minutes = 0",
            "necessary = true\nlife_minutes = 2880",
            "cookies",
        ),
        (
            "purposes.toml",
            'field = "company", required = false',
            'field = "company", required = true',
            "forms",
        ),
        (
            "purposes.toml",
            'recipients = ["own-staff", "hosting", "authorities"]',
            'recipients = ["hosting"]',
            "forms",
        ),
        ("roles.toml", '"collection", "plan"]', '"collection", "plan", "rights"]', "recipients"),
        ("tenant.toml", 'street = "Musterstrasse 1"', 'street = "Musterstrasse 2"', "controller"),
        ("data.toml", "DSG 31 Abs. 2 lit. a", "DSG 31 Abs. 2 lit. b", "forms"),
        (
            "data.toml",
            "[category.rights-request]",
            "[category.rights-request]\nsensitive = true",
            "collection",
        ),
    ],
)
def test_a_changed_fact_changes_its_section(
    tmp_path: Path, file: str, old: str, new: str, section: str
) -> None:
    before = loaded(REFERENCE)
    after = load(edited(copied(REFERENCE, tmp_path), file, old, new))
    for language in LANGUAGES:
        assert said(notice(before, language), section) != said(notice(after, language), section)


def test_articles_bear_their_names_in_each_language() -> None:
    policy = loaded(REFERENCE)
    names = {"de": "DSG 31 Abs. 1", "fr": "LPD 31 al. 1", "it": "LPD 31 cpv. 1", "en": "FADP 31 para. 1"}
    for language, name in names.items():
        assert name in said(notice(policy, language))  # type: ignore[arg-type]
    assert "DSGVO" not in said(notice(policy, "en"))


def test_the_second_tenants_notice_has_nothing_of_the_first() -> None:
    first, second = loaded(REFERENCE), loaded(MINIMAL)
    own = {text for language in LANGUAGES for text in second.words[language].values()}
    words = {text for language in LANGUAGES for text in first.words[language].values()} - own
    who = first.controller
    notices = str(document(second))
    # A sentence of the first, or one of its names; single common words ("Name") may well stand in both.
    assert [
        word
        for word in words
        if (len(word.split()) > 3 or word in who.email or "_" in word) and word in notices
    ] == []
    names = {who.name, who.street, who.phone, who.email, who.privacy_email, who.register_entry, "alektum"}
    names |= {cookie.name for cookie in first.cookies.values()}
    assert [name for name in names if name.lower() in notices.lower()] == []


@TENANTS
def test_captions_in_a_section_differ(tenant: Path) -> None:
    """Each becomes a heading, and the name by which a screen reader finds its table."""
    for language in LANGUAGES:
        for section in notice(loaded(tenant), language).sections:
            captions = [block.caption for block in section.blocks if block.caption]
            assert len(captions) == len(set(captions))


@SPEECHES
def test_each_recipient_is_told_in_full(tmp_path: Path, language: Language) -> None:
    folder = copied(REFERENCE, tmp_path)
    there = 'role = "processor"\ncountry = "US"\nsafeguard = "Standardvertragsklauseln"'
    edited(folder, "recipients.toml", 'role = "processor"\ncountry = "CH"', there)
    for each in LANGUAGES:
        edited(
            folder,
            f"{each}.toml",
            "[recipient.hosting]",
            '[recipient.hosting]\nsafeguard = "Standard clauses"',
        )
    policy = load(folder)
    text = policy.words[language]
    cards = {
        block.caption: {row[0]: row[1] for row in block.rows}
        for section in notice(policy, language).sections
        if section.id == "recipients"
        for block in section.blocks
        if block.rows and not block.head
    }
    for recipient in policy.recipients.values():
        card = cards[text[f"recipient.{recipient.id}.name"]]
        assert card[text["notice.label.country"]] == text[f"country.{recipient.country}"]
        for field in recipient.fields:
            assert text[f"field.{field}.label"] in card[text["notice.label.gets"]]
        for category in recipient.categories:
            assert text[f"category.{category}.name"] in card[text["notice.label.gets"]]
        for purpose in policy.purposes.values():
            named = text[f"purpose.{purpose.id}.title"] in card[text["notice.label.purpose"]].split(", ")
            assert named == (recipient.id in purpose.recipients)
        assert card.get(text["notice.label.safeguard"]) == (
            "Standard clauses" if recipient.safeguard else None
        )


@pytest.mark.parametrize(
    ("language", "contract", "reason"),
    [
        (
            "de",
            "vom 1. Januar 2025, gültig bis 31. Dezember 2027",
            "(DSG 16 Abs. 1; DSV Anhang 1, Stand 15. September 2024; Art. 45 DSGVO, Stand 10. Juli 2023)",
        ),
        (
            "fr",
            "du 1er janvier 2025, valable jusqu'au 31 décembre 2027",
            "(LPD 16 al. 1; OPDo annexe 1, état au 15 septembre 2024;",
        ),
        (
            "it",
            "in data 1° gennaio 2025, scadenza 31 dicembre 2027",
            "(LPD 16 cpv. 1; OPDa allegato 1, stato 15 settembre 2024;",
        ),
        (
            "en",
            "of 1 January 2025, valid until 31 December 2027",
            "(FADP 16 para. 1; DPO Annex 1, as of 15 September 2024;",
        ),
    ],
)
def test_a_recipient_abroad_is_told_with_its_contract_and_the_reason_why_it_may(
    tmp_path: Path, language: Language, contract: str, reason: str
) -> None:
    folder = copied(REFERENCE, tmp_path)
    edited(
        folder, "recipients.toml", 'role = "processor"\ncountry = "CH"', 'role = "processor"\ncountry = "DE"'
    )
    edited(folder, "recipients.toml", "concluded = 2025-01-01", "concluded = 2025-01-01, until = 2027-12-31")
    policy = load(folder)
    text = policy.words[language]
    hosting, mail = (
        {row[0]: row[1] for row in block.rows}
        for one in ("hosting", "mail-service")
        for section in notice(policy, language).sections
        for block in section.blocks
        if section.id == "recipients" and block.caption == text[f"recipient.{one}.name"]
    )
    assert hosting[text["notice.label.contract"]] == contract
    assert reason in hosting[text["notice.label.safeguard"]]
    assert text["notice.label.contract"] in mail and text["notice.label.safeguard"] not in mail


@SPEECHES
def test_the_warning_and_the_addresses_stand_where_people_look(language: Language) -> None:
    policy = loaded(REFERENCE)
    page = notice(policy, language)
    assert policy.text(language, "warning.open-network") in said(page, "security")
    listed = [
        item.text
        for section in page.sections
        if section.id == "contact"
        for block in section.blocks
        for item in block.items
    ]
    who = policy.controller
    supervisor = policy.text(language, f"supervisor.{who.supervisor}")
    assert [who.privacy_email, who.objection_email, supervisor] == listed[:3]
