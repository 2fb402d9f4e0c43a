"""What is installed is what was chosen: each dependency with its reason, each package pinned, with hashes, and once."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+) \\$", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / name).read_text()))


def wanted(dependencies: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~!; ]", each)[0] for each in dependencies}


def test_each_dependency_has_its_reason_beside_it() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    start = lines.index("dependencies = [")
    entries = [line for line in lines[start : lines.index("[project.scripts]")] if line.startswith('    "')]
    assert len(entries) > 20
    assert [entry for entry in entries if not re.search(r'",\s+# \S.{10}', entry)] == []


def test_the_lock_files_hold_every_dependency_and_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    portal, everything = pins("requirements.txt"), pins("requirements-dev.txt")
    assert wanted(project["dependencies"]) <= set(portal)
    assert wanted(project["optional-dependencies"]["dev"]) <= set(everything)
    # The installer counts on this: whoever has the development packages has the portal's too.
    assert portal.items() <= everything.items()


def test_every_package_is_pinned_with_hashes_and_no_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        packages = re.split(r"\n(?=[a-z0-9])", text.strip())
        assert len(packages) == len(pins(name)) > 20
        assert [each.split()[0] for each in packages if "--hash=sha256:" not in each] == []
        assert "://" not in text and "--index" not in text and "--find-links" not in text
