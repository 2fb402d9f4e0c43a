"""Legal holds: what may not be deleted just now, why, and when somebody looks at it again; and what is blocked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from zusage.actions import holds as actions
from zusage.actions.base import Conflict
from zusage.actions.rights import restrict
from zusage.actions.rights.steps import concerned
from zusage.models import Hold, RightsRequest
from zusage.queries import holds as queries
from zusage.rules import references
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.models import Restriction
from zusage.web.answers import SeeOther
from zusage.web.office import sent, wording
from zusage.web.office.access import StaffRequest, office
from zusage.web.office.request_page import done, writes
from zusage.web.words import say

USUAL_DAYS = 180
SAID = ("placed", "reviewed", "lifted", "unblocked")


@require_safe
@office("officer")
def show(request: StaffRequest) -> HttpResponse:
    """The list, by the day of review."""
    return _page(request)


def _writes(work: Callable[..., str]) -> Callable[..., HttpResponse]:
    """Guard: what goes wrong is said on the page, with what was typed; `work` gives the word for what was done."""

    @require_POST
    @office("officer")
    @wraps(work)
    def guarded(request: StaffRequest, **more: object) -> HttpResponse:
        try:
            said = work(request, **more)
        except Problem as problem:
            words = say(request.user.language, f"problem.{problem.code}", **problem.params)
            return _page(request, 422, problem=words)
        except Conflict as conflict:
            return _page(request, 409, conflict.reason)
        except vault.NoKey:
            return _page(request, 409, "erased")
        except (Hold.DoesNotExist, Restriction.DoesNotExist):
            raise Http404 from None
        return SeeOther(f"{reverse('office-holds')}?said={said}")

    return guarded


@_writes
def place(request: StaffRequest) -> str:
    """On the subject of a case."""
    reference = references.reference(request.POST.get("reference", ""))
    held = request.POST.get("held", "")
    reason, review_on = sent.letter(request, "text"), sent.day(request, "review_on")
    actions.place_by_reference(request.user, reference, held, reason, review_on)
    return "placed"


@_writes
def review(request: StaffRequest, hold_id: UUID) -> str:
    """Still needed."""
    actions.review(request.user, hold_id, sent.day(request, "review_on"))
    return "reviewed"


@_writes
def lift(request: StaffRequest, hold_id: UUID) -> str:
    """Not needed any more."""
    actions.lift(request.user, hold_id)
    return "lifted"


@_writes
def unblock(request: StaffRequest, restriction_id: UUID) -> str:
    """A restriction ends, and the person reads why."""
    restrict.lift(request.user, restriction_id, sent.letter(request, "text"))
    return "unblocked"


@writes
def hold_for(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """On everybody whom a request concerns, for whatever is held of them."""
    reason, review_on = sent.letter(request, "text"), sent.day(request, "review_on")
    found = RightsRequest.objects.get(pk=request_id)
    others = [one for one in concerned(found) if one != found.subject_id]
    for about_id in others or [found.subject_id]:
        actions.place(request.user, about_id, "", reason, review_on)
    return done(request, request_id, "held")


def _page(request: StaffRequest, status: int = 200, conflict: str = "", problem: str = "") -> HttpResponse:
    language = request.user.language
    said = request.GET.get("said", "")
    usual = timezone.localdate() + timedelta(days=USUAL_DAYS)
    context = {
        "holds": [_hold(language, one) for one in queries.live(request.user)],
        "blocked": [_blocked(language, *one) for one in queries.restrictions(request.user)],
        "purposes": [(one, policy().text(language, f"purpose.{one}.title")) for one in actions.holdable()],
        "usual": usual.isoformat(),
        "said": f"office.holds.said.{said}" if said in SAID else "",
        "conflict": f"conflict.{conflict}" if conflict else "",
        "problem": problem,
        "problem_in": "hold-reference" if "reference" in request.POST and (conflict or problem) else "",
        "typed": request.POST if status != 200 else {},
    }
    return render(request, "office/holds.html", context, status=status)


def _hold(language: str, one: queries.HoldShown) -> dict[str, Any]:
    hold = one.hold
    title = policy().text(language, f"purpose.{hold.held}.title") if hold.held else ""
    return {
        "id": hold.pk,
        "held": title or say(language, "office.holds.everything"),
        "reason": one.reason,
        "shut": one.shut,
        "since": hold.since,
        "author": hold.author.username if hold.author else "",
        "late": one.late,
        "review": wording.due(language, hold.review_on),
        "review_on": hold.review_on,
    }


def _blocked(language: str, row: Restriction, request: RightsRequest | None) -> dict[str, Any]:
    title = policy().text(language, f"purpose.{row.purpose}.title") if row.purpose else ""
    return {
        "id": row.pk,
        "purpose": title or say(language, "office.holds.everything"),
        "kind": say(language, f"office.holds.kind.{row.kind}"),
        "since": row.since,
        "request_url": reverse("office-request", args=[request.pk]) if request else "",
        "language": request.submission.language if request else language,
    }


urls = [
    path("holds/", show, name="office-holds"),
    path("holds/place/", place, name="office-hold-place"),
    path("holds/<uuid:hold_id>/review/", review, name="office-hold-review"),
    path("holds/<uuid:hold_id>/lift/", lift, name="office-hold-lift"),
    path("holds/blocked/<uuid:restriction_id>/lift/", unblock, name="office-unblock"),
    path("rights/<uuid:request_id>/hold/", hold_for, name="office-request-hold"),
]
