"""The web server: gunicorn, with the application loaded before it forks, so that its processes share memory."""

from __future__ import annotations

import socket
import struct
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from zusage.logs import NothingPersonal

PROCESSES = 2
THREADS = 4
LINE_SECONDS = 10
"""How long a silent line may hold a thread in the middle of a request or an answer."""


class Log(Logger):
    """gunicorn's log without what it says about requests: addresses, and words that were sent."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.addFilter(NothingPersonal())


def _limit_silence(arbiter: Any) -> None:
    """Connections inherit this from the socket they come in by: on a blocking read gunicorn sets no limit itself."""
    limit = struct.pack("@ll", LINE_SECONDS, 0)
    for listener in arbiter.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


class Server(BaseApplication):
    """Serves one WSGI application until it is told to stop."""

    def __init__(
        self, host: str, port: int, application: Any, processes: int = PROCESSES, threads: int = THREADS
    ) -> None:
        self._application = application
        self._chosen = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": processes,
            "threads": threads,
            "worker_class": "gthread",
            "preload_app": True,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 5,
            "backlog": 1024,
            # The heartbeat file, in memory where the system has a place for it.
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108
            "control_socket_disable": True,
            "loglevel": "warning",
            "logger_class": Log,
            "when_ready": _limit_silence,
            # No access log: it would hold addresses.
            "accesslog": None,
            "limit_request_line": 2048,
            "forwarded_allow_ips": "",
            "umask": 0o077,
        }
        super().__init__()
        # A thread that has committed waits for the interpreter before it can let the next one write; the usual 5 ms
        # are ten times what a commit takes.
        sys.setswitchinterval(0.0005)

    def load_config(self) -> None:
        for name, value in self._chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._application
