"""A forked process is as a started one: it has what it is given, nothing else, and tells how it ended."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests import warm

SAY = """
import json, os, sys
told = sys.stdin.read()
print(json.dumps([dict(os.environ), sys.argv, told, os.getcwd(), os.getpid(), "django.conf" in sys.modules]))
print("Zürich", file=sys.stderr)
sys.exit(3)
"""


def test_it_has_what_it_is_given_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("ZUSAGE_VAR", "/of/the/tests")
    given = {"PATH": os.environ["PATH"], "ZUSAGE_KEY": "ü"}
    found = [warm.run("-c", SAY, "one", environment=given, told="Brief", folder=tmp_path) for _ in range(2)]
    for one in found:
        around, arguments, told, folder, *_ = json.loads(one.stdout)
        assert around == given and arguments == ["-c", "one"] and told == "Brief" and folder == str(tmp_path)
        assert (one.returncode, one.stderr) == (3, "Zürich\n")
    assert len({json.loads(one.stdout)[4] for one in found} | {os.getpid()}) == 3


def test_no_setting_was_read_before():
    code = "from django.conf import settings; import sys; print(settings.configured, 'zusage.settings' in sys.modules)"
    assert warm.run("-c", code, environment={}).stdout == "False False\n"


def test_it_ends_as_the_interpreter_does():
    failed = warm.run("-c", "import atexit; atexit.register(print, 'last'); 1/0", environment={})
    assert (failed.returncode, failed.stdout) == (1, "last\n") and "ZeroDivisionError" in failed.stderr
    assert warm.run("-c", "import os; os.kill(os.getpid(), 9)", environment={}).returncode == -9
    assert warm.run("-m", "json.tool", environment={}, told="[1]").stdout.split() == ["[", "1", "]"]


def test_who_takes_too_long_is_killed():
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run("-c", "import time; time.sleep(60)", environment={}, seconds=0.5)
