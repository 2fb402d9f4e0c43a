from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from zusage import demo, presence
from zusage.actions.house import publish_notice
from zusage.management.commands.migrate_stores import migrate
from zusage.promises.portal import listening
from zusage.server import PROCESSES, THREADS, Server
from zusage.tenant import policy
from zusage.wsgi import application


class Command(BaseCommand):
    help = "Start the portal with its background worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="invented cases and accounts, own secrets")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, help="default: 8000, or what PORT says")
        parser.add_argument(
            "--processes", type=int, default=PROCESSES, help="server processes (default: %(default)s)"
        )
        parser.add_argument(
            "--threads", type=int, default=THREADS, help="threads in each (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], _port(options["port"])
        if options["processes"] < 1 or options["threads"] < 1:
            raise CommandError("--processes and --threads must be 1 or more.", returncode=2)
        _must_be_free(host, port)
        stay()
        migrate()
        publish_notice()
        if options["demo"]:
            _apart(demo.load)
        self.stdout.write("\n".join(_what_to_open(host, port, options["demo"])))
        self.stdout.flush()
        # SQLite connections don't survive a fork.
        connections.close_all()
        with Worker(), listening(settings.VAR, host, port):
            Server(host, port, application, options["processes"], options["threads"]).run()


def stay() -> None:
    """No restore begins while this process lives. Raises CommandError where one is at work."""
    settings.VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        presence.stay(settings.VAR)
    except presence.InUse:
        raise CommandError("A restore is at work here.", returncode=2) from None


class Worker:
    """The background worker as a process beside the server; started again when it dies."""

    PAUSE_SECONDS = 1.0

    def __init__(self) -> None:
        self._command = [sys.executable, "-m", "zusage.cli", "worker", "--parent", str(os.getpid())]
        self._owner = os.getpid()
        self._over = threading.Event()

    def __enter__(self) -> None:
        self._process = subprocess.Popen(self._command)  # noqa: S603  (our own command line)
        threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(self, *about: object) -> None:
        # The server's own processes leave through here too, and mustn't stop what isn't theirs.
        if os.getpid() == self._owner:
            self._over.set()
            self._process.terminate()

    def _watch(self) -> None:
        while True:
            self._process.wait()
            if self._over.wait(self.PAUSE_SECONDS):
                return
            self._process = subprocess.Popen(self._command)  # noqa: S603  (our own command line)


def _apart(work: Callable[[], None]) -> None:
    """`work` in a process of its own: who has printed papers mustn't fork (`papers.press`), and the server will."""
    # SQLite connections don't survive a fork.
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    if child.exitcode:
        raise CommandError("The demo couldn't be loaded.")


def _port(chosen: int | None) -> int:
    named = os.environ.get("PORT") or "8000"
    if chosen is None and not named.isdecimal():
        raise CommandError("PORT must be a number.", returncode=2)
    port = int(named) if chosen is None else chosen
    if not 1 <= port <= 65535:
        raise CommandError("The port must be between 1 and 65535.", returncode=2)
    return port


def _must_be_free(host: str, port: int) -> None:
    """Say so at once where nobody could listen there, before anything is made or printed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            # On Linux two sockets may be bound to a port with SO_REUSEADDR; only one may listen.
            probe.listen(1)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
            raise CommandError(
                f"Nobody can listen on {host} port {port}: {reason}. "
                "Is the portal running already? Choose another port with --port or PORT=.",
                returncode=2,
            ) from None


def _what_to_open(host: str, port: int, is_demo: bool) -> list[str]:
    base = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    portal = (
        f"{policy().controller.name}: {base}/de/   form: {base}/de/payment/   mailbox: {base}/de/mailbox/"
    )
    office = f"Office: {base}/office/"
    if is_demo:
        return [portal, f"{office}   (this demo skips the second factor; only a demo does)", *demo.logins()]
    return [portal, office]
