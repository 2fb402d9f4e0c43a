"""A plan of instalments in words and as a small picture, for whoever pays and for the office alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import dateformat, translation

from zusage.policy.plans import Account
from zusage.queries.plans import Line, Shown
from zusage.rules.money import Money
from zusage.rules.paying import references
from zusage.tenant import policy
from zusage.web.words import say

WIDE, HIGH = 1000, 24
HEIGHTS = {"paid": HIGH, "due": 16, "open": 8}
"""Each part of the picture has a height of its own, so that nobody has to tell it by its colour."""
SIGNS = {"paid": "done", "part": "nearly", "due": "clock", "missed": "alert", "open": "lacking"}
STATE_SIGNS = {"offered": "question", "active": "done", "paused": "clock", "done": "done", "ended": "unlike"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the picture of progress. `kind`: paid, due, open; a rectangle of WIDE by HIGH; `words` with the sum."""

    kind: str
    words: str
    x: int
    y: int
    width: int
    height: int


def progress(language: str, shown: Shown, today: date) -> tuple[Part, ...]:
    """What is paid, what is due and isn't, what comes later, from left to right; only what there is."""
    sums = dict.fromkeys(HEIGHTS, Decimal(0))
    for line in shown.lines:
        paid = min(line.paid.amount, line.amount.amount)
        sums["paid"] += paid
        sums["due" if _is_due(shown, line, today) else "open"] += line.amount.amount - paid
    whole = sum(sums.values(), Decimal(0))
    parts, at = [], Decimal(0)
    for kind, amount in sums.items():
        if amount:
            left, right = round(WIDE * at / whole), round(WIDE * (at + amount) / whole)
            words = say(language, f"plan.progress_{kind}", amount=Money(shown.total.currency, amount).shown())
            parts.append(Part(kind, words, left, HIGH - HEIGHTS[kind], right - left, HEIGHTS[kind]))
            at += amount
    return tuple(parts)


def lines(language: str, shown: Shown, today: date) -> list[dict[str, Any]]:
    """Each instalment for a table, with its state as sign and word."""
    return [_line(language, shown, one, today) for one in shown.lines]


def _line(language: str, shown: Shown, one: Line, today: date) -> dict[str, Any]:
    kind = "open"
    if one.state == "paid":
        kind = "paid"
    elif one.missed and shown.plan.state == "active":
        kind = "missed"
    elif one.state == "part":
        kind = "part"
    elif _is_due(shown, one, today):
        kind = "due"
    words = say(language, f"plan.line_{kind}", amount=one.paid.shown())
    if kind == "missed" and one.paid.amount:
        words = f"{words}, {say(language, 'plan.line_part', amount=one.paid.shown())}"
    return {
        "number": one.number,
        "due": one.due,
        "amount": one.amount.shown(),
        "paid": one.paid.shown() if one.paid.amount else "",
        "kind": kind,
        "sign": SIGNS[kind],
        "word": words,
        "reference": references.grouped(one.reference),
    }


def sentence(language: str, amounts: Iterable[tuple[date, Money]]) -> str:
    """Instalments in a sentence: «5 Raten zu CHF 100.00, vom … bis zum ….» Empty for none."""
    due = list(amounts)
    if not due:
        return ""
    (first, rate), (last, last_rate) = due[0], due[-1]
    kind = "one" if len(due) == 1 else "many" if last_rate == rate else "other_last"
    return say(
        language,
        f"plan.sentence_{kind}",
        n=len(due),
        rate=rate.shown(),
        last_rate=last_rate.shown(),
        first=day(language, first),
        last=day(language, last),
    )


def state(language: str, shown: Shown, words: str = "plan") -> dict[str, str]:
    """How a plan stands: ``sign word text``. `words`: where they are, those for the person or the office's."""
    known, ends_on = shown.plan.state, shown.plan.ends_on
    text, sign = say(language, f"{words}.text_{known}"), STATE_SIGNS[known]
    if known == "active" and (ends_on or any(one.missed for one in shown.lines)):
        sign = "alert"
        text = (
            say(language, f"{words}.ends_on", date=day(language, ends_on))
            if ends_on
            else say(language, f"{words}.text_missed")
        )
    return {"sign": sign, "word": say(language, f"{words}.state_{known}"), "text": text}


def account(shown: Shown) -> Account | None:
    """The account that the references of this plan go with; None where the agency has none such any more."""
    kinds = {references.kind(one.reference) for one in shown.lines}
    fitting = (
        one
        for one in policy().accounts
        if one.currency == shown.total.currency and kinds == {"QRR" if one.qr else "SCOR"}
    )
    return next(fitting, None)


def day(language: str, value: date) -> str:
    """A date in full."""
    with translation.override(language):
        return dateformat.format(value, say(language, "date.full"))


def _is_due(shown: Shown, line: Line, today: date) -> bool:
    """Nothing is due by a plan that rests, has ended or isn't agreed."""
    return shown.plan.state == "active" and line.due <= today
