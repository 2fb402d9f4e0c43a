"""How many due subjects a second the sweep shreds, and what the people who send forms meanwhile notice of it.

    python -m bench.sweep [--database sqlite|postgres] [--subjects 20000] [--others 20000] [--seconds 8] [--rounds 3]

Subjects are made by the intake's own code: a contact form of ten fields with a reference, a mailbox, a key, lines in
the protocol. First the sweep has the house to itself. Then a real server takes payment forms from 4 clients, each
sending its next form when the last was answered: without a sweep, and while one works as a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.intake import CLIENTS, _environment, _serve, _stores, form

FILL = """
import django, secrets, sys
django.setup()
from datetime import timedelta
from django.utils import timezone
from zusage.actions import intake
from zusage.actions.intake import Intake
from zusage.models import Submission
from zusage.actions.house import deliver
from zusage.tenant import version
due, others = int(sys.argv[1]), int(sys.argv[2])
for number in range(due + others):
    values = {
        "first_name": "Nadine", "last_name": "Oberholzer", "company": "Velohaus Tössfeld AG", "street": "Lindenweg 4",
        "postcode": "8400", "town": "Winterthur", "email": "nadine.oberholzer@example.ch", "phone": "+41443000199",
        "case_reference": f"ZH-2026-{number:06d}", "message": "Ich habe den Betrag am 3. November überwiesen. " * 4,
    }
    intake.submit(Intake("contact", "de", version(), values, (), secrets.token_urlsafe(16)))
deliver()
"""
AGE = """
import django, sys
django.setup()
from datetime import timedelta
from django.db.models import F
from zusage.models import Submission
due = int(sys.argv[1])
first = Submission.objects.filter(purpose="contact").order_by("received_at").values("pk")[:due]
print(Submission.objects.filter(pk__in=list(first.values_list("pk", flat=True)))
      .update(received_at=F("received_at") - timedelta(days=60)))
"""
SWEEP = """
import django, json, time
django.setup()
from zusage.actions.sweep import sweep
from zusage.actions.traces import wipe
begun, busy = time.monotonic(), time.process_time()
number = sweep()["contact"]
took, worked = time.monotonic() - begun, time.process_time() - busy
wipe()
print(json.dumps([number, took, worked]))
"""


def main() -> int:
    """Print what was measured, and JSON at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--subjects", type=int, default=20_000, help="that are due")
    parser.add_argument("--others", type=int, default=20_000, help="that stay")
    parser.add_argument("--seconds", type=float, default=8, help="of forms being sent; 0: without")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    alone = [_alone(options) for _ in range(options.rounds)]
    for rate, worked in alone:
        print(f"alone {rate:.0f} due subjects/s, {worked:.0f} µs of processor time each", flush=True)
    if not options.seconds:
        return 0
    beside = [_beside(options) for _ in range(options.rounds)]
    for idle, busy, rate in beside:
        print(
            f"p99 {idle:.1f} ms idle, {busy:.1f} ms meanwhile ({busy / idle:.2f}), {rate:.0f} subjects/s meanwhile"
        )
    result = {
        "database": options.database,
        "due": options.subjects,
        "others": options.others,
        "subjects_per_second": round(statistics.median(rate for rate, _ in alone)),
        "microseconds_each": round(statistics.median(worked for _, worked in alone)),
        "p99_idle_ms": round(statistics.median(idle for idle, _, _ in beside), 1),
        "p99_meanwhile_ms": round(statistics.median(busy for _, busy, _ in beside), 1),
        "p99_ratio": round(statistics.median(busy / idle for idle, busy, _ in beside), 2),
        "meanwhile_subjects_per_second": round(statistics.median(rate for _, _, rate in beside)),
    }
    print(json.dumps(result))
    return 0


def _alone(options: argparse.Namespace) -> tuple[float, float]:
    """Subjects a second, and microseconds of processor time for one."""
    with _house(options) as environment:
        _run(AGE, environment, options.subjects)
        number, took, worked = json.loads(_run(SWEEP, environment))
        assert number == options.subjects, number
        return float(number / took), worked / number * 1e6


def _beside(options: argparse.Namespace) -> tuple[float, float, float]:
    """p99 of the intake in milliseconds without and with a sweep, and what the sweep did meanwhile."""
    with (
        _house(options) as environment,
        _serve(["-m", "zusage.cli", "run"], environment, flag="--port") as port,
    ):
        time.sleep(4)  # the worker's own sweep of today, which finds nothing
        _load(port, 2)
        idle = _load(port, options.seconds)
        _run(AGE, environment, options.subjects)
        sweeping = subprocess.Popen(
            [sys.executable, "-c", SWEEP], env=environment, stdout=subprocess.PIPE, text=True
        )
        time.sleep(1.5)  # its start
        busy = _load(port, options.seconds, sweeping)
        out, _ = sweeping.communicate(timeout=900)
        number, took, _ = json.loads(out)
        return _p99(idle), _p99(busy), number / took


@contextlib.contextmanager
def _house(options: argparse.Namespace):  # type: ignore[no-untyped-def]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd())))
        urls = stack.enter_context(_stores(options.database, folder))
        environment = {
            **os.environ,
            **_environment(folder, urls),
            "DJANGO_SETTINGS_MODULE": "zusage.settings",
        }
        subprocess.run(
            [sys.executable, "-m", "zusage.cli", "migrate-stores"],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        _run(FILL, environment, options.subjects, options.others)
        yield environment


def _run(code: str, environment: dict[str, str], *numbers: int) -> str:
    command = [sys.executable, "-c", code, *map(str, numbers)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)] * 1000


def _load(port: int, seconds: float, beside: subprocess.Popen[str] | None = None) -> list[float]:
    """How long each form took, in seconds; with `beside`, of those sent while that process ran."""
    answers: multiprocessing.Queue[list[tuple[float, float]]] = multiprocessing.Queue()
    started = time.monotonic()
    clients = [
        multiprocessing.Process(target=_client, args=(port, started + seconds, answers))
        for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    ended = float("inf")
    while beside is not None and time.monotonic() < started + seconds:
        if beside.poll() is not None:
            ended = time.monotonic()
            break
        time.sleep(0.02)
    times = [one for _ in clients for one in answers.get(timeout=seconds + 60)]
    for client in clients:
        client.join()
    return [took for at, took in times if at < ended]


def _client(port: int, until: float, answers: multiprocessing.Queue[list[tuple[float, float]]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    times = []
    number = 0
    while (begun := time.monotonic()) < until:
        number += 1
        connection.request("POST", "/de/payment/", form(number), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 303:
            raise SystemExit(f"not accepted: {answer.status}")
        times.append((begun, time.monotonic() - begun))
    answers.put(times)


if __name__ == "__main__":
    sys.exit(main())
