"""What the documents say is so: the commands, the paths they point to, the variables they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import document
from tests.server import ROOT, command

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/README.md")])


def test_the_page_of_commands_is_what_the_commands_say():
    assert document.PAGE.read_text(encoding="utf-8") == document.page(), "run scripts/document.py"


def test_help_needs_neither_secret_nor_folder(tmp_path):
    said = command({"ZUSAGE_VAR": str(tmp_path / "var")}, "add-user", "--help")
    assert (said.returncode, said.stderr) == (0, "")
    assert "one-time password" in said.stdout and "--settings" not in said.stdout
    assert not (tmp_path / "var").exists()


def test_the_first_steps_of_the_operating_page_go_in_this_order(house):
    environment = house()
    told = command(environment, "add-user", "amina", "--role", "administrator")
    assert told.returncode == 2 and "Traceback" not in told.stderr
    for step in (("check",), ("migrate-stores",), ("add-user", "amina", "--role", "administrator")):
        done = command(environment, *step)
        assert (done.returncode, done.stderr.strip()) in ((0, ""), (0, NO_ISSUES)), step
    assert done.stdout.startswith("administrator amina ")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(path: Path):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"", path.read_text(encoding="utf-8"))
    inside = [one or other for one, other in links if "://" not in (one or other)]
    assert [link for link in inside if not (path.parent / link).exists()] == []


def test_operating_names_every_variable_and_no_other():
    said = set(re.findall(r"`(ZUSAGE_[A-Z_]+)", (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")))
    code = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "src").rglob("*.py"))
    read = set(re.findall(r"(?:setting|secret)\(\s*\"(ZUSAGE_[A-Z_]+)\"", code))
    assert said - {"ZUSAGE_DEMO"} == (read - {"ZUSAGE_DEMO"}) | STORE_URLS


NO_ISSUES = "System check identified no issues (0 silenced)."
STORE_URLS = {f"ZUSAGE_{store}_URL" for store in ("DATA", "KEYS", "PROTOCOL", "VISITS")}
