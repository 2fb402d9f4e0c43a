"""Is this letter from us? What is official, whether a number is formed as ours are, what to do with a forged letter.

Nothing here is stored, looked up or put into an address: the page knows no more than the policy and what was typed.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from zusage.policy.types import Account
from zusage.rules import genuine as rules
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.web.public import screens
from zusage.web.security import same_site
from zusage.web.words import say

SIGNS = {"ours": "done", "right": "info", "not-ours": "alert", "wrong": "alert"}


@same_site
@require_http_methods(["GET", "HEAD", "POST"])
def genuine(request: HttpRequest, language: str) -> HttpResponse:
    """The page; a POST of ``check`` answers how that number is formed: 200, or 422 with what can't be read."""
    if request.method != "POST":
        return _page(request, language)
    typed = request.POST.get("check", "")
    try:
        found = rules.look(typed, policy().accounts, policy().matching.check_digits)
    except Problem as problem:
        error = say(language, f"problem.{problem.code}", **problem.params)
        return _page(request, language, 422, error=error, typed=typed[:200])
    return _page(request, language, found=_said(language, found), typed=typed)


def _page(request: HttpRequest, language: str, status: int = 200, **more: Any) -> HttpResponse:
    agency, regimes = policy().controller, policy().regimes
    ask = next((one["url"] for one in screens.entries(policy(), language) if one["icon"] == "question"), "")
    context = {
        "agency": agency,
        "domains": agency.domains,
        "accounts": [_account(one) for one in policy().accounts],
        "reports": [say(language, f"genuine.forged_report_{regime}") for regime in regimes],
        "ask": ask,
        **more,
    }
    return render(request, "public/genuine.html", context, status=status)


def _said(language: str, found: rules.Finding) -> dict[str, Any]:
    """What was found, in words: what it is, how it is formed, and what to do."""
    key = f"{found.kind}_{found.verdict}".replace("-", "_")
    return {
        "sign": SIGNS[found.verdict],
        "bad": found.verdict in ("not-ours", "wrong"),
        "kind": say(language, f"genuine.kind_{found.kind.replace('-', '_')}"),
        "title": say(language, f"genuine.found.{key}.title"),
        "text": say(language, f"genuine.found.{key}.text"),
        "account": _account(found.account) if found.account else None,
    }


def _account(one: Account) -> dict[str, Any]:
    return {"iban": one.shown, "currency": one.currency, "bank": one.bank, "qr": one.qr}
