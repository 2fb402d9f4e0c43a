"""What payment codes say, as text: the standards' own examples, and what they have no place for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
import vl_convert
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.paying import EUR, QRR, SCOR, fields, policy
from zusage.papers import qr
from zusage.policy.plans import Account
from zusage.rules.paying import codes, epc, references, swiss_qr

AMOUNTS = st.decimals(Decimal("0.01"), Decimal("999999999.99"), places=2)


def test_a_swiss_code_says_what_the_guidelines_example_says() -> None:
    holder = policy(
        name="Robert Schneider AG", street="Rue du Lac 1268", postcode="2501", town="Biel"
    ).controller
    account = Account("CH5800791123000889012", "CHF", "Bank")
    said = swiss_qr.payload(
        account, holder, Decimal("199.95"), "CHF", "RF18539007547034", "Rechnung vom 15. Juni"
    )
    assert said == (
        "SPC\r\n0200\r\n1\r\nCH5800791123000889012\r\n"
        "S\r\nRobert Schneider AG\r\nRue du Lac\r\n1268\r\n2501\r\nBiel\r\nCH\r\n"
        "\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
        "199.95\r\nCHF\r\n"
        "\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
        "SCOR\r\nRF18539007547034\r\nRechnung vom 15. Juni\r\nEPD"
    )


def test_a_sepa_code_says_what_the_guidelines_want() -> None:
    holder = policy(name="Müller & Söhne Inkasso GmbH").controller
    said = epc.payload(EUR, holder, Decimal("12.3"), "EUR", "RF18539007547034")
    assert said == (
        "BCD\n002\n1\nSCT\n\nMüller & Söhne Inkasso GmbH\nDE93999999990000000001\nEUR12.30\n\nRF18539007547034"
    )
    said = epc.payload(EUR, holder, Decimal(5), "EUR", "", "Rate 3")
    assert said.endswith("\nEUR5.00\n\n\nRate 3")


def test_every_account_of_the_reference_tenant_can_be_paid() -> None:
    for account in policy().accounts:
        said = codes.payload(
            account,
            policy().controller,
            Decimal(1),
            account.currency,
            references.new_reference(account),
        )
        assert fields(said)["IBAN"] == account.iban


@settings(max_examples=25, deadline=None)
@given(AMOUNTS)
def test_any_amount_stands_there_to_the_centime(amount: Decimal) -> None:
    holder = policy().controller
    for account in (QRR, SCOR, EUR):
        reference = references.new_reference(account)
        found = fields(codes.payload(account, holder, amount, account.currency, reference))
        assert Decimal(found["Amount"].removeprefix("EUR")) == amount
        assert found["Amount"][-3] == "." and found["Reference"] == reference


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1000000000", "12.345", "NaN", "Infinity", "1E+12"])
@pytest.mark.parametrize("account", [QRR, SCOR, EUR], ids=["QRR", "SCOR", "EUR"])
def test_no_code_for_an_amount_that_cannot_be_paid(account: Account, amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        codes.payload(
            account,
            policy().controller,
            Decimal(amount),
            account.currency,
            references.new_reference(account),
        )


@pytest.mark.parametrize(
    "account, currency, reference",
    [
        (QRR, "CHF", references.scor("12345")),
        (QRR, "CHF", ""),
        (SCOR, "CHF", references.qrr("12345")),
        (SCOR, "CHF", "RF18539007547035"),
        (SCOR, "EUR", references.scor("12345")),
        (replace(EUR, currency="CHF"), "CHF", references.scor("12345")),
        (EUR, "EUR", references.qrr("12345")),
        (replace(SCOR, iban="CH9300762011623852958"), "CHF", references.scor("12345")),
    ],
)
def test_what_does_not_go_together_is_no_code(account: Account, currency: str, reference: str) -> None:
    with pytest.raises(ValueError):
        codes.payload(account, policy().controller, Decimal(1), currency, reference)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "street, parted",
    [
        ("Musterstrasse 1", ("Musterstrasse", "1")),
        ("Rue du Lac 12 b", ("Rue du Lac", "12b")),
        ("Strasse des 17. Juni 135-137", ("Strasse des 17. Juni", "135-137")),
        ("Postfach 12", ("Postfach 12", "")),
        ("Case postale 7", ("Case postale 7", "")),
        ("12, rue du Pont", ("12, rue du Pont", "")),
        ("", ("", "")),
    ],
)
def test_the_house_number_stands_apart(street: str, parted: tuple[str, str]) -> None:
    found = swiss_qr.address(policy(street=street).controller)
    assert (found.street, found.house) == parted


def test_signs_of_typography_are_made_plain_and_other_scripts_refused() -> None:
    holder = policy(name="Müller’s „Inkasso“ Zürich–Genève").controller
    said = fields(codes.payload(QRR, holder, Decimal(1), "CHF", references.qrr("1")))
    assert said["CrName"] == 'Müller\'s "Inkasso" Zürich-Genève'
    for name in ("Инкассо", "Inkasso 😀", "x" * 71, ""):
        holder = policy(name=name).controller
        with pytest.raises(ValueError, match=r"Latin|between 1 and 70"):
            codes.payload(SCOR, holder, Decimal(1), "CHF", references.scor("1"))
    # What would begin a new field is read as a space.
    holder = policy(name="a\nb", street="c\r\n1", town="d\re").controller
    said = fields(codes.payload(SCOR, holder, Decimal(1), "CHF", references.scor("1")))
    assert (said["CrName"], said["CrStreet"], said["CrHouse"], said["CrTown"]) == ("a b", "c", "1", "d e")
    with pytest.raises(ValueError, match="name"):
        epc.payload(EUR, policy(name="x" * 71).controller, Decimal(1), "EUR", "")
    with pytest.raises(ValueError, match="either"):
        epc.payload(EUR, policy().controller, Decimal(1), "EUR", references.scor("1"), "and a text")


@pytest.mark.parametrize("cross", [False, True])
def test_a_drawing_for_pages_is_read_with_and_without_the_cross(cross: bool) -> None:
    said = swiss_qr.payload(QRR, policy().controller, Decimal("1234.50"), "CHF", references.qrr("77"))
    drawing = qr.svg(said, swiss_cross=cross)
    assert "<?xml" not in drawing and "style" not in drawing and "<script" not in drawing
    picture = Image.open(BytesIO(vl_convert.svg_to_png(drawing, scale=6)))
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [said]
    middle = picture.convert("L").getpixel((picture.width // 2, picture.height // 2))
    assert not cross or middle == 255
    # A broken drawing isn't read, or says something else.
    half = Image.open(BytesIO(vl_convert.svg_to_png(drawing.replace("h1v1", "h1v0"), scale=6)))
    assert said not in [code.text for code in zxingcpp.read_barcodes(half)]
