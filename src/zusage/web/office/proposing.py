"""What a clerk says to a proposal of instalments: yes, another offer, no."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from zusage.actions.base import Conflict
from zusage.actions.plans import offer
from zusage.models import Plan
from zusage.rules import amounts, days, text
from zusage.rules.instalments import Wish
from zusage.web.office import sent
from zusage.web.office.access import StaffRequest
from zusage.web.office.submission import on, open_matter, writes


@writes
def accept(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """The plan as the person proposed it."""
    open_matter(submission_id)
    made = offer.accept(
        request.user,
        submission_id,
        _cases(request),
        each=request.POST.get("each") == "yes",
        without_contested=request.POST.get("without_contested") == "yes",
        beyond=request.POST.get("beyond") == "yes",
        expected=sent.seen(request),
        form_token=sent.token(request),
    )
    waits = Plan.objects.filter(pk__in=made, state="offered").exists()
    return on(request, submission_id, "plan-offered" if waits else "plan-accepted")


@writes
def counter(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """Another plan, which begins when the person agrees."""
    open_matter(submission_id)
    first = sent.day(request, "first") if request.POST.get("first", "").strip() else None
    wish = Wish(
        amounts.amount(request.POST.get("rate", "")), days.day_of_month(request.POST.get("day", "")), first
    )
    offer.counter(
        request.user,
        submission_id,
        _cases(request),
        wish,
        each=request.POST.get("each") == "yes",
        without_contested=request.POST.get("without_contested") == "yes",
        text=_words(request),
        beyond=request.POST.get("beyond") == "yes",
        expected=sent.seen(request),
        form_token=sent.token(request),
    )
    return on(request, submission_id, "plan-countered")


@writes
def decline(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """No, for a reason."""
    open_matter(submission_id)
    reason = request.POST.get("reason", "")
    offer.decline(
        request.user, submission_id, reason, _words(request), sent.seen(request), sent.token(request)
    )
    return on(request, submission_id, "plan-declined")


def _cases(request: StaffRequest) -> list[UUID]:
    chosen = [sent.uuid(one) for one in request.POST.getlist("case")[:50]]
    if not all(chosen):
        raise Conflict("no-case")
    return [one for one in chosen if one]


def _words(request: StaffRequest) -> str:
    return text.paragraph(request.POST.get("text", ""), longest=sent.LONGEST_LETTER)
