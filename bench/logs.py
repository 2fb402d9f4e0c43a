"""Evaluating a web server's log: this command, GoAccess, AWStats and ``wc -l``, in turns.

    python -m bench.logs [FILE] [--lines 1000000] [--rounds 5] [--large 5000000]

Without FILE it writes a log of its own into a temporary folder, by the recipe in `lines`, always the same. What counts
is processor time, of the program and its children, with its start; the machine may be busy meanwhile. GoAccess
(Debian: ``apt-get install goaccess``) and AWStats (``awstats``) are left out, with a word, where they are missing.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import itertools
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

SEED = 20_150_517
AWSTATS = "/usr/lib/cgi-bin/awstats.pl"
FOUR = ("REQUESTS", "BROWSERS", "OS", "REFERRING_SITES")
PANELS = (
    *("VISITORS", "REQUESTS", "REQUESTS_STATIC", "NOT_FOUND", "HOSTS", "OS", "BROWSERS", "VISIT_TIMES"),
    *("VIRTUAL_HOSTS", "REFERRERS", "REFERRING_SITES", "KEYPHRASES", "STATUS_CODES", "REMOTE_USER"),
    *("CACHE_STATUS", "GEO_LOCATION", "MIME_TYPE", "TLS_TYPE"),
)
SYSTEMS = (
    "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64",
    "Linux; Android 10; K", "Linux; Android 13; SM-G991B", "Linux; Android 12; Pixel 6", "Windows NT 6.1; WOW64",
    "Linux; Android 11; Redmi Note 8", "X11; Ubuntu; Linux x86_64", "X11; CrOS x86_64 14541.0.0",
)  # fmt: skip
ROBOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "python-requests/2.31.0", "curl/8.4.0", "Go-http-client/1.1", "-",
)  # fmt: skip


def lines(number: int) -> Iterator[str]:
    """A log of `number` lines in the combined format over 28 days, the same each time.

    30,000 addresses, a tenth of them IPv6; some 1,200 user agents, an eighth of the lines by robots; 2,500 pages, and
    one line in seven has a query of its own; four lines in ten without referrer, three from the site's own pages,
    three from 700 hosts with 20 addresses each. Few are frequent and many are rare, in all of them (a Pareto law).
    One line in a thousand is broken: cut off, a quote not closed, binary, empty.
    """
    chance = random.Random(SEED)
    pick = chance.random

    def rare(most: int) -> int:
        """A number below `most`, the small ones being frequent."""
        return min(int(most ** pick()) - 1 + int(pick() * 3), most - 1)

    addresses = [
        f"2001:db8:{chance.randrange(65536):x}::{chance.randrange(65536):x}"
        if index % 10 == 9
        else ".".join(str(chance.randrange(1, 255)) for _ in range(4))
        for index in range(30_000)
    ]
    agents = _agents(chance)
    pages = [
        "/" + "/".join(chance.choice(_PARTS) for _ in range(index % 4 + 1)) + f"-{index}"
        for index in range(2500)
    ]
    pages[0] = "/"
    hosts = [f"www.{chance.choice(_PARTS)}{index}.example" for index in range(700)]
    referrers = [
        f"https://{host}/{chance.choice(_PARTS)}/{part}?q={part * 7}" for host in hosts for part in range(20)
    ]
    first = datetime(2026, 10, 5, tzinfo=UTC)
    for index in range(number):
        at = first + timedelta(seconds=index * 28 * 86_400 // number)
        address = addresses[int(pick() ** 2 * 30_000)]
        agent = ROBOTS[int(pick() * len(ROBOTS))] if pick() < 0.125 else agents[rare(len(agents))]
        page = pages[rare(len(pages))]
        query = f"?ref={int(pick() * 1e6)}" if pick() < 0.15 else ""
        kind = pick()
        referrer = "-" if kind < 0.4 else f"https://www.agency.example{pages[rare(60)]}"
        if kind > 0.7:
            referrer = referrers[rare(len(hosts)) * 20 + int(pick() * 20)]
        status, size = (200, int(pick() * 50_000)) if pick() < 0.9 else (404, 512)
        line = (
            f'{address} - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "GET {page}{query} HTTP/1.1" {status} {size} '
            f'"{referrer}" "{agent}"'
        )
        yield line if pick() >= 0.001 else _broken(line, index)


_PARTS = (
    *(
        "about",
        "angebot",
        "blog",
        "brief",
        "contact",
        "css",
        "de",
        "dokumente",
        "en",
        "faq",
        "forms",
        "fr",
        "images",
    ),
    *(
        "impressum",
        "inkasso",
        "it",
        "jobs",
        "js",
        "kontakt",
        "medien",
        "news",
        "payment",
        "privacy",
        "ratgeber",
    ),
    *("rechte", "schulden", "services", "static", "suche", "team", "termine", "zahlung"),
)


def _agents(chance: random.Random) -> list[str]:
    found = []
    for version in range(60):
        for system in SYSTEMS:
            found.append(
                f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{138 - version}.0.0.0 "
                + ("Mobile Safari/537.36" if "Android" in system else "Safari/537.36")
            )
            found.append(
                f"Mozilla/5.0 ({system}; rv:{140 - version}.0) Gecko/20100101 Firefox/{140 - version}.0"
            )
    chance.shuffle(found)
    return found


def _broken(line: str, index: int) -> str:
    return (line[: len(line) // 2], line.replace('" "', " ", 1), "\x16\x03\x01\x00\x00", "")[index % 4]


def write(number: int, path: Path) -> None:
    """The log as a file."""
    found = lines(number)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        while part := list(itertools.islice(found, 10_000)):
            file.write("\n".join(part) + "\n")


def main() -> int:
    """Print each run and the medians, and JSON at the end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--large", type=int, default=5_000_000, help="lines of a longer log for ours; 0: without"
    )
    parser.add_argument(
        "--without", action="append", default=[], help="leave a program out, by its name below"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-logs-") as name:
        folder = Path(name)
        file = options.file or _made(options.lines, folder)
        number = _number(file)
        found: dict[str, list[Run]] = {}
        for index in range(options.rounds):
            for program, command in _programs(file, folder).items():
                # AWStats takes minutes for a million lines: once will do.
                if program in options.without or (program == "AWStats" and index):
                    continue
                run = _run(command, _environment(folder))
                found.setdefault(program, []).append(run)
                print(
                    f"{program}: {run.cpu:.2f} s of processor, {run.wall:.2f} s, {run.memory:.0f} MB",
                    flush=True,
                )
        result = {program: _median(runs, number) for program, runs in found.items()}
        if options.large:
            large = _made(options.large, folder)
            ours = next(iter(_programs(large, folder)))
            result[f"{ours}, {options.large:,} lines"] = _median(
                [_run(_programs(large, folder)[ours], _environment(folder))], options.large
            )
    print(json.dumps({"lines": number, **result}, indent=2))
    return 0


class Run(NamedTuple):
    """Seconds of processor and by the clock, and MB of memory: all processes' peaks added up, shared pages for each."""

    cpu: float
    wall: float
    memory: float


def _made(number: int, folder: Path) -> Path:
    path = folder / f"{number}.log"
    write(number, path)
    return path


def _number(file: Path) -> int:
    with file.open("rb") as content:
        return sum(1 for _ in content)


def _programs(file: Path, folder: Path) -> dict[str, list[str]]:
    """What is measured, by name; a program that isn't installed is left out."""
    report = str(folder / "report.json")
    goaccess = ["goaccess", str(file), "--log-format=COMBINED", "--no-global-config", "-o", report]
    others = [f"--ignore-panel={panel}" for panel in PANELS if panel not in FOUR]
    awstats = ["perl", AWSTATS, "-config=bench", f"-configdir={folder}", "-update", f"-LogFile={file}"]
    (folder / "awstats.bench.conf").write_text(
        f'LogFile="{file}"\nLogFormat=1\nSiteDomain="agency.example"\nDirData="{folder}"\nDNSLookup=0\n'
    )
    for left in folder.glob("awstats*.txt"):
        left.unlink()  # else it would go on where it ended last time
    found = {
        "zusage evaluate-log": [
            sys.executable,
            "-m",
            "zusage.cli",
            "evaluate-log",
            "--dry-run",
            "--json",
            str(file),
        ],
        "GoAccess, four panels": [*goaccess, *others],
        "GoAccess, all panels": goaccess,
        "AWStats": awstats,
        "wc -l": ["wc", "-l", str(file)],
    }
    needed = {"GoAccess, four panels": "goaccess", "GoAccess, all panels": "goaccess", "AWStats": AWSTATS}
    for program, needs in needed.items():
        if not (shutil.which(needs) or Path(needs).is_file()):
            print(f"{program} is left out: {needs} isn't installed")
            del found[program]
    return found


def _environment(folder: Path) -> dict[str, str]:
    secret = base64.b64encode(bytes(32)).decode()
    return {
        **os.environ,
        "ZUSAGE_VAR": str(folder),
        "ZUSAGE_SECRET_KEY": "for-a-benchmark-that-stores-nothing-" + secret,
        "ZUSAGE_KEY_ENCRYPTION_KEY": secret,
    }


def _run(command: list[str], environment: dict[str, str]) -> Run:
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    peaks: dict[str, int] = {}
    while process.poll() is None:
        for pid in _family(process.pid):
            with contextlib.suppress(OSError, IndexError):
                peaks[pid] = max(peaks.get(pid, 0), _peak(pid))
        time.sleep(0.02)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(cpu, time.monotonic() - begun, sum(peaks.values()) / 1024)


def _family(pid: int) -> list[str]:
    """A process and its children. Reading a folder of /proc costs this process, not the ones that are measured."""
    with contextlib.suppress(OSError):
        return [str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _peak(pid: str) -> int:
    """The most that a process has held, in KB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0])


def _median(runs: list[Run], number: int) -> dict[str, float]:
    cpu = statistics.median(run.cpu for run in runs)
    return {
        "cpu_seconds": round(cpu, 2),
        "seconds": round(statistics.median(run.wall for run in runs), 2),
        "million_lines_per_cpu_second": round(number / cpu / 1e6, 3),
        "peak_mb": round(statistics.median(run.memory for run in runs)),
    }


if __name__ == "__main__":
    sys.exit(main())
