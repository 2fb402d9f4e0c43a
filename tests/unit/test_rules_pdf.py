"""PDFs as proofs of identity: what programs people have write is taken, what could run, unpack or hide is not."""

from __future__ import annotations

import zlib
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.actions import JavaScript
from pypdf.generic import DictionaryObject, NameObject

from tests.files import document, made, packed, picture, stream, zipped
from zusage.rules import pdf
from zusage.rules.problems import Problem
from zusage.rules.proofs import kind_of


def code(content: bytes) -> str:
    """The kind of `content`, or the code of the problem with it."""
    try:
        return kind_of(content)
    except Problem as problem:
        return problem.code


ACTION = b"<</S/JavaScript/JS(app.alert(1))>>"

TAKEN = {
    "pdf": (made(), "pdf"),
    "pdf by typst": (document(), "pdf"),
    "a picture as pdf": (picture("PDF"), "pdf"),
    "pdf with objects in a stream": (made(packed(b"<</Producer(x)>>")), "pdf"),
    "pdf that was changed and saved": (made() + made()[made().index(b"1 0 obj") :], "pdf"),
    "pdf that opens at a page": (made(b"<</OpenAction[3 0 R/Fit]>>"), "pdf"),
    "pdf with a link": (made(b"<</S/URI/URI(https://example.org)>>"), "pdf"),
    "words in text": (made(b"(\\(/JavaScript (nested) and %not a comment)"), "pdf"),
    "padded pdf": (made() + b"\x00\r\n", "pdf"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken(name: str) -> None:
    content, kind = TAKEN[name]
    assert code(content) == kind


REFUSED = {
    "a pdf without a page": (b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n%%EOF", "proof-damaged"),
    "a pdf without an end": (made().replace(b"%%EOF", b""), "proof-damaged"),
    "a pdf whose object doesn't end": (made(b"<</A 1>>").replace(b"endobj\nxref", b"xref"), "proof-damaged"),
    "a page behind a pdf": (made() + b"<html><script>alert(1)</script>", "proof-mixed"),
    "a page behind a pdf in its last line": (made()[:-1] + b"<script>alert(1)</script>", "proof-damaged"),
    "an archive behind a pdf": (made() + zipped(), "proof-mixed"),
    "words behind a pdf": (made() + b"hello", "proof-mixed"),
    "numbers behind a pdf": (made() + b"1 2 3", "proof-damaged"),
    "a page in a pdf's first comment": (
        made().replace(b"%\xe2", b"%<html><script>alert(1)</script>\n%\xe2"),
        "proof-mixed",
    ),
    "an archive in a pdf": (made(stream(b"", zipped())), "proof-mixed"),
    "encrypted": (made(b"<</Filter/Standard/V 1/R 2>>", trailer=b"/Encrypt 4 0 R"), "proof-locked"),
    "encrypted in disguise": (made(b"<<>>", trailer=b"/#45ncryp#74 4 0 R"), "proof-locked"),
    "a program": (made(ACTION), "proof-active"),
    "a program at the start": (made(b"<</OpenAction" + ACTION + b">>"), "proof-active"),
    "a program in disguise": (
        made(ACTION.replace(b"/JavaScript", b"/#4a#61va#53cript").replace(b"/JS", b"/#4A#53")),
        "proof-active",
    ),
    "a program in other letters": (made(ACTION.replace(b"/JavaScript/JS", b"/jAVAsCRIPT")), "proof-active"),
    "a program as stream": (made(b"<</JS 5 0 R>>", stream(b"", b"app.alert(1)")), "proof-active"),
    "a program packed": (made(packed(ACTION)), "proof-active"),
    "a program packed in a string": (made(packed(b"(" + ACTION + b")")), "proof-active"),
    "a program packed twice": (made(packed(ACTION, b"/Filter[/FlateDecode/FlateDecode]")), "proof-damaged"),
    "a program packed oddly": (
        made(packed(ACTION, b"/Filter[/ASCIIHexDecode/FlateDecode]")),
        "proof-damaged",
    ),
    "a program packed by rows": (
        made(packed(ACTION, b"/Filter/FlateDecode/DecodeParms<</Predictor 12>>")),
        "proof-damaged",
    ),
    "a program packed elsewhere": (made(packed(ACTION, b"/Filter 5 0 R"), b"/LZWDecode"), "proof-damaged"),
    "a program packed without saying so": (
        made(stream(b"/N 1/Firs#74 4/Filter/ASCII85Decode", b"12345")),
        "proof-damaged",
    ),
    "packed, and cut off": (
        made(stream(b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode", zlib.compress(ACTION)[:-6])),
        "proof-damaged",
    ),
    "packed, and no such thing": (
        made(stream(b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode", b"xyz")),
        "proof-damaged",
    ),
    "packed to bursting": (made(packed(b" " * (pdf.MOST_UNPACKED + 1))), "proof-damaged"),
    "starts a program": (made(b"<</S/Launch/F(cmd.exe)>>"), "proof-active"),
    "another file in it": (made(b"<</Type/Filespec/EF<</F 5 0 R>>>>"), "proof-active"),
    "a file in a stream": (made(stream(b"/Type/EmbeddedFile", b"MZ")), "proof-active"),
    "a form": (made(b"<</XFA 5 0 R>>"), "proof-active"),
    "sends a form": (made(b"<</S/SubmitForm/F(https://example.org)>>"), "proof-active"),
    # objects that only a reader would find which is sent into the middle of something
    "an object in a comment": (
        made().replace(b"%\xe2", b"%9 0 obj " + ACTION + b" endobj \xe2"),
        "proof-mixed",
    ),
    "an object in a comment between numbers": (
        made().replace(b"3 0 obj", b"3 %9 0 obj " + ACTION + b" endobj\n0 obj"),
        "proof-mixed",
    ),
    "an object in a string": (made(b"(9 0 obj " + ACTION + b" endobj)"), "proof-mixed"),
    "an object in a string with a comment": (
        made(b"(9 %x\n 0 %x\nobj " + ACTION + b" endobj)"),
        "proof-mixed",
    ),
    "an object in a string over lines": (made(b"(9 %x\n0 obj" + ACTION + b" endobj)"), "proof-mixed"),
    "an object in a stream": (made(stream(b"", b"9 0 obj " + ACTION + b" endobj")), "proof-mixed"),
    "an object of odd numbers": (made(stream(b"", b"9. +0.0obj " + ACTION + b" endobj")), "proof-mixed"),
    "an object in an object": (made(b"<</A 9 0 obj " + ACTION + b">>"), "proof-damaged"),
    "an object that begins in another": (made(b"9 0 obj <<>>"), "proof-damaged"),
    "a stream of nothing": (made(b"stream\nx\nendstream"), "proof-damaged"),
    "more between two ends": (made() + b"<</A 1>>\n%%EOF", "proof-mixed"),
    "a stream in an array": (made(b"[<<>>stream\nx\nendstream]"), "proof-damaged"),
    "brackets crossed": (made(b"<<[>>]"), "proof-damaged"),
    "a string without end": (made(b"(((("), "proof-damaged"),
    "braces": (made(b"{1 2 add}"), "proof-damaged"),
    "millions of pieces": (made(b"[" + b"1 " * pdf.MOST_TOKENS + b"]"), "proof-damaged"),
    "millions of parentheses": (made(b"(" * 2_000_000), "proof-damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    content, problem = REFUSED[name]
    assert code(content) == problem


def edited(change: str) -> bytes:
    """A document that another program has made dangerous."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(document())))
    if change == "script":
        writer.add_open_action(JavaScript("app.alert(1)"))
    elif change == "attachment":
        writer.add_attachment("a.exe", b"MZ")
    elif change == "password":
        writer.encrypt("secret", algorithm="AES-256-R5")
    elif change == "no password for reading":
        writer.encrypt("", "owner")
    elif change == "launch":
        action = {NameObject("/S"): NameObject("/Launch")}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("", "pdf"),
        ("script", "proof-active"),
        ("attachment", "proof-active"),
        ("launch", "proof-active"),
        ("password", "proof-locked"),
        ("no password for reading", "proof-locked"),
    ],
)
def test_documents_of_another_program(change: str, problem: str) -> None:
    assert code(edited(change)) == problem
