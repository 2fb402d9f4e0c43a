"""``zusage policy check|show|export|diff``: a tenant's policy without a database, a secret or a server."""

from __future__ import annotations

import argparse
import json
import sys

from zusage.environment import setting
from zusage.policy.diff import diff
from zusage.policy.export import export
from zusage.policy.load import load
from zusage.policy.show import show
from zusage.policy.types import Finding, Policy, PolicyError
from zusage.tenant import folder

TENANT = "a tenant's name or the folder of its policy (default: what ZUSAGE_POLICY says, or alektum_ch)"


def run(arguments: list[str]) -> int:
    """0 whole (diff: the same) · 1 holes (diff: differences) · 2 could not run."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.work(options))
    except PolicyError as error:
        for finding in error.findings:
            print(finding, file=sys.stderr)
        return 2


def _check(options: argparse.Namespace) -> int:
    if not folder(options.tenant).is_dir():
        load(folder(options.tenant))  # says so: there is nothing to check
    findings: list[Finding] = []
    whole: Policy | None = None
    try:
        whole = load(folder(options.tenant))
    except PolicyError as error:
        findings = error.findings
    if options.json:
        fields = ("file", "place", "problem", "remedy")
        print(
            json.dumps(
                [{name: getattr(one, name) for name in fields} for one in findings], ensure_ascii=False
            )
        )
    elif whole is None:
        for finding in findings:
            print(finding)
        print(f"{len(findings)} to mend in the policy '{options.tenant}'.", file=sys.stderr)
    else:
        counts = f"{len(whole.purposes)} purposes, {len(whole.recipients)} recipients, {len(whole.promises)} promises"
        print(f"The policy '{whole.id}' is whole: {counts}.")
    return 1 if findings else 0


def _show(options: argparse.Namespace) -> int:
    print(show(load(folder(options.tenant))), end="")
    return 0


def _export(options: argparse.Namespace) -> int:
    print(json.dumps(export(load(folder(options.tenant))), ensure_ascii=False, indent=2))
    return 0


def _diff(options: argparse.Namespace) -> int:
    lines = diff(load(folder(options.one)), load(folder(options.other)))
    if options.json:
        print(json.dumps(lines, ensure_ascii=False))
    else:
        print("\n".join(lines) or "No difference.")
    return 1 if lines else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zusage policy",
        description="A tenant's policy: facts in TOML, words in four languages. TENANT is a name or a folder.",
        epilog="Exit codes: 0 whole or the same, 1 something to mend or different, 2 could not run.",
    )
    kinds = parser.add_subparsers(required=True, metavar="check|show|export|diff")
    present = setting("ZUSAGE_POLICY", "alektum_ch")
    for name, work, text in (
        ("check", _check, "say every hole: file, place, what is wrong, what to write"),
        ("show", _show, "the policy as plain text"),
        ("export", _export, "the policy as JSON-LD with the terms of the Data Privacy Vocabulary"),
    ):
        kind = kinds.add_parser(name, help=text, description=text)
        kind.add_argument("tenant", nargs="?", default=present, metavar="TENANT", help=TENANT)
        kind.set_defaults(work=work)
        if name == "check":
            kind.add_argument("--json", action="store_true", help="a list of findings for machines")
    kind = kinds.add_parser(
        "diff",
        help="what differs between two policies",
        description="What differs, line by line. What that would delete: zusage sweep --dry-run --policy OTHER.",
    )
    kind.add_argument("one", metavar="ONE")
    kind.add_argument("other", metavar="OTHER")
    kind.add_argument("--json", action="store_true", help="a list of lines for machines")
    kind.set_defaults(work=_diff)
    return parser
