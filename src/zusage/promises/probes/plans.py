"""Probes of plans as they are stored: whole, agreed after the notice of costs, one a case; no budget kept too long.

What is to be paid is sealed, and the prover opens nobody's values. It looks at what stands beside: numbers, days,
states, what a payment is found by, who agreed to what. That sums are right is seen on somebody invented
(`plans_planted`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from zusage.models import PAYMENT_REFERENCE_INDEX, PLAN, Instalment, Plan, PlanShare, PlanStep
from zusage.models.notices import NoticeVersion
from zusage.policy.plans import Band, Terms
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.probes.periods import overdue
from zusage.promises.spans import erased
from zusage.promises.stored import CHUNK, Line, chunks, lines_about, newest, remembered
from zusage.promises.types import Evidence, judged, probe
from zusage.queries.periods import rules
from zusage.rules.cost_notice import cost_notice_needed
from zusage.rules.instalments import LONGEST
from zusage.tenant import version
from zusage.vault.models import BlindIndex

AGREED = ("active", "paused", "done", "ended")
"""States in which a plan may be that was agreed."""
FORM = "payment"
ANEW = ("resumed", "moved")
"""Steps after which instalments may have other days than the rules gave them."""


@probe(quick=True)
def schedules(look: Look) -> Iterator[Evidence]:
    """Of the newest plans, each has all its instalments, on days one after the other, and is within the rules."""
    yield from _schedules(look, newest(Plan.objects.all()))


@probe(quick=False)
def all_schedules(look: Look) -> Iterator[Evidence]:
    """So has every plan."""
    yield from _schedules(look, Plan.objects.all())


@probe(quick=True)
def agreements(look: Look) -> Iterator[Evidence]:
    """Of the newest plans, none began that nobody agreed to, or before the notice of its costs was shown."""
    yield from _agreements(look, newest(Plan.objects.all()))


@probe(quick=False)
def all_agreements(look: Look) -> Iterator[Evidence]:
    """So did none of all plans."""
    yield from _agreements(look, Plan.objects.all())


@probe(quick=True)
def one_a_case(look: Look) -> Iterator[Evidence]:
    """No case of the newest plans has two that are offered, active or paused."""
    shares = list(newest(PlanShare.objects.all()))
    of_these = PlanShare.objects.filter(case_id__in={one.case_id for one in shares if one.case_id})
    yield _one_a_case(len(shares), of_these, PlanShare.objects.filter(pk__in=[one.pk for one in shares]))


@probe(quick=False)
def every_case_has_one(look: Look) -> Iterator[Evidence]:
    """No case at all has two."""
    yield _one_a_case(PlanShare.objects.count(), PlanShare.objects.all(), PlanShare.objects.all())


@probe(quick=True)
def budgets(look: Look) -> Iterator[Evidence]:
    """What people told of their budget goes after its own period, which is shorter than that of the form."""
    declared = look.policy.purposes.get(FORM)
    if declared is None:
        raise CouldNotLook(f"the policy has no {FORM}")
    for one in rules(look.policy):
        if one.purpose == FORM and one.category in declared.periods:
            yield overdue(look, one)
    kept = {name: look.policy.period(FORM, name) for name in declared.periods}
    whole = look.policy.period(FORM)
    longer = [f"{name} is kept as long as the form" for name, period in kept.items() if period.id == whole.id]
    yield judged("periods of what nobody has to tell", len(kept), longer)


def _schedules(look: Look, plans: Any) -> Iterator[Evidence]:
    number, faults = 0, []
    for piece in chunks(plans.iterator(CHUNK)):
        number += len(piece)
        faults += list(_unsound(look, piece))
    yield judged("schedules of plans", number, faults)


def _unsound(look: Look, piece: list[Plan]) -> Iterator[str]:
    """What is wrong with schedules, as far as it is seen from outside."""
    since, within = NoticeVersion.objects.filter(pk=version()).first(), _widest(look)
    rows: dict[UUID, list[Instalment]] = {one.pk: [] for one in piece}
    for row in Instalment.objects.filter(plan__in=piece).order_by("number"):
        rows[row.plan_id].append(row)
    people = {one.subject_id for one in piece}
    found_by, gone = _found_by(people), erased(people)
    freely = _beyond_or_moved(piece)
    for plan in piece:
        if gone.get(plan.subject_id, set()) & {"", PLAN}:
            continue
        own, here = rows[plan.pk], f"the plan {plan.pk}"
        if not own or [one.number for one in own] != list(range(1, len(own) + 1)):
            yield f"{here} has lost an instalment"
            continue
        days = [one.due_on for one in own]
        if any(day >= following for day, following in pairwise(days)):
            yield f"{here} has days that don't follow each other"
        if plan.total is None or any(one.amount is None or one.reference is None for one in own):
            yield f"{here} has an instalment without amount or reference"
        if any(found_by.get(one.pk) != 1 for one in own):
            yield f"{here} has an instalment that no payment finds"
        if since and plan.made_at > since.published_at and plan.pk not in freely:
            first = timezone.localdate(plan.made_at) + timedelta(days=within[1])
            if len(own) > within[0] or days[0] > first:
                yield f"{here} is beyond the rules, and nobody said so"
    lost = set(found_by) - set(Instalment.objects.filter(subject_id__in=people).values_list("pk", flat=True))
    if lost:
        yield f"{len(lost)} instalments are gone that payments are found by"


def _found_by(subjects: Collection[UUID]) -> dict[UUID, int]:
    """Instalment -> by how many references a payment finds it."""
    rows = BlindIndex.objects.filter(name=PAYMENT_REFERENCE_INDEX, subject_id__in=subjects)
    return dict(rows.values_list("record_id").annotate(Count("digest")).order_by())


def _beyond_or_moved(piece: list[Plan]) -> set[UUID]:
    """Plans that a clerk made knowing what the rules say of them, which stands in the step; and those that rested."""
    steps = PlanStep.objects.filter(plan__in=piece, act__in=("accepted", "countered", *ANEW))
    return {one.plan_id for one in steps if one.act in ANEW or one.body is not None}


def _widest(look: Look) -> tuple[int, int]:
    """Instalments at most, and days until the first, by any of the rules: which of them go is sealed."""
    if look.policy.plans is None:
        raise CouldNotLook("the policy has no rules of instalments")
    every = [look.policy.plans.terms, *look.policy.plans.creditors.values()]
    return max(map(_most, every)), max(one.first_days for one in every)


def _most(terms: Terms) -> int:
    return max(map(_most_of_band, terms.bands))


def _most_of_band(band: Band) -> int:
    if band.single:
        return 1
    bounds = [LONGEST, band.most or LONGEST]
    if band.share:
        bounds.append(-int(-100 // band.share))
    if band.up_to is not None and band.smallest:
        bounds.append(int(band.up_to // band.smallest))
    return max(1, min(bounds))


def _agreements(look: Look, plans: Any) -> Iterator[Evidence]:
    number, faults, begins = 0, [], remembered(look)
    since = NoticeVersion.objects.filter(pk=version()).first()
    for piece in chunks(plans.prefetch_related("submission").iterator(CHUNK)):
        number += len(piece)
        acts = ("plan-accepted", "plan-confirmed", "plan-notice-shown", "plan-moved")
        said = lines_about({one.subject_id for one in piece}, *acts)
        for plan in piece:
            own = [one for one in said.get(plan.subject_id, ()) if one.record_id == str(plan.pk)]
            here = f"the plan {plan.pk}"
            if plan.agreed_at is None and plan.state in ("active", "done"):
                faults.append(f"{here} goes on though nobody agreed")
            if plan.agreed_at is not None and plan.state not in AGREED:
                faults.append(f"{here} is agreed, and still offered")
            if plan.agreed_at is None:
                continue
            if plan.agreed_at > begins and not _by_both(plan, own):
                faults.append(f"{here} began, and not both sides agreed")
            if since and plan.agreed_at > since.published_at and cost_notice_needed(look.policy):
                faults += [f"{here} {fault}" for fault in _unseen(plan, own)]
    yield judged("plans, and who agreed to them", number, faults)


def _by_both(plan: Plan, own: list[Line]) -> bool:
    """Whether the person agreed in the mailbox; or proposed it, having seen what has to be seen, and a clerk agreed.

    A plan that followed its message to another file has its older lines there.
    """
    if any(one.act == "plan-moved" for one in own):
        return True
    if any(one.act == "plan-confirmed" and one.actor_kind == "subject" for one in own):
        return True
    accepted = any(one.act == "plan-accepted" and one.actor_kind == "staff" for one in own)
    return accepted and (plan.submission is None or plan.submission.cost_notice == plan.cost_notice)


def _unseen(plan: Plan, own: list[Line]) -> Iterator[str]:
    """What is missing for the notice of the costs to have been shown before the plan was agreed."""
    assert plan.agreed_at is not None
    if len(plan.cost_notice) != 64 or plan.cost_notice_shown_at is None:
        yield "was agreed without the notice of its costs"
    elif plan.cost_notice_shown_at > plan.agreed_at:
        yield "was agreed before the notice of its costs was shown"
    elif (
        not any(one.act == "plan-moved" for one in own)
        and plan.submission is not None
        and plan.submission.cost_notice != plan.cost_notice
        and not any(one.act == "plan-notice-shown" and one.at <= plan.agreed_at for one in own)
    ):
        yield "names a notice of costs that nobody was shown"


def _one_a_case(number: int, of_cases: Any, shares: Any) -> Evidence:
    live = of_cases.filter(plan__state__in=Plan.LIVE, case__isnull=False).order_by()
    twice = live.values("case_id").annotate(many=Count("plan_id", distinct=True)).filter(many__gt=1)
    faults = [f"the case {one['case_id']} has {one['many']} plans" for one in twice]
    forgotten = shares.filter(live=False, plan__state__in=Plan.LIVE).count()
    forgotten += shares.filter(live=True).exclude(plan__state__in=Plan.LIVE).count()
    faults += [f"{forgotten} shares are live where their plan isn't, or the other way"] if forgotten else []
    return judged("shares of plans in cases", number, faults)
