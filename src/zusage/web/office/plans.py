"""Plans of instalments in the office: the list, and one plan with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from zusage.actions.base import Conflict
from zusage.actions.plans import office as actions
from zusage.models import Plan
from zusage.queries import plan_queue as queue
from zusage.queries import plans as queries
from zusage.queries.plan_queue import Filters, Row
from zusage.queries.plans import StepShown
from zusage.rules.problems import Problem
from zusage.web import plans as shared
from zusage.web.answers import SeeOther
from zusage.web.office import sent, wording
from zusage.web.office.access import StaffRequest, checks_csrf_itself, forged, office
from zusage.web.office.filters import groups
from zusage.web.words import counted, say

SAID = ("paused", "resumed", "ended")

Work = Callable[[StaffRequest, UUID], None]


@require_safe
@office("clerk")
def plans(request: StaffRequest) -> HttpResponse:
    """The plans that there are, what is missed first."""
    clerk, language = request.user, request.user.language
    asked = request.GET.get("state", "")
    chosen = Filters(asked) if asked in queue.STATES else Filters()
    page, rows = queue.page(clerk, chosen, request.GET.get("page", "1"))
    choices = [(one, say(language, f"office.plans.list_{one}")) for one in queue.STATES]
    offered = [("state", say(language, "office.inbox.state"), choices)]
    context = {
        "rows": [_row(language, one) for one in rows],
        "page": page,
        "groups": groups(offered, chosen, {"state": queue.counts(clerk)}, _address, always=("state",)),
        "earlier": _address(chosen, page=str(page.previous_page_number())) if page.has_previous() else "",
        "later": _address(chosen, page=str(page.next_page_number())) if page.has_next() else "",
    }
    return render(request, "office/plans.html", context)


@require_safe
@office("clerk")
def plan(request: StaffRequest, plan_id: UUID) -> HttpResponse:
    """One plan: how far it is, whose cases it is for, what happened."""
    return _page(request, plan_id)


def writes(said: str) -> Callable[[Work], Callable[..., HttpResponse]]:
    """Guard for what changes a plan. Done: 303 to its page, which says `said`; else the page, and what went wrong."""

    def guard(work: Work) -> Callable[..., HttpResponse]:
        @checks_csrf_itself
        @require_POST
        @office("clerk")
        @wraps(work)
        def guarded(request: StaffRequest, plan_id: UUID) -> HttpResponse:
            if forged(request):
                return _page(request, plan_id, 403, conflict="conflict.expired")
            try:
                work(request, plan_id)
            except Plan.DoesNotExist:
                raise Http404 from None
            except Conflict as conflict:
                return _page(request, plan_id, 409, conflict=f"conflict.{conflict.reason}")
            except Problem as problem:
                words = say(request.user.language, f"problem.{problem.code}", **problem.params)
                return _page(request, plan_id, 422, problem=words)
            return SeeOther(reverse("office-plan", args=[plan_id]) + f"?said={said}")

        return guarded

    return guard


@writes("paused")
def pause(request: StaffRequest, plan_id: UUID) -> None:
    """Let it rest."""
    actions.pause(request.user, plan_id, sent.seen(request))


@writes("resumed")
def resume(request: StaffRequest, plan_id: UUID) -> None:
    """Let it go on."""
    actions.resume(request.user, plan_id, sent.seen(request))


@writes("ended")
def end(request: StaffRequest, plan_id: UUID) -> None:
    """End it."""
    words = sent.text_or_nothing(request)
    actions.end(request.user, plan_id, request.POST.get("why", ""), words, sent.seen(request))


def _page(
    request: StaffRequest, plan_id: UUID, status: int = 200, *, conflict: str = "", problem: str = ""
) -> HttpResponse:
    language, today, said = request.user.language, timezone.localdate(), request.GET.get("said", "")
    try:
        known = queries.plan(request.user, plan_id)
    except Plan.DoesNotExist:
        raise Http404 from None
    shown, one = known.shown, known.shown.plan
    context = {
        "one": one,
        "shut": shown.shut,
        "state": shared.state(language, shown, "office.plans"),
        "progress": shared.progress(language, shown, today),
        "facts": [] if shown.shut else _facts(language, known),
        "shares": known.shares,
        "lines": shared.lines(language, shown, today),
        "steps": [_step(language, each) for each in known.steps],
        "submission_url": reverse("office-submission", args=[one.submission_id]) if one.submission_id else "",
        "live": one.state in Plan.LIVE and not shown.shut,
        "whys": [(each, say(language, f"office.plans.why_{each}")) for each in actions.WHYS],
        "said": f"office.plans.said_{said}" if said in SAID else "",
        "conflict": conflict,
        "problem": problem,
        "problem_in": "text" if problem and "text" in request.POST else "",
        "typed": request.POST if status != 200 else {},
    }
    return render(request, "office/plan.html", context, status=status)


def _facts(language: str, known: queries.Whole) -> list[tuple[str, str]]:
    shown, one = known.shown, known.shown.plan
    facts = [
        ("total", shown.total.shown()),
        ("rate", say(language, "office.plans.wish", rate=shown.rate.shown(), day=one.day)),
        ("paid", shown.paid.shown()),
        ("open", shown.open.shown()),
        ("over", shown.over.shown() if shown.over.amount else ""),
        ("cited", ", ".join(shown.cited)),
        ("language", one.language.upper()),
        ("agreed", _date(language, one.agreed_at)),
        ("notice", _date(language, one.cost_notice_shown_at)),
        ("why", say(language, f"office.plans.why_{one.ended_why}") if one.ended_why else ""),
    ]
    return [(say(language, f"office.plans.fact_{name}"), value) for name, value in facts if value]


def _date(language: str, at: datetime | None) -> str:
    return wording.full(language, timezone.localdate(at)) if at else ""


def _step(language: str, one: StepShown) -> dict[str, Any]:
    """A step in words. What the rules said no to stands in its body as codes."""
    beyond = one.act in ("accepted", "countered") and one.body
    return {
        "words": say(language, f"office.plans.act_{one.act.replace('-', '_')}"),
        "at": one.at,
        "who": one.author or say(language, f"office.plans.by_{one.by}"),
        "body": say(language, "office.plans.beyond_done") if beyond else one.body,
    }


def _row(language: str, row: Row) -> dict[str, Any]:
    one, late = row.plan, row.missed > 0 and row.plan.state == "active"
    return {
        "url": reverse("office-plan", args=[one.pk]),
        "cited": ", ".join(row.cited),
        "shut": row.shut,
        "total": row.total.shown() if row.total else "",
        "state": say(language, f"office.plans.state_{one.state}"),
        "late": late,
        "missed": counted(language, "office.plans.missed", row.missed) if late else "",
        "ends": wording.due(language, one.ends_on) if one.ends_on else "",
        "paid": say(language, "office.plans.paid_of", paid=row.paid, n=row.number),
        "next": wording.due(language, row.next_due) if row.next_due and one.state == "active" else "",
        "made": _date(language, one.made_at),
    }


def _address(chosen: Filters, **other: str) -> str:
    now = {"state": chosen.state} | other
    usual = {"state": "live", "page": "1"}
    parts = {name: value for name, value in now.items() if value != usual[name]}
    return reverse("office-plans") + (f"?{urlencode(parts)}" if parts else "")
