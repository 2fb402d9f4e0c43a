"""What the law says of every tenant of a regime: `law.toml`, with its sources.

Terms, grounds of refusal, what may open blocked data, where to complain. The words for each id stand in the house's
words: `ground.<id>.title|text`, `exemption.<id>.title|text`, `complaint.<regime>.title|text`, `supervisor.<id>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from zusage.policy import files
from zusage.policy.reader import Table
from zusage.policy.types import Exemption, Finding, PolicyError, Unit

Right = Literal[
    "access",
    "copy",  # to take along (DSG 28, Art. 20 GDPR)
    "rectification",
    "blocking",
    "deletion",
    "objection",
    "withdrawal",
    "complaint",
    "question",
    "not-me",  # "I am not the person you wrote to"
]
RIGHTS: tuple[Right, ...] = get_args(Right)
Condition = Literal["", "undisclosed"]
Instead = Literal["", "dispute", "block"]
FILE = "law.toml"


@dataclass(frozen=True, slots=True)
class Article:
    """Where it is written. `confirmed` is False where nobody has compared it with the law yet ("to be confirmed")."""

    citation: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Term:
    """How long, and where that is written. A length of 0 means that the law sets no last day."""

    length: int
    unit: Unit
    article: Article


@dataclass(frozen=True, slots=True)
class Fee:
    """What may be asked for, in whole units of `currency`, once announced; unconfirmed, the request is withdrawn."""

    most: int
    currency: str
    confirm_days: int
    article: Article


@dataclass(frozen=True, slots=True)
class BreachDuty:
    """Hours to tell the authority, 0: as soon as possible. Years to keep the record, 0: the law has no figure."""

    hours: int
    years: int
    article: Article


@dataclass(frozen=True, slots=True)
class Complaint:
    """The authority that one may complain to; its name is the text ``supervisor.<supervisor>``."""

    supervisor: str
    article: Article


@dataclass(frozen=True, slots=True)
class Cookies:
    """What goes before a cookie that isn't necessary: the person's consent, or information and a way to refuse."""

    ask: Literal["consent", "refusal"]
    article: Article


@dataclass(frozen=True, slots=True)
class Regime:
    """A data protection law: its terms, the countries it holds adequate and those adequate on a condition.

    `date` is the day of that list, `country` (ISO 3166-1 alpha-2) the one whose holidays matter beside a due date.
    """

    id: str
    country: str
    date: date
    citation: str
    confirmed: bool
    adequate: tuple[str, ...]
    conditional: tuple[str, ...]
    answer: Term
    otherwise: Term
    extension: Term
    fee: Fee | None
    breach: BreachDuty
    complaint: Complaint
    correction: Article
    """Why a recipient of a wrong value is told of the right one."""
    cookies: Cookies
    cost_notice: Article | None
    """Why costs are told before a plan of instalments is agreed; None where the law doesn't want it."""

    def term(self, right: Right) -> Term:
        """The term in which a request of `right` is answered or refused."""
        return self.answer if right in ("access", "copy") else self.otherwise


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground of refusal from the closed list. Per regime, `articles`: where it is written; `rights`: what it refuses.

    `only_if` undisclosed: only where the data were given to no third party. `instead`: what is done in place of what
    was asked, a note of dispute or blocking.
    """

    id: str
    only_if: Condition
    instead: Instead
    articles: Mapping[str, Article]
    rights: Mapping[str, tuple[Right, ...]]


@dataclass(frozen=True, slots=True)
class Clock:
    """Days before the due date: on which a reminder goes, the first one first; from which on a request is urgent."""

    reminders: tuple[int, ...]
    soon: int


@dataclass(frozen=True, slots=True)
class Law:
    """All of `law.toml`. `regions`: country -> its cantons or Länder, ISO 3166-2 without the country."""

    regimes: Mapping[str, Regime]
    grounds: Mapping[str, Ground]
    exemptions: Mapping[Exemption, Mapping[str, Article]]
    clock: Clock
    regions: Mapping[str, tuple[str, ...]]


def regimes() -> Mapping[str, Regime]:
    """The regimes a policy may name, by id."""
    return law().regimes


def adequate(names: tuple[str, ...]) -> tuple[str, ...]:
    """The countries that each of the known regimes in `names` holds adequate, sorted."""
    lists = [set(regimes()[name].adequate) for name in names if name in regimes()]
    return tuple(sorted(set.intersection(*lists))) if lists else ()


def asks_first(names: tuple[str, ...]) -> bool:
    """Whether one of the regimes in `names` wants consent before a cookie that isn't necessary: the stricter binds."""
    return any(regimes()[name].cookies.ask == "consent" for name in names if name in regimes())


def grounds(right: Right, regime: str) -> tuple[Ground, ...]:
    """The grounds on which a request of `right` may be refused under `regime`, in the order of the list."""
    return tuple(one for one in law().grounds.values() if right in one.rights.get(regime, ()))


@cache
def law() -> Law:
    """What `law.toml` says. Raises PolicyError with every finding if somebody's change left a hole in it."""
    findings: list[Finding] = []
    tables = files.read(Path(__file__).parent, FILE, findings)
    top = Table(tables, FILE, "", findings)
    known = {id_: _regime(id_, one) for id_, one in top.tables("regime")}
    found = Law(
        MappingProxyType(known),
        MappingProxyType({id_: _ground(id_, one, known) for id_, one in top.tables("ground")}),
        MappingProxyType(dict(_exemptions(top, known))),
        _clock(top.table("clock")),
        _regions(top.table("holidays")),
    )
    top.end()
    if findings:
        raise PolicyError(findings)
    return found


def _regime(id_: str, one: Table) -> Regime:
    regime = Regime(
        id=id_,
        country=one.text("country"),
        date=one.day("date"),
        citation=one.text("citation"),
        confirmed=one.flag("confirmed"),
        adequate=one.texts("adequate"),
        conditional=one.texts("conditional"),
        answer=_term(one.table("answer")),
        otherwise=_term(one.table("otherwise")),
        extension=_term(one.table("extension"), least=0),
        fee=_fee(one.table("fee")) if one.has("fee") else None,
        breach=_breach(one.table("breach")),
        complaint=_complaint(one.table("complaint")),
        correction=_sourced(one.table("correction")),
        cookies=_cookies(one.table("cookies")),
        cost_notice=_sourced(one.table("cost_notice")) if one.has("cost_notice") else None,
    )
    one.end()
    return regime


def _term(one: Table, least: int = 1) -> Term:
    term = Term(one.number("length", least, 366), one.word("unit", ("days", "months")), _article(one))
    one.end()
    return term


def _fee(one: Table) -> Fee:
    fee = Fee(one.number("most"), one.text("currency"), one.number("confirm_days", most=366), _article(one))
    one.end()
    return fee


def _breach(one: Table) -> BreachDuty:
    breach = BreachDuty(one.number("hours", 0, 1000), one.number("years", 0, 100), _article(one))
    one.end()
    return breach


def _complaint(one: Table) -> Complaint:
    complaint = Complaint(one.text("supervisor"), _article(one))
    one.end()
    return complaint


def _sourced(one: Table) -> Article:
    article = _article(one)
    one.end()
    return article


def _cookies(one: Table) -> Cookies:
    cookies = Cookies(one.word("ask", ("consent", "refusal")), _article(one))
    one.end()
    return cookies


def _ground(id_: str, one: Table, known: Iterable[str]) -> Ground:
    only_if = one.word("only_if", get_args(Condition), "")
    instead = one.word("instead", get_args(Instead), "")
    articles, rights = {}, {}
    for regime in known:
        if one.has(regime):
            table = one.table(regime)
            articles[regime], rights[regime] = _article(table), tuple(_rights(table))
            table.end()
    one.end()
    return Ground(id_, only_if, instead, MappingProxyType(articles), MappingProxyType(rights))


def _rights(one: Table) -> Iterator[Right]:
    known = {right: right for right in RIGHTS}
    for name in one.texts("rights"):
        if name in known:
            yield known[name]
        else:
            one.hole("rights", f"«{name}» is no right.", f"Known here: {', '.join(RIGHTS)}.")


def _exemptions(top: Table, regimes: Iterable[str]) -> Iterator[tuple[Exemption, Mapping[str, Article]]]:
    known = {one: one for one in get_args(Exemption) if one}
    for id_, one in top.tables("exemption"):
        articles = {}
        for regime in regimes:
            table = one.table(regime)
            articles[regime] = _article(table)
            table.end()
        one.end()
        if id_ in known:
            yield known[id_], MappingProxyType(articles)
        else:
            top.hole(f"exemption.{id_}", "This is no exemption.", f"Known here: {', '.join(known)}.")


def _clock(one: Table) -> Clock:
    days = sorted(one.numbers("reminders", most=366), reverse=True)
    clock = Clock(tuple(days), one.number("soon", most=366))
    one.end()
    return clock


def _regions(one: Table) -> Mapping[str, tuple[str, ...]]:
    regions = {country: one.texts(country) for country in ("CH", "DE")}
    one.end()
    return MappingProxyType(regions)


def _article(one: Table) -> Article:
    return Article(one.text("citation"), one.flag("confirmed"))
