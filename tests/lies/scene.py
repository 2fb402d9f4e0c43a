"""An instance with something of everything, on which every promise is kept."""

from __future__ import annotations

import secrets
import time
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.utils import timezone
from django.utils.module_loading import import_string

from tests import make, plans
from tests.rights import case
from tests.snapshot import Snapshot
from zusage.actions import creditor, demands, intake, mailbox, matching, office
from zusage.actions.cases import open_case
from zusage.actions.house import chores, publish_notice
from zusage.actions.plans import payments
from zusage.actions.plans.payments_file import SYSTEM
from zusage.actions.rights import decisions, erase, requests, restrict
from zusage.actions.sweep import sweep
from zusage.models import Case, Plan, RightsRequest, Staff, Submission
from zusage.queries.plans import PLANS, shown
from zusage.rules import cost_notice
from zusage.rules.camt.shapes import Booked
from zusage.tenant import policy, version
from zusage.vault import api as vault

REFERENCE = "ZH-2026-70001"
ACCOUNT = "CH1831999000000000001"


@dataclass
class Scene:
    """What lies are told of. `settings`: what may be changed for the length of a lie (pytest-django's fixture)."""

    settings: Any
    clerk: Staff
    officer: Staff
    case: Case
    file: Case
    matched: Submission
    enquiry: Submission
    contact: Submission
    payment: Submission
    blocked: Submission
    withdrawn: Submission
    erased: Submission
    request: RightsRequest
    planned: Submission
    plan: Plan
    offered: Plan

    @property
    def var(self) -> Any:
        return settings.VAR

    def sql(self, statement: str, *params: Any, store: str = "default") -> int:
        """Run one statement in a store, behind everybody's back; the number of rows it changed.

        Ids are written as the store keeps them: see `id`.
        """
        with connections[store].cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.rowcount

    def id(self, value: Any) -> Any:
        """A UUID as the database keeps it."""
        return value if connections["default"].vendor == "postgresql" else value.hex


_filled: dict[int, tuple[Scene, Snapshot]] = {}
ANEW = 300
"""Seconds: how old what was kept may be. What has happened is young for probes, and no hour begins meanwhile."""


def filled(settings: Any) -> Scene:
    """As `fill`, in stores that are empty; what that made is kept for the next one."""
    period = int(time.time() // ANEW)
    if period in _filled:
        _filled[period][1].put_back()
    else:
        _filled.clear()
        _filled[period] = replace(fill(settings), settings=None), Snapshot()
    # Rows of its own for each test.
    return replace(deepcopy(_filled[period][0]), settings=settings)


def fill(settings: Any) -> Scene:
    """A house in which things have happened: forms, an answer, a plan passed on, demands, rights of each kind."""
    publish_notice()
    clerk, officer = make.clerk("klara"), make.officer("dario")
    file = case(REFERENCE)
    enquiry = make.submission("enquiry", case_reference=REFERENCE)
    contact = make.submission("contact")
    payment = make.submission("payment", consents=("callback",))
    blocked, withdrawn = make.submission("enquiry"), make.submission("payment", consents=("callback",))
    erased = make.submission("contact")
    found, matched = _matched()
    matching.choose(clerk, enquiry.pk, file.pk)
    office.answer(clerk, enquiry.pk, "Guten Tag, der Betrag ist da.", secrets.token_urlsafe(16), 0)
    creditor.pass_on(clerk, enquiry.pk, "csv")
    _demand(officer)
    _restrict(officer, blocked)
    mailbox.withdraw(withdrawn.subject_id, "callback")
    vault.shred(erased.subject_id, "request", vault.Actor.system("rights"))
    erase.erase_again(erased.subject_id, [vault.ALL])
    request = _asks("access", enquiry)
    _answered(officer, contact)
    _asks("complaint", contact)
    planned, plan = _plan(
        clerk, "ZH-2026-70003", cost_notice.version(cost_notice.cost_notice(policy(), "de"))
    )
    _, offered = _plan(clerk, "ZH-2026-70004", "")
    _pays(plan)
    _visits()
    sweep()
    chores()
    return Scene(
        settings,
        clerk,
        officer,
        file,
        found,
        matched,
        enquiry,
        contact,
        payment,
        blocked,
        withdrawn,
        erased,
        request,
        planned,
        plan,
        offered,
    )


def _matched() -> tuple[Case, Submission]:
    """A file, and a message that the computer was sure to belong to it."""
    found = open_case(
        vault.Actor.system("test"),
        timezone.localdate(),
        {
            "reference": "ZH-2026-70002",
            "debtor_first_name": "Beatrix",
            "debtor_name": "Zgraggen",
            "date_of_birth": "1971-08-09",
            "emails": "beatrix.zgraggen@example.ch",
        },
    )
    matched = make.submission(
        "enquiry",
        name="Beatrix Zgraggen",
        case_reference="ZH-2026-70002",
        date_of_birth="1971-08-09",
        email="beatrix.zgraggen@example.ch",
    )
    assert matching.look(matched.pk) == "automatic"
    return found, matched


def _plan(clerk: Staff, reference: str, notice: str) -> tuple[Submission, Plan]:
    """What somebody proposed, budget and all, and the plan that a clerk made of it: begun, where `notice` was shown."""
    values = {
        "reference": reference,
        "debtor_name": "Reto Caduff",
        "creditor": "Velohaus",
        "balance": "CHF 900.00",
    }
    owed = open_case(vault.Actor.system("test"), timezone.localdate(), values)
    wish = {"case_references": reference, "monthly_instalment": "225.00", "payment_day": "27"}
    sent = replace(make.letter("payment", budget_income="4200.00", **wish), cost_notice=notice)
    intake.submit(sent)
    found = Submission.objects.get(pk=intake.identity(sent)[0])
    matching.choose(clerk, found.pk, owed.pk)
    return found, plans.accepted(clerk, found, owed.pk)


def _pays(plan: Plan) -> None:
    """The first instalment comes in, and something that nobody knows."""
    line = shown([plan], PLANS)[0].lines[0]
    for reference in (line.reference, "RF18539007547034"):
        one = Booked(
            1, 0, "payment", ACCOUNT, ACCOUNT, "CHF", line.amount.amount, timezone.localdate(), reference, 0,
            (reference,), (), "Reto Caduff", "",
        )  # fmt: skip
        payments.take(SYSTEM, one, payments.digest_of(one), None)


def _visits() -> None:
    """Visits of an hour that was counted, and one that waits for the next time."""
    views = apps.get_model("visits", "View").objects
    now = timezone.localtime()
    for number in range(12):
        browser = "Firefox 144" if number < 11 else "Lynx 2"
        views.create(
            day=now.date(), hour=now.hour, page="/contact/", browser=browser, system="Windows",
            referrer_host="www.google.com" if number < 11 else "blog.eine-person.example", robot=False,
        )  # fmt: skip
    import_string(settings.HOURLY[0])()
    views.create(day=now.date(), hour=now.hour, page="/", browser="Chrome 141", system="Android", robot=False)


def _asks(right: Any, sent: Submission) -> RightsRequest:
    asked = requests.Asked(right, "de", version(), {"message": "Bitte."}, secrets.token_urlsafe(16))
    return RightsRequest.objects.get(pk=requests.by_mailbox(sent.subject_id, asked))


def _restrict(officer: Staff, sent: Submission) -> None:
    restrict.block(officer, _asks("blocking", sent).pk)


def _answered(officer: Staff, sent: Submission) -> None:
    decisions.answer(officer, _asks("question", sent).pk, "Niemand ausser uns.", secrets.token_urlsafe(16), 0)


def _demand(officer: Staff) -> None:
    day = timezone.localdate() - timedelta(days=2)
    received = demands.Received("Betreibungsamt", "B-1", "Art. 91 Abs. 4 SchKG", day, (REFERENCE,))
    batch = demands.receive(officer, received, "scene-demand")
    demands.hand_over(officer, batch, ("debtor_name",), "json")
    demands.close(officer, batch)
