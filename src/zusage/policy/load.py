"""Loading a tenant's policy: facts and words from one folder, checked whole, or refused with every finding."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

from zusage.policy import check, facts, files, law, words
from zusage.policy.reader import Table
from zusage.policy.types import Finding, Policy, PolicyError

KNOWN = (*facts.FILES, *words.FILES)


def load(folder: Path) -> Policy:
    """The checked policy in `folder`. Raises PolicyError with every finding, and nothing else whatever it holds."""
    if not files.is_folder(folder):
        raise PolicyError(
            [Finding(folder.name, "whole folder", "There is no such folder.", "Name a tenant's folder.")]
        )
    findings: list[Finding] = files.strangers(folder, KNOWN)
    found: dict[str, Any] = {}
    for name, reader in facts.READERS.items():
        before = len(findings)
        left_out = name in facts.OPTIONAL and not files.is_there(folder, name)
        tables = {} if left_out else files.read(folder, name, findings)
        if len(findings) == before:
            found.update(reader(Table(tables, name, "", findings)))
    own = words.read(folder, findings)
    if findings:
        raise PolicyError(findings)
    written = words.merged(own)
    controller, limits, matching = (found[one] for one in ("controller", "limits", "matching"))
    filled = words.filled(written, controller, limits, matching, found["retentions"], findings)
    policy = Policy(
        id=folder.resolve().name,
        adequate=law.adequate(found["regimes"]),
        words=MappingProxyType(dict(filled)),
        **found,
    )
    findings += check.check(policy, own) + _contracts(folder, policy)
    if findings:
        raise PolicyError(findings)
    return policy


def _contracts(folder: Path, policy: Policy) -> list[Finding]:
    """Contracts whose document isn't in the tenant's folder: without it nobody can show what binds the processor."""
    findings = []
    for recipient in policy.recipients.values():
        document = recipient.contract.document if recipient.contract else ""
        if document and not files.is_inside(folder, document):
            findings.append(
                Finding(
                    "recipients.toml",
                    f"recipient.{recipient.id}.contract.document",
                    "There is no such file in the tenant's folder.",
                    'Put the signed contract there, e.g. under "contracts/".',
                )
            )
    return findings
