"""A small invented agency to look at: a dozen cases, three accounts, a few letters. Loaded once, kept ever after."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from zusage import demo_gate, demo_household, demo_links, demo_plans, demo_rights
from zusage.actions import intake, staff
from zusage.actions.cases import open_case
from zusage.actions.intake import Intake
from zusage.models import Case, Staff, Submission
from zusage.policy.types import Policy
from zusage.rules.references import normal
from zusage.tenant import policy, version
from zusage.vault import api as vault

CLERK, OFFICER = "klara", "dario"
ACCOUNTS = [("clerk", CLERK), ("officer", OFFICER), ("administrator", "amina")]

# ruff: noqa: E501  (a table reads best a row a line)
# reference, name, date of birth, address, creditor, balance
CASES = [
    ("ZH-2026-10041", "Nadine Oberholzer", "1984-03-17", "Lindenweg 4, 8400 Winterthur", "Velohaus Tössfeld AG", "420.50"),
    ("ZH-2026-10058", "Blerim Krasniqi", "1991-11-02", "Bahnhofstrasse 88, 8953 Dietikon", "Mobilnetz Limmat AG", "1184.20"),
    ("ZH-2026-10077", "Thushara Sivakumaran", "1979-07-23", "Rosengasse 11, 4600 Olten", "Zahnpraxis am Aarequai", "963.00"),
    ("BE-2026-20013", "Jean-François Chappuis-Montandon", "1966-01-09", "Route de Berne 41, 1700 Fribourg", "Garage du Midi SA", "2310.75"),
    ("BE-2026-20027", "Maria da Conceição Ferreira", "1988-05-30", "Seestrasse 202, 3600 Thun", "Möbelwerk Oberland AG", "1540.00"),
    ("TI-2026-30005", "Giulia Bernasconi", "1995-12-12", "Via Nassa 7, 6900 Lugano", "Fitness Ceresio Sagl", "358.90"),
    ("SG-2026-40002", "Ümit Yıldırım", "1973-08-04", "Poststrasse 15, 9000 St. Gallen", "Energie Steinach AG", "687.35"),
    ("SG-2026-40019", "Lea Zgraggen", "2001-02-28", "Feldeggweg 3, 9403 Goldach", "Kleiderkiste GmbH", "149.80"),
    ("SG-2026-40020", "Lia Zgraggen", "2001-02-28", "Feldeggweg 3, 9403 Goldach", "Kleiderkiste GmbH", "212.40"),
    ("LU-2026-50008", "Sandro Müller", "1990-06-15", "Reussmatt 9, 6032 Emmen", "Mobilnetz Limmat AG", "99.00"),
    ("LU-2026-50031", "Katharina von Allmen", "1959-10-21", "Kapellplatz 2, 6004 Luzern", "Reisebüro Pilatus AG", "3475.60"),
    ("BS-2026-60014", "Jürgen Weiß", "1982-04-11", "Hauptstraße 27, 79539 Lörrach", "Rheinstrom Basel AG", "1760.00"),
]  # fmt: skip

LETTERS: list[tuple[str, str, dict[str, str | tuple[str, ...]], tuple[str, ...]]] = [
    (
        "enquiry",
        "de",
        {
            "name": "Nadine Oberholzer",
            "case_reference": "ZH-2026-10041",
            "date_of_birth": "1984-03-17",
            "phone_evening": "+41791234501",
            "message": "Ich habe den Betrag am 3. November überwiesen. Können Sie bitte nachsehen, ob er angekommen ist?",
        },
        (),
    ),
    (
        "payment",
        "fr",
        {
            "name": "Jean-François Chappuis-Montandon",
            "case_references": ("BE-2026-20013",),
            "date_of_birth": "1966-01-09",
            "phone_day": "+41263000102",
            "monthly_instalment": "180.00",
            "payment_day": "27",
            "message": "Je touche mon salaire le 25. Est-ce possible de payer le 27?",
        },
        ("callback",),
    ),
    (
        "contact",
        "it",
        {
            "first_name": "Giulia",
            "last_name": "Bernasconi",
            "street": "Via Nassa 7",
            "postcode": "6900",
            "town": "Lugano",
            "email": "giulia.bernasconi@example.ch",
            "phone": "+41912000103",
            "message": "Ho cambiato indirizzo il mese scorso. Dove devo comunicarlo?",
        },
        (),
    ),
]


def load() -> None:
    """Create what isn't there yet. A killed first start goes on where it stopped."""
    _accounts()
    _cases()
    _letters()
    officer = Staff.objects.get(username=OFFICER)
    demo_rights.load(officer)
    clerk = Staff.objects.get(username=CLERK)
    demo_gate.load(clerk, officer)
    demo_household.load(clerk)
    demo_links.load()
    demo_plans.load(clerk)
    for room in settings.DEMO_ROOMS:
        import_string(room)()


def logins() -> list[str]:
    """The demo's log-ins, a line ``role user password`` each; also in ``var/demo-logins.txt``."""
    path = _file()
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _file() -> Path:
    return Path(settings.VAR) / "demo-logins.txt"


def _accounts() -> None:
    known = {line.split()[1] for line in logins() if len(line.split()) == 3}
    for role, username in ACCOUNTS:
        if username in known and Staff.objects.filter(username=username).exists():
            continue
        # Without its line in the file nobody knows this account's password: make it anew.
        Staff.objects.filter(username=username).delete()
        password = staff.hire(vault.Actor.system("demo"), username, role, one_time=False)
        kept = [line for line in logins() if line.split()[1:2] != [username]]
        _write([*kept, f"{role} {username} {password}"])


def _write(lines: list[str]) -> None:
    draft = _file().with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    draft.replace(_file())


def _cases() -> None:
    today = timezone.localdate()
    for number, (reference, name, born, address, creditor, balance) in enumerate(CASES):
        if vault.find("reference", [normal(reference)], Case._meta.label_lower):
            continue
        values = {
            "reference": reference,
            "debtor_name": name,
            "date_of_birth": date.fromisoformat(born).isoformat(),
            "address": address,
            "creditor": creditor,
            "balance": f"CHF {balance}",
        }
        open_case(vault.Actor.system("demo"), today - timedelta(days=30 + 11 * number), values)


def _letters() -> None:
    present: Policy = policy()
    for purpose, language, values, consents in LETTERS:
        if purpose not in present.purposes or Submission.objects.filter(purpose=purpose).exists():
            continue
        intake.submit(Intake(purpose, language, version(), values, consents, f"demo-{purpose}-letter"))
