from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from zusage.stores import ALIASES


def migrate() -> None:
    """Bring every store up to date, and make the folder of the SQLite files where it is missing; quiet."""
    settings.VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
    for alias in ALIASES:
        call_command("migrate", database=alias, verbosity=0, interactive=False, skip_checks=True)


class Command(BaseCommand):
    help = "Bring the tables of all four stores up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        self.stdout.write("The four stores are up to date.")
