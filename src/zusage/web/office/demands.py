"""Demands of authorities: put on record, looked at, answered with what the law demands."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zusage.actions import demands as actions
from zusage.actions.base import Conflict
from zusage.actions.demands import NoSuchCase, Received
from zusage.actions.disclose import DISPUTED, Disclosed, NotDisclosed
from zusage.models import LEGAL_DUTY, Case, Demand, Message
from zusage.papers import api as papers
from zusage.policy.types import Language
from zusage.queries import disclosures as queries
from zusage.queries.opening import Plain, opened
from zusage.rules import references, text
from zusage.rules.disclosure import citation
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.vault.sealed import sealed_columns
from zusage.web.answers import SeeOther
from zusage.web.office import sent, wording
from zusage.web.office.access import StaffRequest, checks_csrf_itself, forged, office
from zusage.web.office.disclosed_lines import line
from zusage.web.office.files import as_csv, as_json, attachment
from zusage.web.words import say

FORMS = ("json", "csv", "pdf")
ENTRIES = ("authority", "reference", "citation", "received_on", "case_references")
LONGEST = 200
SAID = ("received", "closed")


@require_safe
@office("officer")
def demands(request: StaffRequest) -> HttpResponse:
    """All of them, the open ones first."""
    return render(request, "office/demands.html", {"rows": queries.demands(request.user)})


@checks_csrf_itself
@require_http_methods(["GET", "HEAD", "POST"])
@office("officer")
def new(request: StaffRequest) -> HttpResponse:
    """Put one on record. Every entry is kept until everything is right."""
    if request.method != "POST":
        return _form(request, {"received_on": timezone.localdate().isoformat()})
    language = request.user.language
    if forged(request):
        return _form(request, request.POST, 403, problem=say(language, "conflict.expired"))
    received, wrong = _received(request)
    if received is None:
        return _form(request, request.POST, 422, wrong=wrong)
    try:
        batch = actions.receive(request.user, received, sent.token(request))
    except NoSuchCase as unknown:
        at = received.case_references.index(unknown.reference) + 1
        said = say(language, "office.demand.no_such_case", n=at, reference=unknown.reference)
        return _form(request, request.POST, 422, wrong={"case_references": said})
    return SeeOther(reverse("office-demand", args=[batch]) + "?said=received")


@require_safe
@office("officer")
def show(request: StaffRequest, batch: UUID) -> HttpResponse:
    """What the demand is about, and what of it the law demands. ``?values`` opens what is held."""
    return _page(request, batch)


@require_POST
@office("officer")
def hand_over(request: StaffRequest, batch: UUID) -> HttpResponse:
    """Disclose what was ticked; the answer is the file for the authority."""
    form = request.POST.get("form", "")
    fields = tuple(dict.fromkeys(request.POST.getlist("field")))
    language = request.user.language
    try:
        if form not in FORMS:
            raise NotDisclosed("no-fields")
        known = queries.demand(request.user, batch)
        went = actions.hand_over(request.user, batch, fields, form, sent.token(request))
    except Demand.DoesNotExist:
        raise Http404 from None
    except (NotDisclosed, Conflict) as refused:
        return _page(request, batch, 409, say(language, f"office.disclosed.refused.{refused.reason}"))
    rows = _rows(went)
    if form == "csv":
        return attachment(as_csv(rows), form, "disclosure")
    if form == "json":
        return attachment(as_json(_envelope(known, rows)), form, "disclosure")
    return attachment(papers.generic(_paper(known, rows)), form, "disclosure")


@require_POST
@office("officer")
def close(request: StaffRequest, batch: UUID) -> HttpResponse:
    """The demand is answered."""
    try:
        actions.close(request.user, batch)
    except Demand.DoesNotExist:
        raise Http404 from None
    except Conflict as conflict:
        said = say(request.user.language, f"office.disclosed.refused.{conflict.reason}")
        return _page(request, batch, 409, said)
    return SeeOther(reverse("office-demand", args=[batch]) + "?said=closed")


def _received(request: StaffRequest) -> tuple[Received | None, dict[str, str]]:
    """What was sent as the action wants it, or what is wrong with it: field -> what to do."""
    language = request.user.language
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    readers: dict[str, Callable[[str], Any]] = {
        "authority": lambda raw: text.line(raw, longest=LONGEST),
        "reference": lambda raw: text.line(raw, longest=LONGEST),
        "citation": citation,
        "case_references": references.references,
        "received_on": lambda _: sent.day(request, "received_on"),
    }
    for name, read in readers.items():
        raw = request.POST.get(name, "")
        try:
            found[name] = read(raw) if raw.strip() else ""
        except Problem as problem:
            wrong[name] = say(language, f"problem.{problem.code}", **problem.params)
        except NotDisclosed:
            wrong[name] = say(language, "office.disclosed.refused.no-citation")
        if name not in wrong and not found[name] and name != "reference":
            wrong[name] = say(language, "problem.missing")
    if "received_on" not in wrong and found["received_on"] > timezone.localdate():
        wrong["received_on"] = say(language, "problem.date-future")
    return (None, wrong) if wrong else (Received(**found), {})


def _form(
    request: StaffRequest,
    typed: Any,
    status: int = 200,
    wrong: dict[str, str] | None = None,
    problem: str = "",
) -> HttpResponse:
    language, wrong = request.user.language, wrong or {}
    entries = [
        {
            "name": name,
            "label": say(language, f"office.demand.{name}"),
            "hint": say(language, f"office.demand.{name}_hint"),
            "value": typed.get(name, ""),
            "error": wrong.get(name, ""),
            "needed": name != "reference",
        }
        for name in ENTRIES
    ]
    context = {
        "entries": entries,
        "errors": [(one["name"], one["label"], one["error"]) for one in entries if one["error"]],
        "problem": problem,
        "form_token": sent.token(request) if request.method == "POST" else secrets.token_urlsafe(16),
    }
    return render(request, "office/demand_new.html", context, status=status)


def _page(request: StaffRequest, batch: UUID, status: int = 200, problem: str = "") -> HttpResponse:
    language = request.user.language
    try:
        known = queries.demand(request.user, batch)
    except Demand.DoesNotExist:
        raise Http404 from None
    is_open = known.first.closed_at is None
    records = [one for row in known.rows for one in actions.records(row.subject_id)] if is_open else []
    held = Counter(name for one in records for name in _names(one))
    lines = queries.handed_over(batch)
    names = queries.authors(lines)
    said = request.GET.get("said", "")
    ticked = request.POST.getlist("field") if request.method == "POST" else []
    context = {
        "known": known,
        "is_open": is_open,
        "held": [
            (name, wording.name_of(language, name), number, name in ticked) for name, number in held.items()
        ],
        "values": _values(request, records) if "values" in request.GET else [],
        "asked": "values" in request.GET,
        "lines": [line(language, one, names) for one in lines],
        "problem": problem,
        "said": f"office.demand.said_{said}" if said in SAID else "",
        "form_token": secrets.token_urlsafe(16),
    }
    return render(request, "office/demand.html", context, status=status)


def _names(one: Any) -> list[str]:
    """What a record holds, by name and without opening it."""
    if hasattr(one, "field"):
        return [one.field] if one.value is not None else []
    return [column for column in sealed_columns(type(one)) if getattr(one, column) is not None]


def _values(request: StaffRequest, records: list[Any]) -> list[dict[str, Any]]:
    language = request.user.language
    plain = opened(records, LEGAL_DUTY, vault.Actor.staff(request.user))
    return [
        {
            "title": say(language, f"office.demand.record_{_kind(one)}"),
            "values": [
                (wording.name_of(language, name), value) for name, value in _named(one, columns).items()
            ],
            "shut": shut,
        }
        for one, (columns, shut) in zip(records, plain, strict=True)
    ]


def _named(one: Any, columns: Plain) -> dict[str, str]:
    """The values by the names that leave with them, each with its note of dispute behind it."""
    named = {}
    for column, value in columns.items():
        name = getattr(one, "field", "") or column
        named[name] = value
        if column in columns.disputed:
            named[name + DISPUTED] = columns.disputed[column] or "–"
    return named


def _kind(one: Any) -> str:
    return "case" if isinstance(one, Case) else "letter" if isinstance(one, Message) else "form"


def _rows(went: list[tuple[Any, Disclosed]]) -> list[dict[str, str]]:
    """One row for each record that gave something; what one form said stands in one row."""
    rows: list[dict[str, str]] = []
    for records, disclosed in went:
        forms: dict[UUID, dict[str, str]] = {}
        for one, values in zip(records, disclosed.values, strict=True):
            if not values:
                continue
            if _kind(one) == "form":
                if one.submission_id not in forms:
                    forms[one.submission_id] = {"record": "form"}
                    rows.append(forms[one.submission_id])
                forms[one.submission_id].update(values)
            else:
                rows.append({"record": _kind(one), **values})
    return rows


def _envelope(known: queries.DemandShown, rows: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "controller": policy().controller.name,
        "authority": known.authority,
        "reference": known.reference,
        "citation": known.first.citation,
        "at": timezone.localtime().isoformat(timespec="seconds"),
        "records": rows,
    }


def _paper(known: queries.DemandShown, rows: list[dict[str, str]]) -> papers.Paper:
    """The authority's copy, in the language in which this agency deals with authorities."""
    language: Language = "de"
    about = [
        (say(language, "office.demand.authority"), known.authority),
        (say(language, "office.demand.reference"), known.reference),
        (say(language, "office.demand.citation"), known.first.citation),
        (say(language, "office.demand.received_on"), wording.full(language, known.first.received_on)),
    ]
    sections = tuple(
        papers.Section(
            say(language, f"office.demand.record_{row['record']}"),
            (
                papers.Pairs(
                    tuple(
                        (wording.name_of(language, name), wording.shown(language, name, value))
                        for name, value in row.items()
                        if name != "record"
                    )
                ),
            ),
        )
        for row in rows
    )
    return papers.Paper(
        language=language,
        title=say(language, "office.demand.paper_title"),
        sender=papers.Sender.of(policy()),
        date=f"{policy().controller.town}, {wording.full(language, timezone.localdate())}",
        lead=say(language, "office.demand.paper_lead"),
        about=tuple((name, value) for name, value in about if value),
        sections=sections,
    )
