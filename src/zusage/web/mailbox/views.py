"""The mailbox: the receipt shown once, the door it opens, and the exchange of letters behind it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zusage.actions import mailbox as actions
from zusage.actions.intake import take_receipt
from zusage.models import PLAN, RIGHTS
from zusage.papers import api as papers
from zusage.policy.law import RIGHTS as ALL_RIGHTS
from zusage.processing import listed
from zusage.queries import mailbox as queries
from zusage.queries import plans
from zusage.rules import emails, receipts, text
from zusage.rules.problems import Problem
from zusage.rules.values import shown
from zusage.tenant import policy
from zusage.vault.models import NOTICE
from zusage.web.answers import SeeOther, with_own_scripts
from zusage.web.errors import problem_page
from zusage.web.limits import COUNTERS, known, source_of
from zusage.web.listed import only_if_listed
from zusage.web.security import same_site
from zusage.web.words import say

LONGEST_LETTER = 10_000
View = Callable[..., HttpResponse]


def with_open_mailbox(view: View) -> View:
    """Guard: the mailbox is open in this session; the view gets the subject's id. Otherwise: to the door.

    Whoever comes straight from the door without its cookie is told that the browser didn't take it.
    """

    @wraps(view)
    def guarded(request: HttpRequest, language: str, **more: Any) -> HttpResponse:
        subject_id = _subject(request)
        if subject_id is None:
            asked = ["no-cookie"] if "opened" in request.GET else []
            if "mailbox/rights/" in request.path and request.method == "GET":
                asked.append(f"then={_then(request.GET.get('right', 'rights'))}")
            return SeeOther(reverse("mailbox", args=[language]) + ("?" + "&".join(asked) if asked else ""))
        return view(request, language, subject_id, **more)

    return guarded


@require_GET
def receipt(request: HttpRequest, language: str, ticket: str) -> HttpResponse:
    """The receipt, shown once. The ticket in the address is worthless from then on."""
    found = take_receipt(ticket)
    if found is None:
        return problem_page(request, 410, "receipt-gone")
    grouped = receipts.grouped(found)
    context = {
        "receipt_grouped": grouped,
        "receipt_parts": grouped.split("-"),
        "qr_svg": papers.qr_svg(grouped),
        "now": timezone.now(),
    }
    return with_own_scripts(render(request, "mailbox/receipt.html", context))


@same_site
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, language: str) -> HttpResponse:
    """The door: a receipt opens the mailbox. A few tries per source, then a wait; the same words for every failure."""
    if request.method == "GET":
        if _subject(request) is not None:
            return SeeOther(_room(language, request.GET.get("then", "")))
        return _door(request, 200, closed="closed" in request.GET, no_cookie="no-cookie" in request.GET)
    limits = policy().limits
    who = source_of(request)
    tries = COUNTERS.add("receipt", who, limits.window_minutes * 60)
    if known(who) and tries.times > limits.receipt_tries:
        return problem_page(request, 429, "too-many-tries", seconds=tries.seconds_left)
    typed = request.POST.get("receipt", "")[:200]
    try:
        subject_id = actions.enter(receipts.normal(typed))
    except Problem as problem:
        return _door(request, 422, say(language, f"problem.{problem.code}", **problem.params), typed)
    if subject_id is None:
        return _door(request, 422, say(language, "mailbox.wrong"), typed)
    COUNTERS.take_back("receipt", who)
    request.session.flush()
    request.session["subject"] = str(subject_id)
    room = _room(language, request.POST.get("then", ""))
    return SeeOther(room + ("&" if "?" in room else "?") + "opened")


@require_http_methods(["GET", "POST"])
@with_open_mailbox
def letters(request: HttpRequest, language: str, subject_id: UUID) -> HttpResponse:
    """The exchange of letters; a POST adds one."""
    if request.method == "GET":
        if "opened" in request.GET:
            # The cookie has come back, so its question may leave the address: a reload much later asks nothing.
            return SeeOther(reverse("letters", args=[language]))
        # First, so that a letter that arrives just now isn't taken for read without having been shown.
        actions.mark_read(subject_id)
        return _letters_page(request, language, subject_id, 200)
    typed = request.POST.get("message", "")
    try:
        body = text.paragraph(typed, longest=LONGEST_LETTER)
        if not body:
            raise Problem("missing")
    except Problem as problem:
        error = say(language, f"problem.{problem.code}", **_labelled(problem, language))
        return _letters_page(request, language, subject_id, 422, error=error, typed=typed)
    open_ = queries.matters(subject_id)
    chosen = next((one for one in open_ if str(one.id) == request.POST.get("matter")), open_[0])
    token = request.POST.get("form_token", "")[:64] or secrets.token_urlsafe(16)
    actions.reply(subject_id, chosen.id, body, token)
    return SeeOther(reverse("letters", args=[language]) + "?said=sent")


@only_if_listed(NOTICE)
@require_POST
@with_open_mailbox
def notice(request: HttpRequest, language: str, subject_id: UUID) -> HttpResponse:
    """E-mail notices on (with the address, which is the consent) or off."""
    if request.POST.get("notice") == "off":
        actions.withdraw(subject_id, NOTICE)
        return SeeOther(reverse("letters", args=[language]) + "?said=notice-off")
    typed = request.POST.get("notice_email", "")
    try:
        actions.ask_notice(subject_id, emails.email(typed))
    except Problem as problem:
        error = say(language, f"problem.{problem.code}", **_labelled(problem, language))
        return _letters_page(
            request, language, subject_id, 422, error=error, error_field="notice_email", typed_email=typed
        )
    return SeeOther(reverse("letters", args=[language]) + "?said=notice-on")


@require_POST
@with_open_mailbox
def withdraw(request: HttpRequest, language: str, subject_id: UUID) -> HttpResponse:
    """Withdraw a consent with one click."""
    wanted = request.POST.get("consent", "")
    for consent in queries.consents(subject_id):
        if str(consent.pk) == wanted:
            actions.withdraw(subject_id, consent.purpose)
    return SeeOther(reverse("letters", args=[language]) + "?said=withdrawn")


@require_POST
@with_open_mailbox
def close(request: HttpRequest, language: str, subject_id: UUID) -> HttpResponse:
    """Leave: session and cookie go."""
    request.session.flush()
    return SeeOther(reverse("mailbox", args=[language]) + "?closed")


SAID = {
    "sent": "letters.sent",
    "notice-on": "notice.now_on",
    "notice-off": "notice.now_off",
    "withdrawn": "letters.withdrawn",
}


def _letters_page(
    request: HttpRequest, language: str, subject_id: UUID, status: int, **more: Any
) -> HttpResponse:
    exchange = [
        {
            "who": letter.who,
            "at": letter.at,
            "body": letter.body,
            "right": letter.right and say(language, f"rights.{letter.right}.name"),
            "fields": [
                (policy().text(language, f"field.{name}.label"), shown(policy(), language, name, value))
                for name, value in letter.fields
            ],
        }
        for letter in queries.letters(subject_id)
    ]
    open_ = queries.matters(subject_id)
    context = {
        "letters": exchange,
        "matters": [_matter(language, one) for one in open_] if len(open_) > 1 else [],
        "matter": request.POST.get("matter", ""),
        "documents": _documents(language, subject_id),
        "plans": _plans(language, subject_id),
        "rights_url": reverse("mailbox-rights", args=[language]) if listed(RIGHTS) else "",
        "waiting": bool(exchange) and exchange[-1]["who"] == "person",
        "notice_on": queries.notice_on(subject_id),
        "consents": queries.consents(subject_id),
        "form_token": request.POST.get("form_token", "")[:64] or secrets.token_urlsafe(16),
        "said": SAID.get(request.GET.get("said", "")),
        "idle_minutes": policy().limits.mailbox_idle_minutes,
        "answer_url": reverse("letters", args=[language]),
        "notice_url": reverse("mailbox-notice", args=[language]),
        "withdraw_url": reverse("mailbox-withdraw", args=[language]),
        "close_url": reverse("mailbox-close", args=[language]),
        **more,
    }
    return render(request, "mailbox/letters.html", context, status=status)


def _door(request: HttpRequest, status: int, error: str = "", typed: str = "", **said: bool) -> HttpResponse:
    idle = policy().limits.mailbox_idle_minutes
    asked = request.POST if request.method == "POST" else request.GET
    then = _then(asked["then"]) if "then" in asked else ""
    context = {"error": error, "typed": typed, "idle_minutes": idle, "then": then, **said}
    return render(request, "mailbox/open.html", context, status=status)


def _then(asked: str) -> str:
    """Where somebody was going when they met the door: a right, or the list of their requests."""
    return asked if asked in ALL_RIGHTS else "rights"


def _room(language: str, then: str) -> str:
    """The address that the door leads to."""
    if not then or not listed(RIGHTS):
        return reverse("letters", args=[language])
    right = f"?right={_then(then)}" if _then(then) in ALL_RIGHTS else ""
    return reverse("mailbox-rights", args=[language]) + right


def _matter(language: str, matter: queries.Matter) -> dict[str, Any]:
    """A matter in words, for the choice of what a letter is about."""
    if matter.right:
        title = say(language, f"rights.{matter.right}.name")
    else:
        title = policy().text(language, f"purpose.{matter.purpose}.title")
    return {"id": str(matter.id), "title": title, "at": matter.received_at}


def _plans(language: str, subject_id: UUID) -> list[dict[str, Any]]:
    """The way to each plan; nothing of it is opened here."""
    found = plans.links(subject_id) if listed(PLAN) else []
    return [
        {
            "url": reverse("mailbox-plan", args=[language, one.pk]),
            "link": "plan.link_offered" if one.state == "offered" else "plan.link",
            "state": f"plan.state_{one.state}",
            "offered": one.state == "offered",
        }
        for one in found
    ]


def _documents(language: str, subject_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "url": reverse("mailbox-document", args=[language, one.id]),
            "name": one.name,
            "size": filesizeformat(one.size),
            "until": one.until,
        }
        for one in queries.documents(subject_id)
    ]


def _subject(request: HttpRequest) -> UUID | None:
    known_as = request.session.get("subject")
    if known_as is None:
        return None
    subject_id = UUID(known_as)
    return subject_id if queries.exists(subject_id) else None


def _labelled(problem: Problem, language: str) -> dict[str, str]:
    return {"label": say(language, "letters.answer"), **problem.params}
