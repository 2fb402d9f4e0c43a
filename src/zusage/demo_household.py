"""A family of the demo that is easily mixed up, and what it writes: what the guard lets through, and what it doesn't.

Lea and Lia are twins (their files are among the demo's own), Bruno has his father's name, Monika is married to one of
them. One message is the software's to assign, three are left to a human, one lay with the wrong Bruno.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from zusage.actions import intake, matching
from zusage.actions.base import Conflict
from zusage.actions.cases import open_case
from zusage.actions.intake import Intake
from zusage.models import REFERENCE_INDEX, Case, MatchTally, Staff, Submission
from zusage.queries.inbox import kinds
from zusage.rules.matching.calibrate import STEPS
from zusage.rules.references import normal
from zusage.tenant import policy, version
from zusage.vault import api as vault

LEA, FATHER, SON, MOTHER = "SG-2026-40019", "SG-2026-40031", "SG-2026-40032", "SG-2026-40033"
ADDRESS = "Feldeggweg 3, 9403 Goldach"

# ruff: noqa: E501  (a table reads best a row a line)
# reference, first name, date of birth, phone, e-mail, creditor, balance
FILES = [
    (FATHER, "Bruno", "1969-05-12", "+41710000131", "bruno.zgraggen@seepost.example", "Autohaus Rorschach AG", "2890.00"),
    (SON, "Bruno", "1998-09-03", "+41790000132", "b.zgraggen98@seepost.example", "Mobilnetz Limmat AG", "318.45"),
    (MOTHER, "Monika", "1971-11-20", "+41710000131", "monika.zgraggen@seepost.example", "Zahnpraxis am Aarequai", "745.20"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """An enquiry of the demo, `hours` ago."""

    id: str
    hours: int
    values: dict[str, str]


LETTERS = (
    # Nothing contradicts: the software assigns it.
    Letter("clear", 3, {
        "name": "Monika Zgraggen",
        "case_reference": MOTHER,
        "date_of_birth": "1971-11-20",
        "email": "monika.zgraggen@seepost.example",
        "message": "Guten Tag. Bitte schicken Sie mir die Rechnung der Zahnpraxis noch einmal, ich finde sie nicht mehr.",
    }),
    # One twin with the other's letter in her hand.
    Letter("twins", 5, {
        "name": "Lia Zgraggen",
        "case_reference": LEA,
        "date_of_birth": "2001-02-28",
        "phone_day": "+41790000134",
        "message": "Dieses Aktenzeichen steht auf dem Brief, aber die Kleider hat meine Schwester bestellt. Was gilt jetzt?",
    }),
    # A husband with his wife's reference, from her address.
    Letter("spouse", 8, {
        "name": "Bruno Zgraggen",
        "case_reference": MOTHER,
        "date_of_birth": "1969-05-12",
        "email": "monika.zgraggen@seepost.example",
        "message": "Ich schreibe für meine Frau: Können wir die Rechnung der Zahnpraxis zusammen mit meiner bezahlen?",
    }),
    # Nobody whom the agency knows.
    Letter("unknown", 20, {
        "name": "Silvan Rüegsegger",
        "date_of_birth": "1987-08-15",
        "phone_evening": "+41310000135",
        "message": "Ich habe einen Brief von Ihnen im Altpapier gefunden. Habe ich bei Ihnen eine Akte?",
    }),
    # The son, with his father's reference. A clerk believed the reference.
    Letter("son", 26, {
        "name": "Bruno Zgraggen",
        "case_reference": FATHER,
        "date_of_birth": "1998-09-03",
        "email": "b.zgraggen98@seepost.example",
        "message": "Mein Abo ist seit Juni gekündigt. Die Bestätigung kann ich Ihnen schicken.",
    }),
)  # fmt: skip

LEARNED = {
    0.0: (1, 96),
    0.2: (8, 23),
    0.5: (17, 14),
    0.8: (39, 8),
    0.95: (84, 3),
    0.99: (152, 1),
    0.999: (411, 0),
    0.9999: (2380, 0),
}
"""Where a step of the calibration begins -> how often it was right and wrong, in the demo's invented past."""


def load(clerk: Staff) -> None:
    """Do what isn't done yet. A killed first start goes on where it stopped."""
    last = _cites(FATHER)
    if last is not None and last.assignments.filter(way="corrected").exists():
        return
    if "enquiry" not in policy().purposes or "enquiry" not in kinds(clerk.role):
        return
    _files()
    for letter in LETTERS:
        _letter(letter)
    _learned()
    matching.look_at_waiting()
    _misfiled(clerk)


def _files() -> None:
    for number, (reference, first_name, born, phone, email, creditor, balance) in enumerate(FILES):
        if _case(reference) is None:
            values = {
                "reference": reference,
                "debtor_first_name": first_name,
                "debtor_name": "Zgraggen",
                "date_of_birth": born,
                "address": ADDRESS,
                "phones": phone,
                "emails": email,
                "creditor": creditor,
                "balance": f"CHF {balance}",
            }
            day = timezone.localdate() - timedelta(days=40 + 9 * number)
            open_case(vault.Actor.system("demo"), day, values)


def _letter(letter: Letter) -> None:
    """Sent again at a second start, it is the one that is there."""
    before = set(Submission.objects.values_list("pk", flat=True))
    sent = Intake("enquiry", "de", version(), {**letter.values}, (), f"demo-household-{letter.id}")
    try:
        intake.submit(sent)
    except intake.AlreadySent:
        return
    # As if it had come some hours ago: nobody writes in the past, so no action does it.
    at = timezone.now() - timedelta(hours=letter.hours)
    Submission.objects.exclude(pk__in=before).update(received_at=at)


def _learned() -> None:
    if MatchTally.objects.count() < len(LEARNED):
        for one, (right, wrong) in LEARNED.items():
            counts = {"right": right, "wrong": wrong}
            MatchTally.objects.update_or_create(step=STEPS.index(one), doubted=True, defaults=counts)


def _misfiled(clerk: Staff) -> None:
    father, son, letter = _case(FATHER), _case(SON), _cites(FATHER)
    if letter is None or father is None or son is None:
        return
    try:
        if not letter.assignments.exists():
            matching.choose(clerk, letter.pk, father.pk)
        if not letter.assignments.filter(way="corrected").exists():
            matching.correct(clerk, letter.pk, son.pk)
    except (Conflict, vault.Refused):
        return  # somebody has tried the demo out: it was blocked, erased, or lies elsewhere now


def _case(reference: str) -> Case | None:
    found = vault.find(REFERENCE_INDEX, [normal(reference)], Case._meta.label_lower)
    return Case.objects.filter(pk__in=found).first()


def _cites(reference: str) -> Submission | None:
    found = vault.find(REFERENCE_INDEX, [normal(reference)], Submission._meta.label_lower)
    return Submission.objects.filter(pk__in=found, purpose="enquiry").first()
