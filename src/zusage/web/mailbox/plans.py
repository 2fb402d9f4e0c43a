"""Plans of instalments in the mailbox: what was agreed and how far it is, what pays next, papers, and what can be said.

What is shown is what was agreed with who has this mailbox; nothing of the file behind it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from zusage.actions.base import Conflict
from zusage.actions.plans import mailbox as actions
from zusage.actions.plans.steps import terms_of
from zusage.models import PLAN, Plan
from zusage.papers import api as papers
from zusage.policy.plans import Account
from zusage.policy.types import Language
from zusage.queries import plans as queries
from zusage.queries.plans import Line, Shown
from zusage.rules import cost_notice, text
from zusage.rules.paying import calendar, codes, paper, references
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.web import plans
from zusage.web.answers import SeeOther
from zusage.web.listed import only_if_listed
from zusage.web.mailbox.views import LONGEST_LETTER, with_open_mailbox
from zusage.web.words import say

SAID = {
    "accepted": "plan.said_accepted",
    "turned-down": "plan.said_turned_down",
    "disputed": "plan.said_disputed",
}

Work = Callable[[HttpRequest, Language, UUID, UUID], HttpResponse]


def of_mailbox(work: Work) -> Callable[..., HttpResponse]:
    """Guard: the mailbox is open, and the plan is of this mailbox; else there is no such page."""

    @only_if_listed(PLAN)
    @with_open_mailbox
    @wraps(work)
    def guarded(request: HttpRequest, language: Language, subject_id: UUID, plan_id: UUID) -> HttpResponse:
        try:
            return work(request, language, subject_id, plan_id)
        except Plan.DoesNotExist:
            raise Http404 from None

    return guarded


def by_post(work: Work) -> Work:
    """Guard for what changes something: whoever only looks (a reload, another language) is led to the plan."""

    @wraps(work)
    def guarded(request: HttpRequest, language: Language, subject_id: UUID, plan_id: UUID) -> HttpResponse:
        if request.method != "POST":
            return SeeOther(reverse("mailbox-plan", args=[language, plan_id]))
        return work(request, language, subject_id, plan_id)

    return guarded


@require_safe
@of_mailbox
def plan(request: HttpRequest, language: Language, subject_id: UUID, plan_id: UUID) -> HttpResponse:
    """The plan on one page that prints well. With an offer, the cost notice is shown, and that is kept."""
    return _page(request, language, subject_id, plan_id)


@require_http_methods(["GET", "HEAD", "POST"])
@of_mailbox
@by_post
def accept(request: HttpRequest, language: Language, subject_id: UUID, plan_id: UUID) -> HttpResponse:
    """The person agrees to what they were offered."""
    return _answer(request, language, subject_id, plan_id, actions.confirm, "accepted")


@require_http_methods(["GET", "HEAD", "POST"])
@of_mailbox
@by_post
def turn_down(request: HttpRequest, language: Language, subject_id: UUID, plan_id: UUID) -> HttpResponse:
    """The person doesn't want it."""
    return _answer(request, language, subject_id, plan_id, actions.turn_down, "turned-down")


@require_http_methods(["GET", "HEAD", "POST"])
@of_mailbox
@by_post
def dispute(request: HttpRequest, language: Language, subject_id: UUID, plan_id: UUID) -> HttpResponse:
    """Something isn't owed: the plan rests until a clerk has looked."""
    typed = request.POST.get("text", "")
    try:
        body = text.paragraph(typed, longest=LONGEST_LETTER)
        if not body:
            raise Problem("missing")
    except Problem as problem:
        error = say(language, f"problem.{problem.code}", **problem.params)
        return _page(request, language, subject_id, plan_id, 422, error=error, typed=typed)
    try:
        actions.dispute(subject_id, plan_id, body, _token(request))
    except Conflict:
        return _page(request, language, subject_id, plan_id, 409, changed=True, typed=typed)
    return _there(language, plan_id, "disputed")


@require_safe
@of_mailbox
def schedule(request: HttpRequest, language: Language, subject_id: UUID, plan_id: UUID) -> HttpResponse:
    """The plan on paper, with what pays each open instalment."""
    made = on_paper(queries.in_mailbox(subject_id, plan_id), language, timezone.localdate())
    if made is None:
        raise Http404
    return _file(papers.schedule(made), "application/pdf", say(language, "plan.paper_name"))


def on_paper(shown: Shown, language: Language, today: date) -> papers.Schedule | None:
    """A plan as it is printed; None for one that isn't agreed, or asks for nothing."""
    account = plans.account(shown)
    if not _printable(shown) or account is None or shown.plan.agreed_at is None:
        return None
    agreed = paper.Agreed(
        currency=shown.total.currency,
        account=account,
        agreed_on=timezone.localdate(shown.plan.agreed_at),
        lines=[
            SimpleNamespace(
                number=one.number,
                due=one.due,
                amount=one.amount.amount,
                paid=one.paid.amount,
                reference=one.reference,
            )
            for one in shown.lines
        ],
        terms=terms_of(shown.plan),
        cited=shown.cited,
    )
    return paper.schedule(agreed, policy(), language, today)


@require_safe
@of_mailbox
def dates(request: HttpRequest, language: Language, subject_id: UUID, plan_id: UUID) -> HttpResponse:
    """The days that are left, for a calendar: no debt, no amount, no name."""
    shown = queries.in_mailbox(subject_id, plan_id)
    days = {one.number: one.due for one in shown.lines if one.state != "paid"}
    if not _printable(shown) or not days:
        raise Http404
    made = calendar.ics(days, str(plan_id), language, timezone.now())
    return _file(made, "text/calendar; charset=utf-8", say(language, "plan.dates_name"))


def _answer(
    request: HttpRequest,
    language: Language,
    subject_id: UUID,
    plan_id: UUID,
    action: Callable[[UUID, UUID, int], None],
    said: str,
) -> HttpResponse:
    sent = request.POST.get("expected", "")[:9]
    try:
        action(subject_id, plan_id, int(sent) if sent.isascii() and sent.isdigit() else -1)
    except Conflict:
        # Whatever it was, the plan isn't as the page said: it is shown as it is now.
        return _page(request, language, subject_id, plan_id, 409, changed=True)
    return _there(language, plan_id, said)


def _page(
    request: HttpRequest, language: Language, subject_id: UUID, plan_id: UUID, status: int = 200, **more: Any
) -> HttpResponse:
    shown, today = actions.show(subject_id, plan_id, language), timezone.localdate()
    offered = shown.plan.state == "offered" and not shown.shut
    said = SAID.get(request.GET.get("said", ""))
    context = {
        "plan": shown.plan,
        "shut": shown.shut,
        "state": plans.state(language, shown),
        "said": say(language, said) if said else "",
        "offered": offered,
        "agreed": shown.plan.agreed_at is not None,
        "sentence": plans.sentence(language, ((one.due, one.amount) for one in shown.lines)),
        "cost_notice": cost_notice.cost_notice(policy(), language) if offered else "",
        "progress": plans.progress(language, shown, today),
        "total": shown.total.shown(),
        "paid": shown.paid.shown(),
        "open": shown.open.shown(),
        "over": shown.over.shown() if shown.over.amount else "",
        "cited": shown.cited,
        "next": _next(language, shown),
        "lines": plans.lines(language, shown, today),
        "downloads": _printable(shown) and plans.account(shown) is not None,
        "dates_left": any(one.state != "paid" for one in shown.lines),
        "disputable": shown.plan.state in Plan.LIVE and not shown.shut,
        "form_token": _token(request),
        "letters_url": reverse("letters", args=[language]),
        "urls": {
            name: reverse(f"mailbox-plan-{name.replace('_', '-')}", args=[language, plan_id])
            for name in ("paper", "dates", "accept", "turn_down", "dispute")
        },
        **more,
    }
    return render(request, "mailbox/plan.html", context, status=status)


@dataclass(frozen=True, slots=True)
class ToPay:
    """What pays the rest of an instalment; `payload` is what its code says."""

    line: Line
    account: Account
    payload: str


def to_pay(shown: Shown) -> ToPay | None:
    """What pays the next instalment; nothing unless the plan runs."""
    line, account = shown.next, plans.account(shown)
    if shown.plan.state != "active" or line is None or account is None:
        return None
    rest = line.rest
    payload = codes.payload(account, policy().controller, rest.amount, rest.currency, line.reference)
    return ToPay(line, account, payload)


def _next(language: Language, shown: Shown) -> dict[str, Any] | None:
    one, who = to_pay(shown), policy().controller
    if one is None:
        return None
    scheme, rest = codes.scheme(one.account), one.line.rest.shown()
    return {
        "due": one.line.due,
        "open": rest,
        "qr": papers.qr_svg(one.payload, swiss_cross=scheme == "swiss"),
        "how": say(language, f"plan.how_{scheme}"),
        "alt": say(language, f"plan.alt_{scheme}", amount=rest, payee=who.name),
        "account": one.account.shown,
        "payee": codes.address_lines(who),
        "reference": references.grouped(one.line.reference),
    }


def _printable(shown: Shown) -> bool:
    """An offer is no plan yet, and one that has ended or rests asks for nothing."""
    return shown.plan.state in ("active", "done") and bool(shown.lines)


def _there(language: Language, plan_id: UUID, said: str) -> HttpResponse:
    return SeeOther(reverse("mailbox-plan", args=[language, plan_id]) + f"?said={said}")


def _token(request: HttpRequest) -> str:
    return request.POST.get("form_token", "")[:64] or secrets.token_urlsafe(16)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response
