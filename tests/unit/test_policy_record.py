"""The record of processing: every declaration is in it, nothing else, in each language, and in each of its forms."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tenants import MINIMAL, REFERENCE, copied, edited, loaded
from zusage.policy import jsonld
from zusage.policy.load import load
from zusage.policy.page import Page
from zusage.policy.record import COLUMNS, Record, record, rows
from zusage.policy.sheet import cell, sheet
from zusage.policy.types import LANGUAGES, Language, Policy, RecipientRole, Start, Then
from zusage.policy.vocabulary import PREFIXES, terms
from zusage.policy.words import house, period

TENANTS = pytest.mark.parametrize("tenant", [REFERENCE, MINIMAL], ids=lambda path: path.name)
SPEECHES = pytest.mark.parametrize("language", LANGUAGES)
DPV = "https://w3id.org/dpv"


def said(found: Record, id_: str = "") -> str:
    """What people read of the record, or of one section."""
    return "\n".join(
        line
        for section in found.sections
        if section.id == id_ or not id_
        for line in (section.title, *(line for block in section.blocks for line in block.lines()))
    )


def table(policy: Policy, language: Language) -> list[dict[str, str]]:
    """The record as CSV, read back; by the name of the column, not by its word."""
    text = sheet(rows(policy, language, "v", "d")).decode("utf-8-sig")
    head, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert len(set(head)) == len(COLUMNS)
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines]


@TENANTS
@SPEECHES
def test_every_declaration_is_in_it(tenant: Path, language: Language) -> None:
    policy = loaded(tenant)
    found, text = record(policy, language), policy.words[language]
    assert [one.id for one in found.activities] == list(policy.purposes)
    for purpose in policy.purposes.values():
        section = said(found, f"purpose-{purpose.id}")
        for key in ("title", "explanation"):
            assert text[f"purpose.{purpose.id}.{key}"] in section
        for category in purpose.keeps:
            assert text[f"category.{category}.name"] in section
        for field in purpose.fields:
            assert text[f"category.{policy.fields[field].category}.name"] in section
        for persons in purpose.persons:
            assert text[f"persons.{persons}.name"] in section
        assert text[f"source.{purpose.source}.name"] in section
        assert text[f"basis.{purpose.basis}.text"] in section
        assert not purpose.exception or text[f"exemption.{purpose.exception}.text"] in section
        for recipient in purpose.recipients:
            assert text[f"recipient.{recipient}.name"] in section
            assert text[f"country.{policy.recipients[recipient].country}"] in section
        for named in filter(None, (purpose.retention, purpose.blocked_after, *purpose.periods.values())):
            kept = policy.retentions[named]
            assert text[f"retention.{named}.text"] in section and period(kept, text) in section
            assert text[f"record.start.{kept.start}"] in section
        for role in policy.roles.values():
            assert (text[f"role.{role.id}.name"] in section) >= (purpose.id in role.opens)
    for measure in policy.measures:
        assert text[f"measure.{measure}.text"] in said(found, "measures")
    who = policy.controller
    for fact in (who.name, who.street, who.town, who.email, who.privacy_email):
        assert fact in said(found, "controller")


@TENANTS
@SPEECHES
def test_nothing_undeclared_is_in_it(tenant: Path, language: Language) -> None:
    """An activity has exactly what its purpose declares: no recipient, category or person of another."""
    policy = loaded(tenant)
    text = policy.words[language]
    for purpose, one in zip(policy.purposes.values(), record(policy, language).activities, strict=True):
        used = dict.fromkeys((*purpose.keeps, *(policy.fields[field].category for field in purpose.fields)))
        assert [name.partition(" (")[0] for name in one.data] == [
            text[f"category.{category}.name"].partition(" (")[0] for category in used
        ]
        assert list(one.persons) == [text[f"persons.{id_}.name"] for id_ in purpose.persons]
        assert [to.name for to in one.receivers] == [
            text[f"recipient.{id_}.name"] for id_ in purpose.recipients
        ]
        named = [
            *filter(None, (purpose.blocked_after,)),
            purpose.retention,
            *dict.fromkeys(purpose.periods.values()),
        ]
        assert [kept.text for kept in one.periods] == [text[f"retention.{id_}.text"] for id_ in named]
        roles = [role.id for role in policy.roles.values() if purpose.id in role.opens]
        assert list(one.roles) == [text[f"role.{id_}.name"] for id_ in roles]


@SPEECHES
def test_each_word_that_a_declaration_can_need_is_there(language: Language) -> None:
    for kind, known in (("start", Start), ("then", Then), ("role", RecipientRole)):
        for one in set(get_args(known)) - {"own-staff"}:
            assert house()[language][f"record.{kind}.{one}"]


@TENANTS
def test_each_section_can_be_pointed_at_alone(tenant: Path) -> None:
    for language in LANGUAGES:
        found = record(loaded(tenant), language)
        ids = [section.id for section in found.sections]
        assert len(ids) == len(set(ids))
        for section in found.sections:
            captions = [block.caption for block in section.blocks if block.caption]
            assert len(captions) == len(set(captions))


def test_a_recipient_gets_no_more_of_an_activity_than_it_may() -> None:
    found = {one.id: one for one in record(loaded(REFERENCE), "de").activities}
    gets = {to.name: to.gets for to in found["collection"].receivers}
    assert gets["Unsere Druckerei"] == "Name, Adresse, Aktenzeichen"
    assert gets["Der Gläubiger Ihrer Rechnung"] == "Name, Aktenzeichen, Forderung mit Kosten und Zahlungen"
    assert gets["Unser Rechenzentrum"] == "alle diese Angaben"


def test_what_is_sensitive_is_marked() -> None:
    found = {one.id: one for one in record(loaded(REFERENCE), "de").activities}
    assert found["rights"].sensitive == ("Kopie eines Ausweises",)
    assert "Kopie eines Ausweises (besonders schützenswert)" in found["rights"].data
    assert found["contact"].sensitive == ()


@SPEECHES
def test_without_a_recipient_abroad_it_says_so(language: Language) -> None:
    policy = loaded(REFERENCE)
    assert policy.text(language, "record.transfers.none") in said(record(policy, language), "transfers")


@SPEECHES
def test_a_transfer_abroad_is_listed_with_its_guarantee(tmp_path: Path, language: Language) -> None:
    folder = copied(REFERENCE, tmp_path)
    there = 'role = "processor"\ncountry = "US"\nsafeguard = "Standardvertragsklauseln"'
    edited(folder, "recipients.toml", 'role = "processor"\ncountry = "CH"', there)
    for each in LANGUAGES:
        entry = "[recipient.hosting]"
        edited(folder, f"{each}.toml", entry, f'{entry}\nsafeguard = "Standard clauses"')
    policy = load(folder)
    found, text = record(policy, language), policy.words[language]
    transfers = next(section for section in found.sections if section.id == "transfers").blocks[0].rows
    hosted = [one for one in policy.purposes.values() if "hosting" in one.recipients]
    assert transfers == tuple(
        (
            text[f"purpose.{one.id}.title"],
            text["recipient.hosting.name"],
            text["country.US"],
            "Standard clauses",
        )
        for one in hosted
    )
    lines = {line["id"]: line for line in table(policy, language)}
    assert "Standard clauses" in lines["contact"]["transfers"] and lines["abuse"]["transfers"] == ""
    process = jsonld.record(policy, "v", None)[f"{DPV}#hasProcess"][0]
    hosting = process[f"{DPV}#hasRecipient"][1]
    assert hosting[f"{DPV}#hasThirdCountry"] == "US"
    guards = {one["@type"]: one for one in hosting[f"{DPV}#hasLegalMeasure"]}
    assert guards[f"{DPV}#SafeguardForDataTransfer"]["description"][language] == "Standard clauses"
    assert guards[f"{DPV}#ControllerProcessorAgreement"]["concluded"] == "2025-01-01"


@TENANTS
@SPEECHES
def test_as_a_table_it_has_a_line_for_each_activity(tenant: Path, language: Language) -> None:
    policy = loaded(tenant)
    text = policy.words[language]
    lines = table(policy, language)
    assert [line["id"] for line in lines] == list(policy.purposes)
    for purpose, line in zip(policy.purposes.values(), lines, strict=True):
        assert line["persons"].split("\n") == [text[f"persons.{one}.name"] for one in purpose.persons]
        assert len(line["recipients"].split("\n")) == max(len(purpose.recipients), 1)
        lengths = {len(line[name].split("\n")) for name in ("period", "start", "then", "ground")}
        assert lengths == {len(list(Page(policy, language).kept(purpose)))}
        assert len(line["measures"].split("\n")) == len(policy.measures)
        assert (
            policy.controller.name in line["controller"]
            and line["privacy"] == policy.controller.privacy_email
        )
        assert line["basis"] and line["period"] and line["ground"] and line["source"]
        assert (line["version"], line["since"]) == ("v", "d")


def test_no_cell_is_a_formula() -> None:
    for text in ("=1+1", "+41 44", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1"):
        assert cell(text) == f"'{text}"
    for text in ("", "Name", "a=b", "1. Januar", "– niemand"):
        assert cell(text) == text


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1), min_size=1))
def test_a_sheet_is_read_back_as_it_was(table: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(sheet(table).decode("utf-8-sig"), newline=""), strict=True))
    assert [[one.removeprefix("'") for one in row] for row in read] == [
        [one.removeprefix("'") for one in row] for row in table
    ]
    assert not any(one[:1] in tuple("=+-@\t\r\n") and one for row in read for one in row)


def nodes(value: Any) -> list[dict[str, Any]]:
    """Every object in a piece of JSON, the outermost first."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return ([value] if isinstance(value, dict) else []) + [one for part in inner for one in nodes(part)]


@TENANTS
def test_as_json_ld_it_uses_terms_of_the_vocabulary_alone(tenant: Path) -> None:
    policy = loaded(tenant)
    found = json.loads(json.dumps(jsonld.record(policy, "v", None)))
    known, own = set(terms().values()), set(LANGUAGES) | set(policy.regimes)
    context = found.pop("@context")
    assert {name: context[name] for name in PREFIXES} == dict(PREFIXES)
    names = {"version", "articles", "start", "ground", "then", "concluded", "until", "title", "description"}
    for node in nodes(found):
        types = node.get("@type", [])
        for one in [types] if isinstance(types, str) else types:
            assert one in known, one
        for key in node:
            assert key in known or key in names or key in own or key in ("@id", "@type"), key
    assert found["@type"] == terms()["dpv:ROPA"]
    processes = found[f"{DPV}#hasProcess"]
    assert [one["@id"].rpartition(":")[2] for one in processes] == list(policy.purposes)
    for purpose, process in zip(policy.purposes.values(), processes, strict=True):
        subjects = [one["@type"] for one in process[f"{DPV}#hasDataSubject"]]
        assert subjects == [terms()[policy.persons[one].dpv] for one in purpose.persons]
        assert len(process[f"{DPV}#hasStorageCondition"]) == len(
            [*filter(None, [purpose.blocked_after]), purpose.retention, *set(purpose.periods.values())]
        )


def test_what_is_changed_in_the_policy_is_changed_in_the_record(tmp_path: Path) -> None:
    folder = edited(copied(REFERENCE, tmp_path), "data.toml", "length = 45", "length = 46")
    for language in LANGUAGES:
        assert "46" in said(record(load(folder), language), "purpose-contact")
        assert "45" not in said(record(load(folder), language), "purpose-contact")
