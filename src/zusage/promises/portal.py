"""The portal over HTTP, as anybody sees it: the one that runs on this machine, or the same code served for this run.

It listens on the loopback, and nothing else is ever spoken to.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections

SECONDS = 20
ALWAYS = {"User-Agent": "Zusage-Prover", "DNT": "1"}
"""Who asks, and that it doesn't want to be counted: it is no visitor."""
LISTENING = "listening"
"""A file in the var folder in which a running portal says where it listens, and if it is a demo: `host port [demo]`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` by lower-case name, the last of each; `cookies` that were set, by name."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Portal:
    """Where it listens. `running`: it is the one that people use, and not served for this run alone."""

    host: str
    port: int
    running: bool

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """One GET; redirects aren't followed. Raises OSError where nobody answers."""
        return self._ask("GET", path, None, headers or {})

    def post(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """One form, sent as our own pages send it."""
        body = urlencode(fields).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        return self._ask("POST", path, body, {**kind, **(headers or {})})

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        line = HTTPConnection(self.host, self.port, timeout=SECONDS)
        try:
            line.request(method, path, body, {**ALWAYS, "Host": host(), **headers})
            answer = line.getresponse()
            given = answer.getheaders()
            cookies = SimpleCookie()
            for name, value in given:
                if name.lower() == "set-cookie":
                    cookies.load(value)
            found = {name: cookie.OutputString() for name, cookie in cookies.items()}
            return Answer(answer.status, {name.lower(): value for name, value in given}, found, answer.read())
        except HTTPException as error:
            raise OSError(type(error).__name__) from None
        finally:
            line.close()


def is_demo() -> bool:
    """Whether this house is a demo: this process's own, or the one of the portal that runs here."""
    try:
        return settings.DEMO or (settings.VAR / LISTENING).read_text().endswith(" demo")
    except OSError:
        return False


@contextmanager
def listening(var: Path, host: str, port: int) -> Iterator[None]:
    """Say where this portal listens, for the prover, as long as it does."""
    file, owner = var / LISTENING, os.getpid()
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (we only ask where it listens)
    file.write_text(f"{here} {port}{' demo' if settings.DEMO else ''}")
    try:
        yield
    finally:
        # The server's own processes leave through here too.
        if os.getpid() == owner:
            file.unlink(missing_ok=True)


@contextmanager
def portal() -> Iterator[Portal]:
    """The portal that runs here, or else this code served on a free port of the loopback until the end."""
    found = _running()
    if found is not None:
        yield found
        return
    # Made anew: with the settings that are in force now.
    with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Quiet) as server:
        thread = threading.Thread(target=_serve, args=[server], daemon=True)
        thread.start()
        try:
            yield Portal("127.0.0.1", server.server_port, running=False)
        finally:
            server.shutdown()
            thread.join()


def _serve(server: WSGIServer) -> None:
    try:
        server.serve_forever(0.02)  # seconds until it sees that it should end
    finally:
        connections.close_all()  # this thread's own


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a log of requests is what we promise not to keep."""


def _running() -> Portal | None:
    try:
        host, port = (settings.VAR / LISTENING).read_text().split()[:2]
        found = Portal(host, int(port), running=True)
        return found if found.get("/healthz").status in (200, 503) else None
    except (OSError, ValueError):
        return None


def host() -> str:
    """A name by which this portal answers."""
    named = next((one for one in settings.ALLOWED_HOSTS if one != "*"), "localhost")
    return named.lstrip(".")
