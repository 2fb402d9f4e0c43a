"""From the tables of a tenant's TOML files to the facts of `types.py`, one function a file."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, get_args

from zusage.policy import plan_facts
from zusage.policy.reader import Table
from zusage.policy.types import (
    Basis,
    Category,
    CheckDigits,
    Contract,
    Controller,
    Cookie,
    Exemption,
    Field,
    Form,
    FormField,
    Group,
    Kind,
    Limits,
    Look,
    Matching,
    Measure,
    Persons,
    Place,
    Promise,
    Purpose,
    Recipient,
    RecipientRole,
    Retention,
    Role,
    Source,
    Start,
    Then,
    Topic,
    Unit,
)

FILES = (
    "tenant.toml",
    "data.toml",
    "purposes.toml",
    "recipients.toml",
    "cookies.toml",
    "measures.toml",
    "promises.toml",
    "roles.toml",
    "plans.toml",
)


def tenant(top: Table) -> dict[str, Any]:
    """tenant.toml: who answers for it, under which law, what it promises, its limits and its look."""
    facts = {
        "regimes": top.texts("regimes"),
        "promised": top.texts("promised"),
        "controller": _controller(top.table("controller")),
        "limits": _limits(top.table("limits")),
        "matching": _matching(top.table("matching", required=False)),
        "look": _look(top.table("look")),
    }
    top.end()
    return facts


def data(top: Table) -> dict[str, Any]:
    """data.toml: legal bases, periods, categories of data and of persons, and fields."""
    bases, retentions, categories, persons, fields = {}, {}, {}, {}, {}
    for id_, one in top.tables("basis"):
        bases[id_] = Basis(id_, one.text("dpv"), MappingProxyType(one.mapping("articles")))
        one.end()
    for id_, one in top.tables("retention"):
        retentions[id_] = Retention(
            id_,
            one.number("length", most=100_000),
            one.word("unit", get_args(Unit)),
            one.word("start", get_args(Start)),
            one.text("ground", ""),
            one.word("then", get_args(Then)),
            one.flag("confirmed", True),
            one.text("dpv"),
            one.flag("statutory", False),
        )
        one.end()
    for id_, one in top.tables("category"):
        categories[id_] = Category(id_, one.flag("sensitive", False), one.text("dpv"))
        one.end()
    for id_, one in top.tables("persons"):
        persons[id_] = Persons(id_, one.text("dpv"))
        one.end()
    for id_, one in top.tables("field"):
        fields[id_] = Field(id_, one.word("kind", get_args(Kind)), one.text("category"), one.text("dpv"))
        one.end()
    top.end()
    return {
        "bases": MappingProxyType(bases),
        "retentions": MappingProxyType(retentions),
        "categories": MappingProxyType(categories),
        "persons": MappingProxyType(persons),
        "fields": MappingProxyType(fields),
    }


def purposes(top: Table) -> dict[str, Any]:
    """purposes.toml: what data is for, and the forms."""
    found = {}
    for id_, one in top.tables("purpose"):
        found[id_] = Purpose(
            id_,
            one.text("dpv"),
            one.word("source", get_args(Source), "form"),
            one.text("basis", ""),
            one.text("retention", ""),
            one.texts("recipients"),
            one.texts("persons"),
            one.texts("keeps"),
            _form(one.table("form")) if one.has("form") else None,
            one.texts("of", ()),
            one.texts("fields", ()),
            MappingProxyType(one.mapping("periods", required=False)),
            one.text("blocked_after", ""),
            one.word("exception", get_args(Exemption), ""),
            one.flag("automated", False),
        )
        one.end()
    top.end()
    return {"purposes": MappingProxyType(found)}


def recipients(top: Table) -> dict[str, Any]:
    """recipients.toml: who gets data."""
    found = {}
    for id_, one in top.tables("recipient"):
        found[id_] = Recipient(
            id_,
            one.word("role", get_args(RecipientRole)),
            one.text("country"),
            one.text("safeguard", ""),
            _contract(one.table("contract")) if one.has("contract") else None,
            one.texts("fields"),
            one.texts("categories", ()),
            one.text("dpv"),
        )
        one.end()
    top.end()
    return {"recipients": MappingProxyType(found)}


def cookies(top: Table) -> dict[str, Any]:
    """cookies.toml: every cookie the site can set, and the topics that one of them may name."""
    found = {}
    for id_, one in top.tables("cookie"):
        found[id_] = Cookie(
            id_,
            one.text("name"),
            one.word("where", get_args(Place)),
            one.flag("necessary"),
            one.number("life_minutes", least=0, most=366 * 24 * 60, remedy="Say how many minutes it lives."),
            one.text("dpv"),
        )
        one.end()
    topics = {}
    for id_, one in top.tables("topic", required=False):
        topics[id_] = Topic(id_, one.texts("pages"), one.text("dpv"))
        one.end()
    top.end()
    return {"cookies": MappingProxyType(found), "topics": MappingProxyType(topics)}


def measures(top: Table) -> dict[str, Any]:
    """measures.toml: what protects the data."""
    found = {}
    for id_, one in top.tables("measure"):
        kind = one.word("kind", ("technical", "organisational"))
        found[id_] = Measure(id_, "technical" if kind == "technical" else "organisational", one.text("dpv"))
        one.end()
    top.end()
    return {"measures": MappingProxyType(found)}


def promises(top: Table) -> dict[str, Any]:
    """promises.toml: each promise, the section of the notice it stands in, what keeps it, and what looks whether."""
    found = {}
    for id_, one in top.tables("promise"):
        found[id_] = Promise(
            id_, one.text("clause"), one.text("dpv"), one.texts("enforcers"), one.texts("probes")
        )
        one.end()
    top.end()
    return {"promises": MappingProxyType(found)}


def roles(top: Table) -> dict[str, Any]:
    """roles.toml: what staff may open."""
    found = {}
    for id_, one in top.tables("role"):
        found[id_] = Role(id_, one.texts("opens"), one.text("dpv"))
        one.end()
    top.end()
    return {"roles": MappingProxyType(found)}


OPTIONAL = ("plans.toml",)
"""Without it, a tenant has no rules of instalments."""
READERS = dict(
    zip(
        FILES,
        (tenant, data, purposes, recipients, cookies, measures, promises, roles, plan_facts.read),
        strict=True,
    )
)


def _controller(one: Table) -> Controller:
    controller = Controller(
        name=one.text("name"),
        street=one.text("street"),
        postcode=one.text("postcode"),
        town=one.text("town"),
        country=one.text("country"),
        region=one.text("region", ""),
        phone=one.text("phone", ""),
        email=one.text("email"),
        website=one.text("website"),
        domains=one.texts("domains"),
        register_entry=one.text("register_entry", ""),
        privacy_email=one.text("privacy_email"),
        objection_email=one.text("objection_email"),
        supervisor=one.text("supervisor"),
        dpv=one.text("dpv"),
    )
    one.end()
    return controller


def _limits(one: Table) -> Limits:
    limits = Limits(
        window_minutes=one.number("window_minutes", most=24 * 60),
        receipt_tries=one.number("receipt_tries", most=1000),
        submissions_per_source=one.number("submissions_per_source"),
        pressure_per_minute=one.number("pressure_per_minute"),
        pow_difficulty=one.number("pow_difficulty"),
        wait_seconds=one.number("wait_seconds", most=3600),
        mailbox_idle_minutes=one.number("mailbox_idle_minutes", most=24 * 60),
        ticket_hours=one.number("ticket_hours", most=24 * 366),
        letter_code_tries=one.number("letter_code_tries", most=100),
        proof_megabytes=one.number("proof_megabytes", most=50),
        keys_copy_days=one.number("keys_copy_days", most=366),
        smallest_cell=one.number("smallest_cell", most=1000),
    )
    one.end()
    return limits


def _matching(one: Table) -> Matching:
    """A tenant that says nothing about it has every message assigned by a human."""
    there = one.has("automatic") or one.has("one_wrong_in")
    matching = Matching(
        automatic=one.flag("automatic", False),
        one_wrong_in=one.number("one_wrong_in", least=20, most=1_000_000) if there else 1_000_000,
        check_digits=one.word("check_digits", get_args(CheckDigits), "none"),
    )
    one.end()
    return matching


def _contract(one: Table) -> Contract:
    contract = Contract(
        one.text("title"),
        one.day("concluded"),
        one.day_or_none("until"),
        one.text("document"),
    )
    one.end()
    return contract


def _look(one: Table) -> Look:
    look = Look(one.text("accent"), one.text("accent_dark"))
    one.end()
    return look


def _form(one: Table) -> Form:
    fields = []
    for row in one.rows("fields"):
        fields.append(FormField(row.text("field"), row.flag("required"), row.word("group", get_args(Group))))
        row.end()
    form = Form(
        one.text("path"),
        tuple(fields),
        one.texts("one_of", ()),
        one.text("unless", ""),
        MappingProxyType(one.mapping("way_out", required=False)),
        one.flag("warn_open_network", False),
    )
    one.end()
    return form
