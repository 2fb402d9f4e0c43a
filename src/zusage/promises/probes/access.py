"""Whether the answer to «what do you know about me?» is complete."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connections

from zusage.actions import mailbox
from zusage.actions.rights.access import PACKAGE
from zusage.models import Concern, Document, Submission
from zusage.policy.types import Policy
from zusage.promises import lines
from zusage.promises.look import Look
from zusage.promises.plant import Planted
from zusage.promises.rehearsal import asks, noted, rehearsed, somebody
from zusage.promises.types import Evidence, judged, probe
from zusage.protocol.models import Entry, Outbox
from zusage.queries import access as queries
from zusage.rules.access.package import Package
from zusage.rules.access.paper import paper
from zusage.rules.access.portable import portable
from zusage.stores import ALIASES

NEWEST = 300
OF_THE_DATABASE = ("django_migrations", "sqlite_")
"""Tables that the framework and the database keep for themselves."""
OWNER, SUBMISSION = "subject_id", "submission_id"
PROTOCOL = (Outbox._meta.db_table, Entry._meta.db_table)


@probe(quick=False)
def package(look: Look) -> Iterator[Evidence]:
    """Somebody planted asks, and an officer answers: what they sent is in it, every table is, and nobody else."""
    person = look.person
    with rehearsed():
        officer = somebody("officer")
        more = {name: f"Probe {secrets.token_hex(8)}" for name in ("letter", "note")}
        mailbox.reply(person.subject_id, person.submission_id, more["letter"], secrets.token_urlsafe(16))
        noted(person, more["note"])
        request = asks(person, "access")
        found = queries.gather(officer, request, [person.subject_id])
        there = {alias: _rows_about(alias, person.subject_id) for alias in ALIASES}
    yield _values(found, {**person.marks, **more}, look.policy)
    yield _tables(found, there)
    yield _nobody_else(found, person)


@probe(quick=True)
def on_record(look: Look) -> Iterator[Evidence]:
    """Each package that lies in a mailbox has its line in the protocol, for everybody whom it is about."""
    newest = Document.objects.filter(made_at__gte=look.now - lines.RECENT).order_by("-made_at")
    found = list(newest.values_list("pk", "submission_id", "subject_id")[:NEWEST])
    concerned: dict[UUID, set[UUID]] = {request: {subject} for _, request, subject in found}
    for piece in lines.pieces(list(concerned)):
        rows = Concern.objects.filter(request__in=piece).values_list("request_id", "about_id")
        for request, about in rows:
            concerned[request].add(about)
    everybody = set().union(*concerned.values())
    told = {(one.record_id, one.subject_id) for one in lines.about(everybody, ["package"])}
    yield judged(
        f"files of the category {PACKAGE}",
        len(found),
        (
            f"no line says that document {pk} was made"
            for pk, request, _ in found
            if not all((str(pk), about) in told for about in concerned[request])
        ),
    )


def _values(found: Package, marks: dict[str, str], policy: Policy) -> Evidence:
    """Every marked value is in the file for machines, and every marked word in the paper for people."""
    texts = {"file": portable(found, policy).decode(), "paper": str(asdict(paper(found, policy)))}
    # The paper writes numbers as people do.
    words = {name for name, value in marks.items() if any(map(str.isalpha, value))}
    faults = [
        f"{name} isn't in the {kind}"
        for kind, text in texts.items()
        for name, value in marks.items()
        if value not in text and (kind == "file" or name in words)
    ]
    return judged("marked values in the answer", len(marks), faults)


def _tables(found: Package, there: dict[str, dict[str, int]]) -> Evidence:
    """Every table that a store has is listed, and holds as many rows about the person as the answer has."""
    listed = [(apps.get_model(one.table), one) for one in found.searched]
    told = {model._meta.db_table: one for model, one in listed}
    # Tables that join two others have no name of their own in the list.
    told |= {
        joined.remote_field.through._meta.db_table: one
        for model, one in listed
        for joined in model._meta.local_many_to_many
    }
    faults = [f"store {store} isn't listed" for store in _stores() if store not in found.stores]
    for tables in there.values():
        for table, number in tables.items():
            if table not in told:
                faults.append(f"table {table} isn't listed")
            elif table not in PROTOCOL and len(told[table].rows) != number:
                faults.append(
                    f"table {table} has {number} rows about them, the answer {len(told[table].rows)}"
                )
    if not any(told[one].rows for one in PROTOCOL if one in told):
        faults.append("the answer has no line of the protocol")
    return judged("tables of every store", sum(len(tables) for tables in there.values()), faults)


def _nobody_else(found: Package, person: Planted) -> Evidence:
    rows = list(found.rows())
    foreign = (one.table for one, row in rows if row.about != str(person.subject_id))
    return judged(
        "rows in the answer", len(rows), (f"a row of {one} is about somebody else" for one in foreign)
    )


def _stores() -> tuple[str, ...]:
    return tuple(store.lower() for store in ALIASES.values())


def _rows_about(alias: str, subject_id: UUID) -> dict[str, int]:
    """Each table that a store really has, and how many rows about a subject; by the database's own word for it."""
    connection = connections[alias]
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(OF_THE_DATABASE):
                continue
            described = connection.introspection.get_table_description(cursor, table)
            columns = {one.name for one in described}
            found[table] = _count(cursor, connection, table, columns, subject_id) if OWNER in columns else 0
    subject = apps.get_model("zusage.Subject")._meta.db_table
    if subject in found:
        found[subject] = 1
    return found


def _count(cursor: Any, connection: Any, table: str, columns: set[str], subject_id: UUID) -> int:
    # What hangs on a submission is found by way of it: not each such table is indexed by its subject.
    where = f"{OWNER} = %s"
    if SUBMISSION in columns:
        where = f"{SUBMISSION} IN (SELECT id FROM {Submission._meta.db_table} WHERE {where})"  # noqa: S608
    value = subject_id if connection.vendor == "postgresql" else subject_id.hex
    cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)} WHERE {where}", [value])  # noqa: S608
    return int(cursor.fetchone()[0])
