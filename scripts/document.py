"""Write docs/commands.md from what the commands say of themselves.

.venv/bin/python scripts/document.py            write it
.venv/bin/python scripts/document.py --check    exit code 1 if it isn't what the commands say
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from unittest.mock import patch

from zusage import cli

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
PARTS = {"policy": ("check", "show", "export", "diff"), "api-token": ("add", "list", "end")}
HEAD = """# Commands

Written by `scripts/document.py` from each command's `--help`.
Exit codes everywhere: 0 done, 1 a finding, 2 could not run.
In a checkout the command is `.venv/bin/zusage`.
"""


def page() -> str:
    """The whole page."""
    sections = [HEAD, _block(_said(()))]
    for name in cli.COMMANDS:
        sections += [f"## zusage {name}\n", _block(_said((name,)))]
        sections += [_block(_said((name, part))) for part in PARTS.get(name, ())]
    return "\n".join(sections)


def _said(command: tuple[str, ...]) -> str:
    """What ``zusage <command> --help`` prints, in lines of at most 100 characters."""
    out = io.StringIO()
    with patch.dict(os.environ, {"COLUMNS": "100"}), redirect_stdout(out):
        try:
            cli.run([*command, "--help"])
        except SystemExit as end:  # how argparse leaves after its help
            if end.code:
                raise
    return out.getvalue().strip()


def _block(text: str) -> str:
    return f"```text\n{text}\n```\n"


def main() -> int:
    """Write or compare; the exit code."""
    if sys.argv[1:] == ["--check"]:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
