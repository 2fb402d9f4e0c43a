"""The runner of all tests: what it counts, what runs beside what, and that nothing red ends green."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import suite

GREEN = "def test_one(): pass\ndef test_two(): pass\n"
RED = "import pytest\ndef test_one(): pass\ndef test_bad(): assert 0\n@pytest.mark.skip\ndef test_later(): pass\n"

Runner = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runner:
    """Runs parts of one file each, those named in `alone` by themselves; the exit code and what was printed."""

    def runner(files: dict[str, str], alone: str = "") -> tuple[int, list[str]]:
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        plain = ("-c", str(tmp_path / "pytest.ini"), "--confcutdir", str(tmp_path), "-p", "no:cacheprovider")
        parts = []
        for name, text in files.items():
            file = tmp_path / f"test_{name}.py"
            file.write_text(text.replace("HERE", repr(str(tmp_path))))
            parts.append(suite.Part(name, (*plain, str(file)), "sqlite", name == alone))
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # or each part compiles all of pytest
        monkeypatch.setattr(suite, "PARTS", tuple(parts))
        monkeypatch.setattr(suite, "LANES", 2)
        monkeypatch.setattr(suite, "HEARTBEAT_SECONDS", 0.1)
        monkeypatch.setattr("sys.argv", ["suite.py"])
        code = suite.main()
        return code, capfd.readouterr().out.strip().splitlines()

    return runner


def test_all_green(run: Runner) -> None:
    code, printed = run({"one": GREEN})
    assert code == 0
    assert printed[-1].startswith("===== 2 passed in ")


def test_one_red_part_makes_all_red(run: Runner) -> None:
    code, printed = run({"one": RED, "other": GREEN})
    assert code == 1
    assert "one: FAILED" in re.sub(r"\d+\.\d s, ", "", "\n".join(printed))
    assert printed[-1].startswith("===== 1 failed, 3 passed, 1 skipped in ")


@pytest.mark.parametrize(
    ("nothing", "closing"), [("", "no tests ran in"), ("import nothing_of_that_name", "1 error in")]
)
def test_a_part_that_runs_nothing_is_red(run: Runner, nothing: str, closing: str) -> None:
    code, printed = run({"one": nothing})
    assert code == 1
    assert printed[-1].startswith(f"===== {closing}")


# Each is green only if the other begins while it runs.
PAIR = """
import time
from pathlib import Path
def test_beside_the_other():
    Path(HERE, "{own}").touch()
    until = time.monotonic() + 20
    while not Path(HERE, "{other}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert Path(HERE, "{other}").exists()
    time.sleep(0.5)
    Path(HERE, "{own}").unlink()
"""
ALONE = """
from pathlib import Path
def test_by_itself():
    assert not [one for one in Path(HERE).iterdir() if one.name in ("one", "two")]
"""


def test_parts_run_side_by_side_and_print_one_after_the_other(run: Runner) -> None:
    files = {
        "last": ALONE,
        "one": PAIR.format(own="one", other="two"),
        "two": PAIR.format(own="two", other="one"),
    }
    code, printed = run(files, alone="last")
    assert (code, printed[-1][:18]) == (0, "===== 3 passed in "), printed
    assert any(re.fullmatch(r"\.\.\. \d+ s: (one|two) \d+%(, two \d+%)?", line) for line in printed)
    heads = [line for line in printed if line.startswith("--- ")]
    assert set(heads[:2]) == {"--- one ---", "--- two ---"} and heads[2:] == ["--- last ---", "--- times ---"]
