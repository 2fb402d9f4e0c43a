"""What the protection officer decides on the page of a request: one view for each form."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from zusage.actions.base import Conflict
from zusage.actions.rights import concerns, decisions, letters
from zusage.models import Proof, RightsRequest
from zusage.queries.rights_request import officers, proof_content
from zusage.rules import references
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.web.office import sent
from zusage.web.office.access import StaffRequest, office
from zusage.web.office.request_page import done, request_page, writes

INLINE = ("image/png", "image/jpeg")
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}
SANDBOX = "default-src 'none'; sandbox"
"""For a file from a stranger: it may load nothing, run nothing, and belongs to no site."""


@require_safe
@office("officer")
def proof(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """The proof of identity: a picture to look at, a PDF to save. Each opening is in the protocol."""
    found = Proof.objects.filter(request=request_id).first()
    content = proof_content(request.user, found) if found else None
    if found is None or content is None:
        raise Http404
    response = HttpResponse(content, content_type=found.media_type)
    kind = "inline" if found.media_type in INLINE else "attachment"
    name = f"{request_id}.{ENDINGS.get(found.media_type, 'bin')}"
    response.headers["Content-Disposition"] = f'{kind}; filename="{name}"'
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


@writes
def assign(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Take it, hand it to another officer, or give it back to all."""
    wanted = request.POST.get("to", "")
    to = next((one for one in officers() if str(one.pk) == wanted), None)
    if wanted and to is None:
        raise Conflict("no-such-officer")
    decisions.assign(request.user, request_id, to, sent.uuid(request.POST.get("expected", "")))
    return done(request, request_id, "assigned" if to else "released")


@writes
def identity(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Is it this person?"""
    choice = request.POST.get("proven", "")
    if choice not in ("yes", "no"):
        raise Conflict("identity-choice")
    body = sent.text_or_nothing(request)
    decisions.decide_identity(request.user, request_id, choice == "yes", body, sent.token(request))
    return done(request, request_id, "proven" if choice == "yes" else "unproven")


@writes
def regime(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Another law."""
    chosen = request.POST.get("regime", "")
    if chosen not in policy().regimes:
        raise Problem("missing")
    decisions.set_regime(request.user, request_id, chosen)
    return done(request, request_id, "regime")


@writes
def extend(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """More time."""
    until = sent.day(request, "until")
    decisions.extend(request.user, request_id, until, sent.text_or_nothing(request), sent.token(request))
    return done(request, request_id, "extended")


@writes
def look(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """Look at whatever bears a reference."""
    found = concerns.look(request.user, request_id, references.reference(request.POST.get("reference", "")))
    return done(request, request_id, "looked" if found else "looked-before")


@writes
def concern(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """A candidate is of this person, or isn't."""
    about = sent.uuid(request.POST.get("about", ""))
    if about is None:
        raise Conflict("not-looked-at")
    if "drop" in request.POST:
        concerns.drop_concern(request.user, request_id, about)
        return done(request, request_id, "dropped")
    concerns.add_concern(request.user, request_id, about)
    return done(request, request_id, "concerned")


@writes
def proposal(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """A subject that a machine proposes: look at it, or say that it isn't this person."""
    about = sent.uuid(request.POST.get("about", ""))
    if about is None:
        raise Conflict("no-such-proposal")
    if "dismiss" in request.POST:
        concerns.dismiss(request.user, request_id, about)
        return done(request, request_id, "dismissed")
    concerns.compare(request.user, request_id, about)
    return done(request, request_id, "looked")


@writes
def write(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """A letter that decides nothing."""
    body = sent.letter(request, "text")
    decisions.write(request.user, request_id, body, sent.token(request), sent.seen(request))
    return done(request, request_id, "written")


@writes
def answer(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """A letter that answers."""
    body = sent.letter(request, "text")
    if "preview" in request.POST:
        return request_page(
            request, request_id, preview=letters.answer(RightsRequest.objects.get(pk=request_id), body)
        )
    decisions.answer(request.user, request_id, body, sent.token(request), sent.seen(request))
    return done(request, request_id, "answered")


@writes
def refuse(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """A refusal: shown whole before it is sent."""
    ground = request.POST.get("ground", "")
    body = sent.letter(request, "text")
    if "send" not in request.POST:
        found = RightsRequest.objects.get(pk=request_id)
        whole = letters.refusal(found, decisions.checked_ground(found, ground), body)
        return request_page(request, request_id, preview=whole)
    decisions.refuse(request.user, request_id, ground, body, sent.token(request), sent.seen(request))
    return done(request, request_id, "refused")


@writes
def settle(request: StaffRequest, request_id: UUID) -> HttpResponse:
    """A letter after the decision that needs no answer."""
    decisions.settle(request.user, request_id, sent.seen(request))
    return done(request, request_id, "settled")
