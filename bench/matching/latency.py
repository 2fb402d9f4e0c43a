"""What looking for a message's file costs: index, opening, scoring, recording, all in.

    python -m bench.matching.latency [--people 100000] [--crowd 900000] [--messages 2000] [--database …]

Fills a house (`bench.matching.house`), lets people write as they do in the hostile household, and takes the CPU time of
`actions.matching.look` for each message: of this process, and on PostgreSQL of its server process, too. Waiting for the
disk is no CPU time; the time by the clock is beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import pstats
import secrets
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.matching.house import crowd, fill, house
from bench.matching.household import Message, Town

TICKS = 100


def main() -> int:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--crowd", type=int, default=900_000, help="others, to whom no message leads")
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument(
        "--keep", type=Path, help="a folder for SQLite's stores, filled only where they aren't"
    )
    parser.add_argument(
        "--splink", action="store_true", help="and Splink's median among 100,000, in the same run"
    )
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    console = Console(width=110)
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="latency")))
        folder.mkdir(exist_ok=True)
        filled = stack.enter_context(house(options.database, folder))
        town = Town(options.people, options.seed)
        messages = list(town.messages(options.messages))
        town.draw.shuffle(messages)
        began = time.perf_counter()

        def say(number: int, seconds: float) -> None:
            if number % 100_000 == 0:
                console.print(f"{number:,} files, {number / seconds:,.0f} a second")

        if not filled:
            fill(town.files(), say)
            crowd(options.crowd)
            every = options.people + options.crowd
            console.print(f"{every:,} people on file in {time.perf_counter() - began:.0f} s")
        del town
        median = _measure(console, messages, options.database, options.profile)
        if options.splink:
            _beside_splink(console, median)
    return 0


def _beside_splink(console: Console, ours: float) -> None:
    """How long Splink takes for a new record among 100,000, as `bench.matching.febrl` asks it; `ours`: milliseconds."""
    from bench.matching import febrl_data as data
    from bench.matching.splink_peer import Peer

    halves = data.load(data.folder(None))
    peer = Peer(data.crowd(halves.debtors, 100_000), halves.training, ())
    theirs = 1000 * statistics.median(peer.seconds_for_one(halves.test[:11]))
    console.print(
        f"Splink among 100,000: median {theirs:,.0f} ms by the clock, {theirs / ours:,.0f} times ours."
    )


def _measure(console: Console, messages: Sequence[Message], database: str, profile: bool) -> float:
    """Print it; the median by the clock, in milliseconds."""
    from zusage.actions import intake, matching
    from zusage.tenant import version

    ids, run = [], secrets.token_hex(4)
    for number, one in enumerate(messages):
        form = intake.Intake(one.purpose, "de", version(), one.values, (), f"page-{run}-{number:07}")
        intake.submit(form)
        ids.append(intake.identity(form)[0])
    for warm in ids[:50]:
        matching.look(warm)
    rest = ids[50:]
    cpu, clock = [], []
    profiler = cProfile.Profile() if profile else None
    servers = _servers(database)
    before = sum(map(_ticks, servers))
    for one in rest:
        began, at = time.process_time_ns(), time.perf_counter_ns()
        if profiler:
            profiler.enable()
        matching.look(one)
        if profiler:
            profiler.disable()
        cpu.append((time.process_time_ns() - began) / 1e6)
        clock.append((time.perf_counter_ns() - at) / 1e6)
    _print(console, {"CPU, ms": cpu, "by the clock, ms": clock})
    if servers:
        spent = 1000 * (sum(map(_ticks, servers)) - before) / TICKS / len(rest)
        console.print(f"PostgreSQL's server processes: {spent:.2f} ms of CPU a message on average.")
    if profiler:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(30).sort_stats("cumtime").print_stats(50)
    return statistics.median(clock)


def _print(console: Console, columns: dict[str, list[float]]) -> None:
    table = Table("", "p50", "p95", "p99", "mean", "most")
    for name, values in columns.items():
        parts = statistics.quantiles(values, n=100)
        figures = (parts[49], parts[94], parts[98], statistics.fmean(values), max(values))
        table.add_row(name, *(f"{one:.2f}" for one in figures))
    console.print(table)


def _servers(database: str) -> list[int]:
    """The process numbers of PostgreSQL's servers of our connections."""
    if database == "sqlite":
        return []
    from django.db import connections

    found = []
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            found.append(cursor.fetchone()[0])
    return found


def _ticks(process: int) -> int:
    """CPU time of a process so far, in hundredths of a second (proc(5))."""
    fields: list[Any] = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    raise SystemExit(main())
