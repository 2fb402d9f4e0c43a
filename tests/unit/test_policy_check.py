"""The check as a whole: every hole at once, and nothing refused that is right. See also test_policy_check_*."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tenants import REFERENCE, copied, edited
from zusage.policy.holes.parties import contrast
from zusage.policy.load import load
from zusage.policy.types import PolicyError


def test_every_hole_is_told_at_once(tmp_path: Path) -> None:
    folder = copied(REFERENCE, tmp_path)
    edited(folder, "purposes.toml", 'basis = "legitimate-interest"\nretention = "contact"\n', "")
    edited(folder, "data.toml", 'dpv = "pd:BirthDate"', 'dpv = "pd:Birthday"')
    edited(folder, "tenant.toml", '["ch", "de"]', "[]")
    edited(folder, "fr.toml", 'title = "Contact"', "")
    with pytest.raises(PolicyError) as raised:
        load(folder)
    places = {f"{one.file}: {one.place}" for one in raised.value.findings}
    assert places >= {
        "purposes.toml: purpose.contact.basis",
        "purposes.toml: purpose.contact.retention",
        "data.toml: category.date-of-birth.dpv",
        "tenant.toml: regimes",
        "fr.toml: purpose.contact.title",
    }


@pytest.mark.parametrize("country", ["DE", "GB", "LI"])
def test_an_adequate_country_needs_no_safeguard(tmp_path: Path, country: str) -> None:
    folder = copied(REFERENCE, tmp_path)
    edited(
        folder,
        "recipients.toml",
        'role = "processor"\ncountry = "CH"',
        f'role = "processor"\ncountry = "{country}"',
    )
    assert load(folder).recipients["hosting"].country == country


def test_a_safeguard_with_words_is_enough(tmp_path: Path) -> None:
    folder = copied(REFERENCE, tmp_path)
    edited(
        folder,
        "recipients.toml",
        'role = "processor"\ncountry = "CH"',
        'role = "processor"\ncountry = "US"\nsafeguard = "Standardvertragsklauseln"',
    )
    for language in ("de", "fr", "it", "en"):
        edited(folder, f"{language}.toml", "[recipient.hosting]", '[recipient.hosting]\nsafeguard = "SCC"')
    assert load(folder).recipients["hosting"].safeguard == "Standardvertragsklauseln"


def test_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_no_purpose_at_all(tmp_path: Path) -> None:
    folder = copied(REFERENCE, tmp_path)
    (folder / "purposes.toml").write_text("[purpose]\n")
    with pytest.raises(PolicyError, match=r"purposes\.toml: purpose: There is no purpose\."):
        load(folder)


def test_a_form_that_asks_for_nothing(tmp_path: Path) -> None:
    folder = copied(REFERENCE, tmp_path)
    path = folder / "purposes.toml"
    before, _, rest = path.read_text(encoding="utf-8").partition("fields = [\n")
    path.write_text(f"{before}fields = []\n{rest.partition(chr(10) + ']' + chr(10))[2]}", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"purpose\.contact\.form\.fields: This form asks for nothing\."):
        load(folder)
