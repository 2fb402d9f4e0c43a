"""Whom a rights request is about: the officer looks at candidates, and decides.

A person's data lies under several subjects: their case, and each form that they sent. Which of them are theirs is a
human's decision. To compare, the officer has to see them: looking one up by its whole reference writes the warrant
that lets it be opened for this request, and its line into the history (decision 0019).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from zusage.actions.base import Conflict, action
from zusage.actions.rights.steps import concern, concerned, locked, step, warrant
from zusage.models import (
    REFERENCE_INDEX,
    RIGHTS,
    Case,
    Concern,
    Link,
    RightsRequest,
    Staff,
    Submission,
    SubmissionValue,
)
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries.opening import opened
from zusage.queries.rights_request import involved, proposals, warranted
from zusage.rules.problems import Problem
from zusage.rules.references import normal, references
from zusage.vault import api as vault
from zusage.vault.models import Warrant

FIELDS = ("case_reference", "case_references")
MOST = 20
"""Candidates that one reference brings at most."""


@action
def look(officer: Staff, request_id: UUID, reference: str) -> list[UUID]:
    """Find what bears `reference` (case, spaces and the like apart): the subjects that the officer may compare now.

    Raises Conflict("no-such-case") where nothing bears it.
    """
    request = _deciding(officer, request_id)
    wanted, known = normal(reference), set(warranted(request))
    found = [*_cases(request, wanted, officer), *_forms(request, wanted, officer)]
    found = list(dict.fromkeys(found))
    if not found:
        raise Conflict("no-such-case")
    _end(request, set(warranted(request)) - known - set(found))
    new = [one for one in found if one not in known]
    if new:
        step(request, "candidate", officer)
        _record(officer, request, "rights-candidate", new)
    return new


@action
def add_concern(officer: Staff, request_id: UUID, about_id: UUID) -> None:
    """The request is about this candidate, too. Raises Conflict("not-looked-at") for what wasn't found by `look`."""
    request = _deciding(officer, request_id)
    if about_id in concerned(request):
        return
    if about_id not in warranted(request):
        raise Conflict("not-looked-at")
    _settle_links(officer, concerned(request), about_id, "accepted")
    concern(request, about_id, officer)
    step(request, "concern-added", officer)
    _record(officer, request, "rights-concern", [about_id])


@action
def drop_concern(officer: Staff, request_id: UUID, about_id: UUID) -> None:
    """The request isn't about this subject: it can't be opened for it any more. Raises Conflict("own-subject")."""
    request = _deciding(officer, request_id)
    if about_id == request.subject_id:
        raise Conflict("own-subject")
    gone, _ = Concern.objects.filter(request=request, about_id=about_id).delete()
    if gone or about_id in warranted(request):
        _settle_links(officer, concerned(request), about_id, "dismissed")
        _end(request, {about_id})
        step(request, "concern-dropped", officer)
        _record(officer, request, "rights-no-concern", [about_id])


@action
def compare(officer: Staff, request_id: UUID, about_id: UUID) -> None:
    """Look at the files of a subject that may be this person, too (`Link`): it is a candidate then.

    Raises Conflict("no-such-proposal").
    """
    request = _deciding(officer, request_id)
    if about_id in warranted(request):
        return
    _proposed(request, about_id)
    warrant(request, about_id)
    step(request, "compared", officer)
    _record(officer, request, "rights-candidate", [about_id])


@action
def dismiss(officer: Staff, request_id: UUID, about_id: UUID) -> None:
    """It isn't this person, without looking. Raises Conflict("no-such-proposal")."""
    request = _deciding(officer, request_id)
    _proposed(request, about_id)
    _settle_links(officer, concerned(request), about_id, "dismissed")
    step(request, "concern-dropped", officer)
    _record(officer, request, "rights-no-concern", [about_id])


def _proposed(request: RightsRequest, about_id: UUID) -> None:
    if about_id not in {one.about_id for one in proposals(request)}:
        raise Conflict("no-such-proposal")


def _settle_links(officer: Staff, known: Sequence[UUID], about_id: UUID, state: str) -> None:
    """A human has said whether `about_id` is the person of `known`: nothing proposes it again."""
    both = Q(subject_id=about_id, other_id__in=known) | Q(subject_id__in=known, other_id=about_id)
    Link.objects.filter(both).update(state=state, author=officer)


def _deciding(officer: Staff, request_id: UUID) -> RightsRequest:
    request = locked(officer, request_id)
    if officer.pk in involved(request):
        raise Conflict("own-case")
    return request


def _cases(request: RightsRequest, wanted: str, officer: Staff) -> list[UUID]:
    """The subjects of the cases that bear the reference, and of the forms that a clerk assigned to them."""
    ids = vault.find(REFERENCE_INDEX, [wanted], "zusage.case")[:MOST]
    cases = list(Case.objects.filter(pk__in=ids).order_by("opened_on", "pk"))
    for case in cases:
        warrant(request, case.subject_id)
    plain = opened(cases, RIGHTS, Actor.staff(officer))
    # The index only narrows down; the opened reference decides.
    cases = [
        case
        for case, (columns, _) in zip(cases, plain, strict=True)
        if normal(columns.get("reference", "")) == wanted
    ]
    assigned = Submission.objects.filter(case__in=cases).order_by("received_at", "pk")[:MOST]
    found = [case.subject_id for case in cases] + [form.subject_id for form in assigned]
    for one in found:
        warrant(request, one)
    return found


def _forms(request: RightsRequest, wanted: str, officer: Staff) -> list[UUID]:
    """The subjects of other forms in which somebody wrote the reference."""
    ids = vault.find(REFERENCE_INDEX, [wanted], "zusage.submission")[:MOST]
    forms = Submission.objects.filter(pk__in=ids).exclude(pk=request.pk).order_by("received_at", "pk")
    found = []
    for form in forms:
        warrant(request, form.subject_id)
        values = list(SubmissionValue.objects.filter(submission=form, field__in=FIELDS))
        plain = opened(values, RIGHTS, Actor.staff(officer))
        if wanted in {one for columns, _ in plain for one in _normals(columns.get("value", ""))}:
            found.append(form.subject_id)
    return found


def _normals(value: str) -> list[str]:
    try:
        return [normal(one) for one in references(value)]
    except Problem:  # kept under other rules than today's
        return []


def _end(request: RightsRequest, about: set[UUID]) -> None:
    live = Warrant.objects.filter(record_id=request.pk, subject_id__in=about, ended_at=None)
    live.update(ended_at=timezone.now())


def _record(officer: Staff, request: RightsRequest, act: str, about: list[UUID]) -> None:
    deeds = [Deed(act, "zusage.rightsrequest", str(request.pk), one, RIGHTS) for one in about]
    record(Actor.staff(officer), deeds)
