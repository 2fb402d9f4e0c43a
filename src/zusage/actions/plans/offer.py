"""What a clerk does with a proposal: accept it, offer another plan, or decline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError

from zusage.actions.assigning import answered, locked
from zusage.actions.base import Conflict, action, not_shut
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

    It is active at once, unless the law wants the cost notice shown first and it wasn't: then it is offered.
    `expected`: the version that the clerk had before them (`queries.plans.version_of`). `beyond`: the clerk knows that
    the rules say no. The same page sent twice is one plan. Raises Conflict: `plan-changed`, `closed`, `no-case` (not
    open, or another person's), `not-a-proposal`, `plan-not-allowed`, `has-plan`, `no-account`, `no-rules`; and as
    `assigning.may_write`.
    """

    how = _How(tuple(cases), each, without_contested, expected, form_token, beyond)
    return _once(lambda: _accept(clerk, submission_id, how), how.letter_id("plan-accept", submission_id))


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

    how = _How(tuple(cases), each, without_contested, expected, form_token, beyond)
    letter_id = how.letter_id("plan-counter", submission_id)
    return _once(lambda: _counter(clerk, submission_id, wish, text, how), letter_id)


def decline(
    clerk: Staff, submission_id: UUID, reason: str, text: str, expected: int, form_token: str
) -> None:
    """Say no, with a reason of `REASONS` and what the clerk adds. An earlier offer is withdrawn.

    Raises Conflict: `plan-changed`, `closed`, `not-a-proposal`, `has-plan` where one runs; Problem("missing") where the
    reason needs words.
    """
    try:
        _decline(clerk, submission_id, reason, text, expected, form_token)
    except IntegrityError:
        pass  # it is stored already


@dataclass(frozen=True, slots=True)
class _How:
    """What a page of the office said: see `accept`."""

    cases: tuple[UUID, ...]
    each: bool
    without_contested: bool
    expected: int
    form_token: str
    beyond: bool

    def letter_id(self, what: str, submission_id: UUID) -> UUID:
        """By which the page is known."""
        return once(what, submission_id, "", self.form_token)


def _once(work: Callable[[], list[UUID]], letter_id: UUID) -> list[UUID]:
    try:
        return work()
    except IntegrityError:  # somebody was faster: the same page, or another plan for one of the cases
        letter = Message.objects.filter(pk=letter_id).first()
        if letter is None:
            raise Conflict("has-plan") from None
        return _made(letter.submission_id)


@action
def _accept(clerk: Staff, submission_id: UUID, how: _How) -> list[UUID]:
    letter_id = how.letter_id("plan-accept", submission_id)
    submission = _ready(clerk, submission_id, letter_id, how.expected)
    if submission is None:
        return _made(submission_id)
    wish, cited = proposals.wish_of(submission, Actor.staff(clerk))
    if wish is None:
        raise Conflict("not-a-proposal")
    active = bool(submission.cost_notice) or not cost_notice_needed(policy())
    made = _plans(clerk, submission, wish, cited, how, active=active)
    _answer(clerk, submission, made, "accepted" if active else "offered", letter_id)
    return [one.pk for one in made]


@action
def _counter(clerk: Staff, submission_id: UUID, wish: Wish, text: str, how: _How) -> list[UUID]:
    letter_id = how.letter_id("plan-counter", submission_id)
    submission = _ready(clerk, submission_id, letter_id, how.expected)
    if submission is None:
        return _made(submission_id)
    _, cited = proposals.wish_of(submission, Actor.staff(clerk))
    made = _plans(clerk, submission, wish, cited, how, active=None)
    _answer(clerk, submission, made, "countered", letter_id, text.strip())
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
    if Plan.objects.filter(submission=submission, state__in=("active", "paused")).exists():
        raise Conflict("has-plan")
    for offered in Plan.objects.select_for_update().filter(submission=submission, state="offered"):
        steps.finish(offered, "withdrawn", "withdrawn", "agency", actor, author=clerk)
    letters.decline(submission, reason, text.strip(), actor, clerk, letter_id)
    answered(clerk, submission)
    deed = Deed(
        "plan-declined", "zusage.submission", str(submission.pk), submission.subject_id, submission.purpose
    )
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
    if not proposals.proposes(policy().purposes[submission.purpose]):
        raise Conflict("not-a-proposal")
    if plans.version_of(submission_id) != expected:
        raise Conflict("plan-changed")
    return submission


def _plans(
    clerk: Staff, submission: Submission, wish: Wish, cited: Sequence[str], how: _How, *, active: bool | None
) -> list[Plan]:
    """The plans, stored, each with its first step. `active`: as the person proposed; None: a counter-proposal."""
    if policy().plans is None:
        raise Conflict("no-rules")
    if submission.case is None:
        raise Conflict("no-case")
    actor = Actor.staff(clerk)
    not_shut(submission.case)
    list(
        Case.objects.select_for_update().filter(pk__in=how.cases).order_by("pk").values_list("pk", flat=True)
    )
    for offered in Plan.objects.select_for_update().filter(submission=submission, state="offered"):
        steps.finish(offered, "replaced", "replaced", "agency", actor, author=clerk)
    chosen = _chosen(proposals.candidates(submission, cited, actor), how)
    drafts = proposals.reckon(chosen, wish, each=how.each, without_contested=how.without_contested)
    if not drafts:
        raise Conflict("plan-not-allowed")
    ring = vault.Keyring()
    made = []
    for draft in drafts:
        plan = make(draft, submission, clerk, cited=cited, active=bool(active), beyond=how.beyond, ring=ring)
        act = "countered" if active is None else "accepted"
        steps.happened(plan, act, "agency", actor, author=clerk, body=" ".join(draft.verdict.reasons))
        made.append(plan)
    return made


def _chosen(there: Sequence[proposals.Candidate], how: _How) -> list[proposals.Candidate]:
    """Those of the cases that the clerk chose, each once."""
    known = {one.case.pk: one for one in there}
    wanted = list(dict.fromkeys(how.cases))
    if not wanted or not all(one in known for one in wanted):
        raise Conflict("no-case")
    if any(known[one].plan_id for one in wanted):
        raise Conflict("has-plan")
    return [known[one] for one in wanted]


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
    answered(clerk, submission)


def _made(submission_id: UUID) -> list[UUID]:
    """The plans of a submission, the newest first."""
    found = Plan.objects.filter(submission=submission_id, state__in=Plan.LIVE).order_by("-made_at", "-pk")
    return list(found.values_list("pk", flat=True))
