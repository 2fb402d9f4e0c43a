"""A house for a benchmark: stores of its own, filled with people's files, sealed and indexed by the vault's code."""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

BATCH = 2000
CROWD = 100_000
KEPT = "environment.json"


@dataclass(frozen=True, slots=True)
class File:
    """A case to be put on file. `owner`: what files of one person share; `columns`: the sealed columns of `Case`."""

    owner: str
    columns: Mapping[str, str]
    is_open: bool = True
    kind: str = "person"


@contextlib.contextmanager
def house(database: str, folder: Path) -> Iterator[bool]:
    """Django set up over stores in `folder`, in this process, once in a process. Whether they are filled already.

    SQLite's stay there, and are used again by who names the folder again.
    """
    from bench.intake import _environment, _stores

    kept = folder / KEPT
    with contextlib.ExitStack() as stack:
        filled = database == "sqlite" and kept.exists()
        if filled:
            environment = json.loads(kept.read_text(encoding="utf-8"))
        else:
            environment = _environment(folder, stack.enter_context(_stores(database, folder)))
        os.environ.update(environment, DJANGO_SETTINGS_MODULE="zusage.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        from zusage.stores import ALIASES

        for alias in ALIASES:
            call_command("migrate", database=alias, verbosity=0, stdout=io.StringIO())
            if database == "sqlite" and not filled:  # a house that dies while it is filled is filled anew
                with connections[alias].cursor() as cursor:
                    cursor.execute("PRAGMA cache_size = -400000")
                    cursor.execute("PRAGMA synchronous = OFF")
        from zusage.actions.house import publish_notice

        publish_notice()
        yield filled


def fill(files: Iterable[File], say: Callable[[int, float], None] | None = None) -> dict[str, UUID]:
    """Put `files` on file; owner -> subject id. Names are counted as an import does."""
    from zusage.actions.matching import learn

    subjects: dict[str, UUID] = {}
    names: Counter[tuple[str, str]] = Counter()
    began, number, rest = time.perf_counter(), 0, iter(files)
    while batch := list(islice(rest, BATCH)):
        _put(batch, subjects, names)
        number += len(batch)
        if say:
            say(number, time.perf_counter() - began)
    learn(names)
    _settle()
    _keep()
    return subjects


def _keep() -> None:
    """What opens the stores again, beside them."""
    environment = {name: value for name, value in os.environ.items() if name.startswith("ZUSAGE_")}
    kept = Path(environment["ZUSAGE_VAR"]) / KEPT
    kept.write_text(json.dumps(environment), encoding="utf-8")


def crowd(number: int) -> None:
    """Put `number` others on file as the stores see them: rows of the usual shape and length, full of random bytes.

    No message leads to them. They make the trees of the indexes as high as so many files do, in minutes, not hours.
    """
    from django.db import connections

    from zusage.models import Case
    from zusage.vault.models import MatchKey
    from zusage.vault.sealed import sealed_columns

    data, keys = connections["default"], connections["keys"]
    usual = Case.objects.exclude(debtor_first_name=None).exclude(emails=None).first()
    lengths = {name: len(bytes(value)) for name in sealed_columns(Case) if (value := getattr(usual, name))}
    names = list(MatchKey.objects.filter(subject_id=usual.subject_id).values_list("name", flat=True))
    sql = _sql(data.vendor)
    sealed = ", ".join(f'"{name}"' for name in lengths)
    bytes_ = ", ".join(sql["bytes"].format(length) for length in lengths.values())
    indexed = " UNION ALL ".join(f"SELECT '{name}' AS name" for name in names)
    now = sql["now"]
    steps = (
        f"INSERT INTO zusage_subject (id, created_at) SELECT subject, {now} FROM crowd",
        f"INSERT INTO zusage_case (id, subject_id, purpose, state, opened_on, debtor_kind, {sealed}) "
        f"SELECT pk, subject, 'collection', 'open', '2025-03-04', 'person', {bytes_} FROM crowd",
        "INSERT INTO vault_blindindex (subject_id, purpose, name, digest, record_type, record_id) "
        f"SELECT subject, 'collection', 'reference', {sql['bytes'].format(12)}, 'zusage.case', pk FROM crowd",
        "INSERT INTO vault_matchkey (digest, subject_id, purpose, name) "
        f"SELECT {sql['bytes'].format(12)}, subject, 'collection', n.name FROM crowd, ({indexed}) AS n",
    )
    for done in range(0, number, CROWD):
        several = min(CROWD, number - done)
        with data.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS crowd")
            cursor.execute(f"CREATE TEMP TABLE crowd AS {sql['ids'].format(several)}")
            for step in steps:
                cursor.execute(step)
        with keys.cursor() as cursor:
            cursor.execute(
                "INSERT INTO vault_datakey (subject_id, purpose, wrapped, kek, created_at) "
                f"SELECT subject, 'collection', {sql['bytes'].format(61)}, 'of-the-crowd', {now} "
                f"FROM ({sql['ids'].format(several)}) AS ids"
            )
    _settle()


def _sql(vendor: str) -> dict[str, str]:
    if vendor == "sqlite":
        an_id = "lower(hex(randomblob(16)))"
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
        return {
            "bytes": "randomblob({})",
            "now": "datetime('now')",
            "ids": f"{numbers} SELECT {an_id} AS subject, {an_id} AS pk FROM n",
        }
    some = "decode(" + " || ".join(["md5(random()::text)"] * 8) + ", 'hex')"
    return {
        "bytes": f"substring({some} for {{}})",
        "now": "now()",
        "ids": "SELECT gen_random_uuid() AS subject, gen_random_uuid() AS pk FROM generate_series(1, {})",
    }


def _put(batch: Sequence[File], subjects: dict[str, UUID], names: Counter[tuple[str, str]]) -> None:
    """Files of one owner come in one batch, one after the other."""
    from zusage.models import COLLECTION, REFERENCE_INDEX, Case, Subject
    from zusage.rules.matching import blocks
    from zusage.rules.matching.person import debtor
    from zusage.rules.references import normal
    from zusage.vault import api as vault
    from zusage.vault import cipher, keys
    from zusage.vault.index import match_keys
    from zusage.vault.models import BlindIndex, DataKey, MatchKey

    rows: dict[type, list[Any]] = {model: [] for model in (DataKey, Subject, Case, BlindIndex, MatchKey)}
    of_owner: dict[str, list[File]] = {}
    for one in batch:
        of_owner.setdefault(one.owner, []).append(one)
    ring = vault.Keyring()
    for owner, own in of_owner.items():
        subject = subjects[owner] = uuid4()
        key = ring._keys[subject, COLLECTION] = cipher.new_key()
        rows[DataKey].append(keys._wrapped(subject, COLLECTION, key))
        rows[Subject].append(Subject(id=subject))
        for one in own:
            case = Case(
                subject_id=subject,
                opened_on=date(2025, 3, 4),
                state="open" if one.is_open else "closed",
                debtor_kind=one.kind,
            )
            vault.seal(case, {name: text for name, text in one.columns.items() if text}, ring)
            rows[Case].append(case)
            rows[BlindIndex].append(vault.entry(REFERENCE_INDEX, normal(one.columns["reference"]), case))
        person = debtor([{**one.columns, "debtor_kind": one.kind} for one in own])
        rows[MatchKey] += match_keys(subject, COLLECTION, blocks.stored(person))
        for name in person.names[:1]:
            names.update({("given", " ".join(name.given)): 1, ("family", " ".join(name.family)): 1})
            names.update({("given", ""): 1, ("family", ""): 1})
    _write("keys", {DataKey: rows.pop(DataKey)})
    _write("default", rows)


def _write(alias: str, rows: Mapping[type, Sequence[Any]]) -> None:
    from django.db import connections, transaction

    from zusage.insert import _columns, _values

    connection = connections[alias]
    with transaction.atomic(using=alias):
        for model, several in rows.items():
            if not several:
                continue
            width = len(_columns(model))
            flat = _values(several, connection)
            lines = [flat[at : at + width] for at in range(0, len(flat), width)]
            names = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)  # type: ignore[attr-defined]
            table = model._meta.db_table  # type: ignore[attr-defined]
            if connection.vendor == "postgresql":
                into = f"COPY {table} ({names}) FROM STDIN"
                with connection.connection.cursor() as cursor, cursor.copy(into) as copy:
                    for line in lines:
                        copy.write_row(line)
            else:
                places = ", ".join("?" * width)
                connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", lines)


def _settle() -> None:
    """As the stores would look some time later: statistics made, the write-ahead log read in."""
    from django.db import connections

    for alias in ("default", "keys"):
        connection = connections[alias]
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()  # the next has the settings of every day
