"""A plan as a paper for whoever pays: the schedule, the rules in plain words, and a slip for each open instalment."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from zusage.papers import api as papers
from zusage.papers.api import Block, Listing, Paragraph, Section, Sender, Slip
from zusage.policy.page import Page
from zusage.policy.plans import Account, Currency, Terms
from zusage.policy.types import Language, Policy
from zusage.rules.money import Money
from zusage.rules.paying import codes
from zusage.rules.paying.references import grouped

FOLDER = Path(__file__).parent / "words"


class Line(Protocol):
    """An instalment as the paper needs it: `paid` of `amount` has come in; `reference` is compact."""

    @property
    def number(self) -> int: ...
    @property
    def due(self) -> date: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def paid(self) -> Decimal: ...
    @property
    def reference(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Agreed:
    """A plan to print, not an offer that nobody has accepted yet. `cited`: the references as the person cited them."""

    currency: Currency
    account: Account
    agreed_on: date
    lines: Sequence[Line]
    terms: Terms
    cited: tuple[str, ...] = ()


def schedule(plan: Agreed, policy: Policy, language: Language, today: date) -> papers.Schedule:
    """The plan as a paper: what was agreed, and nothing of the file behind it. ValueError for a plan without a line,
    and for an account that its currency or its references don't fit.
    """
    told = _Told(plan, policy, language)
    swiss = codes.scheme(plan.account) == "swiss"
    return papers.Schedule(
        language=language,
        title=told.say("title"),
        sender=Sender.of(policy),
        scheme=codes.scheme(plan.account),
        date=f"{policy.controller.town}, {told.page.day(today)}",
        lead=told.lead(),
        about=tuple(told.about()),
        caption=told.say("caption"),
        lines=tuple(told.lines()),
        total=(told.say("sum"), told.money(told.total)),
        sections=tuple(
            Section(told.say(f"{name}.title"), tuple(blocks))
            for name, blocks in (
                ("how", told.how()),
                ("late", told.late()),
                ("wrong", told.wrong()),
                ("ask", told.ask()),
            )
        ),
        slips_title=told.say("slips.swiss" if swiss else "slips.sepa"),
        slips_lead=told.say("slips.swiss_lead" if swiss else "slips.sepa_lead"),
        slips=tuple(told.slips()),
    )


class _Told:
    """The paper's parts, one method each."""

    def __init__(self, plan: Agreed, policy: Policy, language: Language) -> None:
        self.plan, self.policy, self.language = plan, policy, language
        self.page = Page(policy, language)
        self.total = sum((line.amount for line in plan.lines), Decimal(0))
        self.paid = sum((min(line.paid, line.amount) for line in plan.lines), Decimal(0))

    def say(self, key: str, **params: object) -> str:
        return words(self.language)[key].format(**params)

    def counted(self, key: str, number: int, **params: object) -> str:
        """The words of `key` for that number: some languages say one apart, and none."""
        own = f"{key}{ {0: '_none', 1: '_one'}.get(number, '') }"
        return self.say(own if own in words(self.language) else key, **params)

    def money(self, value: Decimal) -> str:
        return Money(self.plan.currency, value).shown()

    def day(self, day: date) -> str:
        """A date within a sentence: no line ends in it."""
        return self.page.day(day).replace(" ", "\u00a0")

    def lead(self) -> str:
        lines = self.plan.lines
        if not lines:
            raise ValueError("a plan needs an instalment")
        return self.say(
            "lead_one" if len(lines) == 1 else "lead_many",
            count=len(lines),
            total=self.money(self.total),
            first=self.day(lines[0].due),
            last=self.day(lines[-1].due),
        )

    def about(self) -> Iterator[tuple[str, str]]:
        plan, account = self.plan, self.plan.account
        if plan.cited:
            yield self.say("cited"), "\n".join(plan.cited)
        yield self.say("agreed"), self.page.day(plan.agreed_on)
        yield self.say("account"), f"{account.shown}\n{self.policy.controller.name}, {account.bank}"
        if self.paid:
            yield self.say("paid_so_far"), self.money(self.paid)
            yield self.say("open_still"), self.money(self.total - self.paid)

    def lines(self) -> Iterator[papers.Line]:
        for line in self.plan.lines:
            note = ""
            if line.paid >= line.amount:
                note = self.say("paid")
            elif line.paid:
                note = self.say("part", amount=self.money(line.paid))
            yield papers.Line(str(line.number), self.page.day(line.due), self.money(line.amount), note)

    def how(self) -> Iterator[Block]:
        scheme = codes.scheme(self.plan.account)
        yield Listing((self.say(f"how.{scheme}"), self.say("how.reference"), self.say("how.earlier")))

    def late(self) -> Iterator[Block]:
        terms = self.plan.terms
        yield Listing(
            (
                self.counted("late.grace", terms.grace_days, grace=terms.grace_days),
                self.counted("late.missed", terms.missed_in_row, missed=terms.missed_in_row),
                self.say("late.tell"),
            )
        )

    def wrong(self) -> Iterator[Block]:
        yield Listing((self.say("wrong.dispute"), self.say("wrong.paper"), self.say("wrong.forged")))

    def ask(self) -> Iterator[Block]:
        who = self.policy.controller
        yield Paragraph(self.say("ask.mailbox", phone=who.phone, email=who.email))

    def slips(self) -> Iterator[Slip]:
        left = self.total - self.paid
        for place, line in enumerate(self.plan.lines, start=1):
            rest = line.amount - line.paid
            if rest > 0:
                left -= rest
                yield self.slip(place, line, rest, left)

    def slip(self, place: int, line: Line, rest: Decimal, left: Decimal) -> Slip:
        """What pays the rest of an instalment; `left` is open when it and those before it are paid."""
        account, holder = self.plan.account, self.policy.controller
        title = self.say("slips.only")
        if len(self.plan.lines) > 1:
            title = self.say("slips.rate", number=line.number, count=len(self.plan.lines))
        return Slip(
            number=place,
            title=title,
            figures=(
                (self.say("slips.due"), self.page.day(line.due)),
                (self.say("slips.amount"), self.money(rest)),
            ),
            about=((self.say("slips.after"), self.money(left)),) if left else (),
            payload=codes.payload(account, holder, rest, self.plan.currency, line.reference),
            account=account.shown,
            holder=codes.address_lines(holder),
            reference=grouped(line.reference),
            currency=self.plan.currency,
            amount=f"{rest:,.2f}".replace(",", " "),
            bank=account.bank,
            alt=self.say(
                "slips.alt",
                amount=self.money(rest),
                holder=holder.name,
                account=account.shown,
                reference=grouped(line.reference),
            ),
        )


@cache
def words(language: Language) -> Mapping[str, str]:
    """All words of the paper in `language`, by dotted key."""
    return dict(_flat(tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))))


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield path + name, str(value)
