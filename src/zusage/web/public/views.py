"""The public pages. Nothing here loads a script (but for the one that works under pressure), or keeps anything before
a form is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from zusage.actions.intake import AlreadySent, Intake, submit
from zusage.policy.types import Purpose
from zusage.queries import notices, proofs
from zusage.queries.proposals import DAY
from zusage.tenant import policy, version
from zusage.web import interests, pressure
from zusage.web.answers import SeeOther, with_own_scripts
from zusage.web.errors import problem_page
from zusage.web.forms import PolicyForm, form_class
from zusage.web.public import instalments, screens
from zusage.web.security import same_site
from zusage.web.times import ago
from zusage.web.words import say

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """To the home page in the language that the browser prefers; nothing is remembered."""
    response = HttpResponseRedirect(f"/{request.language}/")  # type: ignore[attr-defined]
    response.headers["Vary"] = "Accept-Language"
    return response


@require_safe
def home(request: HttpRequest, language: str) -> HttpResponse:
    """«You have a letter from us?»: what can be done here."""
    offered = screens.offered(policy(), language, interests.topics(request))
    context = {
        "entries": offered.entries,
        "more": offered.more,
        "promise_line": _promise_line(language),
        "cookie_offer": interests.consent_first() and interests.undecided(request),
    }
    return render(request, "public/home.html", context)


@same_site
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, language: str, form_path: str) -> HttpResponse:
    """A purpose's form: 200; sent: 303 to the page with the receipt; wrong: 422 with every entry kept.

    Where the help was asked what a proposal comes to: 200, with every entry kept, and nothing is sent.
    """
    purpose = _purpose(form_path)
    made = form_class(policy(), purpose.id, language)
    if request.method != "POST":
        return _form_page(request, made(initial=_initial(request, language)))
    if instalments.asked(request.POST) and instalments.offered(made):
        kept, told = instalments.helped(made, request.POST)
        return _form_page(request, kept, told=told)
    filled = made(request.POST)
    if not filled.is_valid():
        return _form_page(request, filled, status=422)
    hurdle = pressure.check(request)
    if hurdle is not None:
        return held_up(hurdle, partial(_form_page, request, filled))
    try:
        ticket = submit(to_intake(filled))
    except AlreadySent:
        return problem_page(request, 409, "already-sent")
    pressure.count(request)
    return SeeOther(reverse("receipt", args=[language, ticket]))


def to_intake(filled: PolicyForm) -> Intake:
    """What a valid form hands to the action."""
    return Intake(
        purpose=filled.purpose.id,
        language=filled.language,
        notice_version=version_seen(filled),
        values=filled.values(),
        consents=filled.consented(),
        form_token=filled.form_token(),
        cost_notice=instalments.notice_seen(filled),
    )


@require_safe
def tenant_css(request: HttpRequest) -> HttpResponse:
    """The tenant's colours: what the style sheet takes from the policy."""
    look = policy().look
    rules = []
    # For the screen only: paper stays black and white.
    if COLOUR.fullmatch(look.accent):
        rules.append(f"@media screen {{ :root {{ --accent: {look.accent}; }} }}")
    if COLOUR.fullmatch(look.accent_dark):
        rules.append(
            f"@media screen and (prefers-color-scheme: dark) {{ :root {{ --accent: {look.accent_dark}; }} }}"
        )
    return _public_file("\n".join(rules) + "\n", "text/css; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """A letter in the tenant's colour."""
    colour = policy().look.accent if COLOUR.fullmatch(policy().look.accent) else "#14594a"
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="6" fill="{colour}"/>'
        '<path d="M7 10h18v13H7z M7 10.500l9 7 9-7" fill="none" stroke="#fff" stroke-width="2" '
        'stroke-linejoin="round"/></svg>'
    )
    return _public_file(drawing, "image/svg+xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may list the public pages, and have no business in mailbox and office."""
    lines = [
        "User-agent: *",
        *(f"Disallow: /{code}/mailbox/" for code in policy().words),
        "Disallow: /office/",
    ]
    return _public_file("\n".join(lines) + "\n", "text/plain; charset=utf-8")


def held_up(why: pressure.Hurdle | pressure.Refusal, page: Callable[..., HttpResponse]) -> HttpResponse:
    """The form again, with every entry, and what to do first: wait, or let the browser do a sum."""
    if isinstance(why, pressure.Refusal):
        answer = page(status=429, refused_minutes=-(-why.seconds // 60))
    else:
        answer = with_own_scripts(page(status=429, hurdle=why))
    answer.headers["Retry-After"] = str(why.seconds)
    return answer


def version_seen(shown: PolicyForm) -> str:
    """The notice that the person saw: the one their page named if it was ever published, else the present one."""
    seen = shown.version_seen()
    return seen if seen and seen != version() and notices.known(seen) else version()


def _form_page(request: HttpRequest, shown: PolicyForm, status: int = 200, **more: Any) -> HttpResponse:
    purpose, language = shown.purpose, shown.language
    kinds = {shown.policy.fields[asked.field].kind for asked in shown.declared.fields}
    asks_money = "amount" in kinds
    context: dict[str, Any] = {
        "form": shown,
        "purpose": purpose,
        "action": screens.form_url(purpose, language),
        "groups": screens.groups(shown),
        "consents": screens.consents(shown),
        "summary": screens.summary(shown) if shown.is_bound else [],
        "why": screens.why(shown.policy, purpose, language),
        "elsewhere": [] if shown.is_bound else screens.elsewhere(shown.policy, purpose, language),
        "topic": _topic(request, shown),
        "request_only": asks_money,
        "send": say(language, "form.send_proposal" if asks_money else "form.send_message"),
        "form_token": shown.form_token(),
        "policy_version": version_seen(shown),
        "cost_notice": instalments.notice(shown),
        "plan_rules": instalments.rules(shown),
        "reckons_after": DAY if instalments.offered(type(shown)) else "",
        **more,
    }
    return render(request, "public/form.html", context, status=status)


def _promise_line(language: str) -> str:
    """How many promises there are, and when somebody last looked whether they are kept."""
    number, last = len(policy().promises), proofs.last_proved()
    if last is None:
        return say(language, "home.promises", n=number)
    return say(language, "proof.home", n=number, ago=ago(language, last))


def _purpose(path: str) -> Purpose:
    for purpose in policy().form_purposes():
        if purpose.form is not None and purpose.form.path.strip("/") == path:
            return purpose
    raise Http404


def _about(request: HttpRequest) -> str:
    """What the form is to be about beside its purpose: not-me, creditors, jobs; else nothing."""
    asked = request.GET.get("about", "")
    return asked if asked == "not-me" or asked in screens.ABOUT else ""


def _topic(request: HttpRequest, shown: PolicyForm) -> str:
    """What somebody should know who comes to this form about something."""
    about = _about(request)
    if about != "not-me":
        return say(shown.language, f"form.about_{about}") if about else ""
    asks_birth = any(asked.field == "date_of_birth" for asked in shown.declared.fields)
    keys = ["form.not_me", "form.not_me_born"] if asks_birth else ["form.not_me"]
    return " ".join(say(shown.language, key) for key in keys)


def _initial(request: HttpRequest, language: str) -> dict[str, str]:
    about = _about(request)
    key = "form.not_me_message" if about == "not-me" else f"form.about_{about}_message"
    return {"message": say(language, key)} if about else {}


def _public_file(content: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
