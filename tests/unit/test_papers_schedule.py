"""The schedule on paper: its codes pay what was agreed, its bills are laid out by the standard, anybody can read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.papers import nodes, pages, reader, said, squeezed, tags
from tests.paying import EUR, QRR, SCOR, Line, drawn, plan, policy, wrong
from zusage.papers import api as papers
from zusage.papers.press import bill_words
from zusage.policy.plans import Account
from zusage.policy.types import LANGUAGES, Language
from zusage.rules.paying import codes, paper, references

TODAY = date(2026, 12, 1)
MM = 72 / 25.4
CROSS = (0, 1.5, 2.7, 3.25)
"""mm from the middle of a Swiss QR code towards a corner: the cross, its field (twice), the white around it."""
LONG = {
    "name": "Société coopérative intercantonale de recouvrement Zürich Genève SA AG",
    "street": "Chemin du Moulin-de-la-Haute-Combe-sur-Lausanne-et-Environs 112b",
    "postcode": "1025",
    "town": "Saint-Sulpice-les-Bains-du-Léman-VD",
}


def printed(agreed: paper.Agreed, language: Language = "de", **controller: str) -> bytes:
    return papers.schedule(paper.schedule(agreed, policy(**controller), language, TODAY))


@pytest.mark.parametrize("account", [QRR, SCOR, EUR], ids=["QRR", "SCOR", "EUR"])
def test_each_code_pays_what_was_agreed(account: Account) -> None:
    agreed = plan(account, "100.05", "1250", "0.01", paid="40.05")
    pdf = printed(agreed)
    assert wrong(pdf, agreed, policy().controller) == []
    # The comparison sees every way in which a code could pay something else.
    other = replace(account, iban="CH5604835012345678009" if account is SCOR else account.iban[:-1] + "9")
    for mistaken, field in (
        (replace(agreed, account=other), "IBAN"),
        (replace(agreed, lines=[replace(one, amount=one.amount + 1) for one in agreed.lines]), "Amount"),
        (
            replace(
                agreed,
                lines=[replace(one, reference=references.new_reference(account)) for one in agreed.lines],
            ),
            "Reference",
        ),
    ):
        found = wrong(pdf, mistaken, policy().controller)
        assert len(found) == 3 and all(field in one for one in found)
    assert any("Name" in one for one in wrong(pdf, agreed, policy(name="Alektrum").controller))
    assert wrong(pdf, replace(agreed, lines=agreed.lines[1:]), policy().controller) == [
        "3 codes for 2 instalments"
    ]


def test_a_code_that_was_tampered_with_turns_red(monkeypatch: pytest.MonkeyPatch) -> None:
    agreed = plan(QRR, "100", "100", "100", "100")
    right, changes = (
        codes.payload,
        iter(
            (
                ("\r\n100.00\r\n", "\r\n1000.00\r\n"),
                ("CH1831999000000000001", "CH4431999123000889012"),
                ("\r\nS\r\n", "\r\nK\r\n"),
                ("EPD", "EDP"),
            )
        ),
    )
    monkeypatch.setattr(codes, "payload", lambda *given: right(*given).replace(*next(changes)))
    found = wrong(printed(agreed), agreed, policy().controller)
    assert [one.split(":")[0] for one in found] == ["1 Amount", "2 IBAN", "3 CrType", "4 Trailer"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_all_in_every_language(language: Language) -> None:
    agreed = plan(QRR, "1100.05", "100", "100", paid="1100.05", cited=("AZ-2041-77", "B/12"))
    pdf = printed(agreed, language)
    text = said(pdf)
    words = paper.words(language)
    shown = paper.schedule(agreed, policy(), language, TODAY)
    who = policy().controller
    for expected in (
        *("CHF 1’300.05", "CHF 1’100.05", "CHF 200.00", "AZ-2041-77", "B/12", "CH18 3199 9000 0000 0000 1"),
        *(who.name, who.phone, who.email, words["paid"], words["wrong.paper"]),
        *(line.due for line in shown.lines),
        *(references.grouped(line.reference) for line in agreed.lines[1:]),
        *(value for _, value in shown.about),
    ):
        assert squeezed(expected) in text, expected
    assert references.grouped(agreed.lines[0].reference) not in text  # paid: no slip
    for heading in bill_words()[language].values():
        assert text.count(squeezed(heading)) >= 2, heading
    assert "{" not in text
    root = reader(pdf).trailer["/Root"]
    assert root["/Lang"] == language
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert set(words) == set(paper.words("de"))


def test_its_tags_and_alternatives_say_what_is_what() -> None:
    agreed = plan(QRR, "100", "100")
    pdf = printed(agreed)
    found = tags(pdf)
    assert (
        found.count("/Title") == found.count("/Table") == found.count("/THead") == found.count("/TFoot") == 1
    )
    assert found.count("/TH") == 3 and found.count("/TR") == 4
    assert found.count("/H1") == 5 and found.count("/H2") == 2  # four sections and the slips; two of these
    assert found.count("/Figure") == 2  # the codes; lines and scissors are none
    content = b"".join(object_.get_data() for object_ in [reader(pdf).pages[1]["/Contents"].get_object()])
    assert b"/Artifact" in content
    alts = [str(node["/Alt"]) for node in _figures(pdf)]
    assert alts == [
        f"QR-Code: CHF 100.00 an Alektum, Konto CH18 3199 9000 0000 0000 1,"
        f" Referenz {references.grouped(line.reference)}"
        for line in agreed.lines
    ]


def test_the_bill_is_laid_out_by_the_style_guide() -> None:
    pdf = printed(plan(QRR, "12345.60"))
    bill = len(reader(pdf).pages) - 1
    sizes = {text: (font, size, x, y) for text, font, size, x, y in _texts(pdf, bill)}
    for text, size, x, y in (
        # points, mm from the left, mm beneath the bill's upper edge: the first line of a section begins there
        ("Empfangsschein", 11, 5, 5),
        ("Zahlteil", 11, 67, 5),
        ("Konto / Zahlbar an", 8, 118, 5),
        ("Annahmestelle", 6, None, 82),
    ):
        font, drawn_size, left, base = sizes[text]
        assert "LiberationSans-Bold" in font and drawn_size == pytest.approx(size), text
        assert x is None or left == pytest.approx(x, abs=0.3), text
        assert y <= base - (297 - 105) <= y + 5, text
    amounts = [entry for entry in _texts(pdf, bill) if entry[0] == "12 345.60"]
    assert [(size, round(x)) for _, _, size, x, _ in amounts] == [(8, 17), (10, 82)]
    assert {font.split("+")[1] for _, font, *_, y in _texts(pdf, bill) if y > 297 - 105} == {
        "LiberationSans",
        "LiberationSans-Bold",
    }
    picture = list(drawn(pdf, 4))[bill].convert("L")
    dots = 4 * MM
    box = picture.point(lambda light: 255 * (light < 128)).crop(
        (int(64 * dots), int((297 - 105 + 13) * dots), int(117.5 * dots), int((297 - 105 + 67.5) * dots))
    )
    left, top, right, bottom = box.getbbox() or (0, 0, 0, 0)
    # The code: 46 by 46 mm, 5 mm from what is beside it and 17 mm beneath the edge.
    assert (left / dots + 64, top / dots + 13) == pytest.approx((67, 17), abs=0.3)
    assert ((right - left) / dots, (bottom - top) / dots) == pytest.approx((46, 46), abs=0.3)
    # The Swiss cross in its middle, 7 by 7 mm: white, black, white.
    middle = [
        picture.getpixel((int((67 + 23 + off) * dots), int((297 - 105 + 17 + 23 + off) * dots)))
        for off in CROSS
    ]
    assert [light > 128 for light in middle] == [True, False, False, True]


@pytest.mark.parametrize("language", ["fr", "de"])
def test_long_names_stay_within_their_places(language: Language) -> None:
    agreed = plan(QRR, "999999.95")
    pdf = printed(agreed, language, **LONG)
    assert wrong(pdf, agreed, policy(**LONG).controller, (LONG["street"].removesuffix(" 112b"), "112b")) == []
    picture = list(drawn(pdf, 2))[-1].convert("L")
    dots = 2 * MM

    def ink(left: float, top: float, right: float, bottom: float) -> int:
        """Dark points in a part of the bill, given in mm from its upper left corner."""
        upper = 297 - 105
        part = picture.crop(
            (int(left * dots), int((upper + top) * dots), int(right * dots), int((upper + bottom) * dots))
        )
        return sum(part.point(lambda light: light < 128).histogram()[1:])

    assert ink(0.5, 1.5, 4.8, 104) == ink(57.3, 16, 61.5, 104) == ink(62.6, 16, 66.8, 104) == 0
    assert ink(113.2, 1.5, 117.8, 104) == ink(205.2, 1.5, 209, 104) == 0  # margins
    assert ink(5, 100.2, 57, 104.5) == ink(67, 100.2, 205, 104.5) == 0
    assert (
        ink(5, 66.9, 57, 68.2) == ink(118, 90.2, 205, 104.5) == 0
    )  # between the sections, and beneath the last


def test_a_plan_of_one_and_a_plan_of_sixty() -> None:
    one = printed(plan(QRR, "420.5"))
    assert len(pages(one)) == 2 and squeezed(paper.words("de")["slips.only"]) in said(one)
    many = plan(EUR, *["50.00"] * 59, "33.35")
    pdf = printed(many)
    assert wrong(pdf, many, policy().controller) == []
    assert 16 <= len(reader(pdf).pages) <= 22
    with pytest.raises(ValueError, match="instalment"):
        printed(plan(QRR))


def test_all_is_paid_and_nothing_is_left_to_pay() -> None:
    agreed = plan(QRR, "100")
    assert isinstance(agreed.lines[0], Line)
    paid = replace(agreed, lines=[replace(agreed.lines[0], paid=Decimal("120"))])
    pdf = printed(paid)
    assert wrong(pdf, paid, policy().controller) == []
    assert squeezed("Noch offenCHF 0.00") in said(pdf)
    assert paper.words("de")["slips.swiss"] not in pages(pdf)[-1]


@pytest.mark.parametrize(
    "text", ['#panic("no") #read("/etc/passwd")', "]#sys.inputs.data[ $x$", "Łódź <b> \u0378"]
)
def test_what_the_person_cited_is_printed_letter_by_letter(text: str) -> None:
    pdf = printed(plan(SCOR, "10", cited=(text,)))
    assert squeezed(text.replace("\u0378", "□")) in said(pdf)


def test_the_same_plan_gives_the_same_paper() -> None:
    agreed = plan(QRR, "10", "20")
    assert printed(agreed) == printed(agreed)


def _figures(pdf: bytes) -> list[dict[str, object]]:
    root = reader(pdf).trailer["/Root"]["/StructTreeRoot"]["/K"]
    return [node for node in nodes(root) if node["/S"] == "/Figure"]


def _texts(pdf: bytes, page: int) -> list[tuple[str, str, float, float, float]]:
    """Pieces of text: font, size in points, mm from the left and from the top (base line)."""
    found: list[tuple[str, str, float, float, float]] = []

    def look(text: str, cm: list[float], tm: list[float], font: dict[str, str] | None, size: float) -> None:
        if text.strip() and font:
            x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
            found.append((text.strip(), font["/BaseFont"], size, x / MM, 297 - y / MM))

    reader(pdf).pages[page].extract_text(visitor_text=look)
    return found
