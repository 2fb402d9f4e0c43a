"""The page of one rights request, and the guard of everything that writes about one."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from zusage.actions.base import Conflict
from zusage.models import RightsRequest
from zusage.policy import law
from zusage.policy.page import Page
from zusage.queries import rights as queue
from zusage.queries import rights_request as queries
from zusage.queries.office import Letter
from zusage.rules import clock
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.web.answers import SeeOther
from zusage.web.office import wording
from zusage.web.office.access import StaffRequest, checks_csrf_itself, forged, next_step, office
from zusage.web.office.deadline import weekday
from zusage.web.office.panels import PANELS
from zusage.web.office.rights_lines import address, line, request_address
from zusage.web.words import say, words

Work = Callable[..., HttpResponse]

WITHOUT_FORM = ("request-closed", "own-case", "identity-decided", "identity-open", "already-extended")
"""Conflicts after which the form that was sent isn't there any more: its text is shown by itself."""

HIDDEN = ("csrfmiddlewaretoken", "form", "form_token", "seen", "expected", "about")


def writes(work: Work) -> Callable[..., HttpResponse]:
    """Guard for what the officer does about a request: ``work(request, request_id, …)`` on POST.

    Whatever goes wrong, the page comes back with what was typed and says what happened. `work` raises Problem or
    Conflict (its reason has words ``conflict.<reason>``), and ends with `done`.
    """

    @office("officer")
    def allowed(request: StaffRequest, request_id: UUID, **more: object) -> HttpResponse:
        if forged(request):
            return request_page(request, request_id, 403, "expired")
        try:
            return work(request, request_id, **more)
        except Problem as problem:
            said = say(request.user.language, f"problem.{problem.code}", **problem.params)
            return request_page(request, request_id, 422, problem=said)
        except Conflict as conflict:
            return request_page(request, request_id, 409, conflict.reason)
        except vault.NoKey:
            return request_page(request, request_id, 409, "erased")
        except RightsRequest.DoesNotExist:
            raise Http404 from None

    @require_POST
    @wraps(work)
    def guarded(request: StaffRequest, request_id: UUID, **more: object) -> HttpResponse:
        typed = "\n\n".join(str(text) for name, text in request.POST.items() if name not in HIDDEN and text)
        if typed and next_step(request) is not None:
            # Signed out meanwhile: nothing is stored, and what was typed is given back to be copied.
            return render(request, "office/signed_out.html", {"typed": typed}, status=403)
        return allowed(request, request_id, **more)

    return checks_csrf_itself(guarded)


def done(request: StaffRequest, request_id: UUID, said: str) -> HttpResponse:
    """Back to the request's page, which says so (words ``office.rights.said.<said>``)."""
    return SeeOther(request_address(request_id, queue.filters(request.GET), said=said))


def request_page(
    request: StaffRequest,
    request_id: UUID,
    status: int = 200,
    conflict: str = "",
    problem: str = "",
    preview: str = "",
) -> HttpResponse:
    """The request with its list and its file. `preview`: a letter as it would go out, with what was typed kept."""
    officer, language = request.user, request.user.language
    try:
        known = queries.request(officer, request_id)
    except RightsRequest.DoesNotExist:
        raise Http404 from None
    chosen = queue.filters(request.GET)
    near, before, after = queue.neighbours(officer, chosen, request_id)
    one = known.request
    panel = PANELS.get(one.right) if one.state == "open" and not known.own_case else None
    said = f"office.rights.said.{request.GET.get('said', '')}"
    context = {
        "known": known,
        "one": one,
        "exchange": one.submission,
        "head": line(language, one, chosen, officer),
        "name": next((value for field, value in known.letters[0].fields if field == "name"), ""),
        "letters": [letter_shown(language, letter) for letter in known.letters],
        "steps": [step_shown(language, step) for step in known.steps],
        "concerned": [about_shown(language, about) for about in known.concerned],
        "candidates": [about_shown(language, about) for about in known.candidates],
        "proposals": [_proposed(language, proposal) for proposal in known.proposals],
        "grounds": _grounds(language, one),
        "decidable": one.state == "open" and one.identity != "pending",
        "others": [person for person in known.officers if person.pk not in (officer.pk, one.assigned_to_id)],
        "proof_inline": known.proof is not None and known.proof.media_type.startswith("image/"),
        "reference": next(
            (value for field, value in known.letters[0].fields if field == "case_reference"), ""
        ),
        **_terms(language, one),
        "panel_template": panel.template if panel else "",
        "panel": panel.context(one, officer) if panel else {},
        "rows": [line(language, row, chosen, officer) for row in near],
        "queue_url": address(chosen),
        "before": request_address(before, chosen) if before else "",
        "after": request_address(after, chosen) if after else "",
        "said": said if said in words(language) else "",
        "conflict": f"conflict.{conflict}" if conflict else "",
        "problem": problem,
        "left_over": request.POST.get("text", "") if conflict in WITHOUT_FORM else "",
        "preview": preview,
        "typed": request.POST if status != 200 or preview else {},
        "problem_in": _entry(request) if conflict or problem else "",
        # Where the page comes back after a conflict, its letters have now been seen: a new token, the new number.
        "form_token": secrets.token_urlsafe(16),
        "query": request.META["QUERY_STRING"] if chosen.query() else "",
    }
    return render(request, "office/request.html", context, status=status)


def _terms(language: str, one: RightsRequest) -> dict[str, Any]:
    """The law's term and how it can be extended, in words."""
    regime = law.regimes()[one.regime]
    right = next(right for right in law.RIGHTS if right == one.right)
    page = Page(policy(), language)  # type: ignore[arg-type]
    latest = clock.extended(one.received_on, one.regime, right)
    how = say(language, "office.rights.no_latest")
    if latest:
        how = say(language, "office.rights.latest", day=weekday(language, latest))
    others = [name for name in policy().regimes if name != one.regime]
    return {
        "term": page.cite(regime.term(right).article.citation),
        "extension": f"{how} ({page.cite(regime.extension.article.citation)})",
        "may_extend": timezone.localdate() <= clock.due(one.received_on, one.regime, right),
        "regimes": [(name, say(language, f"office.rights.regime.{name}")) for name in others],
    }


def _grounds(language: str, one: RightsRequest) -> list[dict[str, str]]:
    """The grounds on which it may be refused, in the order of the law's list."""
    right = next(right for right in law.RIGHTS if right == one.right)
    page = Page(policy(), language)  # type: ignore[arg-type]
    return [
        {
            "id": ground.id,
            "title": page.text(f"ground.{ground.id}.title"),
            "article": page.cite(ground.articles[one.regime].citation),
        }
        for ground in law.grounds(right, one.regime)
    ]


def letter_shown(language: str, letter: Letter) -> dict[str, Any]:
    """A letter of the exchange, its fields with labels and as people write them."""
    fields = [
        (wording.label(language, name), wording.shown(language, name, value), "\n" in value)
        for name, value in letter.fields
    ]
    return {
        "id": letter.id,
        "who": letter.who,
        "author": letter.author,
        "at": letter.at,
        "body": letter.body,
        "fields": fields,
        "read_at": letter.read_at,
        "shut": letter.shut,
    }


def step_shown(language: str, step: queries.StepShown) -> dict[str, Any]:
    """A step of the history, in words."""
    known = words(language)
    act = known.get(f"office.rights.step.{step.act}", step.act)
    ground = ground_title(language, step.ground)
    if step.act == "reminder":
        act, ground = say(language, "office.rights.reminder", n=step.ground), ""
    return {
        "act": act,
        "at": step.at,
        "author": step.author,
        "ground": ground,
        "until": wording.full(language, step.until) if step.until else "",
        "text": step.text,
        "shut": step.shut,
    }


def ground_title(language: str, ground: str) -> str:
    """The title of a ground of the law's list, or a house ground; as it is where there are no words for it."""
    return policy().words[language].get(f"ground.{ground}.title", ground)  # type: ignore[index]


def about_shown(language: str, about: queries.About) -> dict[str, Any]:
    """A subject that the request is about: numbers, and what tells people apart."""
    return {
        "id": about.id,
        "own": about.own,
        "may_open": about.may_open,
        "held": [(_held(language, label), number) for label, number in about.held.items()],
        "matters": [_matter(language, one) for one in about.matters],
    }


def _proposed(language: str, proposal: queries.Proposed) -> dict[str, Any]:
    """A subject that a machine proposes, with what agrees and what doesn't."""
    compared = (word.partition("-") for word in proposal.agreed)
    return {
        "id": proposal.about_id,
        "agreed": [
            (say(language, f"office.matching.field.{field}"), say(language, f"office.matching.level.{level}"))
            for field, _, level in compared
        ],
    }


def _held(language: str, label: str) -> str:
    return say(language, f"office.rights.held.{label.partition('.')[2].lower()}")


def _matter(language: str, one: queries.Matter) -> dict[str, Any]:
    if one.kind == "case":
        title = say(language, "office.file.title")
        values = [
            (say(language, f"office.file.{name}"), wording.of_file(language, name, value))
            for name, value in one.values
        ]
    else:
        title = policy().text(language, f"purpose.{one.kind}.title")
        values = [
            (wording.label(language, name), wording.shown(language, name, value))
            for name, value in one.values
        ]
    return {"title": title, "at": one.at, "values": values, "shut": one.shut}


def _entry(request: StaffRequest) -> str:
    """The id of the entry in which something was typed."""
    form = request.POST.get("form", "")
    names = [name for name in ("text", "reference") if name in request.POST]
    return f"{form}-{names[0]}" if form and names else ""
