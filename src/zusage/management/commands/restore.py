"""``zusage restore DIR``: a backup is checked whole, then put back, and whoever was erased since stays erased."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from zusage import presence
from zusage.actions.rights import erase
from zusage.actions.traces import wipe
from zusage.backup import check
from zusage.backup.check import Checked
from zusage.backup.journal import Erasure
from zusage.backup.problems import Broken, CannotRun, Declined
from zusage.backup.recovery import secrets
from zusage.backup.restore import Restored, restore
from zusage.management.commands.migrate_stores import migrate
from zusage.management.progress import counting


class Command(BaseCommand):
    help = (
        "Put a backup back: checked from its first to its last byte before anything is written, and without what was "
        "erased since it was made. Stop the portal first. "
        "Exit status: 0 restored, 1 refused and nothing changed, 2 could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "dir", type=Path, metavar="DIR", help="the folder that `zusage backup` wrote into"
        )
        parser.add_argument("--id", default="", help="which backup of the folder (default: the newest)")
        parser.add_argument("--check", action="store_true", help="only check the backup")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="even if there is data here: it is lost, but for the protocol",
        )
        parser.add_argument(
            "--keys-of",
            default="",
            metavar="ID",
            help="with the keys' copy of a later backup, its own being gone",
        )
        parser.add_argument(
            "--old-keys", action="store_true", help="even if the keys' copy is older than the policy allows"
        )
        parser.add_argument(
            "--tombstones", type=Path, metavar="FILE", help="a further journal of erasures to go by"
        )
        parser.add_argument(
            "--without-tombstones",
            action="store_true",
            help="even if the journal of erasures is missing or broken: people erased since may come back",
        )
        parser.add_argument("--json", action="store_true", help="what was done, for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checked, erasures = self._check(options)
            if options["check"]:
                self._say_checked(checked, erasures, options["json"])
                return
            done = self._restore(checked, erasures, options)
        except (Broken, Declined) as problem:
            self.stderr.write(f"{problem}\nNothing was changed.")
            sys.exit(1)
        except CannotRun as problem:
            raise CommandError(str(problem), returncode=2) from None
        except OSError as error:
            raise CommandError(
                f"{options['dir']} can't be read: {error.strerror or type(error).__name__}.", returncode=2
            ) from None
        self._say_restored(checked, done, options["json"])

    def _check(self, options: dict[str, Any]) -> tuple[Checked, list[Erasure]]:
        with counting("Checking") as progress:
            checked = check.check(
                options["dir"],
                check.Choice(options["id"], options["keys_of"], options["old_keys"], options["check"]),
                secrets(),
                progress,
            )
        erasures, notes = check.erasures(
            options["dir"], options["tombstones"], options["without_tombstones"], secrets()
        )
        checked.notes += notes
        return checked, erasures

    def _restore(self, checked: Checked, erasures: list[Erasure], options: dict[str, Any]) -> Restored:
        settings.VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            handle = presence.alone(settings.VAR)
        except presence.InUse:
            raise CannotRun("The portal is running here, or another restore. Stop it first.") from None
        try:
            if others := presence.others():
                raise CannotRun(
                    f"{others} other connections to the stores are open. Stop the portal and its workers everywhere."
                )
            migrate()
            words = ("replace", "old_keys", "without_tombstones")
            acts = [f"restore-{word.replace('_', '-')}" for word in words if options[word]]
            with counting("Restoring") as progress:
                done = restore(
                    checked, erasures, options["replace"], acts, erase.erase_again, secrets(), progress
                )
            wipe()  # what was here before doesn't stay in the files
            return done
        finally:
            os.close(handle)

    def _say_checked(self, checked: Checked, erasures: list[Erasure], as_json: bool) -> None:
        made = checked.manifest
        counts = {
            table: number
            for part, source in checked.sources()
            for table, number in source.parts[part].rows.items()
        }
        if as_json:
            said = {
                "id": made.id,
                "created_at": made.created_at.isoformat(),
                "rows": counts,
                "erasures": {"backup": len(checked.tombstones), "journal": len(erasures)},
                "notes": checked.notes,
            }
            self.stdout.write(json.dumps(said))
            return
        self.stdout.write(
            f"The backup {made.id} is whole: {sum(counts.values()):,} rows. "
            f"Its journal has {len(erasures):,} erasures."
        )
        for note in checked.notes:
            self.stdout.write(note)

    def _say_restored(self, checked: Checked, done: Restored, as_json: bool) -> None:
        made = checked.manifest
        if as_json:
            said = {
                "id": made.id,
                "created_at": made.created_at.isoformat(),
                "rows": done.rows,
                "erasures": done.erasures,
                "repeated": done.repeated,
                "lost": done.lost,
                "notes": checked.notes,
            }
            self.stdout.write(json.dumps(said))
            return
        self.stdout.write(f"Restored {made.id}: {sum(done.rows.values()):,} rows.")
        self.stdout.write(
            f"Erasures in force: {done.erasures['backup']:,} from the backup, {done.erasures['journal']:,} more from "
            f"the journal, {done.erasures['here']:,} more that were known here. {done.repeated:,} of them were "
            "carried out again."
        )
        if done.lost:
            acts = ", ".join(f"{act} {number:,}" for act, number in done.lost.items())
            self.stdout.write(
                f"By the protocol, this was done after the backup, and is lost: {acts}. Do again what has to stand: "
                "blockings, objections, withdrawals."
            )
        for note in checked.notes:
            self.stdout.write(note)
