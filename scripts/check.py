"""Lint, format, types and the walls between the rooms: all four run, whatever the first says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent

CHECKS = (
    ("ruff", "check", "--quiet", "."),
    ("ruff", "format", "--check", "--quiet", "."),
    ("mypy",),
    ("lint-imports",),
)


def main() -> int:
    """1 if any check has a finding."""
    failed = []
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    for tool, *arguments in CHECKS:
        sys.stdout.write(f"--- {tool} {' '.join(arguments)}\n")
        sys.stdout.flush()
        if subprocess.run([TOOLS / tool, *arguments], cwd=ROOT, env=environment).returncode:
            failed.append(f"{tool} {' '.join(arguments)}".strip())
    sys.stdout.write(f"findings in: {'; '.join(failed)}\n" if failed else "nothing found\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
