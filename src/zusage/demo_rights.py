"""The demo's rights requests: one of each kind, in different states, for the protection officer to look at."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageDraw

from zusage.actions.rights import concerns, decisions, letter_codes, requests
from zusage.actions.rights.requests import Asked
from zusage.models import RIGHTS, Case, RightsRequest, Staff, Step, Submission
from zusage.policy.law import Right
from zusage.rules import clock
from zusage.rules.references import normal
from zusage.tenant import policy, version
from zusage.vault import api as vault

Decide = Callable[[Staff, RightsRequest], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """A request of the demo, `days` ago. `by`: the form whose mailbox it comes from, or the reference of the case."""

    right: Right
    way: requests.Way
    by: str
    language: str
    days: int
    message: str = ""
    regime: str = "ch"


WISHES = (
    # Due soon: the officer's day begins with it. None is overdue: the notice promises that.
    Wish("deletion", "letter-code", "LU-2026-50031", "de", 27, "Alles ist bezahlt. Löschen Sie meine Daten."),
    Wish("access", "stranger", "SG-2026-40019", "de", 22, "Was haben Sie über mich gespeichert, und von wem?"),
    Wish("rectification", "letter-code", "TI-2026-30005", "it", 12, "Il mio indirizzo è sbagliato: Via Cantonale 12."),
    Wish("blocking", "mailbox", "enquiry", "de", 6, "Bis geklärt ist, ob ich bezahlt habe."),
    Wish("objection", "mailbox", "payment", "fr", 4, "Je ne veux pas que vous me téléphoniez au travail."),
    Wish("copy", "letter-code", "BE-2026-20027", "de", 2),
    Wish("complaint", "mailbox", "contact", "it", 1, "Ho scritto tre settimane fa e nessuno mi ha risposto."),
    Wish("not-me", "none", "BE-2026-20013", "fr", 1, "J’habite ici, mais je ne connais pas cette personne."),
    Wish("question", "letter-code", "BS-2026-60014", "de", 20, "Wer ausser Ihnen sieht meine Adresse?", "de"),
    Wish("withdrawal", "mailbox", "payment", "fr", 3),
    Wish("access", "letter-code", "SG-2026-40002", "de", 25, "Bitte noch einmal alles."),
)  # fmt: skip


def load(officer: Staff) -> None:
    """File what isn't there yet, each with its state in one step: a killed first start goes on where it stopped."""
    for wish in WISHES if RIGHTS in policy().purposes else ():
        if not RightsRequest.objects.filter(right=wish.right, way=wish.way).exists():
            with transaction.atomic():
                _filed(wish, officer)


def _filed(wish: Wish, officer: Staff) -> None:
    before = set(RightsRequest.objects.values_list("pk", flat=True))
    if not _file(wish):
        return
    request = RightsRequest.objects.exclude(pk__in=before).get()
    _put_back(request, wish)
    decide = DECIDED.get((wish.right, wish.way))
    if decide and request.state == "open":
        decide(officer, request)


def _file(wish: Wish) -> bool:
    values = {"message": wish.message} if wish.message else {}
    token = f"demo-{wish.right}-{wish.way}"
    asked = Asked(wish.right, wish.language, version(), values, token)
    if wish.way == "mailbox":
        letter = Submission.objects.filter(purpose=wish.by).order_by("received_at").first()
        if letter is None:
            return False
        requests.by_mailbox(letter.subject_id, asked)
    elif wish.way == "letter-code":
        code = _code(wish.by)
        if code is None:
            return False
        requests.by_letter(asked, wish.by, code)
    elif wish.way == "stranger":
        who = {
            "name": NAME,
            "street": "Feldeggweg 3",
            "postcode": "9403",
            "town": "Goldach",
            "case_reference": wish.by,
        }
        requests.by_stranger(Asked(wish.right, wish.language, version(), {**who, **values}, token), proof())
    else:
        requests.not_me(
            Asked(wish.right, wish.language, version(), {"case_reference": wish.by, **values}, token)
        )
    return True


def _code(reference: str) -> str | None:
    found = vault.find("reference", [normal(reference)], Case._meta.label_lower)
    made = letter_codes.make(found)
    return made[0].code if made else None


def _put_back(request: RightsRequest, wish: Wish) -> None:
    """As if it had come some days ago: nobody files in the past, so no action does it."""
    at = timezone.now() - timedelta(days=wish.days)
    if wish.regime in policy().regimes:
        request.regime = wish.regime
    request.received_on = timezone.localtime(at).date()
    request.due_on = clock.due(request.received_on, request.regime, request.right)  # type: ignore[arg-type]
    request.save(update_fields=["regime", "received_on", "due_on"])
    Submission.objects.filter(pk=request.pk).update(received_at=at)
    Step.objects.filter(request=request).update(at=at)


def _look(officer: Staff, request: RightsRequest) -> None:
    concerns.look(officer, request.pk, "SG-2026-40019")


def _extend(officer: Staff, request: RightsRequest) -> None:
    until = request.due_on + timedelta(days=20)
    decisions.extend(
        officer, request.pk, until, "Attendiamo la risposta del creditore.", "demo-extension-token"
    )


def _answer(officer: Staff, request: RightsRequest) -> None:
    text = (
        "Guten Tag\n\nIhre Adresse sehen der Gläubiger Ihres Falls und die Firma, die unsere Briefe druckt. "
        "Sonst niemand.\n\nFreundliche Grüsse\nDatenschutz"
    )
    decisions.answer(officer, request.pk, text, "demo-answer-token", 0)


def _refuse(officer: Staff, request: RightsRequest) -> None:
    text = "Wir haben Ihnen am 2. des Monats die ganze Auskunft ins Postfach gelegt. Seither ist nichts dazugekommen."
    decisions.refuse(officer, request.pk, "vexatious", text, "demo-refusal-token", 0)


DECIDED: dict[tuple[str, str], Decide] = {
    ("access", "stranger"): _look,
    ("rectification", "letter-code"): _extend,
    ("question", "letter-code"): _answer,
    ("access", "letter-code"): _refuse,
}
NAME = "Lea Zgraggen"


def proof() -> bytes:
    """A small picture of an invented card, as PNG."""
    card = Image.new("RGB", (480, 300), "#dfe7e3")
    pen = ImageDraw.Draw(card)
    pen.rectangle((12, 12, 467, 287), outline="#14594a", width=3)
    pen.rectangle((32, 70, 152, 220), fill="#b5c4bd")
    pen.ellipse((66, 90, 118, 142), fill="#7d918a")
    pen.rectangle((52, 152, 132, 219), fill="#7d918a")
    for line, text in enumerate(("MUSTERKARTE (erfunden)", NAME, "28.02.2001", "Feldeggweg 3, 9403 Goldach")):
        pen.text((176, 40 + 48 * line), text, fill="#1d2421", font_size=20)
    file = io.BytesIO()
    card.save(file, "PNG", optimize=True)
    return file.getvalue()
