"""``zusage verify-protocol``: whether the protocol is as it was sealed, and if not, what is wrong where."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from zusage.actions.protocol import accept
from zusage.backup.dump import snapshot
from zusage.management.progress import counting
from zusage.protocol import checkpoint
from zusage.protocol.verify import SHOWN, Finding, Report, backlog, known_here, verify
from zusage.vault.signing import Signer, public_key

MINUTES = 10
KEYS = frozenset(("rewound", "rewritten", "mark-missing", "mark-changed"))
"""What the keys store alone may say: nothing that is here contradicts itself."""

SAID = {
    "entry-changed": "says something else than what was sealed.",
    "entry-moved": "was sealed at position {more}, and stands elsewhere now.",
    "entry-missing": "is missing.",
    "entry-inserted": "was inserted: no seal knows it.",
    "entry-unsealed": "stands behind the last seal: it was inserted, or its seal was removed.",
    "root-wrong": "The entries of this seal, up to position {more}, aren't those that were sealed.",
    "seal-missing": "The seals up to {more} are missing.",
    "seal-changed": "was changed: its keyed hash doesn't fit.",
    "seal-unsigned": "was changed: its signature doesn't fit.",
    "seal-foreign": "was made with a key that isn't this house's ({more}).",
    "chain-broken": "doesn't follow the seal before it.",
    "expired-forged": "The rest of an expired entry wasn't written by this house.",
    "expired-early": "The entry was removed before its period was over.",
    "rewritten": "{source} knows another seal of that number: the protocol was written anew from here on.",
    "rewound": "{source} knows of seals from this one on: they are gone, and all entries from this position on.",
    "mark-missing": "The keys store doesn't know how far the protocol goes any more: its mark was removed.",
    "mark-changed": "The keys store's mark of how far the protocol goes was changed.",
    "backlog": "{more} lines have waited in the outbox for more than {minutes} minutes. Does the worker run?",
}
NOTED = {
    "clock": "The clock was set back, or an entry is dated ahead: positions tell the order, times don't here.",
    "not-begun": "{more} entries wait for the first seal. The worker seals them with the next line.",
}
ADVICE = {
    "rewound": "After a restore of an older backup this is so for every checkpoint that is newer than it: compare the "
    "restore's line in the protocol, and write a new checkpoint. Otherwise somebody cut the protocol off: keep the "
    "store as it is, and compare it with the backups. What is gone for good: --accept.",
    "rewritten": "As with a restore, see there; otherwise keep the store as it is, and compare it with the backups.",
}


class Command(BaseCommand):
    help = (
        "Check the protocol from its first entry to its last: against its seals, what the keys store knows, and "
        "checkpoints kept elsewhere. Says which entry or seal, never what it says. "
        "Exit status: 0 as it was sealed, 1 findings, 2 could not look."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--checkpoint",
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help="a checkpoint written earlier, also several of them",
        )
        parser.add_argument(
            "--write-checkpoint",
            type=Path,
            metavar="FILE",
            help="a signed line on how far the protocol goes, if all is well; keep it away from this machine",
        )
        parser.add_argument(
            "--accept",
            action="store_true",
            help="where only the keys store misses something that is gone for good, such as after a disk was lost: "
            "from now on it goes by what is here. The protocol says so",
        )
        parser.add_argument(
            "--minutes",
            type=int,
            default=MINUTES,
            help=f"a line may wait for its seal for so long (default: {MINUTES})",
        )
        parser.add_argument("--json", action="store_true", help="what was found, for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        sealer, report = Signer(), Report()
        # The keys store first: the protocol goes at least as far as it knew then.
        known = known_here(sealer, report)
        try:
            known += [checkpoint.read(path, sealer) for path in options["checkpoint"]]
        except (checkpoint.NoCheckpoint, OSError) as problem:
            said = problem.strerror if isinstance(problem, OSError) else None
            raise CommandError(
                f"A checkpoint can't be read: {said}." if said else str(problem), returncode=2
            ) from None
        begun = time.monotonic()
        with counting("Verifying") as progress, snapshot("protocol"):
            verify(sealer, known, report, progress)
        seconds = time.monotonic() - begun
        backlog(options["minutes"], report)
        written = self._write(options["write_checkpoint"], report, sealer)
        self._say(report, seconds, written, options)
        if options["accept"] and report.counts:
            self._accept(report)
        if report.counts:
            sys.exit(1)

    def _accept(self, report: Report) -> None:
        """Exit status 1 all the same: this run has found something."""
        elsewhere = any(one.kind in KEYS and one.more for one in report.findings)
        if elsewhere or set(report.counts) - KEYS:
            self.stderr.write("Nothing was accepted: it isn't the keys store alone that says so.")
            return
        accept()
        self.stderr.write(
            "Accepted: the keys store goes by what is here. The protocol says so with its next seal."
        )

    def _write(self, path: Path | None, report: Report, sealer: Signer) -> bool:
        """A checkpoint, unless something is wrong: nobody shall take that for a good state."""
        if path is None or report.counts or report.newest is None:
            return False
        text = checkpoint.write(report.newest, sealer, public_key())
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(text)
        except FileExistsError:
            raise CommandError(
                f"{path} is there already. A checkpoint is never overwritten.", returncode=2
            ) from None
        except OSError as error:
            raise CommandError(f"{path} can't be written: {error.strerror}.", returncode=2) from None
        return True

    def _say(self, report: Report, seconds: float, written: bool, options: dict[str, Any]) -> None:
        number = report.entries + report.expired
        rate = round(number / seconds) if seconds else 0
        newest = report.newest
        if options["json"]:
            said = {
                "entries": report.entries,
                "expired": report.expired,
                "seals": report.seals,
                "newest": newest
                and {"number": newest.number, "last": newest.last, "at": newest.at.isoformat()},
                "findings": [self._machine(one) for one in report.findings],
                "counts": dict(report.counts),
                "notes": [self._machine(one) for one in report.notes[:SHOWN]],
                "checkpoint": str(options["write_checkpoint"]) if written else None,
                "seconds": round(seconds, 3),
                "per_second": rate,
            }
            self.stdout.write(json.dumps(said))
            return
        for finding in report.findings:
            self.stdout.write(self._line(finding, SAID, options["minutes"]))
        if (more := report.counts.total() - len(report.findings)) > 0:
            kinds = ", ".join(f"{kind} {times:,}" for kind, times in sorted(report.counts.items()))
            self.stdout.write(f"And {more:,} more. In all: {kinds}.")
        for kind in ADVICE:
            if report.counts[kind]:
                self.stdout.write(ADVICE[kind])
        for note in report.notes[:SHOWN]:
            self.stdout.write("Note: " + self._line(note, NOTED, options["minutes"]))
        whole = "The protocol isn't as it was sealed" if report.counts else "The protocol is as it was sealed"
        if set(report.counts) == {"backlog"}:
            whole = "What is sealed is as it was"
        self.stdout.write(
            f"{whole}: {report.entries:,} entries, {report.expired:,} past their period, under {report.seals:,} seals; "
            f"{seconds:.1f} s, {rate:,} entries per second."
        )
        if written:
            self.stdout.write(
                f"Checkpoint of seal {newest and newest.number} in {options['write_checkpoint']}."
            )
        elif options["write_checkpoint"]:
            why = "something is wrong" if report.counts else "nothing is sealed yet"
            self.stdout.write(f"No checkpoint was written: {why}.")

    def _line(self, one: Finding, said: dict[str, str], minutes: int) -> str:
        where = []
        if one.seal:
            where.append(f"seal {one.seal}")
        if one.position:
            where.append(f"position {one.position}")
        if one.id:
            where.append(f"entry {one.id}")
        source = one.more if one.more else "The keys store"
        text = said[one.kind].format(more=one.more, source=source, minutes=minutes)
        return f"{', '.join(where)}: {text}" if where else text

    def _machine(self, one: Finding) -> dict[str, Any]:
        return {name: value for name, value in one._asdict().items() if value or name == "kind"}
