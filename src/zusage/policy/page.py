"""A policy seen in one language: what the notice, the forms and the record say alike, each said in one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from zusage.policy.law import asks_first, law, regimes
from zusage.policy.types import Cookie, Language, Policy, Purpose, Recipient, Retention

DAYS: dict[Language, tuple[str, str]] = {
    "de": ("{}.", "{}. {} {}"),
    "fr": ("1er", "{} {} {}"),
    "it": ("1°", "{} {} {}"),
    "en": ("1", "{} {} {}"),
}
"""How a language writes the first of a month, and a whole date."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a part of a purpose's data is kept: its `categories`; none: all that have no period of their own."""

    categories: tuple[str, ...]
    retention: Retention


@dataclass(frozen=True)
class Page:
    """A policy seen in one language."""

    policy: Policy
    language: Language

    def text(self, key: str) -> str:
        """The policy's text of `key`."""
        return self.policy.text(self.language, key)

    def label(self, name: str) -> str:
        """A heading or small word of the notice."""
        return self.text(f"notice.label.{name}")

    def joined(self, texts: Iterable[str], empty: str) -> str:
        """Texts with commas, each once; `empty` names the label for none."""
        return ", ".join(dict.fromkeys(texts)) or self.label(empty)

    def cite(self, citation: str) -> str:
        """A citation written for German readers, with the names its law bears in this language."""
        return re.sub(
            r"[^\W\d]+\.?",
            lambda word: self.policy.words[self.language].get(f"law.{word[0]}", word[0]),
            citation,
        )

    def day(self, day: date) -> str:
        """A date in full: «1. Januar 2025»."""
        first, whole = DAYS[self.language]
        number = first if day.day == 1 and self.language != "de" else str(day.day)
        return whole.format(number, self.text(f"month.{day.month}"), day.year)

    def controller(self) -> tuple[tuple[str, str], ...]:
        """Who answers for the data: names and values."""
        who = self.policy.controller
        country = self.text(f"country.{who.country}")
        entries = (
            ("name", who.name),
            ("address", f"{who.street}, {who.postcode} {who.town}, {country}"),
            ("phone", who.phone),
            ("email", who.email),
            ("website", who.website),
            ("register", who.register_entry),
            ("privacy", who.privacy_email),
        )
        return tuple((self.label(name), value) for name, value in entries if value)

    def category(self, id_: str) -> str:
        """A category of data by name, marked where it is sensitive."""
        name = self.text(f"category.{id_}.name")
        return f"{name} ({self.label('sensitive')})" if self.policy.categories[id_].sensitive else name

    def data(self, purpose: Purpose) -> str:
        """The data of a purpose: by name of field where fields are declared beside a form, else by category."""
        fields = [self.policy.fields[id_] for id_ in purpose.fields]
        named = {field.category for field in fields}
        labels = [self.text(f"field.{field.id}.label") for field in fields]
        return self.joined(
            labels + [self.category(id_) for id_ in purpose.keeps if id_ not in named], "nothing"
        )

    def articles(self, purpose: Purpose) -> str:
        """The articles that a purpose rests on, of each law that applies."""
        articles = self.policy.bases[purpose.basis].articles
        return "; ".join(self.cite(articles[regime]) for regime in self.policy.regimes if regime in articles)

    def kept(self, purpose: Purpose) -> Iterator[Kept]:
        """How long a purpose's data is kept: until it is blocked, if it is; until it is deleted; then what differs."""
        retentions = self.policy.retentions
        if purpose.blocked_after:
            yield Kept((), retentions[purpose.blocked_after])
        yield Kept((), retentions[purpose.retention])
        for period in dict.fromkeys(purpose.periods.values()):
            own = tuple(one for one in purpose.keeps if purpose.periods.get(one) == period)
            yield Kept(own, retentions[period])

    def part(self, kept: Kept) -> str:
        """What of a purpose `kept` speaks of; empty: all of it."""
        if kept.categories:
            return ", ".join(self.category(one) for one in kept.categories)
        return self.label("until-blocked") if kept.retention.then == "block" else ""

    def period(self, purpose: Purpose) -> str:
        """How long a purpose's data is kept, in sentences."""
        said = []
        for one in self.kept(purpose):
            text = self.text(f"retention.{one.retention.id}.text")
            said.append(f"{self.part(one)}: {text}" if one.categories else text)
        return " ".join(said)

    def exemption(self, purpose: Purpose) -> str:
        """Why a purpose opens what is blocked for all others, and by which articles; empty where it doesn't."""
        if not purpose.exception:
            return ""
        articles = law().exemptions[purpose.exception]
        cited = "; ".join(self.cite(articles[one].citation) for one in self.policy.regimes if one in articles)
        return f"{self.text(f'exemption.{purpose.exception}.text')} ({cited})"

    def life(self, cookie: Cookie) -> str:
        """How long a cookie lives."""
        minutes = cookie.life_minutes
        if not minutes:
            return self.label("session")
        length, unit = (minutes // 1440, "days") if minutes % 1440 == 0 else (minutes, "minutes")
        number = "one" if length == 1 else "other"
        return f"{length} {self.text(f'unit.{unit}.{number}')}"

    def need(self, cookie: Cookie) -> str:
        """Whether a cookie is necessary, else what the law wants asked (FMG 45c, TDDDG 25)."""
        if cookie.necessary:
            return self.label("necessary")
        return self.label("with-consent" if asks_first(self.policy.regimes) else "refusable")

    def asked_before(self) -> str:
        """What goes before a cookie that isn't necessary, in a sentence."""
        return self.text(f"notice.cookies.{'consent' if asks_first(self.policy.regimes) else 'refusal'}")

    def contract(self, recipient: Recipient) -> str:
        """What binds a recipient: the dates of the contract; empty without one."""
        contract = recipient.contract
        if not contract:
            return ""
        until = f", {self.label('until')} {self.day(contract.until)}" if contract.until else ""
        return f"{self.label('concluded')} {self.day(contract.concluded)}{until}"

    def abroad(self, recipient: Recipient) -> str:
        """Why data may go to a recipient in another country (DSG 16, Art. 44 to 46 GDPR); empty for one in ours."""
        country = recipient.country
        if country == self.policy.controller.country:
            return ""
        if recipient.safeguard:
            return self.text(f"recipient.{recipient.id}.safeguard")
        known = (regimes()[name] for name in self.policy.regimes)
        lists = [
            f"{self.cite(one.citation)}, {self.label('as-of')} {self.day(one.date)}"
            for one in known
            if country in one.adequate
        ]
        return f"{self.label('adequate')} ({'; '.join(lists)})"
