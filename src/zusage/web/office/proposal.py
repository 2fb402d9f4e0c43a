"""A proposal of instalments on the page of its submission: what it comes to, and what the rules say to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from zusage import processing
from zusage.actions.plans import offer
from zusage.models import PLAN, Staff, Submission
from zusage.queries import proposals
from zusage.queries.plans import Shown
from zusage.queries.proposals import Candidate, Draft
from zusage.rules import money, plan_words
from zusage.rules.instalments import Instalment, Wish
from zusage.tenant import policy
from zusage.web import plans
from zusage.web.words import say


def panel(clerk: Staff, one: Submission, values: Mapping[str, str], conflict: str) -> dict[str, Any] | None:
    """For ``office/proposal.html``; None where the submission proposes nothing that this clerk may answer.

    `values`: what its form said, by field.
    """
    if not _answers(clerk, one):
        return None
    language, found = clerk.language, proposals.of_submission(clerk, one, values)
    made = {one.plan.pk: one for one in found.plans}
    offers = {known for known, shown in made.items() if shown.plan.state == "offered"}
    cases = [_case(language, each, offers) for each in found.cases]
    agreed = any(shown.plan.state in ("active", "paused") for shown in found.plans)
    free = [each for each in cases if not each["plan_url"]]
    draft = found.draft
    return {
        "wish": _wish(language, found.wish) if found.wish else "",
        "no_file": one.case_id is None,
        "cases": cases,
        "several": len(free) > 1,
        "contested": any(each.contested for each in found.cases),
        "draft": _draft(language, draft) if draft else None,
        "allowed": draft is not None and draft.verdict.allowed,
        "beyond": (draft is not None and not draft.verdict.allowed) or conflict == "plan-not-allowed",
        "made": [_made(language, each) for each in found.plans],
        "answerable": one.state != "closed" and not agreed,
        "free": bool(free),
        "reasons": [(each, say(language, f"office.plans.reason_{each}")) for each in offer.REASONS],
        "version": found.version,
    }


def _answers(clerk: Staff, one: Submission) -> bool:
    purpose = policy().purposes.get(one.purpose)
    proposes = purpose is not None and proposals.proposes(purpose)
    may = PLAN in policy().roles[clerk.role].opens
    return proposes and may and processing.listed(PLAN) and policy().plans is not None


def _wish(language: str, wish: Wish) -> str:
    return say(language, "office.plans.wish", rate=money.grouped(wish.rate), day=wish.day)


def _case(language: str, one: Candidate, offers: set[UUID]) -> dict[str, Any]:
    """A case with its balance in parts. One that another plan is for already can't be chosen."""
    taken = one.plan_id if one.plan_id not in offers else None
    return {
        "id": one.case.pk,
        "reference": one.reference,
        "creditor": one.creditor,
        "balance": one.balance.shown(),
        "parts": [
            (say(language, f"office.file.{name}"), one.parts[name].shown())
            for name in proposals.PARTS
            if name in one.parts
        ],
        "cited": one.cited,
        "paused": one.case.state == "paused",
        "plan_url": reverse("office-plan", args=[taken]) if taken else "",
    }


def _draft(language: str, one: Draft) -> dict[str, Any]:
    """What the proposal comes to, what the rules say to it, and what they would say yes to."""
    verdict, balance = one.verdict, sum(one.owed)
    nearest = verdict.nearest if not verdict.allowed else None
    return {
        "sentence": _sentence(language, one.currency, verdict.instalments),
        "reasons": plan_words.why(verdict.reasons, balance, one.terms, one.currency, language),  # type: ignore[arg-type]
        "nearest": _sentence(language, one.currency, verdict.nearest_instalments) if nearest else "",
        "rate": str((nearest or one.wish).rate),  # as text: an entry isn't written as its language would
        "day": str((nearest or one.wish).day),
        "rules": plan_words.said(one.terms, one.currency, language),
    }


def _sentence(language: str, currency: str, instalments: Sequence[Instalment]) -> str:
    return plans.sentence(language, [(one.due, money.of(currency, one.amount)) for one in instalments])


def _made(language: str, shown: Shown) -> dict[str, Any]:
    return {
        "url": reverse("office-plan", args=[shown.plan.pk]),
        "total": shown.total.shown() if not shown.shut else "",
        "at": shown.plan.made_at,
        **plans.state(language, shown, "office.plans"),
    }
