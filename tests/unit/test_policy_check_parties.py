"""Holes in who answers, who gets data, what is set, who opens and what is promised are refused at their place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.tenants import REFERENCE, Hole, copied, edited, refused
from zusage.policy.load import load
from zusage.policy.types import Contract, PolicyError

HOSTING = (
    'contract = { title = "Vertrag über die Auftragsbearbeitung", concluded = 2025-01-01, '
    'document = "contracts/hosting.txt" }'
)

HOLES: dict[str, Hole] = {
    "no country of the agency": (
        "tenant.toml",
        'country = "CH"',
        'country = "Schweiz"',
        "tenant.toml: controller.country",
        "not a country",
    ),
    "unknown term of the agency": (
        "tenant.toml",
        'dpv = "dpv:DataController"',
        'dpv = "dpv:Controller"',
        "tenant.toml: controller.dpv",
        "not in the vocabulary",
    ),
    "a promise named like a section": (
        "promises.toml",
        "[promise.measures]",
        "[promise.security]",
        "promises.toml: promise.security",
        "A section of the notice has this id",
    ),
    "abroad without safeguard": (
        "recipients.toml",
        'role = "processor"\ncountry = "CH"',
        'role = "processor"\ncountry = "IN"',
        "recipients.toml: recipient.hosting.safeguard",
        "is in IN, which is not on the list of adequate countries (DSG 16 Abs. 1; DSV Anhang 1",
    ),
    "adequate on a condition": (
        "recipients.toml",
        'role = "processor"\ncountry = "CH"',
        'role = "processor"\ncountry = "US"',
        "recipients.toml: recipient.hosting.safeguard",
        "adequate on a condition only",
    ),
    "adequate for one regime only": (
        "recipients.toml",
        'role = "processor"\ncountry = "CH"',
        'role = "processor"\ncountry = "JP"',
        "recipients.toml: recipient.hosting.safeguard",
        "(DSG 16 Abs. 1",
    ),
    "no country": (
        "recipients.toml",
        'role = "processor"\ncountry = "CH"',
        'role = "processor"\ncountry = "Schweiz"',
        "recipients.toml: recipient.hosting.country",
        "not a country",
    ),
    "processor without contract": (
        "recipients.toml",
        HOSTING,
        "",
        "recipients.toml: recipient.hosting.contract",
        "Processor 'hosting' has no contract",
    ),
    "contract without a date": (
        "recipients.toml",
        "concluded = 2025-01-01, ",
        "",
        "recipients.toml: recipient.hosting.contract.concluded",
        "missing. Write it: a date, e.g. 2025-01-31",
    ),
    "contract with a date in quotation marks": (
        "recipients.toml",
        "concluded = 2025-01-01",
        'concluded = "2025-01-01"',
        "recipients.toml: recipient.hosting.contract.concluded",
        "This is a text. Write a date",
    ),
    "contract with a time": (
        "recipients.toml",
        "concluded = 2025-01-01",
        "concluded = 2025-01-01T08:00:00",
        "recipients.toml: recipient.hosting.contract.concluded",
        "This is a date or time.",
    ),
    "contract that ends before it begins": (
        "recipients.toml",
        "concluded = 2025-01-01",
        "concluded = 2025-01-01, until = 2024-12-31",
        "recipients.toml: recipient.hosting.contract.until",
        "ends before it begins",
    ),
    "contract without a title": (
        "recipients.toml",
        'title = "Vertrag über die Auftragsbearbeitung"',
        'title = ""',
        "recipients.toml: recipient.hosting.contract.title",
        "empty",
    ),
    "contract without a document": (
        "recipients.toml",
        ', document = "contracts/hosting.txt"',
        "",
        "recipients.toml: recipient.hosting.contract.document",
        "missing",
    ),
    "contract whose document isn't there": (
        "recipients.toml",
        "contracts/hosting.txt",
        "contracts/hosting.pdf",
        "recipients.toml: recipient.hosting.contract.document",
        "no such file in the tenant's folder",
    ),
    "contract whose document is a folder": (
        "recipients.toml",
        "contracts/hosting.txt",
        "contracts",
        "recipients.toml: recipient.hosting.contract.document",
        "no such file in the tenant's folder",
    ),
    "contract as a text": (
        "recipients.toml",
        HOSTING,
        'contract = "Vertrag vom 2025-01-01"',
        "recipients.toml: recipient.hosting.contract",
        "This is a text. Write a table",
    ),
    "contract with an unknown entry": (
        "recipients.toml",
        "concluded = 2025-01-01",
        "concluded = 2025-01-01, untill = 2030-01-01",
        "recipients.toml: recipient.hosting.contract.untill",
        "Did you mean «until»?",
    ),
    "recipient of an unknown field": (
        "recipients.toml",
        'fields = ["notice_email"]',
        'fields = ["notice_email", "salary"]',
        "recipients.toml: recipient.mail-service.fields",
        "«salary»",
    ),
    "recipient of an unknown category": (
        "recipients.toml",
        'categories = ["claim", "plan", "payment-record"]',
        'categories = ["claims"]',
        "recipients.toml: recipient.creditor.categories",
        "«claims»",
    ),
    "recipient that gets nothing": (
        "recipients.toml",
        'fields = ["notice_email"]',
        'fields = ["message"]',
        "recipients.toml: recipient.mail-service.fields",
        "'mailbox-notice' names this recipient, which may get none",
    ),
    "recipient of no purpose": (
        "purposes.toml",
        'recipients = ["hosting", "mail-service"]',
        'recipients = ["hosting"]',
        "recipients.toml: recipient.mail-service",
        "No purpose names",
    ),
    "unknown role of a recipient": (
        "recipients.toml",
        'role = "creditor"',
        'role = "buyer"',
        "recipients.toml: recipient.creditor.role",
        "«buyer»",
    ),
    "cookie without life": (
        "cookies.toml",
        "life_minutes = 0\n",
        "",
        "cookies.toml: cookie.mailbox.life_minutes",
        "This entry is missing. Say how many minutes it lives.",
    ),
    "cookie with a life below zero": (
        "cookies.toml",
        "necessary = true\nlife_minutes = 0",
        "necessary = true\nlife_minutes = -1",
        "cookies.toml: cookie.mailbox.life_minutes",
        "no sense",
    ),
    "no cookie for the office": (
        "cookies.toml",
        'where = "office"',
        'where = "mailbox"',
        "cookies.toml: cookie",
        "No cookie is declared for the office",
    ),
    "two cookies of one name": (
        "cookies.toml",
        "__Host-zusage-office",
        "__Host-zusage-mailbox",
        "cookies.toml: cookie.office.name",
        "Another cookie",
    ),
    "a cookie's name that is none": (
        "cookies.toml",
        "__Host-zusage-office",
        "a; Secure",
        "cookies.toml: cookie.office.name",
        "can't be",
    ),
    "role opens an unknown purpose": (
        "roles.toml",
        '"payment"',
        '"payments"',
        "roles.toml: role.clerk.opens",
        "«payments»",
    ),
    "nobody opens": (
        "roles.toml",
        '"contact", ',
        "",
        "roles.toml: role",
        "Nobody may open what the form of 'contact'",
    ),
    "unknown regime": ("tenant.toml", '["ch", "de"]', '["ch", "de", "xx"]', "tenant.toml: regimes", "«xx»"),
    "no regime": ("tenant.toml", '["ch", "de"]', "[]", "tenant.toml: regimes", "No law"),
    "a canton that is none": (
        "tenant.toml",
        'region = "ZH"',
        'region = "XY"',
        "tenant.toml: controller.region",
        "«XY» is no canton or Land of CH",
    ),
    "no tries": (
        "tenant.toml",
        "receipt_tries = 5",
        "receipt_tries = 0",
        "tenant.toml: limits.receipt_tries",
        "sense",
    ),
    "negative window": (
        "tenant.toml",
        "window_minutes = 10",
        "window_minutes = -10",
        "tenant.toml: limits.window_minutes",
        "no sense",
    ),
    "no limit": ("tenant.toml", "ticket_hours = 24", "", "tenant.toml: limits.ticket_hours", "missing"),
    "a strange domain": (
        "tenant.toml",
        'privacy_email = "datenschutz@alektumgroup.ch"',
        'privacy_email = "datenschutz@elsewhere.example"',
        "tenant.toml: controller.privacy_email",
        "not among the agency's domains",
    ),
    "no address": (
        "tenant.toml",
        'privacy_email = "datenschutz@alektumgroup.ch"',
        'privacy_email = "Herr Muster"',
        "tenant.toml: controller.privacy_email",
        "not an e-mail address",
    ),
    "an unsafe website": ("tenant.toml", "https://", "http://", "tenant.toml: controller.website", "safe"),
    "an empty name": (
        "tenant.toml",
        'name = "Alektum"',
        'name = " "',
        "tenant.toml: controller.name",
        "empty",
    ),
    "a colour that is none": ("tenant.toml", "#14594a", "green", "tenant.toml: look.accent", "not a colour"),
    "a pale colour": ("tenant.toml", "#14594a", "#9dc9bf", "tenant.toml: look.accent", "too pale"),
    "a promise not declared": (
        "tenant.toml",
        '"measures", ',
        '"measures", "free-beer", ',
        "promises.toml: promise.free-beer",
        "makes this promise, but it isn't declared",
    ),
    "a promise not made": (
        "tenant.toml",
        '"measures", ',
        "",
        "promises.toml: promise.measures",
        "The notice doesn't make this promise.",
    ),
    "a promise in no section": (
        "promises.toml",
        'clause = "security"',
        'clause = "small-print"',
        "promises.toml: promise.measures.clause",
        "no section «small-print»",
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_is_refused_at_its_place(tmp_path: Path, name: str) -> None:
    refused(tmp_path, HOLES[name])


@pytest.mark.parametrize("document", ["../signed.pdf", "contracts/link.pdf"])
def test_a_contract_outside_the_tenants_folder_is_none(tmp_path: Path, document: str) -> None:
    """Neither named by a way out of the folder nor by a link to elsewhere: a copy of the folder must be whole."""
    (tmp_path / "signed.pdf").write_text("signed", encoding="utf-8")
    folder = edited(copied(REFERENCE, tmp_path), "recipients.toml", "contracts/hosting.txt", document)
    (folder / "contracts" / "link.pdf").symlink_to(tmp_path / "signed.pdf")
    with pytest.raises(PolicyError) as raised:
        load(folder)
    assert [finding.place for finding in raised.value.findings] == ["recipient.hosting.contract.document"]


def test_a_contract_binds_from_its_first_day_to_its_last() -> None:
    contract = Contract("Vertrag", date(2025, 1, 1), date(2026, 12, 31), "contracts/hosting.txt")
    days = (date(2024, 12, 31), date(2025, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [contract.valid(day) for day in days] == [False, True, True, False]
    assert replace(contract, until=None).valid(date(2099, 1, 1))
