"""Emptying the stores after a test that commits.

Django's `flush` truncates every table and makes the permissions anew: on PostgreSQL a fifth of a second for each such
test, of which there are many. Deleting the rows of the few tables that have any takes a hundredth.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connections, transaction

# Made by migrations, and never written by the portal.
STAY = frozenset(("django_migrations", "django_content_type", "auth_permission"))


def empty(case: Any) -> None:
    """In place of ``TransactionTestCase._fixture_teardown``."""
    for alias in case._databases_names(include_mirrors=False):
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            for table in rows_in(alias):
                # In any order: the foreign keys are looked at when this commits.
                cursor.execute(f"DELETE FROM {connections[alias].ops.quote_name(table)}")


def rows_in(alias: str) -> list[str]:
    """The tables that have rows."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_which(alias))
        return [table for (table,) in cursor.fetchall()]


@cache
def _which(alias: str) -> str:
    """A statement that names the tables with rows."""
    connection = connections[alias]
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - STAY)
    quote = connection.ops.quote_name
    asked = (f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {quote(one)})" for one in tables)
    return " UNION ALL ".join(asked)
