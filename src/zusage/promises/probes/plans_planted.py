"""Two invented people pay in instalments: what their schedules come to, what their codes pay, where payments go."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from zusage.actions.base import Conflict
from zusage.actions.plans.payments import digest_of, take
from zusage.actions.plans.payments_file import SYSTEM
from zusage.models import Case, Payment, Plan, Submission
from zusage.policy.types import AUTHORITATIVE, Policy
from zusage.promises.look import Look
from zusage.promises.plan_cast import OWED, PROVER, PlanCast, terms_of
from zusage.promises.rehearsal import rehearsed
from zusage.promises.types import Evidence, judged, probe
from zusage.queries import plans
from zusage.queries.plans import Line, Shown
from zusage.rules import money
from zusage.rules.camt.shapes import Booked
from zusage.rules.holidays import home
from zusage.rules.instalments import bank_day
from zusage.rules.paying import references
from zusage.vault import api as vault
from zusage.web.mailbox.plans import on_paper, to_pay


@dataclass
class _Tried:
    """What was wrong, by what was looked at, and how many of it there were."""

    number: int = 0
    schedule: list[str] = field(default_factory=list)
    notice: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    payments: list[str] = field(default_factory=list)


@probe(quick=False)
def adds_up(look: Look) -> Iterator[Evidence]:
    """The instalments of a plan add up to what is owed, on bank days, by the rules; a case gets no second plan."""
    tried = _tried(look)
    yield judged("instalments of invented people", tried.number, tried.schedule)


@probe(quick=False)
def notice_first(look: Look) -> Iterator[Evidence]:
    """Where the law wants it, nobody can agree before the notice of costs was shown, and which one it was is kept."""
    yield judged("plans that invented people agreed to", 2, _tried(look).notice)


@probe(quick=False)
def codes_pay(look: Look) -> Iterator[Evidence]:
    """What the codes of mailbox and paper say pays what is due, to an account of the policy, under its reference."""
    tried = _tried(look)
    yield judged("payment codes of invented people", tried.number + 1, tried.codes)


@probe(quick=False)
def payments_arrive(look: Look) -> Iterator[Evidence]:
    """A payment goes to the instalment whose reference it bears, to no other, and the last one closes the plan."""
    yield judged("payments of invented people", 3, _tried(look).payments)


def _tried(look: Look) -> _Tried:
    return look.once("plans of invented people", lambda: _try(look.policy))


def _try(declared: Policy) -> _Tried:
    cast, tried, today = PlanCast(), _Tried(), timezone.localdate()
    try:
        with rehearsed():
            clerk = cast.clerk()
            sent, plan = cast.plan(clerk)
            other_sent, other = cast.plan(clerk)
            shown = plans.in_mailbox(sent.subject_id, plan.pk)
            tried.number, tried.notice = len(shown.lines), cast.faults
            tried.schedule = list(_schedule(declared, shown, plan, today))
            tried.schedule += _second(cast, clerk, sent)
            tried.codes = list(_codes(declared, shown, today))
            tried.payments = list(_payments(cast, sent, shown, other_sent, other))
    finally:
        for subject in cast.subjects:
            vault.shred(subject, "probe", PROVER)
    return tried


def _schedule(declared: Policy, shown: Shown, plan: Plan, today: date) -> Iterator[str]:
    """What is wrong with a schedule for OWED, looked at without the code that makes it."""
    terms, calendar = terms_of(declared), home(declared.controller)
    amounts, days = [one.amount.amount for one in shown.lines], [one.due for one in shown.lines]
    step = money.unit(declared.accounts[0].currency, terms.cash)
    owed = (OWED / step).quantize(Decimal(1)) * step
    if plan.state != "active":
        yield f"the plan is {plan.state}"
    if sum(amounts, Decimal(0)) != owed or shown.total.amount != owed:
        yield "the instalments don't add up to what is owed"
    band = terms.band(owed)
    least = min(owed, max(band.smallest, owed * band.share / 100))
    if len(amounts) > 1 and (band.single or min(amounts[:-1]) < least or amounts[-1] < band.smallest):
        yield "an instalment is smaller than the rules allow"
    if amounts and (max(amounts) > amounts[0] or len(amounts) > (band.most or len(amounts))):
        yield "an instalment is larger than the first, or there are too many"
    if any(day != bank_day(day, calendar) for day in days) or days != sorted(set(days)):
        yield "the days don't follow each other, or aren't bank days"
    if not days or not today < days[0] <= today + timedelta(days=terms.first_days):
        yield "the first day is too far ahead"


def _second(cast: PlanCast, clerk: object, sent: Submission) -> Iterator[str]:
    """A second plan for the same case has to be refused."""
    file = Case.objects.get(submissions=sent)
    try:
        cast.accepted(clerk, sent, file)  # type: ignore[arg-type]
    except Conflict:
        return
    yield "a case got a second plan"


def _codes(declared: Policy, shown: Shown, today: date) -> Iterator[str]:
    """Where a code says something else than what is stored."""
    next_, paper = to_pay(shown), on_paper(shown, AUTHORITATIVE, today)
    if next_ is None or paper is None or len(paper.slips) != len(shown.lines):
        yield "there isn't a code for each instalment"
        return
    yield from _wrong_code(declared, "the page", next_.payload, shown.lines[0])
    for slip, line in zip(paper.slips, shown.lines, strict=True):
        yield from _wrong_code(declared, "the paper", slip.payload, line)


def _wrong_code(declared: Policy, where: str, payload: str, line: Line) -> Iterator[str]:
    here = f"the code {line.number} of {where}"
    said = _read(payload)
    if said is None:
        yield f"{here} is of no standard"
        return
    iban, name, amount, currency, reference = said
    accounts = {(one.iban, one.currency) for one in declared.accounts}
    if (iban, currency) not in accounts or name != declared.controller.name:
        yield f"{here} pays to an account that isn't the agency's"
    if amount != f"{line.amount.amount - line.paid.amount:.2f}" or currency != line.amount.currency:
        yield f"{here} asks for another amount"
    if reference != line.reference or references.kind(reference) == "NON":
        yield f"{here} bears another reference"


def _read(payload: str) -> tuple[str, str, str, str, str] | None:
    """Account, payee, amount, currency and reference, by the standard that the code is of: SIX's or the EPC's."""
    swiss, sepa = payload.split("\r\n"), payload.split("\n")
    if swiss[0] == "SPC" and len(swiss) >= 31:
        return swiss[3], swiss[5], swiss[18], swiss[19], swiss[28]
    if sepa[0] == "BCD" and len(sepa) >= 10:
        return sepa[6], sepa[5], sepa[7][3:], sepa[7][:3], sepa[9]
    return None


def _payments(
    cast: PlanCast, sent: Submission, shown: Shown, other_sent: Submission, other: Plan
) -> Iterator[str]:
    """Where payments go that bear a reference, or one that nobody has."""
    account = _account(shown)
    first, *rest = shown.lines
    if _pays(cast, account, shown, first.reference, first.amount.amount) != "matched":
        yield "a payment with the reference of an instalment is laid to none"
    mine = plans.in_mailbox(sent.subject_id, shown.plan.pk)
    others = plans.in_mailbox(other_sent.subject_id, other.pk)
    if [one.state for one in mine.lines] != ["paid", *["open"] * len(rest)] or others.paid.amount:
        yield "a payment is laid to another instalment than the one that it names"
    stranger = f"RF18{secrets.randbelow(10**12):012}"
    if _pays(cast, account, shown, stranger, first.amount.amount) != "unmatched":
        yield "a payment that names nothing is laid to a plan"
    left = sum((one.amount.amount for one in rest), Decimal(0))
    if left and rest:
        _pays(cast, account, shown, rest[-1].reference, left)
    if Plan.objects.get(pk=shown.plan.pk).state != "done":
        yield "a plan that is paid goes on"


def _pays(cast: PlanCast, account: str, shown: Shown, reference: str, amount: Decimal) -> str:
    """What becomes of a payment, as the bank would report it."""
    one = Booked(
        entry=1, place=0, kind="payment", account=account, ours=account, currency=shown.total.currency,
        amount=amount, booked_on=timezone.localdate(), bank_reference=secrets.token_hex(8), position=0,
        references=(reference,), texts=(), payer="", payer_account="",
    )  # fmt: skip
    digest = digest_of(one)
    taken = take(SYSTEM, one, digest, None)
    kept: UUID = Payment.objects.values_list("subject_id", flat=True).get(entry_digest=digest)
    if kept not in cast.subjects:
        cast.subjects.append(kept)
    return taken.what


def _account(shown: Shown) -> str:
    found = to_pay(shown)
    return found.account.iban if found else ""
