"""Probes of the payment form's page: it reckons by the rules, and says what a plan costs before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from zusage.policy.plans import Plans
from zusage.policy.types import AUTHORITATIVE, LANGUAGES, Policy
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.page import Page, asked, plain, read
from zusage.promises.types import Evidence, judged, probe
from zusage.queries.proposals import DAY, RATE, proposes
from zusage.rules import cost_notice, instalments, money, plan_words
from zusage.rules.holidays import home
from zusage.rules.instalments import Verdict, Wish
from zusage.web.public.instalments import OWED, RECKON
from zusage.web.words import say

ABOVE = Decimal(1234)
"""How far above the bands with an end the one without is tried."""


@dataclass(frozen=True, slots=True)
class _Try:
    balance: Decimal
    wish: Wish


@probe(quick=True)
def reckons(look: Look) -> Iterator[Evidence]:
    """The form names the rules; in each band of balances it allows what they allow, and the nearest that they do."""
    path, plans = _path(look.policy, AUTHORITATIVE), _plans(look.policy)
    told, page = plan_words.said(plans.terms, "", AUTHORITATIVE), asked(look, path)
    missing = [f"rule {number} isn't there" for number, rule in enumerate(told, 1) if not page.says(rule)]
    yield judged("rules of instalments at the form", len(told), missing)
    tries, faults = list(_tries(plans)), list[str]()
    for one in tries:
        sent = {OWED: str(one.balance), RATE: str(one.wish.rate), DAY: str(one.wish.day), RECKON: "x"}
        answer = look.portal.post(path, sent)
        if answer.status != 200:
            raise CouldNotLook(f"{path} answers {answer.status} to whoever wants to reckon")
        faults += _differs(read(answer.text), _verdict(look.policy, one))
    yield judged("proposals that the form reckoned", len(tries), faults)


@probe(quick=True)
def notice(look: Look) -> Iterator[Evidence]:
    """Where the law wants it, the notice of costs stands at the form, and the form says which one it was."""
    yield _noticed(look, AUTHORITATIVE)


@probe(quick=False)
def notice_in_every_language(look: Look) -> Iterator[Evidence]:
    """So it does in the other languages."""
    for language in LANGUAGES:
        if language != AUTHORITATIVE:
            yield _noticed(look, language)


def _tries(plans: Plans) -> Iterator[_Try]:
    """Two wishes for a balance of each band: all at once, and little by little."""
    for band in plans.terms.bands:
        largest = max((one.up_to for one in plans.terms.bands if one.up_to is not None), default=Decimal(0))
        balance = band.up_to if band.up_to is not None else largest + ABOVE
        yield _Try(balance, Wish(balance, 5))
        yield _Try(balance, Wish(max(balance / 50, Decimal(1)).quantize(Decimal(1)), 31))


def _verdict(policy: Policy, one: _Try) -> Verdict:
    terms, calendar = _plans(policy).terms, home(policy.controller)
    step = money.unit(policy.accounts[0].currency, terms.cash)
    return instalments.judge(one.balance, one.wish, timezone.localdate(), terms, calendar, step)


def _differs(page: Page, verdict: Verdict) -> Iterator[str]:
    """Where the page says something else than the rules."""
    allowed = say(AUTHORITATIVE, "plan_help.allowed")
    if page.says(allowed) != verdict.allowed:
        yield f"{'not ' if verdict.allowed else ''}allowed, and the rules say otherwise"
    for drawn in {verdict.instalments, verdict.nearest_instalments}:
        if drawn and not page.says(_line([one.amount for one in drawn])):
            yield f"{len(drawn)} instalments aren't named"


def _line(amounts: list[Decimal]) -> str:
    kind = "one" if len(amounts) == 1 else "many" if amounts[0] == amounts[-1] else "other_last"
    rate, last = money.grouped(amounts[0]), money.grouped(amounts[-1])
    return say(AUTHORITATIVE, f"plan_help.line_{kind}", n=len(amounts), rate=rate, last=last)


def _noticed(look: Look, language: str) -> Evidence:
    path = _path(look.policy, language)
    if not cost_notice.cost_notice_needed(look.policy):
        return judged(f"notices of costs at {path} that a law wants", 0, [])
    text, page = cost_notice.cost_notice(look.policy, language), asked(look, path)
    field = page.named("cost_notice")
    faults = [] if plain(text) and page.says(text) else ["it isn't there"]
    if field is None or field.value != cost_notice.version(text):
        faults.append("the form doesn't say which one it shows")
    return judged(f"notices of costs at {path}", 1, faults)


def _plans(policy: Policy) -> Plans:
    if policy.plans is None:
        raise CouldNotLook("the policy has no rules of instalments")
    return policy.plans


def _path(policy: Policy, language: str) -> str:
    for one in policy.form_purposes():
        if one.form and proposes(one):
            return f"/{language}/{one.form.path.strip('/')}/"
    raise CouldNotLook("no form asks for a monthly instalment")
