"""How fast cases come in, in how much memory, how many bytes each takes, and where the time goes.

    python -m bench.cases [--database sqlite|postgres] [--cases 100000] [--folder FOLDER] [--pieces]

Invented cases (`bench/people.py`) as CSV, brought in by the command as an operator runs it, then the same file again.
`--folder`: where house and file go (default: a folder here, removed afterwards). `--pieces`: besides, the processor
time of each step by itself, in one process.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.intake import _environment, _stores
from bench.people import COLUMNS, cases

SIZES = """
import django, json
django.setup()
from django.db import connections
found = {}
for alias in ("default", "keys"):
    connection = connections[alias]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT m.tbl_name, sum(s.pgsize) FROM dbstat s "
                           "JOIN sqlite_schema m ON m.name = s.name GROUP BY 1")
        else:
            cursor.execute("SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' "
                           "AND relnamespace = 'public'::regnamespace")
        found.update({name: int(size) for name, size in cursor.fetchall()})
print(json.dumps(found))
"""
ROOM = 20
"""Tables that are named: those with most bytes."""


def main() -> int:
    """Print what was measured, and JSON at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--pieces", action="store_true")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd()))
        )
        file = folder / "cases.csv"
        _write(file, options.cases)
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
        result: dict[str, object] = {"database": options.database, "cases": options.cases}
        for what in ("first", "again"):
            result[what] = found = _import(file, environment)
            print(what, json.dumps(found), flush=True)
        done = subprocess.run(
            [sys.executable, "-c", SIZES], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:  # a SQLite without dbstat can't tell
            sizes = json.loads(done.stdout)
            largest = sorted(sizes.items(), key=lambda one: -one[1])[:ROOM]
            result["bytes_per_case"] = {
                name: round(size / options.cases) for name, size in largest if size > options.cases
            }
        if options.pieces:
            result["microseconds"] = dict(pieces())
        print(json.dumps(result))
    return 0


def _write(file: Path, number: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.DictWriter(out, COLUMNS)
        rows.writeheader()
        rows.writerows(cases(number))


def _import(file: Path, environment: dict[str, str]) -> dict[str, float]:
    """Cases a second, processor time each of both processes, and the largest memory of either in MB."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "zusage.cli", "import-cases", str(file), "--json"],
        env=environment, stdout=subprocess.PIPE,
    )  # fmt: skip
    most = 0.0
    while process.poll() is None:
        most = max(most, _memory(process.pid))
        time.sleep(0.2)
    took = time.monotonic() - begun
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    number = told["imported"] + told["updated"] + told["unchanged"]
    return {
        "seconds": round(took, 1),
        "rate": round(number / took),
        "memory_mb": round(most),
        "cases": number,
    }


def _memory(pid: int) -> float:
    """What a process and its children hold, in MB: shared pages by their part."""
    total = 0
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in (str(pid), *children):
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def pieces(number: int = 5000) -> Iterator[tuple[str, float]]:
    """Microseconds of processor time for each step of one case, without a store."""
    from datetime import date
    from uuid import uuid4

    from zusage.actions.cases_keyed import Keys
    from zusage.rules.cases.checked import check
    from zusage.rules.cases.rows import Rules, read
    from zusage.rules.cases.source import Record
    from zusage.rules.matching.blocks import stored
    from zusage.rules.matching.person import debtor
    from zusage.vault import cipher

    rows = list(cases(number))
    rules = Rules(date.today())  # noqa: DTZ011

    def timed(work: Callable[[], object]) -> float:
        best = min(_processor(work) for _ in range(3))
        return round(best / number * 1e6, 1)

    checked = [read(row, rules) for row in rows]
    yield "checking", timed(lambda: [read(row, rules) for row in rows])
    yield (
        "match keys",
        timed(lambda: [stored(debtor([{**row.values, "debtor_kind": row.kind}])) for row in checked]),
    )
    batch, secret = check([Record(1, 1, row) for row in rows], rules), cipher.new_key()
    names = {name for row in batch.rows for name, _ in row.blocks}
    keys = Keys(secret, secret, dict.fromkeys(names, secret), secret)
    yield "hashing", timed(lambda: keys.batch(batch))
    plain = [[(value.encode(), b"0" * 150) for value in row.values.values()] for row in checked]
    yield "sealing", timed(lambda: [cipher.Sealer(secret).seal_all(one) for one in plain])
    yield "ids", timed(lambda: [(uuid4(), uuid4(), uuid4()) for _ in checked])


def _processor(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    raise SystemExit(main())
