from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from zusage.stores import ALIASES


def migrate() -> None:
    """Bring every store up to date, and make the folder of the SQLite files where it is missing; quiet."""
    settings.VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
    for alias in ALIASES:
        if _behind(alias):
            call_command("migrate", database=alias, verbosity=0, interactive=False, skip_checks=True)


def _behind(alias: str) -> bool:
    """Whether a migration is missing. Django's command takes half a second to find out, and each start asks."""
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class Command(BaseCommand):
    help = "Bring the tables of all four stores up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        self.stdout.write("The four stores are up to date.")
