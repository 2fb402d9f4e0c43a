"""Every cookie that this site can set, what is in this browser now, and how to refuse and delete it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from zusage.policy.holes.cookies import NAME
from zusage.policy.page import Page
from zusage.policy.types import Cookie, Language
from zusage.queries import notices
from zusage.rules.interests import Interests
from zusage.tenant import policy, version
from zusage.web import interests, sessions
from zusage.web.answers import SeeOther
from zusage.web.security import same_site

MOST_SHOWN = 50
SAID = ("allowed", "refused", "deleted", "gpc")


class _Unknown(Exception):
    """A choice that this page doesn't offer."""


@same_site
@require_http_methods(["GET", "HEAD", "POST"])
def cookies(request: HttpRequest, language: Language) -> HttpResponse:
    """The page; a choice is a POST of ``choice`` (allow, refuse, delete), ``cookie`` names a single one to delete.

    Done: 303 back to here with a word of what happened. Unknown: 422, and nothing has changed.
    """
    if request.method != "POST":
        return _page(request, language)
    try:
        return _choose(request, reverse("cookies", args=[language]))
    except _Unknown:
        return _page(request, language, status=422)


@require_safe
def gpc(request: HttpRequest) -> HttpResponse:
    """That Global Privacy Control is honoured here: ``/.well-known/gpc.json``."""
    since = notices.published_at(version())
    day = timezone.localdate(since) if since else timezone.localdate()
    return JsonResponse({"gpc": True, "lastUpdate": day.isoformat()})


def _choose(request: HttpRequest, here: str) -> HttpResponse:
    choice, name = request.POST.get("choice", ""), request.POST.get("cookie", "")
    if choice == "delete":
        response = _delete(request, here, name)
    elif choice in ("allow", "refuse") and interests.declared() and not name:
        response = _decide(request, here, choice)
    else:
        raise _Unknown
    if not interests.gpc(request):
        interests.tally(response, "choice", choice)
    return response


def _decide(request: HttpRequest, here: str, choice: str) -> HttpResponse:
    if interests.gpc(request):
        response = SeeOther(f"{here}?said=gpc")
        interests.keep(request, response, None)
        return response
    if choice == "refuse":
        response = SeeOther(f"{here}?said=refused")
        interests.keep(request, response, Interests("refused"))
        return response
    response = SeeOther(f"{here}?said=allowed")
    held = interests.held(request)
    kept = held.topics if held and interests.may_use(held) else ()
    interests.keep(request, response, Interests("allowed", kept, held.week if held and kept else None))
    return response


def _delete(request: HttpRequest, here: str, name: str) -> HttpResponse:
    """Delete one cookie, or all of ours. A name that this browser doesn't have is gone already."""
    ours = {sessions.name_of(one, request.is_secure()): one for one in policy().cookies.values()}
    if name and not NAME.fullmatch(name):
        raise _Unknown
    response = SeeOther(f"{here}?said=deleted")
    for one in [name] if name else list(ours):
        if one not in request.COOKIES:
            continue
        if one in ours and ours[one].where != "public":
            sessions.end(request, "mailbox" if ours[one].where == "mailbox" else "office")
        response.delete_cookie(one, samesite="Lax")
    return response


def _page(request: HttpRequest, language: Language, status: int = 200) -> HttpResponse:
    cookie, held = interests.declared(), interests.held(request)
    said = request.GET.get("said", "")
    known = [_known(request, language, one) for one in policy().cookies.values()]
    context: dict[str, Any] = {
        "here": reverse("cookies", args=[language]),
        "known": known,
        "strangers": _strangers(request, {one["name"] for one in known}),
        "any_here": any(one["here"] for one in known),
        "topics": [policy().text(language, f"topic.{one}.name") for one in policy().topics],
        "open_doors": [one["where"] for one in known if one["here"] and one["where"] != "public"],
        "asks_first": interests.consent_first(),
        "choosable": cookie is not None,
        "asked_before": Page(policy(), language).asked_before() if cookie else "",
        "refused_means": policy().text(language, f"cookie.{cookie.id}.refused") if cookie else "",
        "choice": held.choice if held else "",
        "gpc": interests.gpc(request),
        "unknown": status == 422,
        # What was just allowed or refused should have come back with this request.
        "said": "not-taken" if said in ("allowed", "refused") and not held else said if said in SAID else "",
    }
    return render(request, "public/cookies.html", context, status=status)


def _known(request: HttpRequest, language: Language, cookie: Cookie) -> dict[str, Any]:
    """One of ours: what the policy says of it, whether it is here, and what it says here."""
    page, name = Page(policy(), language), sessions.name_of(cookie, request.is_secure())
    found = interests.held(request) if cookie == interests.declared() else None
    return {
        "name": name,
        "where": cookie.where,
        "purpose": page.text(f"cookie.{cookie.id}.purpose"),
        "life": page.life(cookie),
        "need": page.need(cookie),
        "here": name in request.COOKIES and (cookie.where != "public" or found is not None),
        "choice": found.choice if found else "",
        "topics": [page.text(f"topic.{one}.name") for one in found.topics] if found else [],
        "week": found.week if found else None,
    }


def _strangers(request: HttpRequest, known: set[str]) -> list[dict[str, Any]]:
    """Cookies of this browser that aren't ours: another program of the house, or of the machine, has set them."""
    names = [one for one in dict(interests.sent(request)) if one not in known]
    return [{"name": one[:100], "deletable": bool(NAME.fullmatch(one))} for one in names[:MOST_SHOWN]]
