"""Which file a submission belongs to: one of those suggested, one by its reference, none; undoing and correcting."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from zusage.actions import matching as actions
from zusage.actions.base import Conflict
from zusage.queries import office as queries
from zusage.rules import references
from zusage.web.office import sent
from zusage.web.office.access import StaffRequest
from zusage.web.office.submission import on, open_matter, writes


@writes
def choose(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """It belongs to this file."""
    open_matter(submission_id)
    actions.choose(request.user, submission_id, _named(request))
    return on(request, submission_id, "case")


@writes
def none(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """It belongs to no file."""
    open_matter(submission_id)
    actions.none(request.user, submission_id)
    return on(request, submission_id, "none")


@writes
def not_this(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """It isn't by the person of this file."""
    open_matter(submission_id)
    actions.not_this(request.user, submission_id, _given(request))
    return on(request, submission_id, "not-this")


@writes
def undo(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """Take the last decision back."""
    open_matter(submission_id)
    actions.undo(request.user, submission_id)
    return on(request, submission_id, "undone")


@writes
def correct(request: StaffRequest, submission_id: UUID) -> HttpResponse:
    """It lay with a wrong file: it belongs to this one, or to none."""
    open_matter(submission_id)
    right = None if "none" in request.POST else _named(request)
    actions.correct(request.user, submission_id, right, sent.uuid(request.POST.get("expected", "")))
    return on(request, submission_id, "corrected")


def _named(request: StaffRequest) -> UUID:
    """The file whose button was pressed, or the one whose reference was typed. Raises Conflict, Problem."""
    if "reference" not in request.POST:
        return _given(request)
    reference = references.reference(request.POST["reference"])
    found = queries.cases_by_reference(request.user, reference)
    if len(found) != 1:
        raise Conflict("several-cases" if found else "no-such-case")
    return found[0]


def _given(request: StaffRequest) -> UUID:
    chosen = sent.uuid(request.POST.get("case", ""))
    if chosen is None:
        raise Conflict("no-such-case")
    return chosen
