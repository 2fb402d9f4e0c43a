"""``zusage backup DIR``: all stores into a folder, encrypted to the recovery key."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from zusage.backup import places
from zusage.backup.make import Made, backup
from zusage.backup.problems import CannotRun, Declined
from zusage.backup.recovery import new_pair
from zusage.management.commands.run import stay
from zusage.management.progress import counting
from zusage.tenant import policy

STATES = {
    "away": "can't be reached. It learns of what is erased meanwhile when it is back (--forget DIR: it never will be).",
    "broken": "has a journal of erasures that was changed. Make a backup into it: that begins a new journal.",
}


class Command(BaseCommand):
    help = (
        "Copy all stores into a folder while the portal is open: data, keys and protocol apart, each encrypted to the "
        "recovery key. Copies of the keys that are older than the policy allows are removed there. From then on the "
        "worker tells the folder of every erasure. "
        "Exit status: 0 made, 1 the folder is another house's, 2 could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dir", nargs="?", type=Path, metavar="DIR", help="the folder, made if missing")
        parser.add_argument("--json", action="store_true", help="what was done, for machines")
        parser.add_argument(
            "--new-recovery-key",
            action="store_true",
            help="print a new recovery key for ZUSAGE_RECOVERY_KEY and do nothing else",
        )
        parser.add_argument(
            "--forget", action="store_true", help="tell DIR of no further erasures: its backups are gone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_recovery_key"]:
            self._new_key()
            return
        if options["dir"] is None:
            raise CommandError("Name the folder for the backup.", returncode=2)
        if options["forget"]:
            known = places.forget(options["dir"])
            self.stdout.write(f"{options['dir']} is forgotten." if known else "No backup went there.")
            return
        begun = time.monotonic()
        stay()
        try:
            with counting("Backup") as progress:
                made = backup(options["dir"], progress)
        except Declined as problem:
            self.stderr.write(str(problem))
            sys.exit(1)
        except CannotRun as problem:
            raise CommandError(str(problem), returncode=2) from None
        except OSError as error:
            raise CommandError(
                f"{options['dir']} can't be written to: {error.strerror or type(error).__name__}.",
                returncode=2,
            ) from None
        self._say(made, options["dir"], time.monotonic() - begun, options["json"])

    def _new_key(self) -> None:
        private, public = new_pair()
        self.stdout.write(
            "A restore needs the private key. Keep it where neither the portal nor its backups are:\n"
            f"  ZUSAGE_RECOVERY_KEY={private}\n"
            "Making backups needs the public half alone:\n"
            f"  ZUSAGE_RECOVERY_KEY={public}"
        )

    def _say(self, made: Made, folder: Path, seconds: float, as_json: bool) -> None:
        parts = made.manifest.parts
        size = sum(part.bytes for part in parts.values())
        number = sum(sum(part.rows.values()) for part in parts.values())
        if as_json:
            said = {
                "id": made.manifest.id,
                "folder": str(folder),
                "bytes": size,
                "rows": {table: count for part in parts.values() for table, count in part.rows.items()},
                "keys_removed": made.keys_removed,
                "journal_renewed": made.journal_renewed,
                "places": dict(made.places),
                "seconds": round(seconds, 2),
            }
            self.stdout.write(json.dumps(said))
            return
        self.stdout.write(
            f"Backup {made.manifest.id}: {number:,} rows, {size / 1e6:,.1f} MB, {seconds:.1f} s, encrypted to "
            f"the recovery key {made.manifest.recovery_key}."
        )
        if made.keys_removed:
            self.stdout.write(
                f"{len(made.keys_removed)} copies of the keys removed, which were older than "
                f"{policy().limits.keys_copy_days} days."
            )
        if made.journal_renewed:
            self.stdout.write(
                f"The journal of erasures in {folder} was changed by somebody, or by a fault of the disk. "
                "It is put aside as ….broken, and a new one has everything."
            )
        for path, state in made.places.items():
            if state in STATES:
                self.stdout.write(f"{path} {STATES[state]}")
