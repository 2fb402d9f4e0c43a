"""``zusage verify-proofs FILE``: whether the history of promises was rewritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from zusage.rules import history
from zusage.rules.history import Day, NotAHistory
from zusage.vault.signing import verifies

LARGEST = 64 * 1024 * 1024


class Command(BaseCommand):
    help = (
        "Check a copy of /privacy/promises.json: every day chained to the one before, and signed by its key; and that "
        "nothing of an earlier copy was changed. Needs no store of this house. Exit status: 0 whole, 1 findings, "
        "2 could not run."
    )

    requires_system_checks = []  # whoever runs it may have no house

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="what /privacy/promises.json gave")
        parser.add_argument("--against", metavar="FILE", help="an earlier copy of it")
        parser.add_argument("--key", metavar="HEX", help="the public key, where you know it from elsewhere")
        parser.add_argument("--json", action="store_true", help="a list of findings for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        key, days = _read(options["file"])
        found = []
        if options["key"] and options["key"].strip().lower() != key.hex():
            found.append("the public key in the file is another than the one you gave")
        found += history.faults(days, lambda said, signature: verifies(key, history.CONTEXT, said, signature))
        if options["against"]:
            earlier_key, earlier = _read(options["against"])
            if earlier_key != key:
                found.append("the public key is another than in the earlier copy")
            found += history.rewritten(days, earlier)
        if options["json"]:
            self.stdout.write(json.dumps(found))
        else:
            self.stdout.write("\n".join(found) or f"{len(days)} days, each in its place and signed.")
        if found:
            raise SystemExit(1)


def _read(name: str) -> tuple[bytes, list[Day]]:
    path = Path(name)
    try:
        if path.stat().st_size > LARGEST:
            raise CommandError(f"{name} is larger than such a file can be.", returncode=2)
        return history.parse(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CommandError(f"{name} can't be read ({error.strerror}).", returncode=2) from None
    except (ValueError, RecursionError, NotAHistory):
        raise CommandError(f"{name} is not what /privacy/promises.json gives.", returncode=2) from None
