"""All tests, in parts, each in a process of its own; then one closing line for all of them.

The unit part; everything else on SQLite; the same again on PostgreSQL; the browser journeys.
Exit code 0 only if every part ran tests and none failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Part:
    """One pytest process: what it is called, what it collects, where it stores."""

    name: str
    arguments: tuple[str, ...]
    database: str


STORES = ("tests", "--ignore=tests/unit", "-m", "not browser")
PARTS = (
    Part("unit", ("tests/unit",), "sqlite"),
    Part("SQLite", STORES, "sqlite"),
    Part("PostgreSQL", STORES, "postgres"),
    Part("browser", ("tests", "--ignore=tests/unit", "-m", "browser"), "sqlite"),
)


def run(part: Part, report: Path) -> tuple[int, dict[str, int]]:
    """Run one part; pytest's exit code, and how many tests did what."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        *part.arguments,
        f"--junitxml={report}",
        "-o",
        "junit_family=xunit2",
    ]
    environment = {**os.environ, "ZUSAGE_TEST_DATABASE": part.database}
    code = subprocess.run(command, cwd=ROOT, env=environment).returncode
    counted = {"passed": 0, "failed": 0, "errors": 0, "skipped": 0}
    if report.exists():
        for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314  (our own file of a moment ago)
            counted["failed"] += int(suite.get("failures", 0))
            counted["errors"] += int(suite.get("errors", 0))
            counted["skipped"] += int(suite.get("skipped", 0))
            counted["passed"] += int(suite.get("tests", 0))
    counted["passed"] -= counted["failed"] + counted["errors"] + counted["skipped"]
    return code, counted


def main() -> int:
    """Run the parts named as arguments, or all; 1 if any didn't pass."""
    chosen = [part for part in PARTS if not sys.argv[1:] or part.name.lower() in map(str.lower, sys.argv[1:])]
    total = dict.fromkeys(("failed", "passed", "skipped", "errors"), 0)
    times: list[str] = []
    bad = not chosen
    started = time.monotonic()
    with TemporaryDirectory(prefix="zusage-suite-") as folder:
        for number, part in enumerate(chosen):
            _say(f"\n--- {part.name} ---")
            begun = time.monotonic()
            code, counted = run(part, Path(folder) / f"{number}.xml")
            for kind, count in counted.items():
                total[kind] += count
            outcome = "" if code == 0 else f", FAILED (pytest's exit code {code})"
            times.append(f"{part.name}: {time.monotonic() - begun:.1f} s{outcome}")
            bad = bad or code != 0
    _say("\n--- times ---\n" + "\n".join(times))
    counts = [
        f"{count} {kind if count > 1 else kind.replace('errors', 'error')}"
        for kind, count in total.items()
        if count
    ]
    summary = ", ".join(counts) or "no tests ran"
    _say(f"===== {summary} in {time.monotonic() - started:.2f}s =====")
    return 1 if bad else 0


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
