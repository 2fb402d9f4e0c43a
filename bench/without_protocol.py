"""The portal as it would be without a protocol: for `bench.protocol` alone, to have something to compare with."""

from __future__ import annotations

import os
import sys
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "zusage.settings"
django.setup()

from zusage import cli  # noqa: E402
from zusage.actions import intake  # noqa: E402
from zusage.protocol import outbox  # noqa: E402


def nothing(*about: Any) -> list[Any]:
    """No line of anything."""
    return []


outbox.lines = intake.lines = nothing  # type: ignore[assignment]

if __name__ == "__main__":
    sys.exit(cli.run(["run", *sys.argv[1:]]))
