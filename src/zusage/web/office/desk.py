"""What is on everybody's desk: the role's overview, one's own account, the keys."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from zusage.actions import staff
from zusage.policy.types import LANGUAGES
from zusage.queries import inbox as queries
from zusage.queries import proofs
from zusage.tenant import policy
from zusage.web.answers import SeeOther
from zusage.web.office.access import StaffRequest, office, speak
from zusage.web.office.adapter import second_factors

KEYS_OFF = "keys_off"


@require_safe
@office("officer")
def overview(request: StaffRequest) -> HttpResponse:
    """Where the protection officer begins: what the role may do, and numbers without anybody's values."""
    language = request.user.language
    tally = [
        (policy().text(language, f"purpose.{kind}.title"), states, sum(states.values()))
        for kind, states in queries.tally()
    ]
    opens = [
        policy().text(language, f"purpose.{one}.title") for one in policy().roles[request.user.role].opens
    ]
    return render(
        request, "office/overview.html", {"tally": tally, "opens": opens, "promises": proofs.tally()}
    )


@require_http_methods(["GET", "POST"])
@office("clerk", "officer", "administrator")
def account_page(request: StaffRequest) -> HttpResponse:
    """One's own account: language, keys, password, second factor."""
    if request.method == "POST":
        language = request.POST.get("language", "")
        if language in LANGUAGES and language != request.user.language:
            staff.choose_language(request.user, language)
            speak(request, language)
        request.session[KEYS_OFF] = "keys" not in request.POST
        return SeeOther(reverse("office-account") + "?said=saved")
    said = request.GET.get("said", "")
    context = {
        "said": f"office.account.said_{said}" if said in ("saved", "password") else "",
        "second_factors": second_factors(request.user),
    }
    return render(request, "office/account.html", context)


@require_safe
@office("clerk", "officer", "administrator")
def keys(request: StaffRequest) -> HttpResponse:
    """The keys, for whoever comes here without a script."""
    return render(request, "office/keys.html")
