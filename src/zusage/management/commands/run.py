from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from zusage import demo
from zusage.actions.house import publish_notice
from zusage.management.commands.migrate_stores import migrate
from zusage.server import PROCESSES, THREADS, Server
from zusage.tenant import policy
from zusage.wsgi import application


class Command(BaseCommand):
    help = "Start the portal with its background worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="invented cases and accounts, secrets in the var folder")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000), help="default: 8000")
        parser.add_argument("--processes", type=int, default=PROCESSES, help="server processes (default: %(default)s)")
        parser.add_argument("--threads", type=int, default=THREADS, help="threads in each (default: %(default)s)")

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
            Server(options["host"], options["port"], application, options["processes"], options["threads"]).run()
        finally:
            worker.terminate()


def _what_to_open(options: dict[str, Any]) -> list[str]:
    base = f"http://{options['host']}:{options['port']}"
    portal = f"{policy().controller.name}: {base}/de/   form: {base}/de/payment/   mailbox: {base}/de/mailbox/"
    office = f"Office: {base}/office/"
    if options["demo"]:
        return [portal, f"{office}   (this demo skips the second factor; only a demo does)", *demo.logins()]
    return [portal, office]
