from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from gunicorn.app.base import BaseApplication

from zusage import demo
from zusage.actions.house import publish_notice
from zusage.management.commands.migrate_stores import migrate
from zusage.tenant import policy


class Command(BaseCommand):
    help = "Start the portal with its background worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="invented cases and accounts, secrets in the var folder")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000), help="default: 8000")
        parser.add_argument("--processes", type=int, default=2, help="server processes (default: 2)")
        parser.add_argument("--threads", type=int, default=4, help="threads in each (default: 4)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["port"] <= 65535:
            raise CommandError("--port must be between 1 and 65535.", returncode=2)
        settings.VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
        migrate()
        publish_notice()
        if options["demo"]:
            demo.load()
        self.stdout.write("\n".join(_what_to_open(options)))
        self.stdout.flush()
        # SQLite connections don't survive a fork.
        connections.close_all()
        worker = subprocess.Popen([sys.executable, "-m", "zusage.cli", "worker", "--parent", str(os.getpid())])
        try:
            Server(options).run()
        finally:
            worker.terminate()


class Server(BaseApplication):
    """gunicorn with the application loaded before it forks, so that its processes share the counters in memory."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._chosen = {
            "bind": f"{options['host']}:{options['port']}",
            "workers": options["processes"],
            "threads": options["threads"],
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
        from zusage.wsgi import application

        return application


def _what_to_open(options: dict[str, Any]) -> list[str]:
    base = f"http://{options['host']}:{options['port']}"
    portal = f"{policy().controller.name}: {base}/de/   form: {base}/de/payment/   mailbox: {base}/de/mailbox/"
    office = f"Office: {base}/office/"
    if options["demo"]:
        return [portal, f"{office}   (this demo skips the second factor; only a demo does)", *demo.logins()]
    return [portal, office]
