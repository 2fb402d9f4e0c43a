"""All tests, in parts, each in a process of its own; then one closing line for all of them.

The unit part, and what prints papers; everything else on SQLite; the same on PostgreSQL; the browser journeys. As
many parts run side by side as there are cores; what looks at a clock or fills the machine by itself is marked `alone`
and runs after them, by itself. A part's output stands in one piece, once the part has ended.

    python scripts/suite.py            all parts
    python scripts/suite.py unit …     those whose names begin like this

Exit code 0 only if every part ran tests and none failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
LANES = len(os.sched_getaffinity(0))
HEARTBEAT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Part:
    """One pytest process: what it is called, what it collects, where it stores; `alone`: beside no other."""

    name: str
    arguments: tuple[str, ...]
    database: str
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a part: pytest's exit code, how many tests did what, all it printed, how long it took."""

    part: Part
    code: int
    counted: dict[str, int]
    output: str
    seconds: float


PAPERS = "tests/unit/test_papers.py"  # they print hundreds of pages
STORES = ("tests", "--ignore=tests/unit", "-m")
# The longest first, so that no lane is empty while another still has much to do.
PARTS = (
    Part("PostgreSQL", (*STORES, "not browser and not alone"), "postgres"),
    Part("SQLite", (*STORES, "not browser and not alone"), "sqlite"),
    Part("browser with stores", (*STORES, "browser and django_db and not alone"), "sqlite"),
    Part("browser with demo", (*STORES, "browser and not django_db and not alone"), "sqlite"),
    Part("papers", (PAPERS,), "sqlite"),
    Part("unit", ("tests/unit", f"--ignore={PAPERS}"), "sqlite"),
    Part("PostgreSQL alone", (*STORES, "alone and not browser"), "postgres", alone=True),
    Part("SQLite alone", (*STORES, "alone"), "sqlite", alone=True),
)


def run(part: Part, folder: Path) -> Outcome:
    """Run one part, with its output and its report in `folder`."""
    report, printed = folder / f"{part.name}.xml", folder / f"{part.name}.txt"
    command = [sys.executable, "-u", "-m", "pytest", "-q", "--durations=12", *part.arguments]
    command += [f"--junitxml={report}", "-o", "junit_family=xunit2"]
    environment = {**os.environ, "ZUSAGE_TEST_DATABASE": part.database}
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        # The tests start hundreds of processes, each of which would compile all modules anew.
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    begun = time.monotonic()
    with printed.open("wb") as output:
        code = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        ).returncode
    counted = {"passed": 0, "failed": 0, "errors": 0, "skipped": 0}
    if report.exists():
        for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314  (our own file of a moment ago)
            counted["failed"] += int(suite.get("failures", 0))
            counted["errors"] += int(suite.get("errors", 0))
            counted["skipped"] += int(suite.get("skipped", 0))
            counted["passed"] += int(suite.get("tests", 0))
    counted["passed"] -= counted["failed"] + counted["errors"] + counted["skipped"]
    return Outcome(part, code, counted, printed.read_text(errors="replace"), time.monotonic() - begun)


def side_by_side(parts: Sequence[Part], folder: Path, lanes: int) -> Iterator[Outcome]:
    """Run `parts`, so many at once; each as it ends. Meanwhile a line now and then says how far they are."""
    begun = time.monotonic()
    with ThreadPoolExecutor(lanes) as pool:
        waiting: dict[Future[Outcome], Part] = {pool.submit(run, part, folder): part for part in parts}
        while waiting:
            ended, _ = wait(waiting, HEARTBEAT_SECONDS, FIRST_COMPLETED)
            for future in ended:
                del waiting[future]
                yield future.result()
            if not ended:
                running = (_so_far(part, folder) for future, part in waiting.items() if future.running())
                _say(f"... {time.monotonic() - begun:.0f} s: {', '.join(running)}")


def main() -> int:
    """Run the parts that the arguments name, or all; 1 if any didn't pass."""
    asked = tuple(map(str.lower, sys.argv[1:])) or ("",)
    chosen = [part for part in PARTS if part.name.lower().startswith(asked)]
    total = dict.fromkeys(("failed", "passed", "skipped", "errors"), 0)
    times: list[str] = []
    bad = not chosen
    started = time.monotonic()
    with TemporaryDirectory(prefix="zusage-suite-") as folder:
        for alone in (False, True):
            parts = [part for part in chosen if part.alone == alone]
            for ended in side_by_side(parts, Path(folder), 1 if alone else LANES):
                _say(f"\n--- {ended.part.name} ---\n{ended.output.rstrip()}")
                for kind, count in ended.counted.items():
                    total[kind] += count
                outcome = "" if ended.code == 0 else f", FAILED (pytest's exit code {ended.code})"
                times.append(f"{ended.part.name}: {ended.seconds:.1f} s{outcome}")
                bad = bad or ended.code != 0
    _say("\n--- times ---\n" + "\n".join(times))
    counts = [
        f"{count} {kind if count > 1 else kind.replace('errors', 'error')}"
        for kind, count in total.items()
        if count
    ]
    summary = ", ".join(counts) or "no tests ran"
    _say(f"===== {summary} in {time.monotonic() - started:.2f}s =====")
    return 1 if bad else 0


def _so_far(part: Part, folder: Path) -> str:
    """The part's name, and the share of its tests that pytest has last said."""
    printed = folder / f"{part.name}.txt"
    shares = re.findall(r"\[ *(\d+%)\]", printed.read_text(errors="replace") if printed.exists() else "")
    return f"{part.name} {shares[-1] if shares else '0%'}"


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
