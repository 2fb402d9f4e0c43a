"""The payment form's help: what a proposal comes to, before it is sent.

The amount owed is told for this one sum. Nothing is stored, nothing is looked up, and nothing keeps anybody from
sending another proposal: a human decides about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.http import QueryDict
from django.utils import timezone

from zusage.policy.types import Policy, Terms
from zusage.queries.proposals import DAY, RATE
from zusage.rules import amounts, cost_notice, days, money, plan_words
from zusage.rules.holidays import home
from zusage.rules.instalments import Instalment, Verdict, Wish, judge
from zusage.rules.problems import Problem
from zusage.web.forms import PolicyForm
from zusage.web.words import say

OWED = "amount_owed"
RECKON, TAKE = "reckon", "take"
"""The buttons of the help: work it out; take the nearest proposal over into the form."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan in a few words: «5 Raten zu 100.00». `entries`: what it is in the form, field -> entry."""

    line: str
    first: date
    last: date
    entries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Help:
    """What the help says. `errors`: (field's id, label, what is wrong); `reasons`: why the rules say no."""

    owed: str = ""
    errors: tuple[tuple[str, str, str], ...] = ()
    allowed: bool = False
    reasons: tuple[str, ...] = ()
    plan: Drawn | None = None
    nearest: Drawn | None = None
    taken: bool = False


def offered(made: type[PolicyForm]) -> bool:
    """Whether this form asks for what the help works out, and the agency has rules to work it out by."""
    form = made.purpose.form
    return (
        made.policy.plans is not None
        and form is not None
        and {RATE, DAY} <= {one.field for one in form.fields}
    )


def asked(sent: QueryDict) -> bool:
    """Whether a button of the help was pressed."""
    return RECKON in sent or TAKE in sent


def rules(form: PolicyForm) -> tuple[str, ...]:
    """The agency's rules in plain words. Without a currency: they go for each, and the letter says which it is."""
    plans = form.policy.plans
    return plan_words.said(plans.terms, "", form.language) if plans and offered(type(form)) else ()


def notice(form: PolicyForm) -> dict[str, str] | None:
    """What has to be said of costs before a plan is agreed, with the version of that text; None where nothing has."""
    if not offered(type(form)) or not cost_notice.cost_notice_needed(form.policy):
        return None
    text = cost_notice.cost_notice(form.policy, form.language)
    return {"text": text, "version": cost_notice.version(text)}


def notice_seen(form: PolicyForm) -> str:
    """The version of the cost notice that stood on the page, where it is one of ours as they are now; else empty."""
    sent = str(form.data.get("cost_notice", ""))
    if not offered(type(form)) or not cost_notice.cost_notice_needed(form.policy):
        return ""
    ours = {cost_notice.version(cost_notice.cost_notice(form.policy, one)) for one in form.policy.words}
    return sent if sent in ours else ""


def helped(made: type[PolicyForm], sent: QueryDict) -> tuple[PolicyForm, Help]:
    """The form as it was filled in, unchecked, and what rate and day in it come to.

    Where the nearest proposal is taken over, it stands in the form.
    """
    form = made(sent).unchecked()
    told = _told(form, sent.get(OWED, ""))
    if TAKE not in sent or told.nearest is None:
        return form, told
    taken = sent.copy()
    for name, entry in told.nearest.entries.items():
        taken[name] = entry
    form = made(taken).unchecked()
    return form, replace(_told(form, sent.get(OWED, "")), taken=True)


def _told(form: PolicyForm, owed: str) -> Help:
    plans, language = form.policy.plans, form.language
    assert plans is not None
    errors: list[tuple[str, str, str]] = []

    def read(name: str, label: str, rule: Callable[[str], T], raw: str) -> T | None:
        try:
            return rule(raw)
        except Problem as problem:
            errors.append((f"f-{name}", label, say(language, f"problem.{problem.code}", **problem.params)))
            return None

    balance = read(OWED, say(language, "plan_help.owed"), amounts.amount, owed)
    rate = read(RATE, form.label(RATE), amounts.amount, form.typed(RATE))
    day = read(DAY, form.label(DAY), days.day_of_month, form.typed(DAY))
    if balance is None or rate is None or day is None:
        return Help(owed[:60], tuple(errors))
    wish = Wish(rate, day)
    try:
        found = _judged(form.policy, plans.terms, balance, wish)
    except Problem as problem:  # less than the smallest coin
        said = say(language, f"problem.{problem.code}", **problem.params)
        return Help(owed[:60], ((f"f-{OWED}", say(language, "plan_help.owed"), said),))
    return Help(
        owed=owed,
        allowed=found.allowed,
        reasons=plan_words.why(found.reasons, balance, plans.terms, "", language),
        plan=_drawn(language, wish, found.instalments) if found.instalments else None,
        nearest=_drawn(language, found.nearest, found.nearest_instalments)
        if found.nearest and not found.allowed
        else None,
    )


def _judged(policy: Policy, terms: Terms, balance: Decimal, wish: Wish) -> Verdict:
    calendar = home(policy.controller)
    unit = money.unit(policy.accounts[0].currency, terms.cash)
    return judge(balance, wish, timezone.localdate(), terms, calendar, unit)


def _drawn(language: str, wish: Wish, instalments: Sequence[Instalment]) -> Drawn:
    first, last, number = instalments[0], instalments[-1], len(instalments)
    line = "one" if number == 1 else "many" if last.amount == first.amount else "other_last"
    rate, last_rate = money.grouped(first.amount), money.grouped(last.amount)
    return Drawn(
        line=say(language, f"plan_help.line_{line}", n=number, rate=rate, last=last_rate),
        first=first.due,
        last=last.due,
        entries={RATE: str(wish.rate), DAY: str(wish.day)},
    )
