"""Plans of instalments in the demo: one proposed, one on its way with a payment missed, one paid, and a payment that
nobody knows.

Beside the stores lie two files: what the bank will report when the rest of the plan is paid, to be imported by hand,
and the receipts that open their mailboxes.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from zusage import demo_bank
from zusage.actions import intake, matching
from zusage.actions.base import Conflict
from zusage.actions.intake import Intake
from zusage.actions.plans import chores, offer
from zusage.actions.plans.payments_file import SYSTEM, import_file
from zusage.demo_bank import Paid
from zusage.models import PLAN, REFERENCE_INDEX, Case, Instalment, Message, Plan, PlanStep, Staff, Submission
from zusage.processing import listed
from zusage.queries import plans
from zusage.queries.inbox import kinds
from zusage.queries.plans import PLANS, Shown
from zusage.rules import holidays, instalments
from zusage.rules.cost_notice import cost_notice, version
from zusage.rules.instalments import Wish
from zusage.rules.money import unit
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.tenant import version as notice
from zusage.vault import api as vault

BANK_FILE, MAILBOXES = "demo-payments.xml", "demo-mailboxes.txt"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody of the demo proposed, `ago` days before today, to pay from `first` days before today on."""

    reference: str
    language: str
    name: str
    born: str
    rate: str
    ago: int
    first: int
    message: str
    budget: tuple[tuple[str, str], ...] = ()


WAITING = Proposal(
    "SG-2026-40002", "de", "Ümit Yıldırım", "1973-08-04", "180.00", 0, -20,
    "Mit 180 im Monat komme ich durch. Mehr geht nicht, solange ich Teilzeit arbeite.",
    (("budget_income", "3900.00"), ("budget_housing", "1480.00")),
)  # fmt: skip
RUNNING = Proposal(
    "LU-2026-50031", "de", "Katharina von Allmen", "1959-10-21", "500.00", 52, 42,
    "Ich möchte jeden Monat gleich viel zahlen, sobald die Rente da ist.",
)  # fmt: skip
PAID = Proposal(
    "TI-2026-30005", "it", "Giulia Bernasconi", "1995-12-12", "120.00", 104, 98,
    "Posso pagare in tre rate?",
)  # fmt: skip


def load(clerk: Staff) -> None:
    """Do what isn't done yet. A killed first start goes on where it stopped."""
    rules = policy().plans
    if rules is None or not listed(PLAN) or "payment" not in kinds(clerk.role) or not policy().accounts:
        return
    if Path(settings.VAR, BANK_FILE).exists():
        return
    try:
        for one in (WAITING, RUNNING, PAID):
            _propose(clerk, one)
        running, paid = _plan(clerk, RUNNING), _plan(clerk, PAID)
        if running is None or paid is None:
            return
        _arrives(running, paid)
        chores.daily()
        for plan in (running, paid):
            _dated(plan)
        _write(BANK_FILE, _rest(plans.shown([running], PLANS)[0]).decode())
    except (Conflict, vault.Refused):
        return  # somebody has tried the demo out: it was blocked, erased, or lies elsewhere now


def _propose(clerk: Staff, one: Proposal) -> None:
    file = _case(one.reference)
    if file is None or _sent(one.reference) is not None:
        return
    values: dict[str, str | tuple[str, ...]] = {
        "name": one.name,
        "case_references": (one.reference,),
        "date_of_birth": one.born,
        "phone_day": "+41443000151",
        "monthly_instalment": one.rate,
        "payment_day": str(_first(one).day),
        "message": one.message,
        **dict(one.budget),
    }
    seen = version(cost_notice(policy(), one.language)) if cost_notice(policy(), one.language) else ""
    letter = Intake("payment", one.language, notice(), values, (), f"demo-plan-{one.reference}", seen)
    receipt = intake.take_receipt(intake.submit(letter))
    if receipt:
        _write(MAILBOXES, f"{_read(MAILBOXES)}{one.name}: {receipt}\n")
    sent = Submission.objects.get(pk=intake.identity(letter)[0])
    matching.choose(clerk, sent.pk, file.pk)


def _plan(clerk: Staff, one: Proposal) -> Plan | None:
    """The plan that a clerk made of it, as if on the day on which it was proposed: nobody acts in the past."""
    sent, file = _sent(one.reference), _case(one.reference)
    if sent is None or file is None:
        return None
    known = Plan.objects.filter(submission=sent).first()
    if known is None:
        seen, token = plans.version_of(sent.pk), secrets.token_urlsafe(16)
        made = offer.accept(clerk, sent.pk, [file.pk], expected=seen, form_token=token)
        known = Plan.objects.get(pk=made[0])
    day = timezone.localdate() - timedelta(days=one.ago)
    if timezone.localdate(known.made_at) != day:
        _begun(known, sent, one, day)
    return known


def _begun(plan: Plan, sent: Submission, one: Proposal, day: date) -> None:
    rules, found = policy().plans, plans.shown([plan], PLANS)[0]
    assert rules is not None
    wish, total = Wish(Decimal(one.rate), plan.day, _first(one)), found.total
    calendar, step = holidays.home(policy().controller), unit(total.currency, rules.terms.cash)
    lines = instalments.judge(total.amount, wish, day, rules.terms, calendar, step).instalments
    for line in lines:
        Instalment.objects.filter(plan=plan, number=line.number).update(due_on=line.due)
    at = _noon(day)
    Submission.objects.filter(pk=sent.pk).update(received_at=at - timedelta(hours=3))
    Message.objects.filter(submission=sent).update(sent_at=at)
    PlanStep.objects.filter(plan=plan).update(at=at)
    shown_at = at - timedelta(hours=3) if plan.cost_notice else None
    Plan.objects.filter(pk=plan.pk).update(made_at=at, agreed_at=at, cost_notice_shown_at=shown_at)


def _arrives(running: Plan, paid: Plan) -> None:
    """The first payment of one plan and all of the other; and one of which nobody knows whose it is."""
    one, other = plans.shown([running, paid], PLANS)
    typed = f"Rate {RUNNING.reference} von Allmen"
    first = one.lines[0]
    payments = [
        Paid(f"DEMO-{RUNNING.reference}-1", first.due, first.amount.amount, RUNNING.name, first.reference),
        *(
            Paid(
                f"DEMO-{PAID.reference}-{line.number}",
                line.due,
                line.amount.amount,
                PAID.name,
                line.reference,
            )
            for line in other.lines
        ),
        Paid(
            "DEMO-TYPED",
            timezone.localdate() - timedelta(days=2),
            Decimal("250.00"),
            "K. von Allmen",
            text=typed,
        ),
    ]
    _import(one, payments, "DEMO-1")


def _import(shown: Shown, payments: list[Paid], name: str) -> None:
    account = policy().account(shown.total.currency)
    assert account is not None
    import_file(SYSTEM, BytesIO(demo_bank.report(account, payments, name)))


def _rest(shown: Shown) -> bytes:
    """What the bank reports when all that is open comes in today."""
    account = policy().account(shown.total.currency)
    assert account is not None
    today = timezone.localdate()
    payments = [
        Paid(
            f"DEMO-{RUNNING.reference}-{line.number}", today, line.rest.amount, RUNNING.name,
            line.reference,
        )
        for line in shown.lines
        if line.state != "paid"
    ]  # fmt: skip
    return demo_bank.report(account, payments, "DEMO-2")


def _dated(plan: Plan) -> None:
    """The history of a plan, with the days on which its payments came, or should have."""
    rows = list(Instalment.objects.filter(plan=plan).order_by("number"))
    taken = PlanStep.objects.filter(plan=plan, act="payment").order_by("at", "pk")
    for step, row in zip(list(taken), rows, strict=False):
        PlanStep.objects.filter(pk=step.pk).update(at=_noon(row.due_on))
    paid = [one for one in rows if one.state == "paid"]
    last = _noon(rows[len(paid) - 1].due_on) + timedelta(minutes=1)
    missed = next((one for one in rows if one.missed_at), None)
    if missed is not None:
        last = _noon(missed.due_on + timedelta(days=plan.grace_days + 1))
        Instalment.objects.filter(pk=missed.pk).update(missed_at=last, told_at=last)
    PlanStep.objects.filter(plan=plan, act__in=("done", "missed")).update(at=last)
    Message.objects.filter(submission=plan.submission, sent_at__gt=last).update(sent_at=last)
    Plan.objects.filter(pk=plan.pk, state="done").update(ended_at=last)


def _first(one: Proposal) -> date:
    return timezone.localdate() - timedelta(days=one.first)


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def _case(reference: str) -> Case | None:
    found = vault.find(REFERENCE_INDEX, [normal(reference)], Case._meta.label_lower)
    return Case.objects.filter(pk__in=found).first()


def _sent(reference: str) -> Submission | None:
    """The demo's own proposal about a file."""
    found = vault.find(REFERENCE_INDEX, [normal(reference)], Submission._meta.label_lower)
    return Submission.objects.filter(pk__in=found, purpose="payment").order_by("received_at").first()


def _read(name: str) -> str:
    path = Path(settings.VAR, name)
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _write(name: str, content: str) -> None:
    draft = Path(settings.VAR, f"{name}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    draft.replace(Path(settings.VAR, name))
