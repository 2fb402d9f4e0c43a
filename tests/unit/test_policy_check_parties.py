"""Holes in who answers, who gets data, what is set, who opens and what is promised are refused at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tenants import Hole, refused

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
        'contract = "Vertrag über die Auftragsbearbeitung vom 2025-01-01"',
        "",
        "recipients.toml: recipient.hosting.contract",
        "Processor 'hosting' has no contract",
    ),
    "contract without a real date": (
        "recipients.toml",
        "vom 2025-01-01",
        "vom 2025-02-30",
        "recipients.toml: recipient.hosting.contract",
        "with a date",
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
        'categories = ["claim"]',
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
