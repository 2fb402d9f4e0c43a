"""Probes of what is collected before anybody gives anything: nothing, and no address ever."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections
from django.db.models import Model

from zusage.models.inventory import store_of, tables
from zusage.models.stored import INVENTORY
from zusage.policy.types import AUTHORITATIVE
from zusage.processing import APPS, MIDDLEWARE
from zusage.promises.look import CouldNotLook, Look
from zusage.promises.page import public_paths
from zusage.promises.portal import LISTENING
from zusage.promises.stored import LIBRARIES, LINES, NEWEST, PAGE, columns, last_of, newest, stores
from zusage.promises.types import Evidence, judged, probe, unknown
from zusage.protocol.models import Entry, Outbox
from zusage.stores import ALIASES

TRIES = 3
COUNTED = 5000
"""Rows of a table up to which they are counted; beyond, only its end is looked at."""
LAST_PAGES = 40
"""Pages at the end of a table on PostgreSQL."""
TEXT = ("char", "text", "inet", "cidr", "json")
ADDRESS_KINDS = ("inet", "cidr", "macaddr")
ADDRESS_NAME = re.compile(
    r"(^|_)(ip|ips|ipv4|ipv6|ip_?addr(ess)?|remote_?(addr(ess)?|host)|client_?(addr(ess)?|ip|host)|peer|"
    r"x_?forwarded(_for)?|mac_?addr(ess)?|user_?agent)(_|$)"
)
V4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
V6 = re.compile(r"(?<![\w:])[0-9a-fA-F:]{2,39}(?![\w:])")
TAIL = 256 * 1024
"""Bytes at the end of a file that are looked at."""
FILES = 100
"""Files that are looked at: those written last."""


@probe(quick=True)
def nothing_before(look: Look) -> Iterator[Evidence]:
    """Every public page and form is fetched: no row is written that could be about whoever looks, and no cookie set."""
    paths = list(public_paths(look.policy, AUTHORITATIVE))
    watched = _watched()
    for _ in range(TRIES):
        before, acts = _ends(watched), _acts()
        answers = [(path, look.portal.get(path)) for path in paths]
        after = _ends(watched)
        grown = [label for label, end in after.items() if end != before[label]]
        others = _acts() != acts
        if not grown or not others:
            break
    failed = [f"{path} answers {one.status}" for path, one in answers if one.status != 200]
    if failed:
        raise CouldNotLook(failed[0])
    set_ = [f"{path} sets {', '.join(one.cookies)}" for path, one in answers if one.cookies]
    yield judged("pages and forms fetched: cookies", len(paths), set_)
    what = "tables after pages and forms were fetched"
    if grown and others:
        yield unknown(what, f"others were writing, {TRIES} times")
    else:
        yield judged(what, len(watched), (f"rows in {one}" for one in grown))


@probe(quick=True)
def no_addresses(look: Look) -> Iterator[Evidence]:
    """No column is for an address, none of the newest values is one, and a marked request leaves its mark nowhere."""
    found = {store: columns(look, store) for store in stores()}
    named = [
        f"{table}.{column}"
        for store in found.values()
        for table, names in store.items()
        for column, kind in names.items()
        if kind in ADDRESS_KINDS or ADDRESS_NAME.search(column.lower())
    ]
    yield judged(
        "columns by name and type", sum(len(one) for store in found.values() for one in store.values()), named
    )
    marks = _marked(look)
    seen, faults = 0, []
    for store, there in found.items():
        for table, names in there.items():
            number, fault = _in_table(look, store, table, names, marks)
            seen += number
            faults += fault
    yield judged("newest values of every table", seen, faults)
    files = _files()
    yield judged("files of the house", len(files), filter(None, (_in_file(one, marks) for one in files)))


@probe(quick=True)
def requests_pass(look: Look) -> Iterator[Evidence]:
    """What every request passes is what the code lists, with what each keeps of it, and nothing logs requests."""
    strangers = [one for one in settings.MIDDLEWARE if one not in MIDDLEWARE]
    gone = [one for one in MIDDLEWARE if one not in settings.MIDDLEWARE]
    yield judged(
        "middleware", len(settings.MIDDLEWARE),
        [*(f"{one} isn't listed" for one in strangers), *(f"{one} is missing" for one in gone)],
    )  # fmt: skip
    yield judged(
        "apps", len(settings.INSTALLED_APPS),
        (f"{one} isn't listed" for one in settings.INSTALLED_APPS if one not in APPS),
    )  # fmt: skip
    rules: dict[str, Any] = settings.LOGGING
    yield judged("settings of the logs", len(rules["handlers"]) + len(rules["loggers"]), _logging(rules))


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a marked request says of itself: an address from the range for documentation, and a browser's name."""

    address: str
    name: str


def _watched() -> list[type[Model]]:
    """Tables in which something about a person could stand, but for the protocol's, which every act of others fills."""
    about = [one for one, table in tables().items() if table.subject and one._meta.app_label != "protocol"]
    unknown = [one for one in apps.get_models() if one._meta.label not in INVENTORY]
    return [*about, *unknown, Session]


def _ends(watched: list[type[Model]]) -> dict[str, Any]:
    """Something of each table that changes when a row is added."""
    return {model._meta.label: _end(model) for model in watched}


def _end(model: type[Model]) -> Any:
    store = store_of(model)
    connection = connections["default" if store == "data" else store]
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"SELECT max(rowid) FROM {table}")  # noqa: S608  (the name of a table of ours)
            return cursor.fetchone()
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {COUNTED}) AS seen")  # noqa: S608
        number = cursor.fetchone()[0]
        if number < COUNTED:
            return number
        cursor.execute("SELECT pg_relation_size(%s::regclass)", [table])
        last = max(0, cursor.fetchone()[0] // PAGE - LAST_PAGES)
        cursor.execute(f"SELECT ctid::text FROM {table} WHERE ctid >= %s::tid", [f"({last},0)"])  # noqa: S608
        return frozenset(cursor.fetchall())


def _acts() -> frozenset[Any]:
    """The newest lines of what people did."""
    waiting = newest(Outbox.objects.all()).values_list("pk", flat=True)
    arrived = Entry.objects.order_by("-at").values_list("pk", flat=True)[:NEWEST]
    return frozenset([*waiting, *arrived])


def _marked(look: Look) -> _Mark:
    """Send requests that say where they come from and by which browser: to a public page and to a door."""
    mark = _Mark(f"198.51.100.{secrets.randbelow(250) + 2}", f"Zusage-Prover/{secrets.token_hex(8)}")
    said = {
        "X-Forwarded-For": mark.address, "X-Real-Ip": mark.address, "Forwarded": f"for={mark.address}",
        "User-Agent": mark.name, "Accept-Language": AUTHORITATIVE,
    }  # fmt: skip
    for path in (f"/{AUTHORITATIVE}/", f"/{AUTHORITATIVE}/mailbox/"):
        look.portal.get(path, said)
    return mark


def _in_table(
    look: Look, store: str, table: str, names: dict[str, str], mark: _Mark
) -> tuple[int, list[str]]:
    """How many values were looked at, and the columns in which an address, or the mark, stands."""
    texts = [one for one, kind in names.items() if any(word in kind for word in TEXT)]
    if not texts or table in LIBRARIES:
        return 0, []
    quote = connections[store].ops.quote_name
    wanted = ", ".join(f"CAST({quote(one)} AS text)" for one in texts)
    statement = f"SELECT {wanted} FROM {quote(table)} {_end_of(look, store, table)}"  # noqa: S608  (names of columns)
    rows = look.rows(store, statement)
    faults = []
    for number, column in enumerate(texts):
        values = [row[number] for row in rows if row[number]]
        # Referrers are hosts of sites, which may be named by address; the visits' own probes look at them.
        addressed = store != "visits" and any(map(_address, values))
        if addressed or any(mark.name in one or mark.address in one for one in values):
            faults.append(f"{table}.{column}")
    return len(rows) * len(texts), faults


def _end_of(look: Look, store: str, table: str) -> str:
    """The rest of a statement that looks at the rows of a table that were written last."""
    if table not in {model._meta.db_table for model in apps.get_models(include_auto_created=True)}:
        return f"LIMIT {LINES}"  # nobody knows how it is built
    return last_of(look, store, table)


def _address(text: str) -> bool:
    return any(map(_is_address, V4.findall(text))) or any(
        _is_address(one) for one in V6.findall(text) if one.count(":") > 1
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _files() -> list[Path]:
    """The files of the house that aren't stores, those written last first."""
    found = []
    for one in settings.VAR.rglob("*"):
        try:
            if one.is_file() and not _a_store(one):
                found.append((one.stat().st_mtime, one))
        except FileNotFoundError:
            continue  # gone meanwhile
    return [one for _, one in sorted(found, reverse=True)[:FILES]]


def _a_store(file: Path) -> bool:
    """Whether a file belongs to a store: those are looked at by SQL, and hold ciphers that look like anything."""
    names = [str(connections[alias].settings_dict["NAME"]) for alias in ALIASES]
    return any(str(file).startswith(name) for name in names) or ".sqlite3" in file.name


def _in_file(file: Path, mark: _Mark) -> str:
    """What is wrong with a file; empty where nothing is."""
    if file.name == LISTENING:
        return ""  # where the portal itself listens
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - TAIL))
            content = opened.read(TAIL)
    except FileNotFoundError:
        return ""
    if mark.name.encode() in content or mark.address.encode() in content:
        return f"{file.name} tells of a request"
    if b"\0" in content:
        return ""  # no text: sealed, packed, or a picture
    return f"{file.name} holds an address" if _address(content.decode("utf-8", "replace")) else ""


def _logging(rules: dict[str, Any]) -> Iterator[str]:
    """What in the settings would log requests, or write logs into files or over the network."""
    for name, handler in rules["handlers"].items():
        if handler.get("class") != "logging.StreamHandler" or "nothing_personal" not in handler.get(
            "filters", ()
        ):
            yield f"the handler {name} isn't cut down to what is nobody's"
    for name, logger in [("root", rules["root"]), *rules["loggers"].items()]:
        if logger.get("level") not in ("WARNING", "ERROR", "CRITICAL"):
            yield f"{name} logs at {logger.get('level')}"
    if settings.DEBUG:
        yield "DEBUG is on"
