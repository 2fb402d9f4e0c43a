"""The rules by which the sweep deletes and blocks, as they follow from inventory and policy, and which rows are due.

A rule is about the tables that others hang on (a submission, a case): what hangs on a row goes with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Literal
from uuid import UUID

from django.db import models
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from zusage.models import RIGHTS, Concern, Hold, Subject
from zusage.models.inventory import store_of, tables
from zusage.models.stored import HOUSE, LAST, OWN, Table
from zusage.policy.types import Policy, Retention
from zusage.remove import look
from zusage.rules.erasure import latest_start
from zusage.vault.models import Restriction, Tombstone
from zusage.vault.sealed import BY_FIELD, columns_of

CONSENT = "consent"
Kind = Literal["delete", "empty", "block", "log"]
"""Rows go; columns of one category are emptied; a purpose is blocked; lines of a log go, which no key belongs to."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to a table's rows of a purpose (and category, where that has a period of its own) after a period.

    `started`: the column that the period counts from. `columns` and `fields`: what a rule of kind `empty` empties, in
    the row itself and, by declared field, in the rows that hang on it.
    """

    kind: Kind
    model: type[Model]
    purpose: str
    category: str
    retention: Retention
    started: str
    columns: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    table: Table = field(compare=False, default_factory=lambda: Table({}))

    @property
    def id(self) -> str:
        """The rule's name in counts: ``contact``, ``collection.date-of-birth``, ``collection.blocked``."""
        ending = "blocked" if self.kind == "block" else self.category
        return f"{self.purpose}.{ending}" if ending else self.purpose


def rules(policy: Policy) -> list[Rule]:
    """Every rule of `policy`, in the order of the inventory."""
    found: list[Rule] = []
    for model, table in tables().items():
        if not table.subject or table.kept in (LAST, HOUSE):
            continue
        if table.kept != OWN:
            if table.kept in policy.purposes and _stands_alone(model):
                found += _rule(policy, "log", model, table, table.kept, table.category)
            continue
        for purpose in sorted(purposes_in(model, policy)):
            if table.category:
                found += _rule(policy, "delete", model, table, purpose, table.category)
            elif _stands_alone(model):
                found += _of_unit(policy, model, table, purpose)
    return found


def purposes_in(model: type[Model], policy: Policy) -> set[str]:
    """The purposes that a table's rows may be of: its column's own, or those of the forms, or those of consents."""
    column: Any = model._meta.get_field("purpose")
    default = column.get_default()
    if default:
        return {default} & set(policy.purposes)
    if "given" in tables()[model].starts:
        return {one.id for one in policy.purposes.values() if one.basis == CONSENT}
    return {one.id for one in policy.form_purposes()} | ({RIGHTS} & set(policy.purposes))


def without_start(policy: Policy) -> list[str]:
    """Tables with subject data whose rows have no period, or one that never begins: the start refuses them."""
    found = []
    for model, table in tables().items():
        if table.subject and table.kept == HOUSE and model is not Tombstone:
            found.append(f"{model._meta.label} is about subjects, and nothing says how long it is kept")
        if not table.subject or table.kept in (LAST, HOUSE):
            continue
        kept = purposes_in(model, policy) if table.kept == OWN else {table.kept} & set(policy.purposes)
        for purpose in sorted(kept):
            period = policy.period(purpose, table.category)
            if period.start not in table.starts:
                found.append(f"{model._meta.label} of purpose '{purpose}' has no start '{period.start}'")
    return found


def due(rule: Rule, today: date) -> QuerySet[Any]:
    """The rows whose period is over, and to which it hasn't been done yet."""
    boundary = latest_start(rule.retention, today)
    rows: QuerySet[Any] = rule.model._default_manager.all()
    if boundary.year < 1900:  # no day of ours, and before the time zones
        return rows.none()
    column = rule.model._meta.get_field(rule.started)
    if isinstance(column, models.DateTimeField):
        midnight = datetime.combine(boundary + timedelta(days=1), time())
        rows = rows.filter(**{f"{rule.started}__lt": timezone.make_aware(midnight)})
    else:
        rows = rows.filter(**{f"{rule.started}__lte": boundary})
    if rule.kind != "log":
        rows = rows.filter(purpose=rule.purpose)
    if rule.kind == "empty":
        rows = rows.filter(_holding(rule))
    if rule.kind == "block":
        blocked = Restriction.objects.filter(
            subject_id=OuterRef("subject_id"), purpose=rule.purpose, ground=rule.retention.id, ended_at=None
        )
        rows = rows.filter(~Exists(blocked))
    return rows


def slices(rule: Rule) -> list[Q]:
    """`due` in pieces that an index finds: one that begins with a column of few values is used value by value."""
    for index in rule.model._meta.indexes:
        if len(index.fields) == 2 and index.fields[1] == rule.started:
            choices = getattr(rule.model._meta.get_field(index.fields[0]), "choices", None)
            if choices:
                return [Q(**{index.fields[0]: value}) for value, _ in choices]
    return [Q()]


def stopped(subjects: Collection[UUID] | None, purpose: str) -> set[UUID]:
    """Those of `subjects` (None: of all) of whom nothing goes now: under a legal hold, or with an open request."""
    asking = Concern.objects.filter(request__state="open")
    if subjects is None:
        holds = Hold.objects.filter(ended_at=None, held__in=["", purpose])
        return {*holds.values_list("subject_id", flat=True), *asking.values_list("about_id", flat=True)}
    held = look(Hold, ("subject_id", "held", "ended_at"), "subject_id", subjects)
    found = {subject for subject, over, ended in held if ended is None and over in ("", purpose)}
    concerned = [about for (about,) in look(Concern, ("about_id",), "about_id", subjects)]
    if concerned:
        found |= set(asking.filter(about_id__in=concerned).values_list("about_id", flat=True))
    return found


def counts(policy: Policy, today: date) -> dict[str, int]:
    """How many rows each rule would be applied to today, by the rule's name."""
    found: Counter[str] = Counter()
    for rule in rules(policy):
        waiting = stopped(None, rule.purpose)
        rows = due(rule, today)
        number = rows.count()
        if number and waiting:
            held = list(waiting)
            number -= sum(
                rows.filter(subject_id__in=held[at : at + 500]).count() for at in range(0, len(held), 500)
            )
        found[rule.id] += number
    return dict(found)


@cache
def units() -> tuple[type[Model], ...]:
    """The tables whose rows stand for themselves, and keep their subject: while one is left, the mailbox is."""
    return tuple(
        model
        for model, table in tables().items()
        if table.subject and table.kept == OWN and not table.category and _stands_alone(model)
        # A consent serves a matter, and goes with the last one.
        if "given" not in table.starts
    )


@cache
def leftovers() -> tuple[tuple[type[Model], str], ...]:
    """The tables of the data store whose rows go with the last of their subject, and how a row names it."""
    return tuple(
        (model, table.subject)
        for model, table in tables().items()
        if table.subject and store_of(model) == "data" and model is not Subject
        if table.kept == LAST or "given" in table.starts
    )


@cache
def hanging(model: type[Model]) -> tuple[tuple[type[Model], str, bool], ...]:
    """What hangs on a model's rows: model, its column, and whether its rows go too (else the column is emptied)."""
    found = []
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            column: Any = relation.field  # type: ignore[union-attr]
            goes = column.remote_field.on_delete is models.CASCADE
            found.append((column.model, column.attname, goes))
    return tuple(found)


def _stands_alone(model: type[Model]) -> bool:
    """Whether no row of another table of a subject's data takes this one's with it."""
    known = tables()
    for one in model._meta.concrete_fields:
        remote = getattr(one, "remote_field", None)
        if remote and remote.on_delete is models.CASCADE and known[remote.model].kept not in (LAST, HOUSE):
            return False
    return True


def _of_unit(policy: Policy, model: type[Model], table: Table, purpose: str) -> Iterator[Rule]:
    declared = policy.purposes[purpose]
    yield from _rule(policy, "delete", model, table, purpose, "")
    for category in declared.periods:
        columns = columns_of(model, category)
        by_field = any(goes and columns_of(other, BY_FIELD) for other, _, goes in hanging(model))
        fields = tuple(one.id for one in policy.fields.values() if by_field and one.category == category)
        if columns or fields:
            yield from _rule(policy, "empty", model, table, purpose, category, columns, fields)
    if declared.blocked_after:
        period = policy.retentions[declared.blocked_after]
        started = table.starts.get(period.start)
        if started:
            yield Rule("block", model, purpose, "", period, started, table=table)


def _rule(
    policy: Policy,
    kind: Kind,
    model: type[Model],
    table: Table,
    purpose: str,
    category: str,
    columns: tuple[str, ...] = (),
    fields: tuple[str, ...] = (),
) -> Iterator[Rule]:
    period = policy.period(purpose, category)
    started = table.starts.get(period.start)
    if started and "__" not in started:
        yield Rule(kind, model, purpose, category, period, started, columns, fields, table)


def _holding(rule: Rule) -> Q:
    """Rows in which there is something to empty."""
    found = Q()
    for column in rule.columns:
        found |= Q(**{f"{column}__isnull": False})
    if rule.fields:
        for other, column, goes in hanging(rule.model):
            for sealed in columns_of(other, BY_FIELD) if goes else ():
                values = other._default_manager.filter(
                    **{column: OuterRef("pk"), "field__in": rule.fields, f"{sealed}__isnull": False}
                )
                found |= Q(Exists(values))
    return found
