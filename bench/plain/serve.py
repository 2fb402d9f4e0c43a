"""Starts the yardstick on the same server as ours: gunicorn, as many processes and threads, loaded before it forks."""

from __future__ import annotations

import os
import sys

import django


def main() -> None:
    """``python -m bench.plain.serve PORT``."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.plain.settings"
    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    call_command("migrate", run_syncdb=True, verbosity=0)
    connections.close_all()
    from zusage.server import Server

    application = get_wsgi_application()
    Server("127.0.0.1", int(sys.argv[1]), application=application).run()


if __name__ == "__main__":
    main()
