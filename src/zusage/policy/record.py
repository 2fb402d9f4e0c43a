"""The public record of processing as data, in one language (DSG 12(2), Art. 30(1) GDPR): each purpose an activity.

It is made from the same declarations as the notice and the forms, so that nothing can be done that isn't in it. A page,
a PDF and the comparison of versions walk `Record.sections`; `rows` are its lines for a table. For machines it is in
`jsonld.record`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zusage.policy.layout import Block, Item, Section
from zusage.policy.page import Kept, Page
from zusage.policy.types import AUTHORITATIVE, Language, Policy, Purpose, Recipient

COLUMNS = (
    "id",
    "activity",
    "why",
    "controller",
    "contact",
    "privacy",
    "persons",
    "data",
    "sensitive-data",
    "basis",
    "exemption",
    "source",
    "roles",
    "recipients",
    "transfers",
    "period",
    "start",
    "then",
    "ground",
    "measures",
    "version",
    "since",
)
"""The columns of `rows`: labels ``record.label.<column>``."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who receives data of an activity, in which `role` (empty: our own staff), and at most what it `gets`.

    `abroad` says why data may leave the country, if it does.
    """

    name: str
    role: str
    country: str
    gets: str
    contract: str
    abroad: str


@dataclass(frozen=True, slots=True)
class Period:
    """How long `what` is kept (empty: all the rest), counted from when, on what ground, and what follows."""

    what: str
    text: str
    start: str
    ground: str
    then: str


@dataclass(frozen=True, slots=True)
class Activity:
    """A processing activity (Bearbeitungstätigkeit): a purpose, and what the law wants told of it.

    `exemption` says why it opens what is blocked; empty where it doesn't.
    """

    id: str
    title: str
    why: str
    persons: tuple[str, ...]
    data: tuple[str, ...]
    sensitive: tuple[str, ...]
    basis: str
    exemption: str
    source: str
    roles: tuple[str, ...]
    receivers: tuple[Receiver, ...]
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """The record in one language. `remark` says which language is authoritative."""

    language: Language
    title: str
    lead: str
    remark: str
    authoritative: bool
    controller: tuple[tuple[str, str], ...]
    activities: tuple[Activity, ...]
    measures: tuple[str, ...]
    sections: tuple[Section, ...]


def record(policy: Policy, language: Language) -> Record:
    """The record of `policy` in `language`."""
    page = Page(policy, language)
    activities = tuple(_activity(page, purpose) for purpose in policy.purposes.values())
    return Record(
        language,
        page.text("record.title"),
        page.text("record.lead"),
        page.text("notice.authoritative"),
        language == AUTHORITATIVE,
        page.controller(),
        activities,
        tuple(page.text(f"measure.{one}.text") for one in policy.measures),
        _sections(page, activities),
    )


def rows(policy: Policy, language: Language, version: str, since: str) -> list[tuple[str, ...]]:
    """The record as a table: the names of its columns, then an activity a line.

    Several values stand on lines of their cell; those of period, start, then and ground belong together line by line.
    """
    page, whole = Page(policy, language), record(policy, language)
    who = policy.controller
    address = f"{who.street}, {who.postcode} {who.town}, {page.text(f'country.{who.country}')}"
    found = [tuple(page.text(f"record.label.{name}") for name in COLUMNS)]
    for one in whole.activities:
        cells = {
            "id": one.id,
            "activity": one.title,
            "why": one.why,
            "controller": f"{who.name}, {address}",
            "contact": ", ".join(filter(None, (who.email, who.phone))),
            "privacy": who.privacy_email,
            "persons": "\n".join(one.persons),
            "data": "\n".join(one.data),
            "sensitive-data": "\n".join(one.sensitive),
            "basis": one.basis,
            "exemption": one.exemption,
            "source": one.source,
            "roles": "\n".join(one.roles),
            "recipients": "\n".join(f"{to.name}: {_told(page, to)}" for to in one.receivers),
            "transfers": "\n".join(
                f"{receiver.name}, {receiver.country}: {receiver.abroad}"
                for receiver in one.receivers
                if receiver.abroad
            ),
            "period": "\n".join(
                f"{period.what}: {period.text}" if period.what else period.text for period in one.periods
            ),
            "start": "\n".join(period.start for period in one.periods),
            "then": "\n".join(period.then for period in one.periods),
            "ground": "\n".join(period.ground for period in one.periods),
            "measures": "\n".join(whole.measures),
            "version": version,
            "since": since,
        }
        found.append(tuple(cells[name] for name in COLUMNS))
    return found


def _activity(page: Page, purpose: Purpose) -> Activity:
    policy, data = page.policy, _data(page.policy, purpose)
    return Activity(
        id=purpose.id,
        title=page.text(f"purpose.{purpose.id}.title"),
        why=page.text(f"purpose.{purpose.id}.explanation"),
        persons=tuple(page.text(f"persons.{one}.name") for one in purpose.persons),
        data=tuple(page.category(one) for one in data),
        sensitive=tuple(
            page.text(f"category.{one}.name") for one in data if policy.categories[one].sensitive
        ),
        basis=f"{page.text(f'basis.{purpose.basis}.text')} ({page.articles(purpose)})",
        exemption=page.exemption(purpose),
        source=page.text(f"source.{purpose.source}.name"),
        roles=tuple(
            page.text(f"role.{one.id}.name") for one in policy.roles.values() if purpose.id in one.opens
        ),
        receivers=tuple(_receiver(page, purpose, policy.recipients[one]) for one in purpose.recipients),
        periods=tuple(_period(page, kept) for kept in page.kept(purpose)),
    )


def _period(page: Page, kept: Kept) -> Period:
    return Period(
        page.part(kept),
        page.text(f"retention.{kept.retention.id}.text"),
        page.text(f"record.start.{kept.retention.start}"),
        page.cite(kept.retention.ground),
        page.text(f"record.then.{kept.retention.then}"),
    )


def _receiver(page: Page, purpose: Purpose, recipient: Recipient) -> Receiver:
    data = _data(page.policy, purpose)
    may = set(recipient.categories) | {page.policy.fields[one].category for one in recipient.fields}
    gets = [page.category(one) for one in data if one in may]
    return Receiver(
        page.text(f"recipient.{recipient.id}.name"),
        page.text(f"record.role.{recipient.role}") if recipient.role != "own-staff" else "",
        page.text(f"country.{recipient.country}"),
        _label(page, "everything") if len(gets) == len(data) > 1 else page.joined(gets, "nothing"),
        page.contract(recipient),
        page.abroad(recipient),
    )


def _data(policy: Policy, purpose: Purpose) -> tuple[str, ...]:
    """The categories of data that a purpose uses: what it keeps, and what it opens of other purposes."""
    used = (policy.fields[one].category for one in purpose.fields)
    return tuple(dict.fromkeys((*purpose.keeps, *used)))


def _sections(page: Page, activities: tuple[Activity, ...]) -> tuple[Section, ...]:
    """Who answers, each activity, what goes abroad, what protects the data."""
    return (
        Section(
            "controller",
            page.text("notice.controller.title"),
            (Block("list", items=tuple(Item(value, name) for name, value in page.controller())),),
        ),
        *(_section(page, one) for one in activities),
        Section("transfers", page.text("record.transfers.title"), (_transfers(page, activities),)),
        Section("measures", page.text("record.measures.title"), tuple(_measures(page))),
    )


def _measures(page: Page) -> Iterator[Block]:
    for kind in ("technical", "organisational"):
        items = tuple(
            Item(page.text(f"measure.{one.id}.text"))
            for one in page.policy.measures.values()
            if one.kind == kind
        )
        if items:
            yield Block("list", caption=_capital(page.label(kind)), items=items)


def _section(page: Page, one: Activity) -> Section:
    facts = (
        (_label(page, "persons"), "; ".join(one.persons)),
        (_label(page, "data"), ", ".join(one.data)),
        (_label(page, "source"), one.source),
        (_label(page, "basis"), one.basis),
        *(((_label(page, "exemption"), one.exemption),) if one.exemption else ()),
        *(((_label(page, "roles"), ", ".join(one.roles)),) if one.roles else ()),
        *(() if one.receivers else ((_label(page, "recipients"), page.label("nobody")),)),
    )
    blocks = [Block("paragraph", text=one.why), Block("table", rows=facts)]
    if one.receivers:
        receivers = tuple((to.name, _told(page, to)) for to in one.receivers)
        blocks.append(Block("table", caption=_label(page, "recipients"), rows=receivers))
    rest = _label(page, "rest" if len(one.periods) > 1 else "all")
    periods = tuple((_capital(kept.what or rest), _kept(page, kept)) for kept in one.periods)
    blocks.append(Block("table", caption=_label(page, "period"), rows=periods))
    return Section(f"purpose-{one.id}", one.title, tuple(blocks))


def _transfers(page: Page, activities: tuple[Activity, ...]) -> Block:
    """What goes to another country, where, and under which guarantee."""
    abroad = [(one, to) for one in activities for to in one.receivers if to.abroad]
    if not abroad:
        return Block("paragraph", text=page.text("record.transfers.none"))
    return Block(
        "table",
        head=tuple(_label(page, name) for name in ("activity", "recipient", "country", "guarantee")),
        rows=tuple((one.title, to.name, to.country, to.abroad) for one, to in abroad),
    )


def _told(page: Page, to: Receiver) -> str:
    """What is to be said of a receiver, in short sentences."""
    contract = f"{page.label('contract')} {to.contract}" if to.contract else ""
    guarantee = f"{_label(page, 'guarantee')}: {to.abroad}" if to.abroad else ""
    gets = f"{_label(page, 'gets')}: {to.gets}"
    return " ".join(f"{one}." for one in (_where(to), gets, contract, guarantee) if one)


def _where(to: Receiver) -> str:
    return f"{to.role}, {to.country}" if to.role else to.country


def _kept(page: Page, period: Period) -> str:
    facts = ((name, getattr(period, name)) for name in ("start", "ground"))
    return " ".join((period.text, *(f"{_label(page, name)}: {text}." for name, text in facts)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _label(page: Page, name: str) -> str:
    return page.text(f"record.label.{name}")
