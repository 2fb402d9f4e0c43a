"""What the protocol costs: the intake with it against without, and how fast it is sealed and checked.

    python -m bench.protocol [--database sqlite|postgres] [--seconds 6] [--rounds 5] [--entries 200000]

First, the processor time of one process that answers such forms itself, in turns with lines and without, delivery and
sealing included: neighbours on the machine matter least there. Then two portals on stores of their own, in turns,
against 4 clients: one as it is, with a process beside it that delivers and seals the lines each second (the worker does
it each minute) and is waited for until none is left; one without any line. Then so many entries are sealed, and
checked from the first to the last.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.intake import STORES, _environment, _measure, _serve
from scripts.postgresql import server as postgresql

DELIVER = """
import django, json, select, sys, time
django.setup()
from zusage.actions.house import deliver
while sys.stdin.readline():
    moved, busy = 0, time.process_time()
    while not select.select([sys.stdin], [], [], 1)[0]:
        moved += deliver()
    sys.stdin.readline()
    moved += deliver()
    print(json.dumps([moved, time.process_time() - busy]), flush=True)
"""
INSIDE = """
import django, json, statistics, sys, time
django.setup()
from django.test import Client
from bench.intake import form
from zusage.actions import intake
from zusage.actions.house import deliver
from zusage.management.commands.migrate_stores import migrate
from zusage.protocol import outbox
migrate()
client, real, number = Client(headers={"host": "127.0.0.1"}), outbox.lines, 0
def block(lines):
    global number
    outbox.lines = intake.lines = lines
    begun = time.process_time()
    for _ in range(400):
        number += 1
        sent = client.post("/de/payment/", form(number), "application/x-www-form-urlencoded")
        assert sent.status_code == 303, sent.status_code
    asked = time.process_time() - begun
    begun = time.process_time()
    moved = deliver()
    return asked, time.process_time() - begun, moved
nothing = lambda *about: []
block(real), block(nothing)
pairs = [(block(real), block(nothing)) for _ in range(int(sys.argv[1]))]
ratios = [(without[0]) / (kept[0] + kept[1]) for kept, without in pairs]
print(json.dumps({
    "inside_ratio_median": round(statistics.median(ratios), 3),
    "inside_ratio_min": round(min(ratios), 3),
    "inside_ratio_max": round(max(ratios), 3),
    "inside_with_us": round(statistics.median(kept[0] for kept, _ in pairs) / 400 * 1e6),
    "inside_without_us": round(statistics.median(without[0] for _, without in pairs) / 400 * 1e6),
    "inside_sealing_us": round(statistics.median(kept[1] for kept, _ in pairs) / 400 * 1e6),
    "lines_each": pairs[0][0][2] / 400,
}))
"""
SEAL = """
import django, json, resource, sys, time
django.setup()
from uuid import uuid4
from zusage.actions.house import deliver
from zusage.insert import insert
from zusage.protocol.models import Outbox
number, subjects = int(sys.argv[1]), [uuid4() for _ in range(1000)]
for start in range(0, number, 500):
    insert([
        Outbox(act="open", actor_kind="staff", actor_id=str(subjects[7]), purpose="enquiry", subject_id=subjects[one],
               record_type="zusage.submissionvalue", record_id=f"{subjects[one]}:message")
        for one in range(500)
    ])
begun = time.monotonic()
assert deliver() >= number
print(json.dumps([time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
"""


def main() -> int:
    """Print a line per round and the medians; JSON at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--entries", type=int, default=200_000, help="to seal and to check")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        # Beside the checkout, so that commits go to a disk and not to a folder in memory.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd())))
        urls = stack.enter_context(_stores(options.database, folder))
        houses = {
            name: _environment(folder / name, urls[name])
            for name in ("with", "without")
            if not (folder / name).mkdir()
        }
        inside = _inside(houses["with"], options)
        with contextlib.ExitStack() as servers:
            intake = _intake(houses, options, servers)
        result = {"database": options.database, **inside, **intake, **_chain(houses, options)}
    print(json.dumps(result))
    return 0


def _inside(house: dict[str, str], options: argparse.Namespace) -> dict[str, object]:
    environment = {**os.environ, **house, "DJANGO_SETTINGS_MODULE": "zusage.settings"}
    found: dict[str, object] = json.loads(
        _run([sys.executable, "-c", INSIDE, str(options.rounds * 2)], environment)
    )
    print(found, flush=True)
    return found


def _intake(
    houses: dict[str, dict[str, str]], options: argparse.Namespace, servers: contextlib.ExitStack
) -> dict[str, object]:
    ports = {
        "with": servers.enter_context(_serve(["-m", "zusage.cli", "run"], houses["with"], flag="--port")),
        "without": servers.enter_context(
            _serve(["-m", "bench.without_protocol"], houses["without"], flag="--port")
        ),
    }
    worker = servers.enter_context(_worker(houses["with"]))
    rounds: list[dict[str, float]] = []
    each = []
    for port in ports.values():
        _measure(port, 1.5)
    for number in range(options.rounds):
        found = {}
        for name in ("with", "without") if number % 2 == 0 else ("without", "with"):
            begun = time.monotonic()
            _say(worker, "go") if name == "with" else None
            rate = _measure(ports[name], options.seconds)
            if name == "with":
                taken = rate * (time.monotonic() - begun)
                moved, busy = _stop(worker)
                rate = taken / (time.monotonic() - begun)
                each.append(busy / max(moved, 1) * 1e6)
            found[name] = rate
        rounds.append(found)
        ratio = found["with"] / found["without"]
        print(
            f"{found['with']:7.1f}/s with  {found['without']:7.1f}/s without  ratio {ratio:.2f}", flush=True
        )
    ratios = [one["with"] / one["without"] for one in rounds]
    return {
        "with_per_second": round(statistics.median(one["with"] for one in rounds), 1),
        "without_per_second": round(statistics.median(one["without"] for one in rounds), 1),
        "ratio_median": round(statistics.median(ratios), 3),
        "ratio_min": round(min(ratios), 3),
        "ratio_max": round(max(ratios), 3),
        "microseconds_a_line": round(statistics.median(each)),
    }


def _chain(houses: dict[str, dict[str, str]], options: argparse.Namespace) -> dict[str, object]:
    environment = {**os.environ, **houses["without"], "DJANGO_SETTINGS_MODULE": "zusage.settings"}
    seconds, megabytes = json.loads(_run([sys.executable, "-c", SEAL, str(options.entries)], environment))
    command = [sys.executable, "-m", "zusage.cli", "verify-protocol", "--json"]
    measured = f"import resource, subprocess; print(subprocess.run({command!r}, check=True, capture_output=True, text=True).stdout, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"  # noqa: E501
    out = _run([sys.executable, "-c", measured], environment)
    said, _, most = out.strip().rpartition(" ")
    checked = json.loads(said)
    print(f"sealed in {seconds:.1f} s, checked in {checked['seconds']:.1f} s, {most} MB", flush=True)
    return {
        "entries": options.entries,
        "sealed_per_second": round(options.entries / seconds),
        "seal_megabytes": megabytes,
        "verified_per_second": checked["per_second"],
        "verify_megabytes": int(most),
    }


@contextlib.contextmanager
def _worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", DELIVER],
        env={**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "zusage.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


def _say(worker: subprocess.Popen[str], what: str) -> None:
    assert worker.stdin
    worker.stdin.write(what + "\n")
    worker.stdin.flush()


def _stop(worker: subprocess.Popen[str]) -> tuple[int, float]:
    """What is left is delivered; the lines moved and the processor time in seconds."""
    _say(worker, "stop")
    assert worker.stdout
    moved, busy = json.loads(worker.stdout.readline())
    return int(moved), float(busy)


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


@contextlib.contextmanager
def _stores(database: str, folder: Path) -> Iterator[dict[str, dict[str, str]]]:
    names = ("with", "without")
    if database == "sqlite":
        yield {
            name: {store: f"sqlite:///{folder / name / store.lower()}.sqlite3" for store in STORES}
            for name in names
        }
        return
    with postgresql(durable=True) as running:
        yield {name: {store: running.create(f"{name}_{store.lower()}") for store in STORES} for name in names}


if __name__ == "__main__":
    sys.exit(main())
