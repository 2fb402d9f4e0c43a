"""What a clerk does with a proposal: accept it, offer another plan, or decline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from zusage.actions.assigning import confirm, locked
from zusage.actions.assigning import not_shut as case_not_shut
from zusage.actions.base import Conflict, action
from zusage.actions.mailbox import once
from zusage.actions.plans import letters, steps
from zusage.actions.plans.making import make
from zusage.models import PLAN, Case, Message, Plan, Staff, Submission
from zusage.processing import listed
from zusage.protocol.outbox import Actor, Deed, record
from zusage.queries import plans, proposals
from zusage.rules.cost_notice import cost_notice_needed
from zusage.rules.instalments import Wish
from zusage.rules.problems import Problem
from zusage.tenant import policy
from zusage.vault import api as vault

REASONS = ("rules", "disputed", "authority", "other")
"""Why the agency declines; `other` is said in the clerk's own words. Words: `plan.letter.reason.…`."""


def accept(
    clerk: Staff,
    submission_id: UUID,
    cases: Sequence[UUID],
    *,
    each: bool = False,
    without_contested: bool = False,
    expected: int,
    form_token: str,
    beyond: bool = False,
) -> list[UUID]:
    """Make what the person proposed a plan: one for all `cases`, or one for each; their ids.

    It is active at once, unless the law wants the cost notice shown first and it wasn't: then it is offered. `expected`:
    the version that the clerk had before them (`queries.plans.version_of`). `beyond`: the clerk knows that the rules say
    no. The same page sent twice is one plan. Raises Conflict: `plan-changed`, `closed`, `no-case` (not open, or another
    person's), `not-a-proposal`, `plan-not-allowed`, `has-plan`, `no-account`, `no-rules`; and as `assigning.may_write`.
    """

    def work() -> list[UUID]:
        return _accept(clerk, submission_id, cases, each, without_contested, expected, form_token, beyond)

    return _once(work, submission_id, once("plan-accept", submission_id, "", form_token))


def counter(
    clerk: Staff,
    submission_id: UUID,
    cases: Sequence[UUID],
    wish: Wish,
    *,
    each: bool = False,
    without_contested: bool = False,
    text: str = "",
    expected: int,
    form_token: str,
    beyond: bool = False,
) -> list[UUID]:
    """Offer another plan than the person proposed; it begins when they agree. An earlier offer is replaced.

    `text`: what the clerk adds. Raises as `accept`, and Problem for a wish that can't be reckoned.
    """

    def work() -> list[UUID]:
        said = (cases, wish, each, without_contested, text, expected, form_token, beyond)
        return _counter(clerk, submission_id, *said)

    return _once(work, submission_id, once("plan-counter", submission_id, "", form_token))


def decline(
    clerk: Staff, submission_id: UUID, reason: str, text: str, expected: int, form_token: str
) -> None:
    """Say no, with a reason of `REASONS` and what the clerk adds. An earlier offer is withdrawn.

    Raises Conflict: `plan-changed`, `closed`, `not-a-proposal`; Problem("missing") without words where the reason needs them.
    """
    try:
        _decline(clerk, submission_id, reason, text, expected, form_token)
    except IntegrityError:
        pass  # it is stored already


def _once(work: Callable[[], list[UUID]], submission_id: UUID, letter_id: UUID) -> list[UUID]:
    try:
        return work()
    except IntegrityError:  # somebody was faster: the same page, or another plan for one of the cases
        if Message.objects.filter(pk=letter_id).exists():
            return _made(submission_id)
        raise Conflict("has-plan") from None


@action
def _accept(
    clerk: Staff,
    submission_id: UUID,
    cases: Sequence[UUID],
    each: bool,
    without_contested: bool,
    expected: int,
    form_token: str,
    beyond: bool,
) -> list[UUID]:
    letter_id = once("plan-accept", submission_id, "", form_token)
    submission = _ready(clerk, submission_id, letter_id, expected)
    if submission is None:
        return _made(submission_id)
    wish, cited = proposals.wish_of(submission, Actor.staff(clerk))
    if wish is None:
        raise Conflict("not-a-proposal")
    active = bool(submission.cost_notice) or not cost_notice_needed(policy())
    made = _make(
        clerk, submission, cases, wish, cited, each, without_contested, beyond, active, "accepted"
    )
    _answer(clerk, submission, made, "accepted" if active else "offered", letter_id)
    return [one.pk for one in made]


@action
def _counter(
    clerk: Staff,
    submission_id: UUID,
    cases: Sequence[UUID],
    wish: Wish,
    each: bool,
    without_contested: bool,
    text: str,
    expected: int,
    form_token: str,
    beyond: bool,
) -> list[UUID]:
    letter_id = once("plan-counter", submission_id, "", form_token)
    submission = _ready(clerk, submission_id, letter_id, expected)
    if submission is None:
        return _made(submission_id)
    _, cited = proposals.wish_of(submission, Actor.staff(clerk))
    made = _make(clerk, submission, cases, wish, cited, each, without_contested, beyond, False, "countered")
    _answer(clerk, submission, made, "countered", letter_id, text)
    return [one.pk for one in made]


@action
def _decline(
    clerk: Staff, submission_id: UUID, reason: str, text: str, expected: int, form_token: str
) -> None:
    if reason not in REASONS:
        raise Conflict("no-such-reason")
    if reason == "other" and not text.strip():
        raise Problem("missing")
    letter_id = once("plan-decline", submission_id, "", form_token)
    submission = _ready(clerk, submission_id, letter_id, expected)
    if submission is None:
        return
    actor = Actor.staff(clerk)
    for offered in Plan.objects.select_for_update().filter(submission=submission, state="offered"):
        steps.finish(offered, "withdrawn", "withdrawn", "agency", actor, author=clerk)
    letters.decline(submission, reason, text.strip(), actor, clerk, letter_id)
    _answered(clerk, submission)
    deed = Deed("plan-declined", "zusage.submission", str(submission.pk), submission.subject_id, submission.purpose)
    record(actor, [deed])


def _ready(clerk: Staff, submission_id: UUID, letter_id: UUID, expected: int) -> Submission | None:
    """The submission, locked, for a clerk who may; None where this very page was sent before."""
    if not listed(PLAN):
        raise Conflict("no-rules")
    vault.may(Actor.staff(clerk), PLAN)
    submission = locked(clerk, submission_id)
    if Message.objects.filter(pk=letter_id).exists():
        return None
    if submission.state == "closed":
        raise Conflict("closed")
    if not _proposes(submission):
        raise Conflict("not-a-proposal")
    if plans.version_of(submission_id) != expected:
        raise Conflict("plan-changed")
    return submission


def _proposes(submission: Submission) -> bool:
    form = policy().purposes[submission.purpose].form
    return form is not None and proposals.RATE in {one.field for one in form.fields}


def _make(
    clerk: Staff,
    submission: Submission,
    cases: Sequence[UUID],
    wish: Wish,
    cited: Sequence[str],
    each: bool,
    without_contested: bool,
    beyond: bool,
    active: bool,
    act: str,
) -> list[Plan]:
    """The plans, stored, with the first step of each."""
    if policy().plans is None:
        raise Conflict("no-rules")
    if submission.case is None:
        raise Conflict("no-case")
    actor = Actor.staff(clerk)
    case_not_shut(submission.case)
    list(Case.objects.select_for_update().filter(pk__in=cases).order_by("pk").values_list("pk", flat=True))
    for offered in Plan.objects.select_for_update().filter(submission=submission, state="offered"):
        steps.finish(offered, "replaced", "replaced", "agency", actor, author=clerk)
    there = {one.case.pk: one for one in proposals.candidates(submission, cited, actor)}
    chosen = list(dict.fromkeys(cases))
    if not chosen or not all(one in there for one in chosen):
        raise Conflict("no-case")
    if any(there[one].plan_id for one in chosen):
        raise Conflict("has-plan")
    drafts = proposals.reckon(
        [there[one] for one in chosen], wish, each=each, without_contested=without_contested
    )
    if not drafts:
        raise Conflict("plan-not-allowed")
    ring = vault.Keyring()
    made = []
    for draft in drafts:
        plan = make(draft, submission, clerk, cited=cited, active=active, beyond=beyond, ring=ring)
        reasons = " ".join(draft.verdict.reasons)
        steps.happened(plan, act, "agency", actor, author=clerk, body=reasons)
        made.append(plan)
    return made


def _answer(
    clerk: Staff, submission: Submission, made: Sequence[Plan], what: str, letter_id: UUID, text: str = ""
) -> None:
    """One letter for each plan; the first bears the page's id, by which it is known."""
    for number, plan in enumerate(made):
        letters.lay(
            plan,
            what,
            Actor.staff(clerk),
            author=clerk,
            letter_id=None if number else letter_id,
            text=text if not number else "",
        )
    _answered(clerk, submission)


def _answered(clerk: Staff, submission: Submission) -> None:
    confirm(submission)
    submission.state = "answered"
    submission.assigned_to = submission.assigned_to or clerk
    submission.save(update_fields=["state", "assigned_to"])


def _made(submission_id: UUID) -> list[UUID]:
    """The plans of a submission, the newest first."""
    found = Plan.objects.filter(submission=submission_id, state__in=Plan.LIVE).order_by("-made_at", "-pk")
    return list(found.values_list("pk", flat=True))
