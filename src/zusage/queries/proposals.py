"""What somebody proposed at the payment form, beside the cases that it is about: rules, balances, what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from zusage.models import COLLECTION, Case, Plan, PlanShare, Staff, Submission, SubmissionValue
from zusage.policy.types import Plans, Purpose, Terms
from zusage.queries import plans
from zusage.queries.opening import opened
from zusage.rules import holidays, instalments
from zusage.rules.instalments import Verdict, Wish
from zusage.rules.money import ZERO, Money, money, unit
from zusage.rules.problems import Problem
from zusage.rules.references import normal
from zusage.tenant import policy
from zusage.vault import api as vault

RATE, DAY, CITED = "monthly_instalment", "payment_day", "case_references"
PARTS = ("principal", "interest", "fees", "contested_costs")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open case of the debtor. `parts`: of the balance, those that are known. `cited`: the person named it.

    `plan_id`: the plan that it has already, offered, active or paused.
    """

    case: Case
    reference: str
    creditor: str
    balance: Money
    parts: Mapping[str, Money]
    cited: bool
    plan_id: UUID | None

    @property
    def contested(self) -> Decimal:
        """What of the balance is contested costs."""
        return self.parts["contested_costs"].amount if "contested_costs" in self.parts else ZERO


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan that could be made of some cases: what each owes in it, the wish for it, and what the rules say."""

    cases: tuple[Candidate, ...]
    owed: tuple[Decimal, ...]
    wish: Wish
    terms: Terms
    unit: Decimal
    currency: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a submission proposes. `wish` is None where it proposes nothing that can be reckoned.

    `draft`: one plan for the cases that the person cited, as they wish; None where there is none to reckon. `version`:
    what an action wants to hear (`queries.plans.version_of`). `plans`: those that came of it, newest first.
    """

    wish: Wish | None
    cases: tuple[Candidate, ...]
    draft: Draft | None
    version: int
    plans: tuple[plans.Shown, ...]


def proposes(purpose: Purpose) -> bool:
    """Whether the form of `purpose` asks for a monthly instalment."""
    return purpose.form is not None and RATE in {one.field for one in purpose.form.fields}


def of_submission(clerk: Staff, submission: Submission, values: Mapping[str, str]) -> Proposal:
    """`values`: what its form said, by field. Raises vault.Refused where the clerk may not open plans."""
    actor = vault.Actor.staff(clerk)
    wish = wished(values)
    found = candidates(submission, cited(values), actor) if submission.case_id else ()
    draft = None
    if wish and policy().plans:
        named = [one for one in found if one.cited and one.case.state != "closed"]
        draft = next(iter(reckon(named, wish, each=False, without_contested=False)), None)
    made = Plan.objects.filter(submission=submission).order_by("-made_at", "-pk")
    version = plans.version_of(submission.pk)
    return Proposal(wish, found, draft, version, tuple(plans.shown(list(made), actor)))


def wish_of(submission: Submission, actor: vault.Actor) -> tuple[Wish | None, tuple[str, ...]]:
    """What the person wishes, and the references that they cited."""
    values = values_of(submission, actor)
    return wished(values), cited(values)


def wished(values: Mapping[str, str]) -> Wish | None:
    """The wish in a form's values."""
    rate, day = values.get(RATE, ""), values.get(DAY, "")
    if not rate or not day.isdecimal():
        return None
    return Wish(Decimal(rate), int(day))


def cited(values: Mapping[str, str]) -> tuple[str, ...]:
    """The references in a form's values, as they were cited."""
    return tuple(filter(None, values.get(CITED, "").split("\n")))


def candidates(submission: Submission, named: Sequence[str], actor: vault.Actor) -> tuple[Candidate, ...]:
    """The cases of the debtor whose file the submission lies with that aren't closed: its own first.

    Its own counts as cited: that is where it lies. What doesn't open, or has no balance that can be read, isn't there.
    """
    if submission.case is None:
        return ()
    rows = list(Case.objects.filter(subject_id=submission.case.subject_id).exclude(state="closed"))
    rows.sort(key=lambda one: (one.pk != submission.case_id, one.opened_on, str(one.pk)))
    wanted = {normal(one) for one in named}
    live = PlanShare.objects.filter(case__in=rows, live=True)
    has = dict(live.values_list("case_id", "plan_id"))
    found = []
    for case, (plain, shut) in zip(rows, opened(rows, COLLECTION, actor), strict=True):
        balance = _read(plain.get("balance", ""))
        if shut or balance is None or not balance.amount:
            continue
        parts = {name: _part(plain.get(name, ""), balance) for name in PARTS}
        own = case.pk == submission.case_id or normal(plain.get("reference", "")) in wanted
        found.append(
            Candidate(
                case,
                plain.get("reference", ""),
                plain.get("creditor", ""),
                balance,
                {name: part for name, part in parts.items() if part},
                own,
                has.get(case.pk),
            )
        )
    return tuple(found)


def reckon(
    cases: Sequence[Candidate], wish: Wish, *, each: bool, without_contested: bool, today: date | None = None
) -> list[Draft]:
    """What `wish` comes to for `cases`: one plan for all, or, with `each`, one for each of them; none for no cases.

    The rate of the wish is for all together, so each plan gets its part of it. Several currencies are several plans.
    Raises Problem as `rules.instalments.judge`; LookupError where the policy has no rules for plans.
    """
    rules = policy().plans
    if rules is None:
        raise LookupError("The policy has no rules for plans.")
    day = today or timezone.localdate()
    owed = {one.case.pk: one.balance.amount - (one.contested if without_contested else ZERO) for one in cases}
    rest = [one for one in cases if owed[one.case.pk] > 0]
    groups: dict[object, list[Candidate]] = {}
    for one in rest:
        groups.setdefault(one.case.pk if each else one.balance.currency, []).append(one)
    sums = [sum((owed[one.case.pk] for one in group), ZERO) for group in groups.values()]
    drafts = []
    for group, rate in zip(groups.values(), _rates(wish.rate, sums), strict=True):
        own = Wish(rate, wish.day, wish.first)
        drafts.append(_draft(group, [owed[one.case.pk] for one in group], own, rules, day))
    return drafts


def _draft(
    group: Sequence[Candidate], owed: Sequence[Decimal], wish: Wish, rules: Plans, today: date
) -> Draft:
    """By the rules of each creditor among them: what one of them doesn't allow isn't allowed."""
    currency, calendar = group[0].balance.currency, holidays.home(policy().controller)
    balance = sum(owed, ZERO)
    drafts = []
    for terms in dict.fromkeys(rules.terms_of(one.creditor) for one in group):
        step = unit(currency, terms.cash)
        verdict = instalments.judge(balance, wish, today, terms, calendar, step)
        drafts.append(Draft(tuple(group), tuple(owed), wish, terms, step, currency, verdict))
    return next((one for one in drafts if not one.verdict.allowed), drafts[0])


def _rates(rate: Decimal, sums: Sequence[Decimal]) -> Sequence[Decimal]:
    if len(sums) < 2:
        return [rate] * len(sums)
    return [max(one, Decimal("0.01")) for one in instalments.shares(rate, sums, Decimal("0.01"))]


def values_of(submission: Submission, actor: vault.Actor) -> dict[str, str]:
    """What the form says of the proposal, by field, opened by `actor`; what stays shut isn't there."""
    rows = list(SubmissionValue.objects.filter(submission=submission, field__in=(RATE, DAY, CITED)))
    plain = opened(rows, submission.purpose, actor)
    return {row.field: columns["value"] for row, (columns, _) in zip(rows, plain, strict=True) if columns}


def _read(text: str) -> Money | None:
    try:
        return money(text)
    except Problem:
        return None


def _part(text: str, balance: Money) -> Money | None:
    """A part of a balance; it may stand without its currency."""
    return _read(text if text[:1].isalpha() else f"{balance.currency} {text}") if text else None
