"""``zusage policy …``: needs no secret, no database; exit codes 0, 1, 2."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zusage.tenant import POLICIES

MINIMAL = Path(__file__).parents[1] / "tenants" / "minimal"


def zusage(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZUSAGE_")}
    environment["PYTHONPATH"] = str(POLICIES.parents[1])
    command = [sys.executable, "-m", "zusage.cli", "policy", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture
def holed(tmp_path):
    """A copy of the minimal tenant whose first purpose has lost its basis."""
    copy = tmp_path / "holed"
    shutil.copytree(MINIMAL, copy)
    facts = (copy / "purposes.toml").read_text(encoding="utf-8").splitlines(keepends=True)
    facts.remove(next(line for line in facts if line.startswith("basis")))
    (copy / "purposes.toml").write_text("".join(facts), encoding="utf-8")
    return copy


def test_a_whole_policy_is_said_to_be_whole():
    done = zusage("check")
    assert done.returncode == 0
    assert "alektum_ch" in done.stdout and "32 promises" in done.stdout


def test_a_hole_is_a_finding_with_its_place(holed):
    done = zusage("check", str(holed))
    assert done.returncode == 1
    assert "purposes.toml" in done.stdout and "basis" in done.stdout
    found = json.loads(zusage("check", str(holed), "--json").stdout)
    assert {"file", "place", "problem", "remedy"} == set(found[0])


@pytest.mark.parametrize("arguments", [["show"], ["export"], ["diff", "alektum_ch"]])
def test_a_policy_with_a_hole_cannot_be_shown(holed, arguments):
    done = zusage(*arguments, str(holed))
    assert done.returncode == 2
    assert "purposes.toml" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["check", "/nowhere"], [], ["frown"], ["diff", "alektum_ch"]])
def test_what_cannot_run_says_so(arguments):
    done = zusage(*arguments)
    assert done.returncode == 2
    assert done.stderr and "Traceback" not in done.stderr


def test_export_is_json_and_diff_tells_tenants_apart():
    assert json.loads(zusage("export").stdout)["@context"]["dpv"].endswith("dpv#")
    assert zusage("diff", "alektum_ch", "alektum_ch").returncode == 0
    other = zusage("diff", "alektum_ch", str(MINIMAL))
    assert other.returncode == 1 and "Bergsee" in other.stdout
