"""Python processes that begin where the libraries are already imported: a command's start takes a third of the time.

One process, started with the first of them, imports what reads no setting, no secret and no store: libraries, facts
and rules. From then on it forks. Each of its children is a process like any other, with the environment, folder, input
and output it is given. Where the very start of a process is what a test is about, it starts one itself.

    python -m tests.warm SOCKET    that process; it ends with the other end of the socket
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = """
argparse csv http.client logging.config pydoc smtplib sqlite3 tomllib typing_extensions unittest.mock uuid
django.contrib.admin django.contrib.auth.hashers django.contrib.auth.password_validation django.contrib.messages.api
django.contrib.staticfiles.finders django.core.handlers.wsgi django.core.management.base django.core.serializers.json
django.db.backends.postgresql.base django.db.backends.sqlite3.base django.db.migrations.executor django.db.models
django.forms django.http django.template.defaultfilters django.template.loader_tags django.test.signals django.urls
django.utils.log django.views.generic
allauth.account.app_settings allauth.mfa.app_settings altcha csp.middleware cryptography.hazmat.primitives.kdf.hkdf
cryptography.hazmat.primitives.ciphers.aead cryptography.hazmat.primitives.asymmetric.ed25519 cryptography.x509
django_tasks django_tasks.base holidays packaging.version phonenumbers psycopg qrcode rapidfuzz re2 rich.console
rich.progress rich.table stdnum.ch stdnum.de stdnum.iban stdnum.luhn typst
zusage.policy.check zusage.policy.load zusage.policy.versions zusage.rules.disclosure zusage.rules.erasure
zusage.rules.matching.calibrate zusage.rules.matching.decide zusage.rules.receipts
""".split()
"""Modules; of Zusage's own, of the rooms that know neither settings nor stores."""
LENGTH = 4
"""Bytes that say how long a request is."""


def run(
    *arguments: str,
    environment: Mapping[str, str],
    told: str | bytes = b"",
    seconds: float = 60,
    folder: Path = ROOT,
) -> subprocess.CompletedProcess[str]:
    """As ``subprocess.run`` of Python with `arguments`, which are ``-m MODULE …`` or ``-c CODE …``, to its end.

    `told`: what its standard input has.
    Raises subprocess.TimeoutExpired, and the process is killed, where it takes longer.
    """
    asked = json.dumps([arguments, dict(environment), str(folder)]).encode()
    with ExitStack() as stack:
        into, out, err = (stack.enter_context(tempfile.TemporaryFile("w+b")) for _ in range(3))
        into.write(told.encode() if isinstance(told, str) else told)
        into.seek(0)
        ours, theirs = map(stack.enter_context, socket.socketpair())
        given = [one.fileno() for one in (into, out, err, theirs)]
        socket.send_fds(_parent(), [len(asked).to_bytes(LENGTH, "big")], given)
        _parent().sendall(asked)
        theirs.close()
        ours.settimeout(seconds)
        number = int.from_bytes(ours.recv(LENGTH), "big")
        try:
            code = int.from_bytes(ours.recv(LENGTH), "big", signed=True)
        except TimeoutError:
            os.kill(number, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), seconds) from None
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read().decode(), err.read().decode())


@cache
def _parent() -> socket.socket:
    """What the forking process is asked through."""
    ours, theirs = socket.socketpair()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ZUSAGE_", "DJANGO_"))}
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
            env={**kept, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
    return ours


def serve(asked: socket.socket) -> list[str]:
    """Fork for each request until nobody asks any more: then it is empty. In a child, what that has to run.

    Each child has a keeper, which tells its number, then how it ended.
    """
    for name in LIBRARIES:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
    while True:
        length, given, _, _ = socket.recv_fds(asked, LENGTH, 4)
        if not length:
            return []
        arguments, environment, folder = json.loads(_exactly(asked, int.from_bytes(length, "big")))
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asked.close()
            *files, told = given
            _keep(told)
            for place, one in enumerate(files):
                os.dup2(one, place)
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(folder)
            return list(arguments)
        for one in given:
            os.close(one)


def _exactly(asked: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        found += asked.recv(length - len(found))
    return found


def _keep(told: int) -> None:
    """Fork once more, and come back in the child alone; its keeper says what becomes of it."""
    number = os.fork()
    if number == 0:
        os.close(told)
        return
    with suppress(BrokenPipeError):
        os.write(told, number.to_bytes(LENGTH, "big"))
        _, status = os.waitpid(number, 0)
        os.write(told, os.waitstatus_to_exitcode(status).to_bytes(LENGTH, "big", signed=True))
    os._exit(0)


def begin(how: str, what: str, *rest: str) -> None:
    """Run what is asked for, as the interpreter does."""
    if how == "-m":
        sys.argv = [what, *rest]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv = ["-c", *rest]
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    wanted = serve(socket.socket(fileno=int(sys.argv[1])))
    if wanted:
        begin(*wanted)
