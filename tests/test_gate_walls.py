"""Nothing in the code but the gate can send anything out: its source is walked for whatever could."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import zusage

SOURCE = Path(zusage.__file__).parent

# What opens a line to elsewhere, or starts something that could. Compared with the beginning of what is imported.
SENDS = (
    "smtplib", "ssl", "socket", "socketserver", "http.client", "urllib.request", "urllib3", "requests", "httpx",
    "aiohttp", "ftplib", "imaplib", "poplib", "telnetlib", "xmlrpc", "asyncio", "subprocess", "pty",
    "multiprocessing.connection", "paramiko",
    "aiosmtplib", "websockets", "django.core.mail", "zusage.mail", "webbrowser", "ctypes",
)  # fmt: skip
CALLS = {
    *(f"os.{name}" for name in ("system", "popen", "execv", "execve", "execvp", "spawnv", "posix_spawn", "fork")),
    "__import__", "import_module",
}  # fmt: skip
METHODS = {"send_mail", "email_user", "mail_admins", "mail_managers", "import_module"}

MAY = {
    "mail.py": {"smtplib", "ssl"},  # the one mail
    "actions/disclose.py": {"zusage.mail"},  # the gate
    "actions/cases_reader.py": {
        "multiprocessing.connection"
    },  # a pipe to a process of its own, which reads a file
    "promises/portal.py": {"http.client"},  # asks our own pages, on the loopback
    "visits/logs/workers.py": {"multiprocessing.connection"},  # pipes to processes of its own
    "server.py": {"socket"},  # limits how long a silent visitor may hold a line
    "management/commands/run.py": {"socket", "subprocess"},  # is the port free; the worker beside the server
}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func
            yield name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
            yield ast.unparse(name)


def senders(source: str) -> set[str]:
    tree = ast.parse(source)
    names = list(imported(tree))
    found = {one for one in SENDS for name in names if name == one or name.startswith(f"{one}.")}
    return found | set(called(tree)) & (CALLS | METHODS)


@pytest.mark.parametrize(
    "path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix()
)
def test_nothing_but_the_gate_can_send(path):
    name = path.relative_to(SOURCE).as_posix()
    assert senders(path.read_text(encoding="utf-8")) == MAY.get(name, set())


def test_what_is_allowed_to_send_is_still_there():
    assert all((SOURCE / name).is_file() for name in MAY)


@pytest.mark.parametrize(
    "source, found",
    [
        ("import smtplib", {"smtplib"}),
        ("from urllib import request", {"urllib.request"}),
        ("from urllib.parse import quote", set()),
        ("import http.client as quiet", {"http.client"}),
        ("from zusage import mail", {"zusage.mail"}),
        ("from django.core import mail", {"django.core.mail"}),
        ("def f():\n    import socket", {"socket"}),
        ("import os\nos.system('curl')", {"os.system"}),
        ("person.email_user('a', 'b')", {"email_user"}),
        ("__import__('smtplib')", {"__import__"}),
        ("Actor.system('sweep')", set()),
    ],
)
def test_the_walk_sees_it(source, found):
    assert senders(source) == found
