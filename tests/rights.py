"""Asking for a right, as a browser does it; and what people upload for it."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image
from pypdf import PdfWriter

from tests.cast import VRENI
from tests.doors import text
from tests.server import hidden, receipt_in
from zusage.actions.cases import open_case
from zusage.actions.rights import letter_codes
from zusage.models import Case, RightsRequest
from zusage.protocol.outbox import Actor
from zusage.rules import receipts

REFERENCE = "ZH-2026-70001"
STRANGER = {"name": VRENI.name, "street": VRENI.street, "postcode": VRENI.postcode, "town": VRENI.town}


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    """A picture, as of an identity card."""
    made = io.BytesIO()
    Image.new("RGB", size, (200, 190, 170)).save(made, form)
    return made.getvalue()


def pdf() -> bytes:
    """A document of one empty page."""
    made, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(200, 100)
    writer.write(made)
    return made.getvalue()


def upload(content: bytes, name: str = "ausweis.png", kind: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def case(reference: str = REFERENCE, name: str = "Vreni Grünenfelder") -> Case:
    """A case file."""
    return open_case(
        Actor.system("test"),
        date(2026, 1, 5),
        {"reference": reference, "debtor_name": name, "balance": "CHF 1"},
    )


def code_of(file: Case) -> str:
    """A new code for a letter about this case file, as it is printed."""
    (made,) = letter_codes.make([file.pk])
    return receipts.grouped(made.code)


def page_of(client: Client, right: str, way: str, language: str = "de") -> HttpResponse:
    return client.get(f"/{language}/privacy/rights/?right={right}&way={way}")


def ask(client: Client, right: str, way: str, language: str = "de", **fields: Any) -> HttpResponse:
    """Open the form, fill it in, send it."""
    page = hidden(text(page_of(client, right, way, language)))
    return client.post(f"/{language}/privacy/rights/", {**page, **fields})


def ask_as_stranger(
    client: Client, right: str = "access", language: str = "de", **fields: Any
) -> HttpResponse:
    return ask(client, right, "stranger", language, **{**STRANGER, "proof": upload(picture()), **fields})


def receipt_of(client: Client, answer: HttpResponse) -> str:
    """The receipt behind an answer."""
    assert answer.status_code == 303, text(answer)
    return receipt_in(text(client.get(answer.headers["Location"])))


def newest() -> RightsRequest:
    return RightsRequest.objects.latest("submission__received_at")
