"""The portal as a process of its own: started on a free port, watched, killed by its number, started again."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests import warm
from zusage.tenant import POLICIES

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30


def free_port() -> int:
    """A port of the loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(
    environment: Mapping[str, str], *arguments: str, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run ``zusage`` with `arguments` to its end."""
    return warm.run("-m", "zusage.cli", *arguments, environment=surroundings(environment), seconds=seconds)


def asked(
    environment: Mapping[str, str], code: str, *arguments: str, told: str = "", seconds: float = 120
) -> Any:
    """What `code` prints as JSON, run by a process that sees the stores of `environment`. `told`: its input."""
    around = surroundings({**environment, "DJANGO_SETTINGS_MODULE": "zusage.settings"})
    around["PYTHONPATH"] = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    done = warm.run("-c", code, *arguments, environment=around, told=told, seconds=seconds)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without anything of Zusage or Django, and `environment` on top."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ZUSAGE_", "DJANGO_")) and name != "PORT"
    }
    return {**kept, "PYTHONPATH": str(ROOT / "src"), **environment}


def tenant_with(folder: Path, **limits: int) -> str:
    """A copy of the reference tenant in `folder` with other limits; its path, for ``ZUSAGE_POLICY``."""
    copy = folder / "tenant"
    shutil.copytree(POLICIES / "alektum_ch", copy)
    file = copy / "tenant.toml"
    content = file.read_text(encoding="utf-8")
    for name, value in limits.items():
        content, times = re.subn(rf"(?m)^{name} = \d+", f"{name} = {value}", content)
        assert times == 1, name
    file.write_text(content, encoding="utf-8")
    return str(copy)


class Portal:
    """``zusage run`` as a process group of its own. What it prints and logs goes to files in `folder`.

    `program`: what Python is to run in place of the command, with the same arguments.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        folder: Path,
        *arguments: str,
        port: int = 0,
        program: tuple[str, ...] = ("-m", "zusage.cli"),
    ) -> None:
        self.environment, self.folder, self.arguments = dict(environment), folder, arguments
        self.program = program
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.groups: list[int] = []

    def start(self) -> float:
        """Start and wait until it answers; the seconds this took."""
        begun = time.monotonic()
        out, err = (self.folder / f"{name}-{self.port}.log" for name in ("out", "err"))
        with out.open("ab") as output, err.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, "run", "--port", str(self.port), *self.arguments],
                env=surroundings(self.environment),
                cwd=ROOT,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        self.groups.append(self.process.pid)
        while time.monotonic() - begun < START_SECONDS:
            if self.process.poll() is not None:
                break
            try:
                requests.get(f"{self.url}/robots.txt", timeout=5)
                return time.monotonic() - begun
            except requests.ConnectionError:
                time.sleep(0.05)
        raise AssertionError(f"the portal didn't start: {self.errors()}")

    def printed(self) -> str:
        return (self.folder / f"out-{self.port}.log").read_text(encoding="utf-8")

    def errors(self) -> str:
        return (self.folder / f"err-{self.port}.log").read_text(encoding="utf-8")

    def children(self) -> dict[int, str]:
        """The processes that the first one started: number and command line."""
        assert self.process is not None
        found = {}
        for folder in Path("/proc").iterdir():
            try:
                parent = int(folder.joinpath("stat").read_text().rpartition(")")[2].split()[1])
                if folder.name.isdigit() and parent == self.process.pid:
                    found[int(folder.name)] = folder.joinpath("cmdline").read_text().replace("\0", " ")
            except (OSError, ValueError, IndexError):
                continue
        return found

    def servers(self) -> set[int]:
        return {number for number, line in self.children().items() if " worker " not in line}

    def workers(self) -> set[int]:
        return {number for number, line in self.children().items() if " worker " in line}

    def kill(self) -> None:
        """SIGKILL to the whole group at once, as a machine that loses its power."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM to the first process; its exit code. Whatever is left of its group is killed."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        for group in self.groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return self.process.wait(10)

    def __enter__(self) -> Portal:
        self.start()
        return self

    def __exit__(self, *about: object) -> None:
        self.stop()


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, by name."""
    return {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    }


def receipt_in(page: str) -> str:
    """The receipt that a page shows, in groups joined by hyphens."""
    code = re.search(r'id="receipt-code"[^>]*>(.*?)</strong>', page, re.DOTALL)
    assert code is not None, "no receipt on this page"
    return re.sub(r"<[^>]+>|\s", "", code.group(1))
