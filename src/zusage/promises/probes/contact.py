"""Probes of how to ask and complain, and of who looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from zusage.models import RIGHTS, Message, Note, RightsRequest, Staff, Step, Submission
from zusage.policy.types import AUTHORITATIVE, LANGUAGES
from zusage.promises.look import Look
from zusage.promises.page import asked
from zusage.promises.stored import NEWEST
from zusage.promises.types import Evidence, judged, probe

SAID = ("complaint", "question")
DECIDES = ("assigned", "released", "received")
"""Steps that decide nothing."""


@probe(quick=True)
def ways(look: Look) -> Iterator[Evidence]:
    """Whoever wants to ask or complain finds a form for it without showing who they are, an address, the supervisor."""
    number, faults = 0, []
    for right in SAID:
        path = f"/{AUTHORITATIVE}/privacy/rights/?right={right}&way=none"
        page = asked(look, path)
        message = page.named("message")
        number += len(page.inputs)
        if message is None or page.named("form_token") is None:
            faults.append(f"no form for a {right}")
    yield judged("forms to ask and to complain", number, faults)
    notice = asked(look, f"/{AUTHORITATIVE}/privacy/")
    who = look.policy.controller
    wanted = {
        "the address for data protection": who.privacy_email,
        "the postal address": who.street,
        "the supervisor": look.policy.text(AUTHORITATIVE, f"supervisor.{who.supervisor}"),
    }
    yield judged(
        "what the notice says",
        len(wanted),
        (what for what, words in wanted.items() if not notice.says(words)),
    )
    leads = any("privacy/rights" in link for link in notice.links)
    yield judged("links from the notice to the forms", len(notice.links), [] if leads else ["none"])


@probe(quick=False)
def ways_in_every_language(look: Look) -> Iterator[Evidence]:
    """The same forms answer in each language."""
    number, faults = 0, []
    for language in LANGUAGES:
        for right in SAID:
            number += 1
            path = f"/{language}/privacy/rights/?right={right}&way=none"
            if asked(look, path).named("message") is None:
                faults.append(f"{path} has no form")
    yield judged("forms in every language", number, faults)


@probe(quick=True)
def not_by_the_clerk(look: Look) -> Iterator[Evidence]:
    """Complaints and questions are with an officer, and decided by nobody who wrote in a matter of the same person."""
    newest = RightsRequest.objects.filter(right__in=SAID).order_by("-due_on")
    requests = list(newest.values_list("pk", "right", "assigned_to")[:NEWEST])
    ids = [pk for pk, *_ in requests]
    dealt, matters = _who_dealt(ids), _who_has_matters(ids)
    roles = dict(Staff.objects.values_list("pk", "role"))
    yield judged("complaints and questions", len(ids), _partial(requests, dealt, matters))
    others = [
        f"the {right} {pk} is with somebody whose role may not open it"
        for pk, right, to in requests
        if to and RIGHTS not in look.policy.roles[roles[to]].opens
    ]
    yield judged("who has them", len(ids), others)


def _partial(
    requests: Sequence[tuple[UUID, str, UUID | None]],
    dealt: dict[UUID, set[UUID]],
    matters: dict[UUID, set[UUID]],
) -> Iterator[str]:
    for pk, right, to in requests:
        both = ({to} | dealt.get(pk, set())) & matters.get(pk, set())
        if both:
            yield f"the {right} {pk} is with the clerk of the case"


def _who_dealt(ids: list[UUID]) -> dict[UUID, set[UUID]]:
    """Request -> who answered it, or decided about it."""
    found: dict[UUID, set[UUID]] = {}
    letters = Message.objects.filter(submission__in=ids, sender="agency", author__isnull=False)
    steps = Step.objects.filter(request__in=ids, author__isnull=False).exclude(act__in=DECIDES)
    for pk, author in [
        *letters.values_list("submission_id", "author"),
        *steps.values_list("request_id", "author"),
    ]:
        found.setdefault(pk, set()).add(author)
    return found


def _who_has_matters(ids: list[UUID]) -> dict[UUID, set[UUID]]:
    """Request -> who has, or wrote in, another matter of the people it is about."""
    about = RightsRequest.objects.filter(pk__in=ids).values_list("pk", "concerns__about_id")
    of: dict[UUID, set[UUID]] = {}
    for pk, subject in about:
        of.setdefault(subject, set()).add(pk)
    by_matter: dict[UUID, set[UUID]] = {}
    has: dict[UUID, set[UUID]] = {}
    for way in ("subject_id", "case__subject_id"):
        rows = Submission.objects.filter(**{f"{way}__in": list(of)}).exclude(purpose=RIGHTS)
        for matter, subject, clerk in rows.values_list("pk", way, "assigned_to"):
            by_matter.setdefault(matter, set()).update(of[subject])
            for pk in of[subject] if clerk else ():
                has.setdefault(pk, set()).add(clerk)
    for model in (Message, Note):
        written = model._default_manager.filter(submission__in=list(by_matter), author__isnull=False)
        for matter, author in written.values_list("submission_id", "author"):
            for pk in by_matter[matter]:
                has.setdefault(pk, set()).add(author)
    return has
