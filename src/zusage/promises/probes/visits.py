"""Probes of the visits store: what it can hold, what it holds, how long, and what is shown of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from time import monotonic, sleep

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from zusage.promises.look import CouldNotLook, Look
from zusage.promises.stored import LIBRARIES, columns, declared, hooks
from zusage.promises.types import Evidence, judged, probe
from zusage.server import Server
from zusage.stores import ALIASES

STORE = "visits"
EVALUATED_EVERY = timedelta(hours=1)
PATIENCE = timedelta(minutes=30)
"""How much later than that an evaluation may be: a worker has other things to do."""
CLOSED = {
    "View": ("day", "hour", "page", "browser", "system", "referrer_host", "robot"),
    "Choice": ("day", "kind", "value"),
}
"""All that a single visit, and a single choice about cookies, may say."""
ADDRESS = re.compile(
    r"(?<![\w.])\d{1,3}(\.\d{1,3}){3}(?![\w.])|[0-9a-f]{1,4}(:[0-9a-f]{0,4}){3,}", re.IGNORECASE
)
IDENTIFIER = re.compile(
    r"[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9_-]{22,}={0,2}", re.IGNORECASE
)
PATH = re.compile(r"[/?#@]")
LOGS = ("*.log", "*.log.*", "*access*")
WRITTEN_WITHIN = 15
"""Seconds after which a visit that came stands in the store."""
SOME = 5000
"""How many of the rows a quick probe looks at."""


@probe(quick=True)
def columns_are_few(look: Look) -> Iterator[Evidence]:
    """The store has the declared tables and columns and no other, and does nothing by itself."""
    found, known = columns(look, STORE), declared(STORE)
    strange = [table for table in found if table not in known and table not in LIBRARIES]
    strange += [
        f"{table}.{column}"
        for table, model in known.items()
        for column in found.get(table, {})
        if column not in {field.column for field in model._meta.concrete_fields}
    ]
    yield judged("tables and columns of the visits store", sum(map(len, found.values())), strange)
    yield judged("triggers and rules in it", len(found), hooks(look, STORE))
    for name, allowed in CLOSED.items():
        fields = [
            one.name for one in apps.get_model("visits", name)._meta.concrete_fields if not one.primary_key
        ]
        more = [one for one in fields if one not in allowed]
        yield judged(f"what a single {name.lower()} says", len(fields), more)


@probe(quick=True)
def values_tell_nobody(look: Look) -> Iterator[Evidence]:
    """No value among visits and counts looks like an address, an identifier or a hash; referrers are hosts alone."""
    quote = connections[STORE].ops.quote_name
    for table, texts in (
        ("visits_view", ("page", "browser", "system", "referrer_host")),
        ("visits_choice", ("kind", "value")),
        ("visits_count", ("value",)),
    ):
        faults = []
        number = 0
        for column in texts:
            chosen = f"SELECT DISTINCT {quote(column)} FROM {quote(table)} LIMIT {SOME}"  # noqa: S608  (our own names)
            values = [value for (value,) in look.rows(STORE, chosen)]
            number += len(values)
            if any(_tells(column, value) for value in values):
                faults.append(f"{table}.{column}")
        yield judged(f"different values of {table}", number, faults)


@probe(quick=False)
def one_visit(look: Look) -> Iterator[Evidence]:
    """A marked visit leaves its mark in no table of the store, and one that asks not to be counted isn't counted."""
    mark, before = f"probe-{secrets.token_hex(6)}", _held(look)
    said = {
        "User-Agent": f"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 {mark}",
        "Referer": f"https://search.example/{mark}?q={mark}",
        "X-Forwarded-For": "198.51.100.77",
        "Cookie": f"visitor={mark}",
    }
    look.portal.get(f"/de/genuine/?about={mark}", {**said, "DNT": "0"})
    look.portal.get(
        "/de/genuine/", {**said, "DNT": "0", "Sec-GPC": "1", "Referer": f"https://{mark}.example/"}
    )
    if not _grows(look, before):
        raise CouldNotLook(f"a visit wasn't written within {WRITTEN_WITHIN} seconds")
    faults = [
        f"{table}.{column}"
        for table, names in columns(look, STORE).items()
        for column, kind in names.items()
        if "char" in kind or "text" in kind
        if look.number(STORE, _count_of(table, column), f"%{mark}%")
    ]
    yield judged("columns of the store after a marked visit", before, faults)


@probe(quick=True)
def apart(look: Look) -> Iterator[Evidence]:
    """The store is a database of its own; nothing in it leads to another, and no id of a person stands in it."""
    here = _place(STORE)
    same = [alias for alias in ALIASES if alias != STORE and _place(alias) == here]
    yield judged("stores that are another database", len(ALIASES) - 1, same)
    attached = _attached(look)
    yield judged("databases reachable from the visits store", len(attached), attached)
    related = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("visits").get_models()
        for field in model._meta.get_fields()
        if field.is_relation
    ]
    yield judged("fields that lead to other tables", len(related), related)
    subjects = [
        f"{table}.{column}"
        for table, names in columns(look, STORE).items()
        for column, kind in names.items()
        if "uuid" in kind or column.endswith(("subject", "subject_id", "session", "mailbox_id", "case_id"))
    ]
    yield judged("columns that could name somebody", sum(map(len, columns(look, STORE).values())), subjects)


@probe(quick=True)
def raw_age(look: Look) -> Iterator[Evidence]:
    """Single visits wait for the next evaluation and no longer; the last one was within the hour."""
    last = apps.get_model("visits", "Evaluation").objects.aggregate(last=Max("at"))["last"]
    number = look.number(STORE, "SELECT count(*) FROM visits_view") + look.number(
        STORE, "SELECT count(*) FROM visits_choice"
    )
    if last is None:
        yield judged("single visits before any evaluation", number, _too_old(look, None, number))
        return
    late = look.now - last > EVALUATED_EVERY + PATIENCE and number
    yield judged("single visits", number, [f"last evaluated {last:%Y-%m-%d %H:%M} UTC"] if late else [])
    yield judged("days and hours of single visits", number, _too_old(look, last, number))


@probe(quick=True)
def small_numbers(look: Look) -> Iterator[Evidence]:
    """Rare names wait under a hash until their week is over; nothing of an earlier week waits any more."""
    waiting = look.number(STORE, "SELECT count(*) FROM visits_pending")
    old = look.number(
        STORE, "SELECT count(*) FROM visits_pending WHERE week < %s", _monday(look) - timedelta(days=7)
    )
    yield judged("rare values that wait", waiting, [f"{old} of them since an earlier week"] if old else [])
    least = look.policy.limits.smallest_cell
    rare = look.rows(
        STORE,
        "SELECT dimension, value FROM visits_count WHERE source = 'portal' AND value <> 'other' "
        "AND dimension IN ('browser', 'system', 'referrer_host') AND day >= %s "
        "GROUP BY dimension, value HAVING sum(count) < %s LIMIT 20",
        _monday(look) - timedelta(weeks=8),
        least,
    )
    yield judged(
        f"names that came less than {least} times in two months",
        look.number(STORE, "SELECT count(*) FROM visits_count"),
        [f"a {dimension}" for dimension, _ in rare],
    )


@probe(quick=True)
def for_staff(look: Look) -> Iterator[Evidence]:
    """Statistics are for whoever works here: a stranger is sent to the log-in, whatever form they ask for."""
    address = reverse("office-statistics")
    faults = [
        f"{path} answers {status}"
        for path in (address, f"{address}?form=csv", f"{address}?form=json", f"{address}?format=csv")
        if (status := look.portal.get(path).status) != 302
    ]
    yield judged("ways to the statistics without a log-in", 4, faults)


@probe(quick=True)
def no_access_log(look: Look) -> Iterator[Evidence]:
    """The server in force keeps no log of requests, and none lies among the files of the house."""
    chosen = Server("127.0.0.1", 1, None)._chosen
    yield judged(
        "settings of the server", len(chosen), ["accesslog"] if chosen.get("accesslog") is not None else []
    )
    lying = sorted({one.name for pattern in LOGS for one in settings.VAR.rglob(pattern) if one.is_file()})
    yield judged("logs among the files of the house", len(lying), lying)


@probe(quick=True)
def log_counts(look: Look) -> Iterator[Evidence]:
    """What was evaluated of logs is counts by week, under a fingerprint of the file; no number of few sources."""
    logs = look.number(STORE, "SELECT count(*) FROM visits_evaluated")
    counts = look.number(STORE, "SELECT count(*) FROM visits_count WHERE source = 'log'")
    faults = ["counts of a log that nobody evaluated"] if counts and not logs else []
    short = look.number(STORE, "SELECT count(*) FROM visits_evaluated WHERE length(fingerprint) < 32")
    yield judged("evaluated logs", logs, faults + (["a fingerprint that is none"] if short else []))
    least = look.policy.limits.smallest_cell
    few = look.rows(
        STORE,
        "SELECT dimension FROM visits_count WHERE source = 'log' AND value <> 'other' "
        "AND dimension NOT IN ('day', 'robot') AND count < %s LIMIT 20",
        least,
    )
    yield judged(f"numbers of logs of at least {least}", counts, [f"a {dimension}" for (dimension,) in few])


def _tells(column: str, value: str) -> bool:
    """Whether a value could tell who somebody is."""
    if column == "referrer_host":
        return bool(PATH.search(value)) or bool(IDENTIFIER.search(value.replace(".", " ").replace("-", " ")))
    if column == "page":
        return "?" in value or bool(ADDRESS.search(value))
    return bool(ADDRESS.search(value) and column != "browser") or bool(IDENTIFIER.fullmatch(value))


def _monday(look: Look) -> date:
    today = timezone.localdate(look.now)
    return today - timedelta(days=today.weekday())


def _grows(look: Look, before: int) -> bool:
    """Whether single visits become more: they are written together, a moment after they came."""
    until = monotonic() + WRITTEN_WITHIN
    while _held(look) <= before:
        if not look.portal.running:  # it is served by this process, which may be gone in a moment
            import_string(settings.VISITS["flush"])()
        if monotonic() > until:
            return False
        sleep(0.1)
    return True


def _held(look: Look) -> int:
    return look.number(STORE, "SELECT count(*) FROM visits_view")


def _count_of(table: str, column: str) -> str:
    quote = connections[STORE].ops.quote_name
    return f"SELECT count(*) FROM {quote(table)} WHERE CAST({quote(column)} AS text) LIKE %s"  # noqa: S608  (our names)


def _place(alias: str) -> tuple[str, ...]:
    found = connections[alias].settings_dict
    return tuple(str(found.get(name, "")) for name in ("ENGINE", "NAME", "HOST", "PORT"))


def _attached(look: Look) -> list[str]:
    if connections[STORE].vendor == "sqlite":
        return [
            name for _, name, _ in look.rows(STORE, "PRAGMA database_list") if name not in ("main", "temp")
        ]
    servers = (
        "SELECT srvname FROM pg_foreign_server UNION "
        "SELECT extname FROM pg_extension WHERE extname IN ('dblink', 'postgres_fdw')"
    )
    return [name for (name,) in look.rows(STORE, servers)]


def _too_old(look: Look, last: datetime | None, number: int) -> list[str]:
    """The oldest single visit, where its hour was over when visits were last counted."""
    oldest = (
        apps.get_model("visits", "View").objects.order_by("day", "hour").values_list("day", "hour").first()
    )
    if not number or oldest is None:
        return []
    day, hour = oldest
    over = timezone.make_aware(datetime.combine(day, time(hour))) + timedelta(hours=1)
    until = last or look.now - EVALUATED_EVERY
    return [f"one of {day} {hour:02} h is still there"] if over < until - timedelta(minutes=5) else []
