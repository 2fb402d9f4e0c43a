"""The register of breaches of data security: the list, one of them, and the form for the authority."""

from __future__ import annotations

import secrets
from typing import Any, get_args
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zusage.actions import breaches as actions
from zusage.actions.base import Conflict
from zusage.actions.breaches import TEXTS, Entry, Risk
from zusage.models import Breach
from zusage.papers import api as papers
from zusage.policy.types import LANGUAGES, Language
from zusage.queries import breaches as queries
from zusage.rules import text
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.web.answers import SeeOther
from zusage.web.office import sent, wording
from zusage.web.office.access import StaffRequest, checks_csrf_itself, forged, office
from zusage.web.words import say

LONGEST_TEXT = 10_000
TIMES = ("noticed_at", "occurred_at", "authority_told_at", "persons_told_at")
SAID = ("registered", "amended", "closed")


@require_safe
@office("officer")
def register(request: StaffRequest) -> HttpResponse:
    """All of them, the open ones first."""
    language = request.user.language
    rows = [_line(language, one) for one in queries.register(request.user)]
    return render(request, "office/breaches.html", {"rows": rows})


@checks_csrf_itself
@require_http_methods(["GET", "HEAD", "POST"])
@office("officer")
def new(request: StaffRequest) -> HttpResponse:
    """Put one on record."""
    if request.method != "POST":
        now = {"noticed_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "risk": "risk"}
        return _form(request, None, now)
    if forged(request):
        return _form(request, None, request.POST, 403, problem=say(request.user.language, "conflict.expired"))
    entry, wrong = _entry(request)
    if entry is None:
        return _form(request, None, request.POST, 422, wrong=wrong)
    breach_id = actions.register(request.user, entry, sent.token(request))
    return SeeOther(_address(breach_id) + "?said=registered")


@checks_csrf_itself
@require_http_methods(["GET", "HEAD", "POST"])
@office("officer")
def show(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """Read one, and write down what is known now."""
    known = _known(request, breach_id)
    if request.method != "POST":
        return _form(request, known, _values(known))
    language = request.user.language
    if forged(request):
        return _form(request, known, request.POST, 403, problem=say(language, "conflict.expired"))
    entry, wrong = _entry(request)
    if entry is None:
        return _form(request, known, request.POST, 422, wrong=wrong)
    try:
        actions.amend(request.user, breach_id, entry, _edition(request))
    except Conflict as conflict:
        said = say(language, f"conflict.{conflict.reason}")
        # The page comes back with what was typed and the number of today's edition: who sends it again has been told.
        return _form(request, _known(request, breach_id), request.POST, 409, problem=said)
    return SeeOther(_address(breach_id) + "?said=amended")


@require_POST
@office("officer")
def close(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """The matter is done."""
    known = _known(request, breach_id)
    try:
        actions.close(request.user, breach_id, _edition(request))
    except Conflict as conflict:
        said = say(request.user.language, f"conflict.{conflict.reason}")
        return _form(request, known, _values(known), 409, problem=said)
    return SeeOther(_address(breach_id) + "?said=closed")


@require_safe
@office("officer")
def paper(request: StaffRequest, breach_id: UUID) -> HttpResponse:
    """The form for the authority, as PDF, in the language asked for."""
    known = _known(request, breach_id)
    asked = request.GET.get("language", request.user.language)
    language: Language = next((one for one in LANGUAGES if one == asked), "de")
    response = HttpResponse(papers.generic(_paper(language, known)), content_type="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="breach.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _known(request: StaffRequest, breach_id: UUID) -> queries.Shown:
    try:
        return queries.breach(request.user, breach_id)
    except Breach.DoesNotExist:
        raise Http404 from None


def _edition(request: StaffRequest) -> int:
    raw = request.POST.get("edition", "")[:9]
    return int(raw) if raw.isascii() and raw.isdigit() else 0


def _entry(request: StaffRequest) -> tuple[Entry | None, dict[str, str]]:
    """What was sent as the action wants it, or what is wrong with it: field -> what to do."""
    language = request.user.language
    wrong: dict[str, str] = {}
    times: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for name in TIMES:
        try:
            times[name] = sent.moment(request, name)
        except Problem as problem:
            wrong[name] = say(language, f"problem.{problem.code}", **problem.params)
    for name in TEXTS:
        try:
            texts[name] = text.paragraph(request.POST.get(name, ""), longest=LONGEST_TEXT)
        except Problem as problem:
            wrong[name] = say(language, f"problem.{problem.code}", **problem.params)
    missing = say(language, "problem.missing")
    if "noticed_at" not in wrong and times["noticed_at"] is None:
        wrong["noticed_at"] = missing
    if not texts.get("what") and "what" not in wrong:
        wrong["what"] = missing
    risk: Risk | None = next((one for one in get_args(Risk) if one == request.POST.get("risk")), None)
    if risk is None:
        wrong["risk"] = missing
    if wrong or risk is None:
        return None, wrong
    return Entry(risk=risk, texts=texts, **times), {}


def _values(known: queries.Shown) -> dict[str, Any]:
    """A breach as the form's entries."""
    one = known.breach
    times = {
        name: timezone.localtime(getattr(one, name)).strftime("%Y-%m-%dT%H:%M") if getattr(one, name) else ""
        for name in TIMES
    }
    return {**known.texts, **times, "risk": one.risk}


def _form(
    request: StaffRequest,
    known: queries.Shown | None,
    typed: Any,
    status: int = 200,
    wrong: dict[str, str] | None = None,
    problem: str = "",
) -> HttpResponse:
    language = request.user.language
    wrong = wrong or {}
    said = request.GET.get("said", "")

    def entry(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "label": say(language, f"office.breach.{name}"),
            "hint": say(language, f"office.breach.{name}_hint"),
            "value": typed.get(name, ""),
            "error": wrong.get(name, ""),
            "needed": name in ("what", "noticed_at"),
        }

    context = {
        "known": known,
        "line": _line(language, known) if known else None,
        "times": [entry(name) for name in TIMES],
        "texts": [entry(name) for name in TEXTS],
        "risks": [
            {"id": one, "label": say(language, f"office.breach.risk_{one}"), "on": typed.get("risk") == one}
            for one in get_args(Risk)
        ],
        "risk_error": wrong.get("risk", ""),
        "errors": [(name, say(language, f"office.breach.{name}"), said) for name, said in wrong.items()],
        "problem": problem,
        "said": f"office.breach.said_{said}" if said in SAID else "",
        "form_token": sent.token(request) if request.method == "POST" else secrets.token_urlsafe(16),
        "languages": LANGUAGES,
    }
    return render(request, "office/breach.html", context, status=status)


def _line(language: str, known: queries.Shown) -> dict[str, Any]:
    one = known.breach
    what = known.texts.get("what", "")
    return {
        "id": one.pk,
        "url": _address(one.pk),
        "what": what.splitlines()[0][:120] if what else "",
        "shut": known.shut,
        "noticed": one.noticed_at,
        "risk": one.risk,
        "risk_words": say(language, f"office.breach.risk_{one.risk}"),
        "closed_at": one.closed_at,
        "told_at": one.authority_told_at,
        "duties": [_duty(language, duty) for duty in known.duties],
        "persons_due": one.risk == "high" and not one.persons_told_at and not one.closed_at,
    }


def _duty(language: str, duty: queries.Duty) -> dict[str, Any]:
    law = say(language, f"office.rights.regime.{duty.regime}")
    if duty.due is None:
        return {"words": say(language, "office.breach.asap", law=law), "late": False}
    late = duty.due < timezone.now()
    key = "office.breach.late" if late else "office.breach.until"
    due = timezone.localtime(duty.due)
    moment = f"{wording.full(language, due.date())}, {due:%H.%M}"
    return {"words": say(language, key, law=law, moment=moment), "late": late}


def _address(breach_id: UUID) -> str:
    return reverse("office-breach", args=[breach_id])


def _paper(language: Language, known: queries.Shown) -> papers.Paper:
    """The points of DSV 15 and Art. 33(3) GDPR, in the order of the register."""
    one, who = known.breach, policy().controller

    def moment(value: Any) -> str:
        if value is None:
            return say(language, "office.breach.not_yet")
        local = timezone.localtime(value)
        return f"{wording.full(language, local.date())}, {local:%H.%M}"

    facts = papers.Pairs(
        tuple((say(language, f"office.breach.{name}"), moment(getattr(one, name))) for name in TIMES)
        + ((say(language, "office.breach.risk"), say(language, f"office.breach.risk_{one.risk}")),)
    )
    contact = papers.Pairs(
        (
            (
                say(language, "office.breach.paper_controller"),
                f"{who.name}\n{who.street}\n{who.postcode} {who.town}",
            ),
            (say(language, "office.breach.paper_contact"), who.privacy_email),
        )
    )
    sections = [
        papers.Section(say(language, "office.breach.paper_who"), (contact,)),
        papers.Section(say(language, "office.breach.paper_when"), (facts,)),
    ]
    for name in TEXTS:
        body = known.texts.get(name) or say(language, "office.breach.not_known")
        sections.append(papers.Section(say(language, f"office.breach.{name}"), (papers.Paragraph(body),)))
    return papers.Paper(
        language=language,
        title=say(language, "office.breach.paper_title"),
        sender=papers.Sender.of(policy()),
        date=f"{who.town}, {wording.full(language, timezone.localdate())}",
        lead=say(language, "office.breach.paper_lead"),
        sections=tuple(sections),
    )
