"""Letters in a batch: a clerk chooses the case files, and gets one ZIP of PDFs for whoever prints them."""

from __future__ import annotations

import hashlib
import io
import secrets
import zipfile
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from zusage.actions import letters as actions
from zusage.actions.base import Conflict
from zusage.actions.disclose import NotDisclosed
from zusage.actions.letters import MOST, PRINT_SERVICE, Addressed
from zusage.actions.rights.letter_codes import cases_of
from zusage.papers import api as papers
from zusage.policy.types import LANGUAGES, Language
from zusage.queries import letters as queries
from zusage.queries.letters import Chosen
from zusage.rules import receipts
from zusage.rules.problems import Problem
from zusage.rules.references import reference
from zusage.tenant import policy
from zusage.web.office import sent, wording
from zusage.web.office.access import StaffRequest, checks_csrf_itself, forged, office
from zusage.web.office.files import attachment
from zusage.web.words import say

WAYS = ("references", "open")
PARAGRAPHS = ("hello", "who", "can", "not_you", "genuine")
Lines = list[tuple[int, str]]


@checks_csrf_itself
@require_http_methods(["GET", "HEAD", "POST"])
@office("clerk")
def letters(request: StaffRequest) -> HttpResponse:
    """Choose, look at what comes of it, and then make the letters: the answer is the file."""
    if request.method != "POST":
        return _page(request, {"which": "references"})
    language = request.user.language
    if forged(request):
        return _page(request, request.POST, 403, problem=say(language, "conflict.expired"))
    places, wrong = _places(request)
    if wrong:
        return _page(request, request.POST, 422, wrong=wrong)
    by_line = request.POST.get("which") != "open"
    chosen = queries.named(request.user, list(places)) if by_line else queries.open_ones(request.user, MOST)
    left_out = _left_out(language, chosen, list(places.values()) if by_line else None)
    if not chosen.cases:
        said = say(language, "office.letters.nobody")
        return _page(request, request.POST, 422, problem=said, left_out=left_out)
    shown = _fingerprint(chosen)
    if "make" not in request.POST or request.POST.get("shown") != shown:
        ready = {"number": len(chosen.cases), "shown": shown, "more": chosen.more}
        return _page(request, request.POST, ready=ready, left_out=left_out)
    return _made(request, chosen)


def _made(request: StaffRequest, chosen: Chosen) -> HttpResponse:
    language, token = request.user.language, sent.token(request)
    try:
        addressed = actions.write(request.user, chosen.cases, token)
    except NotDisclosed as refused:
        said = say(language, f"office.disclosed.refused.{refused.reason}")
        return _page(request, request.POST, 409, problem=said)
    except Conflict as conflict:
        said = say(language, f"conflict.{conflict.reason}")
        if conflict.reason != "letters-made":
            return _page(request, request.POST, 409, problem=said)
        batch = actions.batch_of(request.user, token)
        again = "\n".join(queries.references(request.user, batch, PRINT_SERVICE))
        typed = {"which": "references", "references": again, "language": _language(request.POST)}
        return _page(request, typed, 409, problem=said, token=secrets.token_urlsafe(16))
    return attachment(_zip(_language(request.POST), addressed), "zip", "letters")


def _places(request: StaffRequest) -> tuple[dict[UUID, int], Lines]:
    """The case files named, each with its line; or what is wrong, line by line (0: with all of them)."""
    language = request.user.language
    if request.POST.get("which") == "open":
        return {}, []
    raw = request.POST.get("references", "").splitlines()
    lines = [(number, line) for number, line in enumerate(raw, start=1) if line.strip()]
    if not lines:
        return {}, [(0, say(language, "problem.missing"))]
    if len(lines) > MOST:
        return {}, [(0, say(language, "office.letters.too_many", most=MOST, n=len(lines)))]
    places: dict[UUID, int] = {}
    wrong: Lines = []
    for number, line in lines:
        try:
            found = cases_of(reference(line))
        except Problem as problem:
            wrong.append((number, say(language, f"problem.{problem.code}", **problem.params)))
            continue
        if len(found) == 1:
            places.setdefault(found[0], number)
        else:
            key = "office.letters.several" if found else "conflict.no-such-case"
            wrong.append((number, say(language, key)))
    return places, wrong


def _left_out(language: str, chosen: Chosen, numbers: list[int] | None) -> list[str]:
    """Who gets no letter: by line where there are lines, else by number."""
    if numbers is not None:
        return [
            say(language, f"office.letters.line_{why.replace('-', '_')}", n=numbers[place])
            for place, why in chosen.left_out
        ]
    whys = [why for _, why in chosen.left_out]
    return [
        say(language, f"office.letters.count_{why.replace('-', '_')}", n=whys.count(why))
        for why in dict.fromkeys(whys)
    ]


def _fingerprint(chosen: Chosen) -> str:
    """Of what was shown: what is made is that, or it is shown again first."""
    return hashlib.sha256(repr((chosen.cases, chosen.left_out)).encode()).hexdigest()[:32]


def _language(typed: Any) -> Language:
    return next((one for one in LANGUAGES if one == typed.get("language")), "de")


def _page(
    request: StaffRequest,
    typed: Any,
    status: int = 200,
    *,
    wrong: Lines | None = None,
    problem: str = "",
    left_out: Sequence[str] = (),
    ready: dict[str, Any] | None = None,
    token: str = "",
) -> HttpResponse:
    language = request.user.language
    which = typed.get("which") if typed.get("which") in WAYS else "references"
    open_files, waiting = queries.waiting()
    context = {
        "ways": [
            {"id": one, "label": say(language, f"office.letters.which_{one}"), "on": one == which}
            for one in WAYS
        ],
        "references": typed.get("references", ""),
        "language_chosen": _language(typed),
        "wrong": [
            f"{say(language, 'office.letters.line', n=number)}: {said}" if number else said
            for number, said in wrong or ()
        ],
        "problem": problem,
        "left_out": left_out,
        "ready": ready,
        "most": MOST,
        "open_files": open_files,
        "waiting": waiting,
        "form_token": token
        or (sent.token(request) if request.method == "POST" else secrets.token_urlsafe(16)),
    }
    return render(request, "office/letters.html", context, status=status)


def _zip(language: Language, addressed: Sequence[Addressed]) -> bytes:
    """The letters, a PDF each. Their names say nothing about anybody."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, one in enumerate(addressed, start=1):
            archive.writestr(f"{number:04}.pdf", papers.letter(_letter(language, one)))
    return file.getvalue()


def _letter(language: Language, one: Addressed) -> papers.Letter:
    who = policy().controller
    pages = {page: say(language, f"home.{page}.title") for page in ("my_data", "not_me", "genuine")}
    website = who.website.removeprefix("https://")
    return papers.Letter(
        language=language,
        sender=papers.Sender.of(policy()),
        recipient=one.recipient,
        date=f"{who.town}, {wording.full(language, timezone.localdate())}",
        subject=say(language, "office.letters.paper.subject"),
        body=tuple(
            say(language, f"office.letters.paper.{name}", agency=who.name, website=website, **pages)
            for name in PARAGRAPHS
        ),
        closing=say(language, "office.letters.paper.closing"),
        signature=who.name,
        reference=((wording.label(language, "case_reference"), one.reference),),
        code=papers.Code(
            receipts.grouped(one.code),
            say(language, "office.letters.paper.code", day=wording.full(language, one.last_day), **pages),
        ),
    )
