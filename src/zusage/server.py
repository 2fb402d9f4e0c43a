"""The web server: gunicorn, with the application loaded before it forks, so that its processes share memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

PROCESSES = 2
THREADS = 4


class Server(BaseApplication):  # type: ignore[misc]
    """Serves one WSGI application until it is told to stop."""

    def __init__(
        self, host: str, port: int, application: Any, processes: int = PROCESSES, threads: int = THREADS
    ) -> None:
        self._application = application
        self._chosen = {
            "bind": f"{host}:{port}",
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
            # No access log: it would hold addresses.
            "accesslog": None,
            "limit_request_line": 2048,
            "forwarded_allow_ips": "",
            "umask": 0o077,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._application
