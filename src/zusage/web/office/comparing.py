"""Candidates for the file of a message, side by side: what was written, what the file has, and how they agree.

Each mark is a colour, a sign and a word. Contact details that differ are no conflict: people move, and change numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zusage.queries.review import Candidate, CandidateCase, Candidates, Decided, Review
from zusage.rules import phones
from zusage.rules.matching.compare import Comparison
from zusage.tenant import policy
from zusage.web.office import wording
from zusage.web.office.confidence import confidence, of_step
from zusage.web.words import counted, say

ROWS: dict[str, tuple[str, ...]] = {
    "reference": ("reference",),
    "name": ("given", "family", "order"),
    "born": ("born",),
    "email": ("email",),
    "phone": ("phone",),
    "address": ("street", "number", "postcode", "town"),
}
"""What is compared, a row each -> the fields of the rules in it (`rules.matching.compare.LEVELS`)."""
ALWAYS = ("reference", "name", "born")
"""Rows that are there although nobody wrote anything: that it is lacking is why a human decides."""
KINDS = {
    "reference": "reference", "references": "reference", "name": "name", "date-of-birth": "born",
    "email": "email", "phone": "phone",
}  # fmt: skip
PLACES = ("street", "postcode", "town")
CONTACTS = ("email", "phone", "street", "number", "postcode", "town")
AGREES = ("exact", "nickname", "former", "straight")
CONFLICTS = ("other", "two-names")
SIGNS = {
    "agrees": "done",
    "nearly": "nearly",
    "conflicts": "unlike",
    "differs": "unequal",
    "unknown": "lacking",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """How one field agrees. `kind`: one of `SIGNS`; `part`: which of a row's several; `words`: kind and detail."""

    kind: str
    part: str
    words: str

    @property
    def sign(self) -> str:
        """The name of its icon."""
        return SIGNS[self.kind]


@dataclass(frozen=True, slots=True)
class Row:
    """One compared field of one candidate. `wrote`, `has`: lines; empty where nothing was said."""

    id: str
    label: str
    wrote: tuple[str, ...]
    has: tuple[str, ...]
    marks: tuple[Mark, ...]


def review(language: str, known: Review, fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """For the file's pane. `fields`: the form's fields with their opened values."""
    standing = known.standing
    return {
        "candidates": _candidates(language, known.candidates, fields) if known.candidates else None,
        "decisions": [_decided(language, one) for one in known.decisions],
        "standing": _decided(language, standing) if standing else None,
        "way": standing.way if standing else "",
        "corrected": any(one.way == "corrected" for one in known.decisions),
        "undone": any(one.undone_at for one in known.decisions),
        "undoable": known.undoable,
    }


def _candidates(language: str, found: Candidates, fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    wrote = written(language, fields)
    rows = [row for row in ROWS if row in ALWAYS or wrote[row]]
    return {
        "why": _why(language, found),
        "blocked": _blocked(language, found),
        "rows": [(say(language, f"office.matching.field.{row}"), wrote[row]) for row in rows],
        "each": [_candidate(language, one, wrote, rows) for one in found.shown],
    }


def _why(language: str, found: Candidates) -> list[str]:
    """Why a human decides, a sentence each."""
    said = [say(language, f"office.matching.guard.{one}") for one in found.guard if one != "blocked"]
    said += filter(None, [_blocked(language, found)])
    return said or [say(language, "office.matching.since")]


def _blocked(language: str, found: Candidates) -> str:
    return counted(language, "office.matching.blocked", found.blocked) if found.blocked else ""


def written(language: str, fields: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Row -> the lines that were written for it."""
    found: dict[str, list[str]] = {row: [] for row in ROWS}
    place: dict[str, str] = {}
    for name, value in fields:
        kind = policy().fields[name].kind if name in policy().fields else ""
        if name in PLACES:
            place[name] = value
        elif kind in KINDS:
            found[KINDS[kind]].extend(wording.shown(language, name, value).splitlines())
    found["name"] = [" ".join(found["name"])] if found["name"] else []
    town = " ".join(filter(None, (place.get("postcode"), place.get("town"))))
    found["address"] = [line for line in (place.get("street", ""), town) if line]
    return {row: tuple(lines) for row, lines in found.items()}


def _candidate(
    language: str, one: Candidate, wrote: Mapping[str, tuple[str, ...]], rows: Sequence[str]
) -> dict[str, Any]:
    values = one.files[0].values
    has = _has(language, one.files)
    disputed = {name: note for file in one.files for name, note in file.disputed.items()}
    return {
        "name": has["name"][0] if has["name"] else "",
        "confidence": confidence(language, one.rated.probability),
        "creditor": values.get("creditor", ""),
        "rows": [
            Row(
                row,
                say(language, f"office.matching.field.{row}"),
                wrote[row],
                has[row],
                tuple(marks(language, row, one.rated.comparison)),
            )
            for row in rows
        ],
        "disputed": [(wording.name_of(language, name), note) for name, note in disputed.items()],
        "files": [_file(language, file) for file in one.files],
        "first": one.files[0].case.pk,
    }


def _file(language: str, file: CandidateCase) -> dict[str, Any]:
    said = [file.values.get("creditor", ""), file.values.get("balance", "")]
    return {
        "id": file.case.pk,
        "reference": file.values.get("reference", ""),
        "facts": [one for one in said if one],
        "state": say(language, f"office.file.state_{file.case.state}"),
    }


def _has(language: str, files: Sequence[CandidateCase]) -> dict[str, tuple[str, ...]]:
    def each(*columns: str) -> tuple[str, ...]:
        lines = (
            line for file in files for name in columns for line in file.values.get(name, "").splitlines()
        )
        return tuple(dict.fromkeys(line for line in lines if line.strip()))

    names = [
        " ".join(filter(None, (file.values.get("debtor_first_name"), file.values.get("debtor_name"))))
        for file in files
    ]
    return {
        "reference": each("reference"),
        "name": tuple(dict.fromkeys([*filter(None, names), *each("former_names")])),
        "born": tuple(wording.birth(language, one) for one in each("date_of_birth")),
        "email": each("emails"),
        "phone": tuple(phones.shown(one) for one in each("phones")),
        "address": each("address"),
    }


def marks(language: str, row: str, comparison: Comparison) -> list[Mark]:
    """The marks of one row: of each part, but one for the whole of it where all agree or nothing is known."""
    levels = [(name, comparison.levels.get(name, "missing")) for name in ROWS[row]]
    known = [(name, level) for name, level in levels if level not in ("missing", "straight")]
    if not known or all(level == "exact" for _, level in known):
        return [_mark(language, *(known or levels)[0], "")]
    several = len(ROWS[row]) > 1
    return [
        _mark(language, name, level, say(language, f"office.matching.field.{name}") if several else "")
        for name, level in known
    ]


def kind_of(field: str, level: str) -> str:
    """What a level of the rules means to whoever looks: one of `SIGNS`."""
    if level == "missing":
        return "unknown"
    if level in AGREES:
        return "agrees"
    if level in CONFLICTS:
        return "differs" if field in CONTACTS else "conflicts"
    return "nearly"


def _mark(language: str, field: str, level: str, part: str) -> Mark:
    kind = kind_of(field, level)
    words = say(language, f"office.matching.mark.{kind}")
    # "agrees: exact" and "conflicts: differs" say the same twice.
    if level not in ("exact", "other", "two-names", "missing"):
        words = f"{words} ({say(language, f'office.matching.level.{level}')})"
    return Mark(kind, part, words)


def reasons(language: str, found: Iterable[str]) -> str:
    """Words of the rules (``reference-exact``) as people read them: «Aktenzeichen (genau), Nachname (…)»."""
    return ", ".join(reason(language, one) for one in found)


def reason(language: str, word: str) -> str:
    """One word of the rules: a field and its level."""
    field, _, level = word.partition("-")
    label = say(language, f"office.matching.field.{field}")
    return f"{label} ({say(language, f'office.matching.level.{level}')})"


def _decided(language: str, one: Decided) -> dict[str, Any]:
    """One line of the history."""
    return {
        "way": say(language, f"office.matching.way.{one.way}"),
        "who": _who(language, one),
        "at": one.at,
        "reference": one.reference,
        "confidence": of_step(language, one.step) if one.step is not None else "",
        "reasons": reasons(language, one.reasons),
        "undone_at": one.undone_at,
        "undone_by": one.undone_by,
    }


def _who(language: str, one: Decided) -> str:
    if one.way == "automatic":
        return say(language, "office.matching.history.by_machine")
    if one.who:
        return say(language, "office.matching.history.by", who=one.who)
    return say(language, "office.matching.history.by_gone")
