"""The four stores (data, keys, protocol, visits): their URLs, their SQLite settings, and which table lives where."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from zusage.environment import EnvironmentProblem, setting

ALIASES = {"default": "DATA", "keys": "KEYS", "protocol": "PROTOCOL", "visits": "VISITS"}

# Every table is in the data store but for these.
ELSEWHERE = {
    "vault.datakey": "keys",
    "vault.rootkey": "keys",
    "vault.tombstone": "keys",
    "vault.backupplace": "keys",
    "vault.restoremark": "keys",
    "protocol.entry": "protocol",
    "protocol.expired": "protocol",
    "protocol.seal": "protocol",
    "protocol.sealmark": "keys",
    "visits.view": "visits",
    "visits.choice": "visits",
    "visits.count": "visits",
    "visits.pending": "visits",
    "visits.evaluated": "visits",
    "visits.evaluation": "visits",
}

# FULL: an accepted submission is on disk before its receipt is shown. secure_delete: what is deleted is overwritten.
# temp_store=MEMORY: no temporary files beside the store. wal_autocheckpoint: pages that many commits change are copied
# into the store once instead of many times; the write-ahead log grows to 16 MB for it.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
    "PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000;"
)


class Router:
    """Sends each model to its store; no relation may cross from one store to another."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return ELSEWHERE.get(model._meta.label_lower, "default")

    db_for_write = db_for_read

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        # By the instances: `request.user` only stands in for a Staff, and its type isn't one.
        return self.db_for_read(one) == self.db_for_read(other)

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        return db == ELSEWHERE.get(f"{app_label}.{model_name}", "default")


def databases(var: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES from ``ZUSAGE_DATA_URL`` and its like; a SQLite file under `var` where one isn't set.

    Raises EnvironmentProblem, also where visits would share their database with another store.
    """
    found = {}
    for alias, store in ALIASES.items():
        name = f"ZUSAGE_{store}_URL"
        found[alias] = database(name, setting(name, default=f"sqlite:///{var / store.lower()}.sqlite3"))
    for alias, store in ALIASES.items():
        if alias != "visits" and _place(found[alias]) == _place(found["visits"]):
            raise EnvironmentProblem(
                f"ZUSAGE_VISITS_URL names the same database as ZUSAGE_{store}_URL. Give visits one of their own: "
                "no query may ever put them beside data about people."
            )
    return found


def _place(chosen: dict[str, Any]) -> tuple[str, ...]:
    """Where a database lies, whoever asks it."""
    if chosen["ENGINE"] == "zusage.sqlite":
        return (os.path.realpath(chosen["NAME"]),)
    host = "localhost" if chosen["HOST"] in ("", "127.0.0.1", "::1") else chosen["HOST"].lower()
    return host, chosen["PORT"] or "5432", chosen["NAME"]


def database(name: str, url: str) -> dict[str, Any]:
    """One database setting from `url`: ``sqlite:////absolute/path`` or ``postgresql://user:password@host:port/name``.

    Raises EnvironmentProblem that names the variable, and never shows the URL, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise EnvironmentProblem(f"{name} is not a URL. {_EXAMPLES}") from None
    path = unquote(parts.path)
    if parts.scheme == "sqlite" and not parts.netloc and len(path) > 1:
        return _sqlite(path[1:])
    if parts.scheme in ("postgres", "postgresql") and len(path) > 1:
        return _postgresql(
            unquote(parts.hostname or ""), port, parts.username, parts.password, path[1:], parts.query
        )
    raise EnvironmentProblem(f"{name} names no database that Zusage knows. {_EXAMPLES}")


_EXAMPLES = "Write sqlite:////srv/zusage/data.sqlite3 or postgresql://user:password@host:5432/zusage."


def _sqlite(path: str) -> dict[str, Any]:
    return {
        "ENGINE": "zusage.sqlite",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": SQLITE_PRAGMAS},
    }


def _postgresql(
    host: str, port: int | None, user: str | None, password: str | None, name: str, query: str
) -> dict[str, Any]:
    # A socket folder comes as ?host=/run/postgresql, as libpq itself writes it.
    for pair in filter(None, query.split("&")):
        key, _, value = pair.partition("=")
        if key == "host":
            host = unquote(value)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "HOST": host,
        "PORT": str(port or ""),
        "USER": unquote(user or ""),
        "PASSWORD": unquote(password or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Durable commits, whatever the server's default is. Prepared statements look rows up by their keys: planned
        # once, for the plan is the same whichever keys are asked for.
        "OPTIONS": {"options": "-c synchronous_commit=on -c plan_cache_mode=force_generic_plan"},
    }
