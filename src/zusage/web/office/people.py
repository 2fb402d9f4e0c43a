"""The administrator's page: who works here. It opens no personal data of anybody who writes to the agency."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from zusage.actions import staff
from zusage.actions.base import Conflict
from zusage.models import Staff
from zusage.policy.types import LANGUAGES
from zusage.protocol.outbox import Actor
from zusage.rules.problems import Problem
from zusage.web.answers import SeeOther
from zusage.web.office.access import StaffRequest, office
from zusage.web.office.adapter import second_factors
from zusage.web.words import say

ROLES = tuple(role for role, _ in Staff.ROLES)
SAID = ("deactivated", "reactivated")


@require_safe
@office("administrator")
def staff_list(request: StaffRequest) -> HttpResponse:
    """Everybody who has an account."""
    return _page(request)


@require_POST
@office("administrator")
def add(request: StaffRequest) -> HttpResponse:
    """A new account. Its one-time password is on this answer and nowhere else, so there is no redirect."""
    role, language = request.POST.get("role", ""), request.POST.get("language", "")
    try:
        name = staff.user_name(request.POST.get("username", ""))
        if role not in ROLES:
            raise Problem("missing")
        password = staff.hire(
            Actor.staff(request.user), name, role, language if language in LANGUAGES else "de"
        )
    except Problem as problem:
        said = say(request.user.language, f"problem.{problem.code}", **problem.params)
        return _page(
            request, 422, problem=said, typed=request.POST, wrong="username" if role in ROLES else "role"
        )
    except Conflict as conflict:
        said = say(request.user.language, f"conflict.{conflict.reason}")
        return _page(request, 409, problem=said, typed=request.POST, wrong="username")
    return _page(request, password=password, whose=name)


@require_POST
@office("administrator")
def deactivate(request: StaffRequest, person_id: UUID) -> HttpResponse:
    """Shut an account."""
    return _change(request, person_id, staff.deactivate, "deactivated")


@require_POST
@office("administrator")
def reactivate(request: StaffRequest, person_id: UUID) -> HttpResponse:
    """Open it again."""
    return _change(request, person_id, staff.reactivate, "reactivated")


@require_POST
@office("administrator")
def reset(request: StaffRequest, person_id: UUID) -> HttpResponse:
    """A new one-time password and a new second factor, for whoever lost one of them."""
    try:
        person = Staff.objects.get(pk=person_id)
        password = staff.reset_access(Actor.staff(request.user), person_id)
    except Staff.DoesNotExist:
        raise Http404 from None
    return _page(request, password=password, whose=person.username)


def _change(
    request: StaffRequest, person_id: UUID, work: Callable[[Actor, UUID], None], said: str
) -> HttpResponse:
    try:
        work(Actor.staff(request.user), person_id)
    except Staff.DoesNotExist:
        raise Http404 from None
    except Conflict as conflict:
        return _page(request, 409, problem=say(request.user.language, f"conflict.{conflict.reason}"))
    return SeeOther(f"{reverse('office-staff')}?said={said}")


def _page(request: StaffRequest, status: int = 200, **more: object) -> HttpResponse:
    said = request.GET.get("said", "")
    people = Staff.objects.order_by("-is_active", "username")
    context = {
        "people": [(one, second_factors(one)) for one in people],
        "roles": ROLES,
        "languages": LANGUAGES,
        "said": f"office.staff.said_{said}" if said in SAID else "",
        **more,
    }
    return render(request, "office/staff.html", context, status=status)
