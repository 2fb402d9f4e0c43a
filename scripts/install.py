"""Set up `.venv` from the lock files: only what is missing or has changed, so that a second time takes no time.

    python3 scripts/install.py run      what the portal needs
    python3 scripts/install.py check    what development needs besides
    python3 scripts/install.py test     and Chromium, for the browser tests

Needs nothing but Python 3.11 or later. Exit code 0, or 2 with the one command to run where only root can help.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PORTAL, DEVELOPMENT = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
LOCKS = {"run": PORTAL, "check": DEVELOPMENT, "test": DEVELOPMENT}
OLDEST = (3, 11)

# The package runs from its source: a line in site-packages finds it, and nothing has to be built.
COMMAND = """#!{python}
import sys

from zusage.cli import main

if __name__ == "__main__":
    sys.exit(main())
"""


class Missing(Exception):
    """Something that only root can install; the text says the command."""


def main() -> int:
    """Install for the purpose given as argument; the exit code."""
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.stderr.write("usage: python3 scripts/install.py run|check|test\n")
        return 2
    try:
        _virtual_environment()
        _packages(LOCKS[sys.argv[1]])
        _slip_font(needed=sys.argv[1] == "test")
        if sys.argv[1] == "test":
            _chromium()
    except Missing as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    except subprocess.CalledProcessError as failed:
        sys.stderr.write(
            f"This failed, with exit code {failed.returncode}: {' '.join(map(str, failed.cmd))}\n"
        )
        return 2
    return 0


def _virtual_environment() -> None:
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0:
        return
    if sys.version_info < OLDEST:
        raise Missing(
            f"Zusage needs Python {OLDEST[0]}.{OLDEST[1]} or later; this is {sys.version.split()[0]}."
        )
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        _debian("Python's venv module is missing.", "python3-venv")
    _say("making the virtual environment .venv")
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)


def _packages(lock: Path) -> None:
    if not _fresh(lock):
        _say(f"installing the packages of {lock.name}")
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*pip, "-r", lock], check=True)
        _stamp(lock).write_text(_digest(lock))
        if lock == DEVELOPMENT:  # which holds all of the other
            _stamp(PORTAL).write_text(_digest(PORTAL))
    site = subprocess.run(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (Path(site) / "zusage.pth").write_text(f"{ROOT / 'src'}\n")
    command = VENV / "bin" / "zusage"
    command.write_text(COMMAND.format(python=PYTHON))
    command.chmod(0o755)


def _stamp(lock: Path) -> Path:
    return VENV / f".installed-{lock.stem}"


def _digest(lock: Path) -> str:
    return hashlib.sha256(str(VENV).encode() + lock.read_bytes()).hexdigest()


def _fresh(lock: Path) -> bool:
    stamp = _stamp(lock)
    return stamp.exists() and stamp.read_text() == _digest(lock)


def _slip_font(needed: bool) -> None:
    """The font of payment slips. Without it they are set in another one: only the tests insist."""
    if any(Path("/usr/share/fonts").glob("**/LiberationSans-Regular.ttf")):
        return
    try:
        _debian("The font of payment slips is missing.", "fonts-liberation")
    except (Missing, subprocess.CalledProcessError) as missing:
        if needed:
            raise
        _say(f"{missing}")


def _chromium() -> None:
    if not shutil.which("chromium"):
        _debian("Chromium is missing; the browser tests need it.", "chromium", "fonts-liberation")


def _debian(problem: str, *packages: str) -> None:
    """Install packages of Debian's, or raise Missing with the command."""
    if not shutil.which("apt-get"):
        raise Missing(f"{problem} Install it, then try again.")
    if os.geteuid() != 0:
        raise Missing(f"{problem} Run: sudo apt-get install {' '.join(packages)}")
    _say(f"installing Debian's {' and '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment, stdout=subprocess.DEVNULL)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def _say(what: str) -> None:
    sys.stderr.write(f"zusage: {what}\n")


if __name__ == "__main__":
    sys.exit(main())
