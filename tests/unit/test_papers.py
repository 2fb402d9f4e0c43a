"""Papers: what goes in stands on them, tagged, in its language, letter by letter."""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.papers import pages, places, reader, said, squeezed, tags
from tests.tenants import REFERENCE, loaded
from zusage.papers import api as papers
from zusage.papers import glyphs, press
from zusage.papers.api import Code, Letter, Listing, Note, Pairs, Paper, Paragraph, Section, Sender, Table
from zusage.policy.notice import notice
from zusage.policy.types import LANGUAGES, Language

SPEECHES = pytest.mark.parametrize("language", LANGUAGES)
SENDER = Sender("Alektum", ("Musterstrasse 1", "8000 Zürich"), ("+41 44 000 00 00", "info@alektumgroup.ch"))
PAGE: dict[Language, str] = {
    "de": "Seite 1 von 1",
    "fr": "Page 1 sur 1",
    "it": "Pagina 1 di 1",
    "en": "Page 1 of 1",
}
TITLE: dict[Language, str] = {
    "de": "Auskunft über Ihre Daten",
    "fr": "Vos données : accès intégral",
    "it": "I Suoi dati: così e perché",
    "en": "What we hold about you",
}
# Source in Typst's own language, in Python's, in HTML's; each must come out as it is.
HOSTILE = [
    '#panic("no") #read("/etc/passwd") #include "house.typ"',
    'a "quoted" \\" \\\\ \\n text',
    "*bold* _slanted_ `raw` $x^2$ <label> @reference ~ -- --- ...",
    "= Heading",
    "/ Term: what",
    "// comment /* and */ another",
    "{{ data }} ${data} %s {0} </script><b>",
    "]#sys.inputs.data[",
    "O’Neill-D’Amico & Söhne «AG» „GmbH“ 1'250.–",
    "Łódź Ğüneş Țepeș Őrség Dvořák Çelik Nguyễn Þór",
    "Αθήνα Київ Ђорђе",
]


def paper(*blocks: papers.Block, language: Language = "de", title: str = "Ein Papier") -> Paper:
    return Paper(language, title, SENDER, sections=(Section("Ein Abschnitt", blocks),))


def whole(language: Language) -> Paper:
    """A paper with one of everything, each with text of its own."""
    return Paper(
        language,
        TITLE[language],
        SENDER,
        date="Zürich, datum-q1",
        lead="lead-q2",
        about=(("about-q3", "value-q4"),),
        sections=(
            Section(
                "section-q5",
                (
                    Paragraph("paragraph-q6\nline-q7"),
                    Listing(("item-q8", "item-q9"), "caption-q10"),
                    Pairs((("name-q11", "value-q12"), ("name-q13", "")), "caption-q14"),
                    Table(("head-q15", "head-q16"), (("cell-q17", "cell-q18"),), "caption-q19"),
                    Note("note-q20", "title-q21"),
                ),
                (Section("inner-q22", (Paragraph("paragraph-q23"),)),),
            ),
        ),
    )


def note_to(**given: object) -> Letter:
    base: dict[str, object] = {
        "language": "de",
        "sender": SENDER,
        "recipient": ("Frau", "Zoë Bühler", "Bahnhofstrasse 12", "8001 Zürich"),
        "date": "Zürich, 3. März 2026",
        "subject": "Ihre Forderung",
        "body": ("Guten Tag Frau Bühler", "Wir schreiben Ihnen im Auftrag der Muster Versand AG."),
        "closing": "Freundliche Grüsse",
        "signature": "Amina Keller",
        "reference": (("Aktenzeichen", "AZ-2041-77"),),
    }
    return Letter(**(base | given))  # type: ignore[arg-type]


@SPEECHES
def test_everything_given_stands_on_it(language: Language) -> None:
    pdf = papers.generic(whole(language))
    text = said(pdf)
    for number in range(1, 24):
        assert f"-q{number}" in text, number
    for words in (TITLE[language], *SENDER.address, *SENDER.contacts, SENDER.name, PAGE[language]):
        assert squeezed(words) in text


@SPEECHES
def test_it_is_accessible(language: Language) -> None:
    for pdf in (papers.generic(whole(language)), papers.letter(note_to(language=language))):
        root = reader(pdf).trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"].value is True
        assert root["/Lang"] == language
        assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
        assert root["/Outlines"]
        assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
        about = reader(pdf).metadata
        assert about is not None and about.author == "Alektum"
    titled = reader(papers.generic(whole(language))).metadata
    assert titled is not None and titled.title == TITLE[language]


def test_its_tags_say_what_is_what() -> None:
    found = tags(papers.generic(whole("de")))
    assert found.count("/Title") == 1
    assert found.count("/H1") == 1 and found.count("/H2") == 1
    assert found.count("/Table") == 1 and found.count("/THead") == 1 and found.count("/Caption") == 1
    assert found.count("/TH") == 2 and found.count("/TD") == 2
    # about, list and pairs: three lists of one, two and two entries
    assert found.count("/L") == 3 and found.count("/LI") == found.count("/LBody") == 5
    order = [found.index(tag) for tag in ("/Title", "/H1", "/Table", "/H2")]
    assert order == sorted(order)
    assert tags(papers.letter(note_to())).count("/H1") == 1


def test_sections_within_sections_keep_their_levels() -> None:
    inner = Section("vier", (Paragraph("tief"),))
    for title in ("drei", "", "zwei", "eins"):  # one of them without a title: no level is skipped
        inner = Section(title, (), (inner,))
    found = tags(papers.generic(Paper("de", "Tief", SENDER, sections=(inner,), contents=True)))
    assert [tag for tag in found if tag in ("/H1", "/H2", "/H3", "/H4", "/H5")] == [
        "/H1",  # the contents
        "/H1",
        "/H2",
        "/H3",
        "/H4",
    ]
    assert "/TOC" in found


def test_contents_name_sections_and_pages() -> None:
    parts = tuple(Section(f"Kapitel-{n}", (Paragraph("Satz. " * 900),)) for n in range(3))
    first = pages(papers.generic(Paper("de", "Lang", SENDER, sections=parts, contents=True)))[0]
    assert "Inhalt" in first
    for number in range(3):
        assert f"Kapitel-{number}" in first


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_printed_letter_by_letter(text: str) -> None:
    everywhere = Paper(
        "de",
        text,
        Sender(text, (text,), (text,)),
        text,
        text,
        ((text, text),),
        (
            Section(
                text,
                (
                    Paragraph(text),
                    Listing((text,), text),
                    Pairs(((text, text),), text),
                    Table((text, "b"), (("a", text),), text),
                    Note(text, text),
                ),
            ),
        ),
    )
    pdf = papers.generic(everywhere)
    # sender (3), title, date, lead, about (2), heading, paragraph, list (2), pairs (3), table (3), note (2)
    assert said(pdf).count(squeezed(text)) >= 19
    letter = papers.letter(
        note_to(
            recipient=(text,),
            date=text,
            subject=text,
            body=(text,),
            closing=text,
            signature=text,
            reference=((text, text),),
            code=Code(text, text),
        )
    )
    assert said(letter).count(squeezed(text)) >= 9
    for one in (pdf, letter):
        metadata = reader(one).metadata
        assert metadata is not None and metadata.title == text


def test_what_is_no_letter_is_shown_as_lost_and_turns_nothing_round() -> None:
    raw = "a\x00b\x1bc\ud800d\uffffe\U000e0041f"
    assert glyphs.clean(raw) == "a�b�c�d�e�f"
    assert glyphs.clean("A\u202ekcalB\u202c \u2066x\u2069 Fahr\u00adzeug\ufeff") == "AkcalB x Fahrzeug"
    assert (
        glyphs.clean("e" + "\u0301" * 8 + "a" + "\u0301" * 9) == "e" + "\u0301" * 8 + "a" + "\u0301" * 8 + "�"
    )
    assert glyphs.clean("a\r\nb\rc\u2028d\x0be\tf") == "a\nb\nc\nd\ne\tf"
    assert "a�b�c�d�e�f" in said(papers.generic(paper(Paragraph(raw))))


def test_letters_without_a_font_are_said_to_be_missing() -> None:
    nobody_has = "\u0378"  # not assigned: no font ever draws it
    for language in LANGUAGES:
        sentence = squeezed(press.words()[language]["unprintable"])
        pdf = papers.generic(paper(Paragraph(f"Vor{nobody_has}nach"), language=language))
        assert f"Vor{glyphs.STAND_IN}nach" in said(pdf)
        assert sentence in said(pdf)
        assert b"pdfuaid:part" in reader(pdf).trailer["/Root"]["/Metadata"].get_object().get_data()
        assert sentence not in said(papers.generic(paper(Paragraph("Vornach"), language=language)))
    assert glyphs.STAND_IN in said(papers.letter(note_to(body=(nobody_has,))))


@pytest.mark.parametrize(
    "text",
    [
        "محمد علي, Bahnhofstrasse 12. " * 40,
        "أَمۡ هَذَا نَصٌّ مُشَكَّلٌ بِالْكَامِلِ " * 60,  # Typst crashes on such marks within a paragraph set the other way
        "שָׁלוֹם וּבְרָכָה 12 abc " * 60,
        "\u072e \u072f \u0730 \u0736 \u0737 " * 60,
        "\u0620 \u0659",
        "சிவகுமாரன் " * 100,
        "👩\u200d👧 🏳️\u200d🌈 🇨🇭 😀 " * 50,
        "中文字漢字" * 300,
        "e" + "\u0301" * 3000,
        "ﷺ" * 200,
    ],
    ids=[
        "arabic",
        "vowels",
        "hebrew",
        "syriac",
        "lone-mark",
        "tamil",
        "emoji",
        "chinese",
        "marks",
        "ligature",
    ],
)
def test_other_scripts_never_fail(text: str) -> None:
    blocks = (Paragraph(text), Table((text[:50], "b"), ((text, text[:90]),)), Pairs(((text[:60], text),)))
    pdf = papers.generic(paper(*blocks, title=text[:80]))
    assert squeezed("Ein Abschnitt") in said(pdf)
    assert papers.letter(note_to(recipient=(text[:100],), subject=text[:100], body=(text,)))


def test_only_what_no_font_has_is_replaced() -> None:
    rare = "\u0645\u06e1"  # with this mark the letter may be in no font; with others it is
    text = f"{rare} \u0645\u064f\u0634\u064e \u0645"
    missing = frozenset(rare)
    assert glyphs.replaced(text, missing, 0) == text.replace(rare, glyphs.STAND_IN)
    assert glyphs.replaced(text, missing, 1).count(glyphs.STAND_IN) == 2
    assert glyphs.replaced(text, missing, 2).count(glyphs.STAND_IN) == 3
    assert glyphs.replaced("1\u06e1 1 É", frozenset("1É\u06e1"), 2) == f"{glyphs.STAND_IN} 1 É"
    assert glyphs.clusters("e\u0301 👩\u200d👧சி") == ["e\u0301", " ", "👩\u200d👧", "சி"]


def test_when_typst_breaks_down_the_paper_is_printed_without_vowels(
    capfd: pytest.CaptureFixture[str],
) -> None:
    text = (
        "\u065e\u0657\u0631 \u064a\u0666\u0649\u0636 \u0665\u0645\u0648\u0630 \u062a \u065b "
        "\u0644\u062d\u062a \u065b\u0622\u0659\u0629\u0667\u0641\u066e \u0669\u066b\u0632   \u0659\u0649\u064e\u065f"
    )
    block = (
        Table(("a", "b", "c"), ((text, text, "c"),)),
        Pairs(((text, text),)),
        Note(text),
        Listing((text,)),
    )
    assert "/Table" in tags(papers.generic(paper(*block)))
    assert not any(letter in capfd.readouterr().err for letter in text if letter > "\x7f")
    assert glyphs.unmarked("مُشَكَّلٌ é") == "مشكل é"
    assert glyphs.unmarked("e\u0301 हिन्दी") == "e\u0301 हिन्दी"


def test_everyday_arabic_keeps_its_vowels_at_line_ends() -> None:
    text = "شكراً جزيلاً، هَذَا نَصٌّ مُشَكَّلٌ بِالْكَامِلِ" * 30
    found = said(papers.generic(paper(Paragraph(text), Table(("a", "b"), ((text, "b"),)))))
    assert found.count("\u0651") >= 2 * text.count("\u0651")
    assert glyphs.STAND_IN not in found


def test_a_text_from_right_to_left_begins_at_the_right() -> None:
    blocks = (Paragraph("محمد"), Paragraph("Anna"), Table(("A", "B"), (("שרה", "Bern"),)))
    left = {text: x for text, x, _ in places(papers.generic(paper(*blocks)))}
    assert left["Anna"] == pytest.approx(25, abs=0.5)
    assert left["محمد"] > 150
    assert 80 < left["שרה"] < left["Bern"]


def test_a_machine_without_fonts_prints_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "_fonts", lambda: typst.Fonts(include_system_fonts=False))
    monkeypatch.setattr(press, "_families", lambda: ["Libertinus Serif"])
    found = said(papers.generic(paper(Paragraph("Łódź Nguyễn Αθήνα Київ. محمد. சிவ."))))
    assert "ŁódźNguyễnΑθήναКиїв.محمد." in found
    assert glyphs.STAND_IN in found


def test_arabic_is_printed_by_the_fonts_that_come_along() -> None:
    found = said(papers.generic(paper(Paragraph("محمد"))))
    assert glyphs.STAND_IN not in found
    assert "محمد" in found


ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=120)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANY, ANY)
def test_whatever_is_written_there_is_a_paper(one: str, other: str) -> None:
    assert papers.generic(paper(Paragraph(one), Pairs(((one, other),)), Table((other, "b"), ((one, other),))))
    assert papers.letter(note_to(body=(one,), closing=other, reference=((other, one),)))


@pytest.mark.parametrize("text", ["x" * 20_000, "@" * 5_000, "Zeile\n" * 3_000, "Guten Tag. " * 20_000])
def test_huge_texts_run_over_the_pages_and_lose_nothing(text: str) -> None:
    pdf = papers.generic(paper(Paragraph(text)))
    body = "".join(
        line for page in pages(pdf) for line in page.splitlines() if not line.startswith(("Seite ", "Ein "))
    )
    assert squeezed(text) in squeezed(body)
    assert len(pages(pdf)) > 1


def test_a_word_wider_than_its_column_stays_within_it() -> None:
    address = "maria-magdalena.von-hohenstein@ein-sehr-langer-name.beispiel-unternehmen.example"
    table = Table(("A", "B", "C", "D"), ((address, "x" * 300, address, "ende"),))
    pdf = papers.generic(paper(table))
    assert squeezed(address) in said(pdf)
    assert "x" * 300 in said(pdf)
    pieces = [text for text, _, _ in places(pdf) if "." in text or "x" in text]
    assert max(map(len, pieces)) <= 30


def test_a_long_table_repeats_its_head_on_every_page() -> None:
    rows = tuple(
        (f"Zeile-{n}-", "Guten Tag, ich habe Ihren Brief erhalten", "von Ihnen") for n in range(1_500)
    )
    pdf = papers.generic(paper(Table(("Kopf-A", "Kopf-B", "Kopf-C"), rows, "Beschriftung")))
    found = pages(pdf)
    assert len(found) >= 40
    for page in found[1:]:
        assert "Kopf-A" in page
    text = squeezed("".join(found))
    for number in range(1_500):
        assert f"Zeile-{number}-" in text
    # Repeated heads are decoration: a screen reader meets the head once.
    assert tags(pdf).count("/TH") == 3


def test_two_hundred_pages() -> None:
    parts = tuple(Section(f"Kapitel {n}", (Paragraph("Ein Satz von vielen. " * 300),)) for n in range(220))
    found = reader(papers.generic(Paper("de", "Dick", SENDER, sections=parts, contents=True))).pages
    assert len(found) >= 200
    last = found[-1].extract_text()
    assert f"Seite {len(found)} von {len(found)}" in last
    assert "Dick" in last  # the running head


def test_a_cell_taller_than_a_page_breaks_and_loses_nothing() -> None:
    long = " ".join(f"wort{n}w" for n in range(2_500))
    pdf = papers.generic(paper(Table(("Angabe", "Inhalt", "Woher"), (("a", long, "kurz"), ("b", "c", "d")))))
    text = said(pdf)
    for number in range(2_500):
        assert f"wort{number}w" in text
    assert len(pages(pdf)) > 2
    for page in pages(pdf):  # what runs off the sheet would be read back, too
        assert page.count("w") // 2 < 500


def test_columns_get_room_for_what_they_say() -> None:
    table = Table(
        ("Nr.", "Text", "Gelöscht am"),
        tuple(
            (str(n), "Guten Tag, ich habe Ihren Brief erhalten und " * 4, "31. Dezember") for n in range(9)
        ),
    )
    number, text, day = table.shares()
    assert number < day < text
    short = Table(("A", "B"), (("eins", "zwei"),)).shares()
    assert max(short) < 10


def test_shapes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="as many cells"):
        Table(("a", "b"), (("1",),))
    with pytest.raises(ValueError, match="head"):
        Table((), ())
    with pytest.raises(ValueError, match="title"):
        Paper("de", " \n", SENDER)
    with pytest.raises(ValueError, match="subject"):
        note_to(subject="")
    for lines in ((), ("Zeile",) * 7):
        with pytest.raises(ValueError, match="address"):
            note_to(recipient=lines)


def test_empty_parts_are_no_trouble() -> None:
    empty = (Paragraph(""), Listing(()), Pairs(()), Table(("a",), ()), Note(""))
    assert papers.generic(Paper("de", "Leer", Sender(""), sections=(Section("", empty), Section("x"))))
    assert papers.letter(
        note_to(sender=Sender("x"), body=(), closing="", signature="", reference=(), date="")
    )


@SPEECHES
def test_a_notice_becomes_a_paper_without_losing_a_word(language: Language) -> None:
    policy = loaded(REFERENCE)
    page = notice(policy, language)
    parts = papers.sections(page.sections)
    document = Paper(language, page.title, Sender.of(policy), lead=page.remark, sections=parts)
    text = said(papers.generic(document))
    for section in page.sections:
        assert squeezed(section.title) in text
        for block in section.blocks:
            cells = [block.text, block.caption, *block.head, *(cell for row in block.rows for cell in row)]
            for one in cells + [part for item in block.items for part in (item.term, item.text)]:
                assert all(squeezed(word) in text for word in one.split())


def test_the_sender_is_the_controller_in_its_colour() -> None:
    policy = loaded(REFERENCE)
    sender = Sender.of(policy)
    who = policy.controller
    assert (sender.name, sender.accent) == (who.name, policy.look.accent)
    assert sender.address == (who.street, f"{who.postcode} {who.town}")
    assert Sender("x", accent='#123456"); #panic("').accent == Sender("x").accent
    assert papers.generic(Paper("de", "T", Sender("x", accent="#aa0000"))) != papers.generic(
        Paper("de", "T", Sender("x", accent="#00aa00"))
    )


@pytest.mark.parametrize(("window", "left"), [("right", 118), ("left", 25)])
def test_the_address_stands_in_the_window(window: str, left: int) -> None:
    lines = ("Frau", "Zoë Bühler", "p. A. Muster", "Bahnhofstrasse 12", "Postfach", "8001 Zürich")
    pdf = papers.letter(note_to(recipient=lines, window=window))
    stands = {text: (x, y) for text, x, y in places(pdf) if text in lines}
    assert set(stands) == set(lines)
    for x, y in stands.values():
        assert x == pytest.approx(left, abs=0.5)
        assert 60 < y < 90
    heights = [stands[line][1] for line in lines]
    assert heights == sorted(heights)


def test_a_letter_says_all_of_it() -> None:
    code = Code("K7QP-M2XD-93TF", "Mit diesem Code öffnen Sie Ihr Postfach.")
    document = note_to(code=code)
    text = said(papers.letter(document))
    for one in (*document.recipient, document.date, document.subject, *document.body, document.closing):
        assert squeezed(one) in text
    for one in (document.signature, "Aktenzeichen", "AZ-2041-77", code.code, code.text, PAGE["de"]):
        assert squeezed(one) in text
    assert code.code not in said(papers.letter(note_to()))


def test_the_same_paper_is_the_same_bytes_also_from_many_threads() -> None:
    documents = [paper(Paragraph(f"Nummer {n}")) for n in range(8)]
    alone = [papers.generic(one) for one in documents]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(papers.generic, documents)) == alone


def test_a_child_of_a_process_that_has_printed_is_told_and_does_not_hang() -> None:
    script = """
import os, sys
from zusage.papers import api as papers
one = papers.Paper("de", "T", papers.Sender("x"))
papers.generic(one)
child = os.fork()
if not child:
    try:
        papers.generic(one)
    except RuntimeError as error:
        os._exit(7)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert (
        subprocess.run([sys.executable, "-c", script], timeout=60, env={"PYTHONPATH": "src"}).returncode == 7
    )


def test_a_package_of_sixty_rows_is_quick() -> None:
    rows = tuple(
        ("Nachricht", f"Guten Tag {n}, ich frage nach. " * 6, "von Ihnen", "Anfrage") for n in range(60)
    )
    took = []
    for number in range(3):
        document = paper(Table(("Angabe", "Inhalt", "Woher", "Zweck"), rows), title=f"Auskunft {number}")
        began = time.perf_counter()
        papers.generic(document)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.5


def test_words_are_there_in_every_language() -> None:
    found = tomllib.loads((Path(press.__file__).parent / "words.toml").read_text(encoding="utf-8"))
    assert set(found) == set(LANGUAGES)
    assert len({frozenset(words) for words in found.values()}) == 1
    for words in found.values():
        assert all(text.strip() and "ß" not in text for text in words.values())
        assert glyphs.STAND_IN in words["unprintable"]
