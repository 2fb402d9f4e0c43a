"""What leaves the house: the log for the protection officer, and what a clerk passes on to a case's creditor."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from zusage.actions import creditor
from zusage.actions.base import Conflict
from zusage.actions.disclose import NotDisclosed
from zusage.models import Submission
from zusage.queries import disclosures as queries
from zusage.queries.disclosures import Filters
from zusage.tenant import policy
from zusage.web.office import sent
from zusage.web.office.access import StaffRequest, office
from zusage.web.office.disclosed_lines import line
from zusage.web.office.files import as_csv, as_json, attachment
from zusage.web.office.filters import groups
from zusage.web.office.submission import submission_page
from zusage.web.words import say

FORMS = ("csv", "json")


@require_safe
@office("officer")
def log(request: StaffRequest) -> HttpResponse:
    """Every disclosure: to whom, for what, on which ground, which fields. No value is opened."""
    language = request.user.language
    chosen = queries.filters(request.GET)
    page = queries.log(chosen, request.GET.get("page", "1"))
    names = queries.authors(list(page.object_list))
    context = {
        "rows": [line(language, one, names) for one in page.object_list],
        "page": page,
        "narrowed": chosen != Filters(),
        "groups": _groups(language, chosen),
        "earlier": _address(chosen, page=str(page.previous_page_number())) if page.has_previous() else "",
        "later": _address(chosen, page=str(page.next_page_number())) if page.has_next() else "",
    }
    return render(request, "office/disclosures.html", context)


@require_POST
@office("clerk")
def pass_on(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """What was ticked goes to the creditor, as a file to hand over. It is on record before it is made."""
    form = request.POST.get("form", "")
    fields = tuple(dict.fromkeys(request.POST.getlist("field")))
    try:
        if form not in FORMS or not fields:
            raise NotDisclosed("no-fields")
        went = creditor.pass_on(request.user, submission_id, form, fields, sent.token(request))
    except Submission.DoesNotExist:
        raise Http404 from None
    except (Conflict, NotDisclosed) as refused:
        said = say(request.user.language, f"office.disclosed.refused.{refused.reason}")
        return submission_page(request, submission_id, 409, problem=said)
    if form == "csv":
        return attachment(as_csv([went]), form, "creditor")
    envelope = {
        "controller": policy().controller.name,
        "recipient": creditor.CREDITOR,
        "at": timezone.localtime().isoformat(timespec="seconds"),
        "values": went,
    }
    return attachment(as_json(envelope), form, "creditor")


def _groups(language: str, chosen: Filters) -> list[dict[str, Any]]:
    recipients = [(one, policy().text(language, f"recipient.{one}.name")) for one in policy().recipients]
    grounds = [(one, say(language, f"office.disclosed.ground_{one}")) for one in queries.GROUNDS]
    everything = ("", say(language, "office.inbox.any"))
    offered = [
        (name, say(language, f"office.disclosed.{name}"), [everything, *choices])
        for name, choices in (("recipient", recipients), ("ground", grounds))
    ]
    return groups(offered, chosen, queries.counts(chosen), _address)


def _address(chosen: Filters, **other: str) -> str:
    parts = chosen.query(**other)
    return f"{reverse('office-disclosures')}?{urlencode(parts)}" if parts else reverse("office-disclosures")
