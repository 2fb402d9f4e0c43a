"""The rights of whoever the data is about: what can be asked for, three ways to say who one is, and the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from zusage.actions.intake import AlreadySent
from zusage.actions.rights import requests
from zusage.actions.rights.requests import Asked, Way, WrongCode
from zusage.models import RIGHTS
from zusage.policy.law import RIGHTS as ALL
from zusage.policy.law import Right
from zusage.policy.page import Page
from zusage.rules import clock
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.web import pressure, uploads
from zusage.web.answers import SeeOther
from zusage.web.errors import problem_page
from zusage.web.limits import COUNTERS, known, source_of
from zusage.web.listed import only_if_listed
from zusage.web.public import rights_form, screens
from zusage.web.public.rights_form import RightsForm
from zusage.web.public.views import held_up, version_seen
from zusage.web.security import same_site
from zusage.web.words import say


class _NoForm(Exception):
    """The form can't be taken as it is; what is wrong stands in it."""


class _TooManyTries(Exception):
    """This source has tried enough codes for now."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(seconds)


@same_site
@only_if_listed(RIGHTS)
@require_http_methods(["GET", "HEAD", "POST"])
def rights(request: HttpRequest, language: str) -> HttpResponse:
    """All rights; with ``?right=`` the ways to ask for one; with ``way=`` too, the form.

    Sent: 303 to the page with the receipt; wrong: 422 with every entry kept, but for the file, which browsers forget.
    """
    asked = request.POST if request.method == "POST" else request.GET
    right = _right(asked)
    if right is None:
        return _list_page(request, language)
    way = _way(asked, right)
    if way is None:
        return _ways_page(request, language, right)
    made = rights_form.form_of(right, way, language)
    if request.method != "POST":
        return _form_page(request, made())
    return _take(request, made(request.POST))


def _take(request: HttpRequest, filled: RightsForm) -> HttpResponse:
    filled.check_proof(uploads.proof(request))
    if not filled.whole:
        return _form_page(request, filled, status=422)
    hurdle = pressure.check(request)
    if hurdle is not None:
        return held_up(hurdle, partial(_form_page, request, filled))
    try:
        ticket = _file(request, filled)
    except _NoForm:
        return _form_page(request, filled, status=422)
    except _TooManyTries as waits:
        page = _form_page(request, filled, status=429, waits_minutes=-(-waits.seconds // 60))
        page.headers["Retry-After"] = str(waits.seconds)
        return page
    except AlreadySent:
        return problem_page(request, 409, "already-sent")
    pressure.count(request)
    return SeeOther(reverse("receipt", args=[filled.language, ticket]))


def _file(request: HttpRequest, filled: RightsForm) -> str:
    """File it; the ticket to the receipt."""
    asked = Asked(
        right=filled.right,
        language=filled.language,
        notice_version=version_seen(filled),
        values=filled.values(),
        form_token=filled.form_token(),
    )
    if filled.way == "none":
        return requests.openly(asked)
    if filled.way == "letter-code":
        return _by_letter(request, filled, asked)
    try:
        return requests.by_stranger(asked, uploads.proof(request).content)
    except Problem as problem:
        filled.proof_error = say(filled.language, f"problem.{problem.code}", **problem.params)
        raise _NoForm from None


def _by_letter(request: HttpRequest, filled: RightsForm, asked: Asked) -> str:
    """A few tries per source, as at the mailbox's door, beside those that the code itself has."""
    limits = policy().limits
    who = source_of(request)
    tries = COUNTERS.add("letter-code", who, limits.window_minutes * 60)
    if known(who) and tries.times > limits.receipt_tries:
        raise _TooManyTries(tries.seconds_left)
    reference, code = filled.cleaned_data["case_reference"], filled.cleaned_data["letter_code"]
    try:
        ticket = requests.by_letter(asked, reference, code)
    except WrongCode:
        days = policy().period(RIGHTS, "access-code").length
        filled.add_error("letter_code", say(filled.language, "rights.wrong_code", days=days))
        raise _NoForm from None
    COUNTERS.take_back("letter-code", who)
    return ticket


def _right(asked: Mapping[str, str]) -> Right | None:
    return next((one for one in ALL if one == asked.get("right")), None)


def _way(asked: Mapping[str, str], right: Right) -> Way | None:
    """The way asked for; a mailbox has its own pages, and who isn't that person has but one way."""
    if right == "not-me":
        return "none"
    wanted = asked.get("way")
    if wanted == "none":
        return "none" if right in requests.UNPROVEN else None
    return next((one for one in ("letter-code", "stranger") if one == wanted), None)


def _list_page(request: HttpRequest, language: str) -> HttpResponse:
    """What can be asked for. A form that named no right comes back to here."""
    context = {
        "rights": [_told(language, one) for one in ALL],
        "unclear": request.method == "POST",
        "mailbox_url": reverse("mailbox", args=[language]) + "?then=rights",
        "here": reverse("rights", args=[language]),
    }
    return render(request, "public/rights.html", context, status=422 if request.method == "POST" else 200)


def _ways_page(request: HttpRequest, language: str, right: Right) -> HttpResponse:
    context = {
        "right": _told(language, right),
        "ways": rights_form.ways(right),
        "unclear": request.method == "POST",
        "mailbox_url": reverse("mailbox", args=[language]) + f"?then={right}",
        "here": reverse("rights", args=[language]),
        "code_days": policy().period(RIGHTS, "access-code").length,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "public/rights_ways.html", context, status=status)


def _form_page(request: HttpRequest, shown: RightsForm, status: int = 200, **more: Any) -> HttpResponse:
    wrong = rights_form.wrong(shown) if shown.is_bound else []
    context: dict[str, Any] = {
        "form": shown,
        "right": _told(shown.language, shown.right),
        "way": shown.way,
        "groups": rights_form.shown(shown),
        "proof": rights_form.proof_item(shown) if shown.way == "stranger" else None,
        "file_lost": shown.way == "stranger" and bool(uploads.proof(request).content),
        "summary": wrong,
        "why": _why(shown),
        "megabytes": policy().limits.proof_megabytes,
        "form_token": shown.form_token(),
        "policy_version": version_seen(shown),
        "here": reverse("rights", args=[shown.language]),
        **more,
    }
    return render(request, "public/rights_form.html", context, status=status)


def _why(shown: RightsForm) -> screens.Why:
    """Why this is asked, with the periods of what this form brings, and of no more."""
    purpose = policy().purposes[RIGHTS]
    brings = {"stranger": "identity-proof", "letter-code": "access-code"}.get(shown.way, "")
    page = Page(policy(), shown.language)  # type: ignore[arg-type]
    kept = [one for one in page.kept(purpose) if not one.categories or brings in one.categories]
    said = [page.part(one) + ": " if one.categories else "" for one in kept]
    texts = [page.text(f"retention.{one.retention.id}.text") for one in kept]
    period = " ".join(part + text for part, text in zip(said, texts, strict=True))
    return replace(screens.why(policy(), purpose, shown.language), period=period)


def _told(language: str, right: Right) -> dict[str, Any]:
    """A right in words, with the day by which we would answer if it were asked for today."""
    _, due = clock.earliest(timezone.localdate(), policy().regimes, right)
    return {
        "id": right,
        "title": say(language, f"rights.{right}.title"),
        "help": say(language, f"rights.{right}.help"),
        "button": say(language, f"rights.{right}.button"),
        "due": due,
    }
