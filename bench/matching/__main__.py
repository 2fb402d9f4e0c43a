"""All of it: FEBRL4 beside Splink, the hostile household, latency. Each also runs by itself, with options of its own.

python -m bench.matching
"""

from __future__ import annotations

import subprocess
import sys

PARTS = ("febrl", "household", "latency")


def main() -> int:
    """Each part in a process of its own; 1 if one of them misses its aim."""
    codes = []
    for part in PARTS:
        print(f"== bench.matching.{part}", flush=True)
        codes.append(subprocess.run([sys.executable, "-m", f"bench.matching.{part}"], check=False).returncode)
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
