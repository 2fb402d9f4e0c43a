"""``zusage rotate-keys``: every key is wrapped by the newest key-encryption key."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from zusage.actions.rotation import rotate
from zusage.management.progress import counting
from zusage.vault import cipher
from zusage.vault.keys import to_rewrap


class Command(BaseCommand):
    help = (
        "Wrap every key by the newest key-encryption key, while the portal is open. First put the new key before the "
        "old one in ZUSAGE_KEY_ENCRYPTION_KEY and start the portal anew; take the old one away last, after a new "
        "backup. Killed, it goes on where it was. "
        "Exit status: 0 done, 2 could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="what was done, for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        here = {cipher.name_of(key) for key in settings.KEY_ENCRYPTION_KEYS}
        if missing := sorted(set(to_rewrap()) - here):
            raise CommandError(
                f"Keys are wrapped by key-encryption keys that aren't here: {', '.join(missing)}. Add them to "
                "ZUSAGE_KEY_ENCRYPTION_KEY, behind the present one and a comma.",
                returncode=2,
            )
        with counting("Wrapping") as progress:
            done, states = rotate(lambda number: progress("keys", number))
        if options["json"]:
            self.stdout.write(json.dumps({"keys": done, "places": states}))
            return
        self.stdout.write(f"{done:,} keys are wrapped anew. All are by the newest key-encryption key.")
        for path, state in states.items():
            if state != "told":
                self.stdout.write(f"The journal of erasures in {path} is {state}: make a backup into it.")
        if done:
            self.stdout.write(
                "Make a new backup before you take the old key away. Older backups need the old key for as long as "
                "they are kept."
            )
