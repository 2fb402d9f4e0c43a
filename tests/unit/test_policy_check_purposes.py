"""Holes in the purposes and their forms are refused at their place, in words that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tenants import Hole, refused

HOLES: dict[str, Hole] = {
    "unknown field used": (
        "purposes.toml",
        'fields = ["notice_email"]',
        'fields = ["notice_email", "pigeon"]',
        "purposes.toml: purpose.mailbox-notice.fields",
        "«pigeon»",
    ),
    "a way out of a field not asked": (
        "purposes.toml",
        "way_out = { case_reference =",
        "way_out = { case_references =",
        "purposes.toml: purpose.enquiry.form.way_out",
        "«case_references»",
    ),
    "further purpose with a form": (
        "purposes.toml",
        'dpv = "dpv:CustomerCare"',
        'dpv = "dpv:CustomerCare"\nof = ["enquiry"]',
        "purposes.toml: purpose.contact.form",
        "can't have a form of its own",
    ),
    "a way round nothing": (
        "purposes.toml",
        'one_of = ["phone_day", "phone_evening", "email"]\n',
        "",
        "purposes.toml: purpose.enquiry.form.unless",
        "nothing to choose from",
    ),
    "no basis": (
        "purposes.toml",
        'basis = "legitimate-interest"\nretention = "contact"',
        'retention = "contact"',
        "purposes.toml: purpose.contact.basis",
        "Purpose 'contact' has no legal basis.",
    ),
    "unknown basis": (
        "purposes.toml",
        'basis = "contract"',
        'basis = "because"',
        "purposes.toml: purpose.payment.basis",
        "There is no basis «because».",
    ),
    "no retention": (
        "purposes.toml",
        'retention = "contact"\n',
        "",
        "purposes.toml: purpose.contact.retention",
        "doesn't say how long",
    ),
    "unknown retention": (
        "purposes.toml",
        'retention = "contact"',
        'retention = "forever"',
        "purposes.toml: purpose.contact.retention",
        "«forever»",
    ),
    "unknown recipient": (
        "purposes.toml",
        '"authorities"]',
        '"friends"]',
        "purposes.toml: purpose.contact.recipients",
        "«friends»",
    ),
    "kept but not collected": (
        "purposes.toml",
        '    { field = "date_of_birth", required = true, group = "who" },\n',
        "",
        "purposes.toml: purpose.enquiry.keeps",
        "Purpose 'enquiry' keeps 'date-of-birth' but no form collects it.",
    ),
    "collected but not kept": (
        "purposes.toml",
        'keeps = ["name", "date-of-birth", "case-reference", "message", "phone", "email"]',
        'keeps = ["name", "case-reference", "message", "phone", "email"]',
        "purposes.toml: purpose.enquiry.keeps",
        "'enquiry' doesn't keep 'date-of-birth'",
    ),
    "used field not kept": (
        "purposes.toml",
        'keeps = ["email", "consent-record"]',
        'keeps = ["consent-record"]',
        "purposes.toml: purpose.mailbox-notice.keeps",
        "doesn't keep 'email'",
    ),
    "no form and no other source": (
        "purposes.toml",
        'source = "creditor"\n',
        "",
        "purposes.toml: purpose.collection.source",
        "Purpose 'collection' keeps data but no form collects it.",
    ),
    "a form and another source": (
        "purposes.toml",
        'dpv = "dpv:CustomerCare"',
        'dpv = "dpv:CustomerCare"\nsource = "staff"',
        "purposes.toml: purpose.contact.source",
        "has a form",
    ),
    "unknown source": (
        "purposes.toml",
        'source = "creditor"',
        'source = "hearsay"',
        "purposes.toml: purpose.collection.source",
        "«hearsay»",
    ),
    "keeps nothing": (
        "purposes.toml",
        'keeps = ["account"]',
        "keeps = []",
        "purposes.toml: purpose.staff.keeps",
        "keeps nothing",
    ),
    "keeps an unknown category": (
        "purposes.toml",
        'keeps = ["account"]',
        'keeps = ["acount"]',
        "purposes.toml: purpose.staff.keeps",
        "«acount»",
    ),
    "unknown field in a form": (
        "purposes.toml",
        'field = "first_name"',
        'field = "forename"',
        "purposes.toml: purpose.contact.form.fields",
        "«forename»",
    ),
    "a field twice": (
        "purposes.toml",
        'field = "last_name"',
        'field = "first_name"',
        "purposes.toml: purpose.contact.form.fields",
        "twice",
    ),
    "unknown group": (
        "purposes.toml",
        'group = "who"',
        'group = "whom"',
        "purposes.toml: purpose.contact.form.fields[1].group",
        "«whom»",
    ),
    "a misspelt entry": (
        "purposes.toml",
        "warn_open_network",
        "warn_opn_network",
        "purposes.toml: purpose.contact.form.warn_opn_network",
        "Nothing reads this entry. Did you mean «warn_open_network»?",
    ),
    "one path for two forms": (
        "purposes.toml",
        'path = "enquiry"',
        'path = "contact"',
        "purposes.toml: purpose.enquiry.form.path",
        "'contact' has a form at this path",
    ),
    "a path that is none": (
        "purposes.toml",
        'path = "enquiry"',
        'path = "../enquiry"',
        "purposes.toml: purpose.enquiry.form.path",
        "can't be a path",
    ),
    "one of a field not asked": (
        "purposes.toml",
        'one_of = ["phone_day"',
        'one_of = ["phone"',
        "purposes.toml: purpose.enquiry.form.one_of",
        "«phone»",
    ),
    "one of a required field": (
        "purposes.toml",
        'one_of = ["phone_day"',
        'one_of = ["name"',
        "purposes.toml: purpose.enquiry.form.one_of",
        "required anyway",
    ),
    "a way out of the optional": (
        "purposes.toml",
        "way_out = { case_reference =",
        "way_out = { email =",
        "purposes.toml: purpose.enquiry.form.way_out",
        "nobody needs a way out",
    ),
    "a box named like a field": (
        "purposes.toml",
        'unless = "mailbox_only"',
        'unless = "email"',
        "purposes.toml: purpose.enquiry.form",
        "«email»",
    ),
    "no warning": (
        "purposes.toml",
        "warn_open_network = true\n",
        "",
        "purposes.toml: purpose.contact.form.warn_open_network",
        "without the warning",
    ),
    "further purpose without consent": (
        "purposes.toml",
        'fields = ["phone_day", "phone_evening"]\nbasis = "consent"',
        'fields = ["phone_day", "phone_evening"]\nbasis = "contract"',
        "purposes.toml: purpose.callback.basis",
        "without consent",
    ),
    "further purpose of nothing": (
        "purposes.toml",
        'of = ["enquiry", "payment"]',
        'of = ["enquiry", "pay"]',
        "purposes.toml: purpose.callback.of",
        "«pay»",
    ),
    "further purpose of a form without its fields": (
        "purposes.toml",
        'of = ["enquiry", "payment"]',
        'of = ["enquiry", "contact"]',
        "purposes.toml: purpose.callback.of",
        "'contact' asks for none",
    ),
    "further purpose without fields": (
        "purposes.toml",
        'fields = ["phone_day", "phone_evening"]\n',
        "",
        "purposes.toml: purpose.callback.fields",
        "which fields",
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_is_refused_at_its_place(tmp_path: Path, name: str) -> None:
    refused(tmp_path, HOLES[name])
