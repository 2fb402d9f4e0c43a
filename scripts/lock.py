"""Make the lock files anew from pyproject.toml: every package with its version and hashes, no addresses.

With `--upgrade`, to the newest versions that pyproject.toml allows; otherwise what is locked stays where it can.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).parent / "uv"
LOCKS = (
    ("requirements.txt",),
    # The tests run with exactly the versions that the portal runs with.
    ("requirements-dev.txt", "--extra", "dev", "--constraint", "requirements.txt"),
)


def main() -> int:
    """0, or the code with which the resolver failed."""
    for output, *arguments in LOCKS:
        command = [
            UV,
            "pip",
            "compile",
            "--quiet",
            "--generate-hashes",
            "--no-header",
            "--python-version",
            "3.11",
        ]
        done = subprocess.run(
            [*command, *arguments, *sys.argv[1:], "--output-file", output, "pyproject.toml"], cwd=ROOT
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
