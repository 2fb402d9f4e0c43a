"""Holes in bases, periods, categories and fields are refused at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tenants import Hole, refused

HOLES: dict[str, Hole] = {
    "nobody collects a field": (
        "data.toml",
        "[field.company]",
        '[field.shoe_size]\nkind = "line"\ncategory = "name"\ndpv = "pd:Name"\n\n[field.company]',
        "data.toml: field.shoe_size",
        "Nobody collects this field.",
    ),
    "a field of no category": (
        "data.toml",
        'category = "company"',
        'category = "firm"',
        "data.toml: field.company.category",
        "«firm»",
    ),
    "unknown kind": (
        "data.toml",
        'kind = "postcode"',
        'kind = "zip"',
        "data.toml: field.postcode.kind",
        "«zip» is not known here. Write one of: name,",
    ),
    "unused category": (
        "data.toml",
        "[category.company]",
        '[category.health]\nsensitive = true\ndpv = "pd:Name"\n\n[category.company]',
        "data.toml: category.health",
        "No purpose keeps",
    ),
    "unused basis": (
        "data.toml",
        "[basis.contract]",
        '[basis.vital]\ndpv = "dpv:Consent"\narticles = { ch = "x", de = "y" }\n\n[basis.contract]',
        "data.toml: basis.vital",
        "No purpose rests",
    ),
    "unused period": (
        "data.toml",
        "[retention.enquiry]",
        '[retention.long]\nlength = 1\nunit = "years"\nstart = "closed"\nground = "x"\nthen = "delete"\n'
        'dpv = "dpv:StorageDuration"\n\n[retention.enquiry]',
        "data.toml: retention.long",
        "No purpose keeps data",
    ),
    "basis without an article": (
        "data.toml",
        '{ ch = "DSG 31 Abs. 2 lit. a", de = "Art. 6 Abs. 1 lit. b DSGVO" }',
        '{ ch = "DSG 31 Abs. 2 lit. a" }',
        "data.toml: basis.contract.articles",
        "regime «de» is missing",
    ),
    "article of a foreign regime": (
        "data.toml",
        '{ ch = "DSG 31 Abs. 2 lit. a",',
        '{ at = "DSG 1", ch = "DSG 31 Abs. 2 lit. a",',
        "data.toml: basis.contract.articles",
        "no regime «at»",
    ),
    "no ground": (
        "data.toml",
        'ground = "OR 958f"\n',
        "",
        "data.toml: retention.collection.ground",
        "no ground",
    ),
    "zero days": (
        "data.toml",
        "length = 45",
        "length = 0",
        "data.toml: retention.contact.length",
        "no sense",
    ),
    "minus days": (
        "data.toml",
        "length = 45",
        "length = -45",
        "data.toml: retention.contact.length",
        "no sense",
    ),
    "half days": (
        "data.toml",
        "length = 45",
        "length = 4.5",
        "data.toml: retention.contact.length",
        "a number",
    ),
    "days as text": (
        "data.toml",
        "length = 45",
        'length = "45"',
        "data.toml: retention.contact.length",
        "a text",
    ),
    "yes for days": (
        "data.toml",
        "length = 45",
        "length = true",
        "data.toml: retention.contact.length",
        "true or",
    ),
    "unknown unit": (
        "data.toml",
        'unit = "days"',
        'unit = "weeks"',
        "data.toml: retention.contact.unit",
        "«weeks»",
    ),
    "unknown start": (
        "data.toml",
        'start = "received"',
        'start = "soon"',
        "data.toml: retention.contact.start",
        "«soon»",
    ),
    "two windows": (
        "data.toml",
        'length = 10\nunit = "minutes"',
        'length = 20\nunit = "minutes"',
        "data.toml: retention.abuse.length",
        "would say 20 minutes, but addresses are held for 10",
    ),
    "an id that is none": (
        "data.toml",
        "[category.company]",
        '["category"."Com pany"]',
        "data.toml: category",
        "«Com pany» can't be an id",
    ),
    "unknown term": (
        "data.toml",
        'dpv = "pd:BirthDate"',
        'dpv = "pd:Birthday"',
        "data.toml: category.date-of-birth.dpv",
        "«pd:Birthday» is not in the vocabulary",
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_is_refused_at_its_place(tmp_path: Path, name: str) -> None:
    refused(tmp_path, HOLES[name])
