"""How fast a payment form is taken, beside a plain Django form of the same fields that stores them unsealed.

    python -m bench.intake [--database sqlite|postgres] [--seconds 6] [--rounds 5]

Both run on the same server (gunicorn, 2 processes of 4 threads) and the same database with durable commits, in turns,
against 4 clients that each send their next form when the last was answered. What counts is the ratio.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import multiprocessing
import os
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from scripts.postgresql import server as postgresql
from zusage.tenant import POLICIES

CLIENTS = 4
STORES = ("DATA", "KEYS", "PROTOCOL", "VISITS")


def main() -> int:
    """Print a line per round and the medians; JSON at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        # Beside the checkout, so that commits go to a disk and not to a folder in memory.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd())))
        urls = stack.enter_context(_stores(options.database, folder))
        ours = stack.enter_context(
            _serve(["-m", "zusage.cli", "run"], _environment(folder, urls), flag="--port")
        )
        plain = stack.enter_context(
            _serve(["-m", "bench.plain.serve"], {"ZUSAGE_DATA_URL": urls["PLAIN"]}, flag=None)
        )
        for port in (ours, plain):
            _measure(port, 1.5)
        rounds = []
        for number in range(options.rounds):
            order = [("ours", ours), ("plain", plain)]
            found = {
                name: _measure(port, options.seconds)
                for name, port in (order if number % 2 == 0 else order[::-1])
            }
            rounds.append(found)
            ratio = found["ours"] / found["plain"]
            print(f"{found['ours']:7.1f}/s ours  {found['plain']:7.1f}/s plain  ratio {ratio:.2f}")
    ratios = [found["ours"] / found["plain"] for found in rounds]
    result = {
        "database": options.database,
        "clients": CLIENTS,
        "ours_per_second": round(statistics.median(found["ours"] for found in rounds), 1),
        "plain_per_second": round(statistics.median(found["plain"] for found in rounds), 1),
        "ratio_median": round(statistics.median(ratios), 3),
        "ratio_min": round(min(ratios), 3),
        "ratio_max": round(max(ratios), 3),
    }
    print(json.dumps(result))
    return 0


def form(number: int) -> bytes:
    """One of many different payment forms, as a browser sends it; valid for both servers."""
    return urlencode(
        {
            "form_token": secrets.token_urlsafe(16),
            "name": f"Nadine Oberholzer {number % 997}".translate(str.maketrans("0123456789", "abcdefghij")),
            "case_references": f"ZH-2026-{number % 100000:05d}",
            "date_of_birth": "1984-03-17",
            "phone_day": "044 300 01 99",
            "phone_evening": "079 123 45 01",
            "email": "nadine.oberholzer@example.ch",
            "message": "Ich kann ab dem nächsten Monat zahlen, weil dann mein neuer Lohn kommt.",
            "monthly_instalment": "120.50",
            "payment_day": "27",
        }
    ).encode()


def _client(port: int, until: float, answers: multiprocessing.Queue[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    accepted = number = 0
    while time.monotonic() < until:
        number += 1
        connection.request("POST", "/de/payment/", form(number), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 303:
            raise SystemExit(f"not accepted: {answer.status}")
        accepted += 1
    answers.put(accepted)


def _measure(port: int, seconds: float) -> float:
    """Accepted submissions per second."""
    answers: multiprocessing.Queue[int] = multiprocessing.Queue()
    started = time.monotonic()
    clients = [
        multiprocessing.Process(target=_client, args=(port, started + seconds, answers))
        for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    accepted = sum(answers.get(timeout=seconds + 60) for _ in clients)
    for client in clients:
        client.join()
    return accepted / (time.monotonic() - started)


@contextlib.contextmanager
def _stores(database: str, folder: Path) -> Iterator[dict[str, str]]:
    if database == "sqlite":
        yield {store: f"sqlite:///{folder / store.lower()}.sqlite3" for store in (*STORES, "PLAIN")}
        return
    with postgresql(durable=True) as running:
        yield {store: running.create(store.lower()) for store in (*STORES, "PLAIN")}


def _environment(folder: Path, urls: dict[str, str]) -> dict[str, str]:
    """Ours, with the reference tenant's policy but for its limits, which a benchmark would run into."""
    tenant = folder / "tenant"
    shutil.copytree(POLICIES / "alektum_ch", tenant)
    facts = (tenant / "tenant.toml").read_text(encoding="utf-8")
    for limit in ("submissions_per_source", "pressure_per_minute"):
        facts, found = re.subn(rf"(?m)^{limit} = \d+", f"{limit} = 100000000", facts)
        assert found == 1, limit
    (tenant / "tenant.toml").write_text(facts, encoding="utf-8")
    return {
        "ZUSAGE_POLICY": str(tenant),
        "ZUSAGE_VAR": str(folder),
        "ZUSAGE_SECRET_KEY": secrets.token_urlsafe(48),
        "ZUSAGE_KEY_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        **{f"ZUSAGE_{store}_URL": urls[store] for store in STORES},
    }


@contextlib.contextmanager
def _serve(command: list[str], environment: dict[str, str], flag: str | None) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [flag, str(port)] if flag else [str(port)]
    process = subprocess.Popen(
        [sys.executable, *command, *arguments], env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit("the server didn't start")


if __name__ == "__main__":
    sys.exit(main())
