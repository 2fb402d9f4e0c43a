"""What the person demands from within their mailbox, how far that is, and the documents laid there for them."""

from __future__ import annotations

import base64
import secrets
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from zusage.actions.rights import requests as actions
from zusage.actions.rights.requests import Asked
from zusage.models import RIGHTS, RightsRequest
from zusage.policy.law import RIGHTS as ALL
from zusage.policy.law import Right
from zusage.queries import mailbox as queries
from zusage.rules import clock, text
from zusage.rules.problems import Problem
from zusage.tenant import policy, version
from zusage.vault.models import NOTICE
from zusage.web.answers import SeeOther
from zusage.web.listed import only_if_listed
from zusage.web.mailbox.views import LONGEST_LETTER, with_open_mailbox
from zusage.web.words import say

OFFERED = tuple(one for one in ALL if one != "not-me")
NEEDS_WORDS = ("rectification", "complaint", "question")
SAID = {"filed": "rights.filed", "withdrawn": "rights.withdrawn"}


@only_if_listed(RIGHTS)
@require_http_methods(["GET", "HEAD", "POST"])
@with_open_mailbox
def rights(request: HttpRequest, language: str, subject_id: UUID) -> HttpResponse:
    """My requests and what else I can ask for; with ``?right=`` the form; a POST files it."""
    asked = request.POST if request.method == "POST" else request.GET
    right = next((one for one in OFFERED if one == asked.get("right")), None)
    if request.method != "POST":
        if "opened" in request.GET:
            # The cookie has come back, so its question may leave the address: see `letters`.
            return SeeOther(reverse("mailbox-rights", args=[language]) + (f"?right={right}" if right else ""))
        return _page(request, language, subject_id, right)
    if right is None:
        return _page(request, language, subject_id, None, status=422, unclear=True)
    typed = request.POST.get("message", "")
    try:
        body = text.paragraph(typed, longest=LONGEST_LETTER)
        if not body and _needs_words(subject_id, right):
            raise Problem("missing")
    except Problem as problem:
        error = say(language, f"problem.{problem.code}", **problem.params)
        return _page(request, language, subject_id, right, status=422, error=error, typed=typed)
    values = {"message": body} if body else {}
    token = request.POST.get("form_token", "")[:64] or secrets.token_urlsafe(16)
    at_once = right == "withdrawal" and not _needs_words(subject_id, right)
    actions.by_mailbox(subject_id, Asked(right, language, version(), values, token))
    done = "withdrawn" if at_once else "filed"
    return SeeOther(reverse("mailbox-rights", args=[language]) + f"?said={done}")


@only_if_listed(RIGHTS)
@require_safe
@with_open_mailbox
def document(request: HttpRequest, language: str, subject_id: UUID, document_id: UUID) -> HttpResponse:
    """A document of this mailbox, to keep. That it was fetched stands in the protocol."""
    found = queries.document(subject_id, document_id)
    if found is None:
        raise Http404
    laid, content = found
    response = HttpResponse(base64.b64decode(content), content_type=laid.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, laid.name)
    return response


def _page(
    request: HttpRequest,
    language: str,
    subject_id: UUID,
    right: Right | None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "requests": [_told(language, one) for one in queries.requests(subject_id)],
        "rights": [
            {
                "id": one,
                "title": say(language, f"rights.{one}.title"),
                "help": say(language, f"rights.{one}.help"),
            }
            for one in OFFERED
        ],
        "said": SAID.get(request.GET.get("said", "")),
        "form_token": request.POST.get("form_token", "")[:64] or secrets.token_urlsafe(16),
        "here": reverse("mailbox-rights", args=[language]),
        "letters_url": reverse("letters", args=[language]),
        "right": _offered(language, subject_id, right) if right else None,
        **more,
    }
    return render(request, "mailbox/rights.html", context, status=status)


def _offered(language: str, subject_id: UUID, right: Right) -> dict[str, Any]:
    """A right in words, as this mailbox may ask for it."""
    words = {name: say(language, f"rights.{right}.{name}") for name in ("title", "help", "message", "button")}
    withdrawn = [one.purpose for one in queries.consents(subject_id)] if right == "withdrawal" else []
    if right == "withdrawal" and queries.notice_on(subject_id):
        withdrawn.append(NOTICE)
    _, due = clock.earliest(timezone.localdate(), policy().regimes, right)
    return {
        **words,
        "id": right,
        "due": due,
        "needs_words": _needs_words(subject_id, right),
        "consents": [policy().text(language, f"purpose.{one}.title") for one in withdrawn],
    }


def _needs_words(subject_id: UUID, right: Right) -> bool:
    """Where nobody could do anything without a sentence from the person."""
    if right == "withdrawal":
        return not (queries.consents(subject_id) or queries.notice_on(subject_id))
    return right in NEEDS_WORDS


def _told(language: str, one: RightsRequest) -> dict[str, Any]:
    """A request in words, and how far it is."""
    state = "pending" if one.state == "open" and one.identity == "pending" else one.state
    return {
        "name": say(language, f"rights.{one.right}.name"),
        "at": one.submission.received_at,
        "state": f"rights.state_{state}",
        "day": timezone.localdate(one.closed_at) if one.closed_at else one.due_on,
        "due": one.due_on if one.state == "open" else None,
        "open": one.state == "open",
    }
