"""What counting a page view costs: microseconds of processor time beyond the same request without it.

    python -m bench.visits [--database sqlite|postgres] [--requests 100000] [--rounds 5] [--batch 10000]

A view that answers at once, called 100,000 times in one process, with and without the middleware, in turns. The time is
the whole process's, so the thread that reads user agents and writes the rows is in it; it ends when the last row is on
disk. User agents (2,000 different ones) and referrers are as varied as a small site's, drawn with a fixed seed.
Every `--batch` requests this waits until all is on disk: nobody pauses between two requests, so one second of a busy
site is over in a moment. A small batch says what few visitors cost, each paying for a larger share of a commit.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.intake import _environment, _stores

SEED = 4
PATHS = ("/de/", "/de/genuine/", "/fr/privacy/", "/it/payment/", "/de/contact/", "/en/privacy/rights/")
SITES = (
    "www.google.com",
    "duckduckgo.com",
    "www.bing.com",
    "de.wikipedia.org",
    "forum.example.ch",
    "t.example",
)


def main() -> int:
    """Print each round, and JSON at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=10_000, help="written at once (at most 20000)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return _inside(options)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd())))
        urls = stack.enter_context(_stores(options.database, folder))
        environment = {
            **os.environ,
            **_environment(folder, urls),
            "DJANGO_SETTINGS_MODULE": "zusage.settings",
        }
        made = [sys.executable, "-m", "zusage.cli", "migrate-stores"]
        subprocess.run(made, env=environment, check=True, stdout=subprocess.DEVNULL)
        given = ["--requests", str(options.requests), "--rounds", str(options.rounds)]
        given += ["--batch", str(options.batch)]
        again = [sys.executable, "-m", "bench.visits", "--inside", "--database", options.database, *given]
        return subprocess.run(again, env=environment, check=False).returncode


def _inside(options: argparse.Namespace) -> int:
    import django

    django.setup()
    from django.core.handlers.exception import convert_exception_to_response
    from django.http import HttpRequest, HttpResponse
    from django.urls import resolve

    from zusage.visits import counting, writer
    from zusage.visits.evaluate import evaluate
    from zusage.visits.models import View

    requests = _requests(resolve, HttpRequest)
    body = b"<!doctype html><title>A page</title>"

    def view(request: Any) -> HttpResponse:
        return HttpResponse(body)

    # As Django hangs them up, each with its net for exceptions.
    plain_view = convert_exception_to_response(view)
    counted = convert_exception_to_response(counting.middleware(plain_view))
    found = []
    for number in range(options.rounds + 1):
        plain, _ = _measure(plain_view, requests, options, lambda: None)
        whole, asked = _measure(counted, requests, options, lambda: _drain(writer))
        kept = View.objects.count()
        assert (kept, writer.dropped()) == (options.requests, 0), (kept, writer.dropped())
        evaluate()
        if number:  # the first is for warming up
            found.append(tuple(one / options.requests * 1e6 for one in (whole - plain, asked - plain)))
            print(
                f"{found[-1][0]:.2f} µs a page view, {found[-1][1]:.2f} of them in the request's thread",
                flush=True,
            )
    result = {
        "database": options.database,
        "requests": options.requests,
        "batch": options.batch,
        "rounds": options.rounds,
        "microseconds": round(statistics.median(whole for whole, _ in found), 2),
        "of_that_in_the_request": round(statistics.median(asked for _, asked in found), 2),
    }
    print(json.dumps(result))
    return 0


def _requests(django_resolve: Any, request_class: Any) -> list[Any]:
    """20,000 different ones, as a handler would have prepared them."""
    draw = random.Random(SEED)
    agents = [_agent(draw) for _ in range(2_000)]
    matches = [django_resolve(path) for path in PATHS]
    found = []
    for number in range(20_000):
        request = request_class()
        request.method = "GET"
        request.resolver_match = draw.choice(matches)
        request.META = {
            "HTTP_HOST": "portal.example",
            "HTTP_USER_AGENT": agents[min(int(draw.expovariate(1 / 150)), 1_999)],
            "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "HTTP_ACCEPT_LANGUAGE": "de-CH,de;q=0.8,en;q=0.5",
            "HTTP_SEC_FETCH_DEST": "document",
            "REMOTE_ADDR": "192.0.2.1",
            "QUERY_STRING": "",
        }
        if draw.random() < 0.6:
            site = draw.choice(SITES) if draw.random() < 0.8 else f"www.site-{draw.randrange(300)}.example"
            request.META["HTTP_REFERER"] = (
                f"https://{site}/search/{number}?q=letter+from+an+agency&id={draw.random()}"
            )
        found.append(request)
    return found


def _agent(draw: random.Random) -> str:
    """A browser's words for itself; one in twelve is a robot."""
    version = draw.randrange(90, 140)
    android = f"Linux; Android {draw.randrange(9, 16)}; SM-{draw.choice('AGS')}{draw.randrange(100, 999)}B"
    system = draw.choice(
        (
            "Windows NT 10.0; Win64; x64",
            "X11; Linux x86_64",
            "Macintosh; Intel Mac OS X 10_15_7",
            android,
            android,
        )
    )
    chrome = f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.{draw.randrange(6000)}.0"
    return draw.choice(
        (
            *[f"Mozilla/5.0 ({system}) {chrome} Safari/537.36"] * 5,
            *[f"Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.{draw.randrange(9)}"]
            * 2,
            f"Mozilla/5.0 ({system}) {chrome} Safari/537.36 Edg/{version}.0.{draw.randrange(3000)}.0",
            *[
                f"Mozilla/5.0 (iPhone; CPU iPhone OS {draw.randrange(14, 19)}_{draw.randrange(7)} like Mac OS X) "
                f"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{draw.randrange(9)} Mobile/15E148 Safari/604.1"
            ]
            * 3,
            f"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) {draw.randrange(99)}",
        )
    )


def _drain(writer: Any) -> None:
    """Wait until all is on disk."""
    writer._soon.set()
    while writer._queue or writer._rows or writer._writing.locked():
        time.sleep(0.005)


def _measure(run: Any, requests: list[Any], options: argparse.Namespace, end: Any) -> tuple[float, float]:
    """Seconds of processor time: of the whole process, and of that its thread that takes requests."""
    begun, mine, waited = time.process_time(), time.thread_time(), 0.0
    for start in range(0, options.requests, options.batch):
        first = start % len(requests)
        for request in requests[first : first + options.batch]:
            run(request)
        before = time.thread_time()
        end()
        waited += time.thread_time() - before
    return time.process_time() - begun - waited, time.thread_time() - mine - waited


if __name__ == "__main__":
    sys.exit(main())
