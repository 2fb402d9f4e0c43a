"""The words of a policy: flat keys, the house's own words beneath the tenant's, declared figures filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from zusage.policy import files
from zusage.policy.types import (
    LANGUAGES,
    Controller,
    Finding,
    Language,
    Limits,
    Matching,
    PolicyError,
    Retention,
)

HOUSE = Path(__file__).parent / "words"
"""Words that every tenant says the same (units, headings); a tenant may say them otherwise under the same key."""
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
KEY = re.compile(r"[\w.-]{1,200}")
FILES = tuple(f"{language}.toml" for language in LANGUAGES)

Words = Mapping[Language, Mapping[str, str]]


def read(folder: Path, findings: list[Finding]) -> dict[Language, dict[str, str]]:
    """The tenant's own words per language, flat, as written."""
    return {
        language: flat(files.read(folder, f"{language}.toml", findings), f"{language}.toml", findings)
        for language in LANGUAGES
    }


@cache
def house() -> Words:
    """The house's words. Raises PolicyError if the package itself is damaged."""
    findings: list[Finding] = []
    words = read(HOUSE, findings)
    if findings:
        raise PolicyError(findings)
    return MappingProxyType({language: MappingProxyType(words[language]) for language in LANGUAGES})


def flat(table: dict[str, Any], file: str, findings: list[Finding], before: str = "") -> dict[str, str]:
    """Nested tables of texts as one mapping from dotted key to text."""
    found: dict[str, str] = {}
    for name, value in table.items():
        key = f"{before}.{name}" if before else name
        if not KEY.fullmatch(name):
            findings.append(
                Finding(
                    file, before or "whole file", "One key here isn't a key.", "Use letters, digits, - and _."
                )
            )
        elif isinstance(value, dict):
            for inner, text in flat(value, file, findings, key).items():
                _put(found, inner, text, file, findings)
        elif not isinstance(value, str):
            findings.append(Finding(file, key, "This is not a text.", "Write it in quotation marks."))
        elif not value.strip():
            findings.append(Finding(file, key, "This text is empty.", "Write it."))
        elif any(not letter.isprintable() and letter != "\n" for letter in value):
            findings.append(
                Finding(
                    file, key, "This text holds a character that nobody can see.", "Type it again by hand."
                )
            )
        else:
            _put(found, key, value.strip(), file, findings)
    return found


def _put(found: dict[str, str], key: str, text: str, file: str, findings: list[Finding]) -> None:
    """A key in quotation marks may name the same text as nested tables do: TOML doesn't mind, we do."""
    if key in found:
        findings.append(Finding(file, key, "This text stands here twice.", "Remove one."))
    found[key] = text


def merged(own: Mapping[Language, Mapping[str, str]]) -> dict[Language, dict[str, str]]:
    """The tenant's words above the house's."""
    return {language: {**house()[language], **own[language]} for language in LANGUAGES}


def period(retention: Retention, words: Mapping[str, str]) -> str:
    """A period in words, e.g. ``45 Tage``."""
    number = "one" if retention.length == 1 else "other"
    return f"{retention.length} {words.get(f'unit.{retention.unit}.{number}', retention.unit)}"


def filled(
    words: Mapping[Language, Mapping[str, str]],
    controller: Controller,
    limits: Limits,
    matching: Matching,
    retentions: Mapping[str, Retention],
    findings: list[Finding],
) -> Words:
    """`words` with the declared figures in place of ``{name}`` and the like, so that no text can contradict a fact."""
    facts = {
        "controller": controller.name,
        "email": controller.email,
        "privacy_email": controller.privacy_email,
        "objection_email": controller.objection_email,
        "window_minutes": str(limits.window_minutes),
        "mailbox_idle_minutes": str(limits.mailbox_idle_minutes),
        "one_wrong_in": str(matching.one_wrong_in),
    }
    done: dict[Language, Mapping[str, str]] = {}
    for language, texts in words.items():
        facts["supervisor"] = texts.get(f"supervisor.{controller.supervisor}", "")
        known = {id_: facts | {"period": period(one, texts)} for id_, one in retentions.items()}
        done[language] = MappingProxyType(
            {
                key: _fill(text, key, f"{language}.toml", known.get(_retention(key), facts), findings)
                for key, text in texts.items()
            }
        )
    return MappingProxyType(done)


def _retention(key: str) -> str:
    """The period whose text `key` names, if it names one: there ``{period}`` is known."""
    kind, _, rest = key.partition(".")
    return rest.partition(".")[0] if kind == "retention" else ""


def _fill(text: str, key: str, file: str, facts: dict[str, str], findings: list[Finding]) -> str:
    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name not in facts:
            findings.append(
                Finding(
                    file,
                    key,
                    f"Nothing can stand in for {{{name[:40]}}}.",
                    f"Known here: {', '.join('{' + one + '}' for one in facts)}.",
                )
            )
        return facts.get(name, "")

    if any(brace in PLACEHOLDER.sub("", text) for brace in "{}"):
        findings.append(Finding(file, key, "There is a brace on its own.", "Write {name}, or take it out."))
    return PLACEHOLDER.sub(put, text)
