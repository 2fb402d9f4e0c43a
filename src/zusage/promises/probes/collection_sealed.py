"""Probes of where data stands: in declared columns alone, and sealed where it is about a person."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connections
from django.db.models import Model

from zusage.models.inventory import stale, store_of, tables, unclassified
from zusage.promises.look import Look
from zusage.promises.stored import LIBRARIES, columns, declared, hooks, last_of, stores
from zusage.promises.types import Evidence, judged, probe
from zusage.vault.cipher import NONCE, VERSION
from zusage.vault.sealed import sealed_columns

LEAST = len(VERSION) + NONCE + 16
"""Bytes of the shortest sealed value: version, nonce, and the tag of an empty text."""
READABLE = 24
"""Bytes after the first that, all printable, are no cipher: by chance one in 10^10 values would be so."""


@probe(quick=True)
def columns_declared(look: Look) -> Iterator[Evidence]:
    """The tables and columns that the databases have are those of the code, and the inventory classifies each."""
    for store in stores():
        there, known = columns(look, store), declared(store)
        faults = [f"table {table}" for table in there if table not in known and table not in LIBRARIES]
        number = 0
        for table, model in known.items():
            own = {str(one.column) for one in model._meta.concrete_fields}
            found = set(there.get(table, ()))
            number += len(found)
            faults += [f"{table}.{one}, which no code knows" for one in sorted(found - own)]
            faults += [f"{table}.{one} is missing" for one in sorted(own - found)]
        yield judged(f"columns of the store {store}", number, faults)
        yield judged(f"triggers and rules of the store {store}", 0, hooks(look, store))
    yield judged("classes in the inventory", len(tables()), [*unclassified(), *stale()])


@probe(quick=True)
def sealed(look: Look) -> Iterator[Evidence]:
    """The newest sealed values of each column are ciphers, and none of them can be read."""
    for model, column in _sealed():
        values = _newest(look, model, column)
        bad = sum(1 for one in values if _plain(one))
        faults = [f"{bad} of the newest can be read"] if bad else []
        yield judged(f"sealed values in {model._meta.label}.{column}", len(values), faults)


@probe(quick=False)
def all_sealed(look: Look) -> Iterator[Evidence]:
    """Every sealed value of each column is a cipher: the whole tables are looked through, in the database."""
    for model, column in _sealed():
        number, bad = _scanned(look, model, column)
        faults = [f"{bad} are no ciphers"] if bad else []
        yield judged(f"sealed values in {model._meta.label}.{column}", number, faults)


def _sealed() -> Iterator[tuple[type[Model], str]]:
    for model in tables():
        for column in sealed_columns(model):
            yield model, column


def _store(model: type[Model]) -> str:
    store = store_of(model)
    return "default" if store == "data" else store


def _newest(look: Look, model: type[Model], column: str) -> list[bytes]:
    """What stands in the column of the newest rows, as it is: whoever put it there may have put anything."""
    store, table = _store(model), model._meta.db_table
    quote = connections[store].ops.quote_name
    wanted = f"CAST({quote(column)} AS blob)" if connections[store].vendor == "sqlite" else quote(column)
    rows = look.rows(store, f"SELECT {wanted} FROM {quote(table)} {last_of(look, store, table)}")  # noqa: S608  (names of ours)
    return [bytes(one) for (one,) in rows if one is not None]


def _plain(value: bytes) -> bool:
    """Whether a value isn't what `cipher.seal` makes, or can be read."""
    if value[:1] != VERSION or len(value) < LEAST:
        return True
    try:
        return value[1:].decode().isprintable()
    except UnicodeDecodeError:
        return False


def _scanned(look: Look, model: type[Model], column: str) -> tuple[int, int]:
    """How many values a column has, and how many of them are no ciphers."""
    store = _store(model)
    quote = connections[store].ops.quote_name
    name, table = quote(column), quote(model._meta.db_table)
    if connections[store].vendor == "sqlite":
        bad = (
            f"typeof({name}) <> 'blob' OR length({name}) < {LEAST} OR substr({name}, 1, 1) <> x'{VERSION.hex()}' "
            # The first two bytes alone keep most values from a closer look.
            f"OR (substr({name}, 2, 1) BETWEEN x'20' AND x'7e' AND substr({name}, 3, 1) BETWEEN x'20' AND x'7e' "
            f"AND length(CAST(substr({name}, 2, {READABLE}) AS text)) = {READABLE} "
            f"AND CAST(substr({name}, 2, {READABLE}) AS text) NOT GLOB '*[^ -~]*')"
        )
        bad = f"sum({bad})"
    else:
        bad = (
            f"count(*) FILTER (WHERE length({name}) < {LEAST} OR get_byte({name}, 0) <> {VERSION[0]} "
            f"OR encode(substring({name} from 2 for {READABLE}), 'escape') ~ '^[ -~]{{{READABLE}}}$')"
        )
    statement = f"SELECT count(*), {bad} FROM {table} WHERE {name} IS NOT NULL"  # noqa: S608  (names of ours)
    number, faults = look.rows(store, statement)[0]
    return int(number), int(faults or 0)
