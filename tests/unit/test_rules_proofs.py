"""Proofs of identity by content: what is one, and everything that only looks like one. PDFs: test_rules_pdf.py."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.files import chunk, document, made, packed, picture, samsung, twin, zipped
from zusage.rules import proofs
from zusage.rules.problems import CODES, Problem
from zusage.rules.proofs import kind_of


def code(content: bytes) -> str:
    """The kind of `content`, or the code of the problem with it."""
    try:
        return kind_of(content)
    except Problem as problem:
        assert problem.code in CODES
        return problem.code


NOTE = b"\x00\x00\x01\x0a\x0e\x00\x00\x00Image_UTC_Data1700000000000"
PHOTO = picture("JPEG")

TAKEN = {
    "jpeg": (PHOTO, "jpeg"),
    "grey jpeg": (picture("JPEG", "L"), "jpeg"),
    "cmyk jpeg": (picture("JPEG", "CMYK"), "jpeg"),
    "progressive jpeg": (picture("JPEG", progressive=True), "jpeg"),
    "a dot": (picture("JPEG", size=(1, 1)), "jpeg"),
    "two pictures of a phone": (
        twin(),
        "jpeg",
    ),
    "a preview behind": (PHOTO + b"\x00" * 9 + picture("JPEG", "L"), "jpeg"),
    "padded": (PHOTO + b"\x00" * 4000, "jpeg"),
    "a Samsung phone": (PHOTO + samsung(NOTE, NOTE + b"0"), "jpeg"),
    "png": (picture("PNG"), "png"),
    "png with transparency": (picture("PNG", "RGBA"), "png"),
    "png of one bit": (picture("PNG", "1"), "png"),
    "png of 16 bits": (picture("PNG", "I;16"), "png"),
    "padded png": (picture("PNG") + b"\n\x00", "png"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken(name: str) -> None:
    content, kind = TAKEN[name]
    assert code(content) == kind


@pytest.mark.parametrize(
    "form", ["GIF", "BMP", "TIFF", "WEBP", "ICO", "PPM", "TGA", "JPEG2000", "EPS", "PCX", "DDS", "ICNS"]
)
def test_no_other_picture_is_taken(form: str) -> None:
    try:
        content = picture(form)
    except (KeyError, OSError):
        pytest.skip(f"this Pillow writes no {form}")
    assert code(content) == "proof-kind"


REFUSED = {
    "nothing": (b"", "proof-empty"),
    "text": (b"Reisepass", "proof-kind"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "proof-kind"),
    "a drawing": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "proof-kind"),
    "an archive": (zipped(), "proof-kind"),
    "a program": (b"MZ" + bytes(500), "proof-kind"),
    "an empty line first": (b"\n" + made(), "proof-kind"),
    "a pdf that begins later": (b"GIF89a" + made(), "proof-kind"),
    "a mark of byte order": (b"\xef\xbb\xbf" + made(), "proof-kind"),
    # pictures
    "only the signature of a jpeg": (b"\xff\xd8\xff", "proof-damaged"),
    "only the signature of a png": (b"\x89PNG\r\n\x1a\n", "proof-damaged"),
    "a page behind a jpeg": (PHOTO + b"<html><script>alert(1)</script>", "proof-mixed"),
    "a page behind a png": (picture("PNG") + b"<html><script>alert(1)</script>", "proof-mixed"),
    "an archive behind a jpeg": (PHOTO + zipped(), "proof-mixed"),
    "an archive behind a png": (picture("PNG") + zipped(), "proof-mixed"),
    "a pdf behind a jpeg": (PHOTO + made(), "proof-mixed"),
    "a film behind a jpeg": (PHOTO + b"\x00\x00\x00\x18ftypmp42" + bytes(90), "proof-mixed"),
    "a page in the first comment": (
        PHOTO[:2] + b"\xff\xfe" + struct.pack(">H", 34) + b"<script>alert(document.domain)//" + PHOTO[2:],
        "proof-mixed",
    ),
    "an archive in a comment of the last picture": (
        PHOTO + PHOTO[:2] + b"\xff\xfe" + struct.pack(">H", len(zipped()) + 2) + zipped() + PHOTO[2:],
        "proof-mixed",
    ),
    "an archive in a chunk": (
        picture("PNG")[:33] + chunk(b"zzTx", zipped()) + picture("PNG")[33:],
        "proof-mixed",
    ),
    "a page in Samsung's notes": (PHOTO + samsung(b"<script>alert(1)</script>"), "proof-mixed"),
    "a hole in Samsung's notes": (PHOTO + b"\x00hidden" + samsung(NOTE), "proof-mixed"),
    "a gap in Samsung's notes": (PHOTO + samsung(NOTE, gap=b"hidden"), "proof-mixed"),
    "notes that lie outside of themselves": (
        PHOTO + bytes([1] * 16) + b"SEFH" + struct.pack("<III", 1, 3, 48) + b"SEFT",
        "proof-mixed",
    ),
    "a film in Samsung's notes": (PHOTO + samsung(bytes(proofs.MOST_NOTES)), "proof-mixed"),
    "notes that end before they begin": (PHOTO + b"\x01" * 20 + b"\xff\xff\xff\x7fSEFT", "proof-mixed"),
    "many pictures": (PHOTO * 20, "proof-mixed"),
    "a second picture cut off": (PHOTO + PHOTO[:-30], "proof-damaged"),
    "too many pixels": (picture("PNG", "1", (5_000, 5_001)), "proof-too-fine"),
    "a jpeg of no height": (
        PHOTO.replace(struct.pack(">HH", 40, 60), struct.pack(">HH", 0, 60)),
        "proof-damaged",
    ),
    "a png of no width": (
        picture("PNG")[:8]
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 40, 8, 2, 0, 0, 0))
        + picture("PNG")[33:],
        "proof-damaged",
    ),
    "a png without pixels": (
        picture("PNG")[:33] + chunk(b"IEND", b""),
        "proof-damaged",
    ),
    "a png whose pixels can't be unpacked": (
        picture("PNG")[:33] + chunk(b"IDAT", b"x" * 90) + chunk(b"IEND", b""),
        "proof-damaged",
    ),
    "a png with two sizes": (
        picture("PNG")[:33]
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 60, 9_999, 8, 2, 0, 0, 0))
        + picture("PNG")[33:],
        "proof-damaged",
    ),
    "a png with a wrong sum in its remarks": (
        picture("PNG")[:-12] + chunk(b"tEXt", b"a\x00b")[:-1] + b"\x00" + chunk(b"IEND", b""),
        "proof-damaged",
    ),
    "a jpeg without its tables": (PHOTO.replace(b"\xff\xdb", b"\xff\xfe"), "proof-damaged"),
    "a second picture without pixels": (
        PHOTO + PHOTO[: PHOTO.index(b"\xff\xda")] + b"\xff\xd9" + bytes(9),
        "proof-damaged",
    ),
    "a png with a wrong sum": (
        picture("PNG")[:45] + bytes([picture("PNG")[45] ^ 1]) + picture("PNG")[46:],
        "proof-damaged",
    ),
    "hundreds of passes": (
        (lambda slow, last: slow[:-2] + slow[last:-2] * 90 + slow[-2:])(
            picture("JPEG", progressive=True), picture("JPEG", progressive=True).rindex(b"\xff\xda")
        ),
        "proof-damaged",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    content, problem = REFUSED[name]
    assert code(content) == problem


def test_too_large_says_how_large_it_may_be() -> None:
    content = picture("PNG") + bytes(2_000_000)
    assert kind_of(content, megabytes=3) == "png"
    with pytest.raises(Problem) as caught:
        kind_of(content, megabytes=2)
    assert (caught.value.code, caught.value.params) == ("proof-too-large", {"limit": "2"})
    with pytest.raises(Problem) as caught:
        kind_of(REFUSED["too many pixels"][0])
    assert caught.value.params == {"limit": "25"}


WHOLE = {"jpeg": PHOTO, "png": picture("PNG"), "pdf": made(packed(b"<</Producer(x)>>")), "typst": document()}
NEARLY = WHOLE | {"samsung": PHOTO + samsung(NOTE), "mpo": TAKEN["two pictures of a phone"][0]}


@pytest.mark.parametrize("name", WHOLE)
def test_nothing_cut_off_is_taken(name: str) -> None:
    content = WHOLE[name].rstrip(b"\n")
    places = range(len(content)) if len(content) < 9000 else random.Random(2).sample(range(len(content)), 500)
    for place in places:
        assert code(content[:place]).startswith("proof-"), place


@given(
    content=st.binary(max_size=300),
    start=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n"]),
)
def test_any_bytes_give_a_kind_or_a_problem(content: bytes, start: bytes) -> None:
    code(start + content)


PIECES = st.sampled_from(
    b"%PDF-1.4|\n|1 0 obj|endobj|stream\n|endstream|<<|>>|[|]|(|)|\\|/JS|/Page|/ObjStm|/First|/N 1|/Filter|%%EOF|%"
    b"| |1|#4a|<|>|{|xref|\xff\xd8\xff|\xff\xc0|\xff\xda\x00\x08|\xff\xd9|\x00|\xff|SEFH|SEFT|IHDR|IEND"
    b"|\x00\x00\x00\x0d|PK\x05\x06".split(b"|")
)


@given(start=st.sampled_from(sorted(NEARLY)), pieces=st.lists(PIECES, max_size=40), keep=st.integers(0, 60))
def test_pieces_strung_together(start: str, pieces: list[bytes], keep: int) -> None:
    code(NEARLY[start][:keep] + b"".join(pieces))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(NEARLY)), data=st.data())
def test_nearly_right_gives_a_kind_or_a_problem(name: str, data: st.DataObject) -> None:
    content = bytearray(NEARLY[name])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(content) - 1))
        new = data.draw(st.one_of(st.binary(max_size=6), PIECES))
        content[place : place + data.draw(st.integers(0, 6))] = new
    code(bytes(content))


@settings(max_examples=200)
@given(name=st.sampled_from(["jpeg", "png", "pdf", "typst"]), rest=st.binary(min_size=1, max_size=60))
def test_nothing_may_follow(name: str, rest: bytes) -> None:
    content = WHOLE[name] + rest
    if code(content) in ("jpeg", "png", "pdf"):
        assert not rest.strip(b"\x00\t\n\x0c\r ") or (
            # Only an end of file may come twice.
            rest.strip(b"\x00\t\n\x0c\r ").startswith(b"%%EOF") and name in ("pdf", "typst")
        )


def test_a_problem_says_nothing_of_the_content() -> None:
    secret = b"Sivakumaran"
    for content in (secret, b"%PDF-1.4\n" + secret, PHOTO[:300] + secret, PHOTO + secret):
        with pytest.raises(Problem) as caught:
            kind_of(content)
        assert secret.decode() not in f"{caught.value!r} {caught.value.params}"
        assert caught.value.__cause__ is None
