"""The runner of all tests: what it counts, and that nothing red ends green."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import suite

GREEN = "def test_one(): pass\ndef test_two(): pass\n"
RED = "import pytest\ndef test_one(): pass\ndef test_bad(): assert 0\n@pytest.mark.skip\ndef test_later(): pass\n"

Runner = Callable[[dict[str, str]], tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runner:
    """Runs parts of one file each; the exit code and the closing line."""

    def runner(files: dict[str, str]) -> tuple[int, str]:
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        plain = ("-c", str(tmp_path / "pytest.ini"), "--confcutdir", str(tmp_path), "-p", "no:cacheprovider")
        parts = []
        for name, text in files.items():
            file = tmp_path / f"test_{name}.py"
            file.write_text(text)
            parts.append(suite.Part(name, (*plain, str(file)), "sqlite"))
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        monkeypatch.setattr(suite, "PARTS", tuple(parts))
        monkeypatch.setattr("sys.argv", ["suite.py"])
        code = suite.main()
        return code, capfd.readouterr().out.strip().splitlines()[-1]

    return runner


def test_all_green(run: Runner) -> None:
    code, last = run({"one": GREEN})
    assert code == 0
    assert last.startswith("===== 2 passed in ")


def test_one_red_part_makes_all_red(run: Runner) -> None:
    code, last = run({"one": RED, "other": GREEN})
    assert code == 1
    assert last.startswith("===== 1 failed, 3 passed, 1 skipped in ")


@pytest.mark.parametrize(
    ("nothing", "closing"), [("", "no tests ran in"), ("import nothing_of_that_name", "1 error in")]
)
def test_a_part_that_runs_nothing_is_red(run: Runner, nothing: str, closing: str) -> None:
    code, last = run({"one": nothing})
    assert code == 1
    assert last.startswith(f"===== {closing}")
