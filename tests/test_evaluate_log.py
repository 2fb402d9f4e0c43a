"""``zusage evaluate-log``: a log counts once, goes only when its counts are on disk, and nobody is in what is left."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import zstandard
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction

from tests.server import ROOT, command, surroundings, tenant_with
from zusage.visits.logs import files, store
from zusage.visits.logs.counting import Counted
from zusage.visits.logs.files import Log, Order
from zusage.visits.models import Count

LOG = ROOT.parent / "shared" / "data" / "access.log"
real_log = pytest.mark.skipif(not LOG.exists(), reason="the real access.log isn't beside the project")

pytestmark = pytest.mark.django_db(transaction=True)
House = dict[str, str]


@pytest.fixture
def made(house: Callable[[], House]) -> House:
    environment = house()
    assert command(environment, "migrate-stores").returncode == 0
    return environment


def lines(
    first: int = 0, number: int = 40, page: str = "/", agent: str = "Mozilla/5.0 Firefox/120.0"
) -> bytes:
    """Each from an address of its own."""
    return b"".join(
        f'198.51.{index >> 8}.{index & 255} - - [04/May/2026:10:00:00 +0200] "GET {page}?q={index} HTTP/1.1" 200 5 '
        f'"https://search.example/{index}" "{agent}"\n'.encode()
        for index in range(first, first + number)
    )


def evaluate(*arguments: object, code: int = 0) -> dict[str, Any]:
    """What the command answers as JSON, in this process."""
    out, left = StringIO(), 0
    try:
        call_command("evaluate_log", *map(str, arguments), "--json", stdout=out)
    except SystemExit as end:
        left = int(end.code or 0)
    assert left == code
    return checked(out.getvalue())


def checked(printed: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed)
    assert found["lines"] == found["accepted"] + sum(found["rejected"].values())
    return found


def states(found: dict[str, Any]) -> list[str]:
    return [file["state"] for file in found["files"]]


def stored() -> set[tuple[str, str, str, int]]:
    return {(str(row.day), row.dimension, row.value, row.count) for row in Count.objects.filter(source="log")}


MAY = "2026-05-04"


def test_counts_are_stored_by_week_and_once(tmp_path: Path) -> None:
    log = tmp_path / "access.log.1"
    log.write_bytes(lines() + b"broken\n" + lines(first=100, number=3, page="/rare"))
    found = evaluate(log)
    assert (found["lines"], found["accepted"], found["rejected"]) == (44, 43, {"no date": 1})
    assert found["days"] == {"2026-05-04": 43}
    assert found["pages"] == {"other": 43}  # three alone would be told by the difference
    assert found["browsers"] == {"Firefox 120": 43}
    assert found["referrer_hosts"] == {"search.example": 43}
    assert found["robots"] == {"person": 43}
    assert set(found) >= {
        "lines",
        "accepted",
        "rejected",
        "days",
        "pages",
        "browsers",
        "systems",
        "referrer_hosts",
    }
    first = stored()
    assert (MAY, "day", "", 43) in first
    assert (MAY, "page", "other", 43) in first
    packed = tmp_path / "access.log.2.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    squeezed = tmp_path / "named.anyhow"
    squeezed.write_bytes(zstandard.compress(log.read_bytes()))
    again = evaluate(log, packed, squeezed, log)
    assert states(again) == ["seen-before"] * 4
    assert again["lines"] == 0
    out = StringIO()
    call_command("evaluate_log", str(log), stdout=out)
    assert "before: not counted again" in out.getvalue()
    assert stored() == first
    more = tmp_path / "more.log"
    more.write_bytes(lines(first=200, number=20))
    evaluate(more)
    assert (MAY, "day", "", 63) in stored()


def test_a_log_that_has_grown_counts_what_is_new(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(lines(number=30))
    evaluate(log)
    with log.open("ab") as file:
        file.write(lines(first=30, number=12))
    found = evaluate(log)
    assert (states(found), found["lines"]) == (["evaluated"], 12)
    assert "beginning was evaluated before" in found["files"][0]["notes"][0]
    assert states(evaluate(log)) == ["seen-before"]
    assert (MAY, "day", "", 42) in stored()


def test_a_log_is_deleted_after_its_counts_are_stored(tmp_path: Path) -> None:
    log, other = tmp_path / "a.log", tmp_path / "b.log.gz"
    log.write_bytes(lines())
    other.write_bytes(gzip.compress(lines(first=50)))
    found = evaluate(log, other, "--delete")
    assert [file["deleted"] for file in found["files"]] == [True, True]
    assert not log.exists()
    assert not other.exists()
    # As after a crash between storing and deleting: it counts nothing twice, and goes.
    log.write_bytes(lines())
    found = evaluate(log, "--delete")
    assert (states(found), found["lines"], log.exists()) == (["seen-before"], 0, False)
    assert (MAY, "day", "", 80) in stored()


def test_what_was_not_evaluated_is_not_deleted(tmp_path: Path) -> None:
    cut, foreign, link, real = (tmp_path / name for name in ("cut.gz", "foreign.txt", "link.log", "real.log"))
    cut.write_bytes(gzip.compress(lines(number=4000))[:-9])
    foreign.write_bytes(b"nothing of a log\n")
    real.write_bytes(lines())
    link.symlink_to(real)
    found = evaluate(cut, foreign, link, tmp_path / "missing.log", tmp_path, "--delete", code=1)
    assert states(found) == ["evaluated", "evaluated", "evaluated", "unreadable", "unreadable"]
    assert not any(file["deleted"] for file in found["files"])
    assert all(file.exists() for file in (cut, foreign, link, real))
    assert "cut off" in found["files"][0]["notes"][0]
    assert states(evaluate(tmp_path / "missing.log", code=2)) == ["unreadable"]


def test_a_file_that_changes_while_it_is_read_stays(tmp_path: Path) -> None:
    """A web server adds a line after the counts are stored, before the log would go."""
    log = tmp_path / "access.log"
    log.write_bytes(lines())

    def keep(counted: Counted) -> bool:
        is_new = store.keep(counted)
        with log.open("ab") as file:
            file.write(lines(first=99, number=1))
        return is_new

    found = files.evaluate(str(log), Order("combined", 10, {}, keep, delete=True), lambda number: None)
    assert not found.deleted
    assert "changed while it was read" in found.notes[0]
    assert log.read_bytes() == lines() + lines(first=99, number=1)
    assert evaluate(log, "--delete")["lines"] == 1
    assert not log.exists()


def test_a_store_that_fails_leaves_the_log(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(lines())

    def keep(counted: Counted) -> bool:
        with transaction.atomic(using="visits"):
            store.keep(counted)
            raise DatabaseError("the disk is full")

    with pytest.raises(DatabaseError):
        files.evaluate(str(log), Order("combined", 10, {}, keep, delete=True), lambda number: None)
    assert log.exists()
    assert stored() == set()
    assert evaluate(log, "--delete")["lines"] == 40


def test_standard_input(made: House) -> None:
    def piped(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "zusage.cli", "evaluate-log", "-", *arguments],
            env=surroundings(made), cwd=ROOT, input=gzip.compress(lines(number=5)), capture_output=True, timeout=60,
        )  # fmt: skip

    done = piped("--dry-run", "--k", "2", "--json")
    found = checked(done.stdout.decode())
    assert (done.returncode, found["lines"], found["pages"], found["stored"]) == (0, 5, {"/": 5}, False)
    assert states(checked(piped("--json").stdout.decode())) == ["evaluated"]  # nothing was stored before
    refused = piped("--k", "2")
    assert (refused.returncode, b"only with --dry-run" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments", ["--dry-run --delete", "--k 9", "--k 0 --dry-run", "--format apache", "--k many"]
)
def test_what_cannot_be_meant(tmp_path: Path, arguments: str) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(lines())
    with pytest.raises(CommandError):
        call_command("evaluate_log", str(log), *arguments.split(), stdout=StringIO())
    assert stored() == set()
    assert log.exists()


def test_k_is_the_policys(tmp_path: Path, tenant: Callable[[Path], None]) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(lines(number=15))
    assert evaluate(log, "--dry-run")["pages"] == {"/": 15}
    tenant(Path(tenant_with(tmp_path, smallest_cell=16)))
    assert evaluate(log, "--dry-run")["pages"] == {"other": 15}
    assert stored() == set()


def test_two_at_once_count_once(tmp_path: Path) -> None:
    """Both have read the log before either has stored it."""
    log = tmp_path / "access.log"
    log.write_bytes(lines())
    both_have_read = threading.Barrier(2, timeout=30)

    def keep(counted: Counted) -> bool:
        both_have_read.wait()
        try:
            return store.keep(counted)
        finally:
            connections.close_all()

    def one() -> Log:
        return files.evaluate(str(log), Order("combined", 10, {}, keep), lambda number: None)

    with ThreadPoolExecutor(2) as pool:
        found = [done.result() for done in [pool.submit(one), pool.submit(one)]]
    assert sorted((log.state, log.lines) for log in found) == [("evaluated", 40), ("seen-before", 0)]
    assert (MAY, "day", "", 40) in stored()


def test_nothing_of_a_visitor_is_left_anywhere(
    made: House, tmp_path: Path, store_folders: tuple[Path, ...]
) -> None:
    """Searched: the stores with their write-ahead logs, temporary files, and everything that was printed."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    log = tmp_path / "access.log"
    agent = "Mozilla/5.0 (X11; Quendelbeere-7f3a) Firefox/120.0"
    log.write_bytes(
        lines(number=3000, agent=agent)
        + lines(number=3, page="/letters/Nadine-Oberholzer")
        + b'203.0.113.99 - - "unclosed Sumpfdotter-11\n'
    )
    environment = {**made, "TMPDIR": str(temporary), "SQLITE_TMPDIR": str(temporary)}
    printed = b""
    for arguments in ([str(log), "--json"], [str(log)]):
        done = command(environment, "evaluate-log", *arguments)
        printed += (done.stdout + done.stderr).encode()
    assert list(temporary.iterdir()) == []
    marks = (
        *(f"198.51.{index >> 8}.{index & 255}".encode() for index in range(0, 3000, 37)),
        *(b"Quendelbeere-7f3a", b"Nadine-Oberholzer", b"203.0.113.99", b"Sumpfdotter-11", b"search.example/"),
    )
    for mark in marks:
        assert mark not in printed
    looked = 0
    for folder in (Path(made["ZUSAGE_VAR"]), *store_folders):
        for file in folder.rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                looked += b"search.example" in content
                assert not any(mark in content for mark in marks), file.name
    assert looked  # what is named is there: the search looks where the counts are


@real_log
def test_days_and_hosts_agree_with_goaccess_line_for_line(tmp_path: Path) -> None:
    if not (goaccess := shutil.which("goaccess")):
        pytest.skip("goaccess isn't installed; the comparison with a plain reading is below")
    out = tmp_path / "report.json"
    subprocess.run(
        [goaccess, str(LOG), "--log-format=COMBINED", "--no-global-config", "-o", str(out)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=60,
    )  # fmt: skip
    theirs = json.loads(out.read_bytes())

    def counts(panel: str) -> dict[str, int]:
        return {row["data"]: row["hits"]["count"] for row in theirs[panel]["data"]}

    ours = evaluate(LOG, "--dry-run", "--k", "1")
    assert ours["lines"] == ours["accepted"] == theirs["general"]["valid_requests"] == 10_000
    assert {day.replace("-", ""): number for day, number in ours["days"].items()} == counts("visitors")
    assert ours["referrer_hosts"] == counts("referring_sites")


@real_log
def test_days_and_hosts_agree_with_a_plain_reading() -> None:
    days: Counter[str] = Counter()
    hosts: Counter[str] = Counter()
    for line in LOG.read_text(encoding="latin-1").splitlines():
        days[line.split("[")[1][:11]] += 1
        referrer = line.split('"')[3]
        if referrer.startswith(("http://", "https://")):
            hosts[referrer.split("/")[2]] += 1
    ours = evaluate(LOG, "--dry-run", "--k", "1")
    assert list(ours["days"].values()) == [days[f"{day}/May/2015"] for day in (17, 18, 19, 20)]
    assert ours["referrer_hosts"] == hosts
    assert evaluate(LOG)["referrer_hosts"].keys() - {"other"} < hosts.keys()


def test_it_needs_no_right_to_write_beside_the_log(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(lines())
    before = sorted(tmp_path.iterdir())
    evaluate(log)
    assert sorted(tmp_path.iterdir()) == before
