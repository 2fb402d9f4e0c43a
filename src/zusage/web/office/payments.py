"""Payments as the bank reports them: a file comes in; what waits gets its plan; what is too much or too little."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from zusage.actions.base import Conflict
from zusage.actions.plans import payments as actions
from zusage.actions.plans.payments_file import Imported, import_file
from zusage.models import Payment, Plan
from zusage.protocol.outbox import Actor
from zusage.queries import payments as queries
from zusage.queries.plans import Whole
from zusage.rules.camt.shapes import Finding, NotTaken
from zusage.rules.problems import Problem
from zusage.web import uploads
from zusage.web.answers import SeeOther
from zusage.web.office import sent
from zusage.web.office.access import StaffRequest, checks_csrf_itself, forged, office
from zusage.web.words import say

COUNTS = ("matched", "unmatched", "returned", "known", "over", "part", "other", "sums")
ALWAYS = ("matched", "unmatched")
"""Counts that are told even where they are 0."""


@checks_csrf_itself
@require_http_methods(["GET", "HEAD", "POST"])
@office("clerk")
def payments(request: StaffRequest) -> HttpResponse:
    """What waits and what came in; and a file of the bank, brought in."""
    if request.method != "POST":
        return _page(request)
    language = request.user.language
    if forged(request):
        return _page(request, 403, problem=say(language, "conflict.expired"))
    file = uploads.bank_file(request)
    if file.too_large:
        return _page(request, 422, wrong=say(language, "office.payments.too_large", megabytes=file.megabytes))
    if not file.content:
        return _page(request, 422, wrong=say(language, "office.payments.no_file"))
    try:
        result = import_file(Actor.staff(request.user), BytesIO(file.content))
    except NotTaken as refused:
        return _page(request, 422, findings=refused.findings)
    return _page(request, result=result)


@checks_csrf_itself
@require_http_methods(["GET", "HEAD", "POST"])
@office("clerk")
def payment(request: StaffRequest, payment_id: UUID) -> HttpResponse:
    """A payment without a plan, and the plans that a reference leads to. The reference is in no address."""
    if request.method != "POST":
        return _one(request, payment_id)
    if forged(request):
        return _one(request, payment_id, 403, problem=say(request.user.language, "conflict.expired"))
    return _looked(request, payment_id)


@checks_csrf_itself
@require_POST
@office("clerk")
def assign(request: StaffRequest, payment_id: UUID) -> HttpResponse:
    """It belongs to this plan."""
    language = request.user.language
    if forged(request):
        return _one(request, payment_id, 403, problem=say(language, "conflict.expired"))
    plan_id = sent.uuid(request.POST.get("plan", ""))
    try:
        if plan_id is None:
            raise Plan.DoesNotExist
        actions.assign(request.user, payment_id, plan_id)
    except Plan.DoesNotExist:
        return _one(request, payment_id, 409, problem=say(language, "conflict.no-such-plan"))
    except Payment.DoesNotExist:
        raise Http404 from None
    except Conflict as conflict:
        return _one(request, payment_id, 409, problem=say(language, f"conflict.{conflict.reason}"))
    return SeeOther(reverse("office-payments") + "?said=assigned")


def _looked(request: StaffRequest, payment_id: UUID) -> HttpResponse:
    language, typed = request.user.language, request.POST.get("reference", "")
    try:
        found = queries.plans_by(request.user, typed)
    except Problem as problem:
        said = say(language, f"problem.{problem.code}", **problem.params)
        return _one(request, payment_id, 422, wrong=said)
    if not found:
        return _one(request, payment_id, 422, wrong=say(language, "conflict.no-such-plan"))
    return _one(request, payment_id, found=found)


def _page(
    request: StaffRequest,
    status: int = 200,
    *,
    problem: str = "",
    wrong: str = "",
    findings: Sequence[Finding] = (),
    result: Imported | None = None,
) -> HttpResponse:
    language = request.user.language
    came, number = queries.waiting(request.user)
    more = say(language, "office.payments.unmatched_more", shown=len(came), all=number)
    said = "office.payments.said_assigned" if request.GET.get("said") == "assigned" else ""
    context = {
        "problem": problem,
        "wrong": wrong,
        "findings": [_finding(language, one) for one in findings],
        "result": _result(language, result) if result else None,
        "said": said,
        "came": came,
        "number": number,
        "more": more if number > len(came) else "",
        "beyond": queries.beyond(request.user),
        "short": queries.short(request.user),
        "files": queries.files(),
        "megabytes": uploads.BANK_MEGABYTES,
    }
    return render(request, "office/payments.html", context, status=status)


def _one(
    request: StaffRequest,
    payment_id: UUID,
    status: int = 200,
    *,
    problem: str = "",
    wrong: str = "",
    found: Sequence[Whole] = (),
) -> HttpResponse:
    try:
        came = queries.waits(request.user, payment_id)
    except Payment.DoesNotExist:
        if problem:  # somebody was faster: the list says so
            return _page(request, status, problem=problem)
        raise Http404 from None
    context = {
        "one": came,
        "problem": problem,
        "wrong": wrong,
        "found": [(each, _state(request.user.language, each)) for each in found],
        "typed": request.POST.get("reference", ""),
    }
    return render(request, "office/payment.html", context, status=status)


def _state(language: str, found: Whole) -> str:
    return say(language, f"office.plans.state_{found.shown.plan.state}")


def _result(language: str, result: Imported) -> dict[str, Any]:
    numbers = [(name, getattr(result, name)) for name in COUNTS] + [("rejected", len(result.rejected))]
    return {
        "counts": [
            (number, say(language, f"office.payments.count_{name}"))
            for name, number in numbers
            if number or name in ALWAYS
        ],
        "rejected": [_finding(language, one) for one in result.rejected],
    }


def _finding(language: str, one: Finding) -> str:
    said = say(language, f"camt.{one.code}", detail=one.detail)
    return f"{say(language, 'office.payments.entry', where=one.where)}: {said}" if one.where else said
