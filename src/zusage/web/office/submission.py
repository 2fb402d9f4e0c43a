"""One submission: read it, answer, note, hand it on, close it. Which file it belongs to: `assigning`."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from zusage.actions import office as actions
from zusage.actions.base import Conflict
from zusage.models import BREACH, Case, Submission
from zusage.queries import disclosures
from zusage.queries import inbox as inbox_queries
from zusage.queries import office as queries
from zusage.queries import rights as rights_queries
from zusage.queries.opening import shut_subjects
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault
from zusage.web.answers import SeeOther
from zusage.web.office import comparing, disclosed_lines, proposal, sent, wording
from zusage.web.office.access import StaffRequest, checks_csrf_itself, forged, next_step, office
from zusage.web.office.inbox import address, line, submission_address
from zusage.web.words import say

SAID = ("answered", "noted", "assigned", "released", "case", "closed", "reopened")
SAID_OF_PLAN = ("plan-offered", "plan-accepted", "plan-countered", "plan-declined")
SAID_OF_FILE = ("none", "not-this", "undone", "corrected")

PLACES = ("answer", "note", "reference", "rate", "text")
"""Entries that a summary of what is wrong leads to, in this order."""

Work = Callable[[StaffRequest, UUID], HttpResponse]


@require_safe
@office("clerk")
def show(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """List, message and file."""
    return submission_page(request, submission_id)


def writes(work: Work) -> Callable[..., HttpResponse]:
    """Guard for what writes. Whatever goes wrong, the page comes back with what was typed and says what happened."""

    @office("clerk")
    def allowed(request: StaffRequest, submission_id: UUID) -> HttpResponse:
        if forged(request):
            return submission_page(request, submission_id, 403, "expired")
        try:
            return work(request, submission_id)
        except Problem as problem:
            said = say(request.user.language, f"problem.{problem.code}", **problem.params)
            return submission_page(request, submission_id, 422, problem=said)
        except Conflict as conflict:
            return submission_page(request, submission_id, 409, conflict.reason)
        except vault.NoKey:
            return submission_page(request, submission_id, 409, "erased")
        except Case.DoesNotExist:
            return submission_page(request, submission_id, 409, "no-such-case")
        except Submission.DoesNotExist:
            raise Http404 from None

    @require_POST
    @wraps(work)
    def guarded(request: StaffRequest, submission_id: UUID) -> HttpResponse:
        typed = request.POST.get("answer") or request.POST.get("note")
        if typed and next_step(request) is not None:
            # Signed out meanwhile: nothing is stored, and what was typed is given back to be copied.
            return render(request, "office/signed_out.html", {"typed": typed}, status=403)
        return allowed(request, submission_id)

    return checks_csrf_itself(guarded)


@writes
def answer(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """Answer into the person's mailbox."""
    body = sent.letter(request, "answer")
    open_matter(submission_id)
    actions.answer(request.user, submission_id, body, sent.token(request), sent.seen(request))
    return on(request, submission_id, "answered")


@writes
def note(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """Write a note that the agency keeps beside the submission."""
    body = sent.letter(request, "note")
    open_matter(submission_id)
    actions.note(request.user, submission_id, body, sent.token(request))
    return on(request, submission_id, "noted")


@writes
def assign(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """Take it, hand it to another clerk, or give it back to all."""
    found = Submission.objects.get(pk=submission_id)
    wanted = request.POST.get("to", "")
    to = next((one for one in queries.clerks(found) if str(one.pk) == wanted), None)
    if wanted and to is None:
        raise Conflict("no-such-clerk")
    actions.assign(request.user, submission_id, to, sent.uuid(request.POST.get("expected", "")))
    return on(request, submission_id, "assigned" if to else "released")


@writes
def close(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """The matter is done."""
    actions.close(request.user, submission_id, sent.seen(request))
    return on(request, submission_id, "closed")


@writes
def reopen(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """The matter isn't done after all."""
    actions.reopen(request.user, submission_id)
    return on(request, submission_id, "reopened")


def open_matter(submission_id: UUID) -> None:
    """Nobody writes where nobody may read."""
    found = Submission.objects.get(pk=submission_id)
    shut = shut_subjects([found.subject_id], found.purpose)
    if shut:
        raise Conflict(shut[found.subject_id])


def on(request: StaffRequest, submission_id: UUID, said: str) -> HttpResponse:
    chosen = inbox_queries.filters(request.GET, request.user.role)
    return SeeOther(submission_address(submission_id, chosen, said=said))


def submission_page(
    request: StaffRequest, submission_id: UUID, status: int = 200, conflict: str = "", problem: str = ""
) -> HttpResponse:
    """The page of a submission, with what went wrong where something did."""
    clerk = request.user
    language = clerk.language
    wrong = request.GET.get("wrong") == "yes"
    try:
        known = queries.submission(clerk, submission_id, wrong=wrong)
    except Submission.DoesNotExist:
        raise Http404 from None
    chosen = inbox_queries.filters(request.GET, clerk.role)
    rows, before, after = inbox_queries.neighbours(clerk, chosen, submission_id)
    one = known.submission
    context = {
        "known": known,
        "one": one,
        "kind": policy().text(language, f"purpose.{one.purpose}.title"),
        "name": next((line_.name for line_ in rows if line_.submission.pk == one.pk), "") or _name(known),
        "waiting": wording.age(language, _waiting_since(known)) if one.state == "open" else "",
        "deleted": wording.due(language, known.deleted_on) if known.deleted_on else "",
        "letters": [_letter_shown(language, letter) for letter in known.letters],
        "agreed": [_agreed(language, further) for further in known.agreed],
        "file": _file(language, known.file) if known.file else None,
        "proposal": None
        if known.shut or wrong
        else proposal.panel(clerk, one, dict(known.letters[0].fields), conflict),
        "matching": comparing.review(language, known.review, known.letters[0].fields),
        "correcting": wrong and one.case_id is not None,
        "wrong_url": submission_address(submission_id, chosen, wrong="yes"),
        "here": submission_address(submission_id, chosen),
        "may_see_breaches": BREACH in policy().roles[clerk.role].opens,
        "offered": disclosed_lines.offered(language, one)
        if known.file and not known.shut and not wrong
        else [],
        "disclosed": _disclosed(language, one),
        "clerks": queries.clerks(one),
        "request_running": rights_queries.running(one),
        "rows": [line(language, row, chosen, clerk) for row in rows],
        "inbox_url": address(chosen),
        "before": submission_address(before, chosen) if before else "",
        "after": submission_address(after, chosen) if after else "",
        "said": _said(request.GET.get("said", "")),
        "conflict": f"conflict.{conflict}" if conflict else "",
        "problem": problem,
        "typed": request.POST if status != 200 else {},
        "problem_in": next((name for name in PLACES if name in request.POST), ""),
        # Where the page comes back after a conflict, its letters have now been seen: a new token, the new number.
        "form_token": secrets.token_urlsafe(16),
        "query": request.META["QUERY_STRING"] if chosen.query() else "",
    }
    return render(request, "office/submission.html", context, status=status)


def _said(said: str) -> str:
    if said in SAID_OF_FILE:
        return f"office.matching.said_{said}"
    if said in SAID_OF_PLAN:
        return f"office.plans.said_{said.removeprefix('plan-')}"
    return f"office.said.{said}" if said in SAID else ""


def _disclosed(language: str, one: Submission) -> list[dict[str, Any]]:
    found = disclosures.of_submission(one)
    names = disclosures.authors(found)
    return [disclosed_lines.line(language, row, names) for row in found]


def _name(known: queries.Shown) -> str:
    fields = policy().fields
    return " ".join(value for name, value in known.letters[0].fields if fields[name].kind == "name")


def _waiting_since(known: queries.Shown) -> Any:
    return max(letter.at for letter in known.letters if letter.who == "person")


def _letter_shown(language: str, letter: queries.Letter) -> dict[str, Any]:
    fields = [
        (
            wording.label(language, name),
            wording.shown(language, name, value),
            "\n" in value,
            letter.disputed.get(name),
        )
        for name, value in letter.fields
    ]
    told = {name for name, _ in letter.fields}
    return {
        "id": letter.id,
        "disputed": [note for name, note in letter.disputed.items() if name not in told],
        "who": letter.who,
        "author": letter.author,
        "at": letter.at,
        "body": letter.body,
        "fields": fields,
        "read_at": letter.read_at,
        "shut": letter.shut,
    }


def _agreed(language: str, further: queries.Agreed) -> dict[str, Any]:
    return {
        "title": policy().text(language, f"purpose.{further.purpose.id}.title"),
        "given_at": further.given_at,
        "fields": [
            (wording.label(language, name), wording.shown(language, name, value))
            for name, value in further.fields
        ],
    }


def _file(language: str, file: queries.CaseFile) -> dict[str, Any]:
    rows = [
        (
            say(language, f"office.file.{name}"),
            wording.of_file(language, name, value),
            file.disputed.get(name),
        )
        for name, value in file.values.items()
    ]
    return {
        "id": file.case.pk,
        "state": file.case.state,
        "opened_on": file.case.opened_on,
        "values": rows,
        "reference": file.values.get("reference", ""),
        "shut": file.shut,
        "same_birth": file.same_birth,
    }
