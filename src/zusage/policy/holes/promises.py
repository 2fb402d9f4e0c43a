"""promises.toml, and the DPV terms of every file."""

from __future__ import annotations

from collections.abc import Iterator

from zusage.policy.holes.said import known
from zusage.policy.names import exists, reference_probes, written_probes
from zusage.policy.sections import SECTIONS
from zusage.policy.types import Finding, Policy, Promise
from zusage.policy.vocabulary import terms as vocabulary

FILE = "promises.toml"


def promises(policy: Policy) -> Iterator[Finding]:
    """What the notice promises and what is declared must be the same."""
    for id_ in policy.promised:
        if id_ not in policy.promises:
            yield Finding(
                FILE, f"promise.{id_}", "The notice makes this promise, but it isn't declared.", "Declare it."
            )
    for promise in policy.promises.values():
        place = f"promise.{promise.id}"
        if promise.id not in policy.promised:
            yield Finding(
                FILE,
                place,
                "The notice doesn't make this promise.",
                "Add it to `promised` in tenant.toml, or remove it.",
            )
        if promise.id in SECTIONS:
            yield Finding(
                FILE,
                place,
                "A section of the notice has this id: links could not tell them apart.",
                "Rename it.",
            )
        if promise.clause not in SECTIONS:
            yield Finding(
                FILE, f"{place}.clause", f"The notice has no section «{promise.clause}».", known(SECTIONS)
            )
        yield from _proof(promise, place)
    yield from _probes_of_nothing(policy)


def _proof(promise: Promise, place: str) -> Iterator[Finding]:
    """What keeps a promise and what looks whether it is kept: both must be there, and be something."""
    for key, names in (("enforcers", promise.enforcers), ("probes", promise.probes)):
        if not names:
            what = "keeps this promise" if key == "enforcers" else "looks whether this promise is kept"
            yield Finding(
                FILE, f"{place}.{key}", f"Nothing {what}.", "Name a function, as package.module.name."
            )
        for name in names:
            if not exists(name):
                yield Finding(
                    FILE,
                    f"{place}.{key}",
                    f"There is no «{name}» in the code.",
                    "Correct the name, or write it.",
                )


def _probes_of_nothing(policy: Policy) -> Iterator[Finding]:
    """Probes in the code that no promise names, neither this tenant's nor the reference tenant's."""
    own = {name for promise in policy.promises.values() for name in promise.probes}
    for name in written_probes():
        if name not in own and name not in reference_probes():
            yield Finding(
                FILE,
                "promise",
                f"The probe «{name}» proves no promise.",
                "Name it at a promise, or remove it.",
            )


def terms(policy: Policy) -> Iterator[Finding]:
    """Every `dpv` must name a term of the vocabulary."""
    for file, place, term in used_terms(policy):
        if term not in vocabulary():
            yield Finding(
                file,
                f"{place}.dpv",
                f"The term «{term}» is not in the vocabulary.",
                "Correct it, or add it to policy/dpv.toml if the Data Privacy Vocabulary has it.",
            )


def used_terms(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """File, place and term of every `dpv` in the policy."""
    yield "tenant.toml", "controller", policy.controller.dpv
    groups = (
        ("data.toml", "basis", policy.bases),
        ("data.toml", "retention", policy.retentions),
        ("data.toml", "category", policy.categories),
        ("data.toml", "persons", policy.persons),
        ("data.toml", "field", policy.fields),
        ("purposes.toml", "purpose", policy.purposes),
        ("recipients.toml", "recipient", policy.recipients),
        ("cookies.toml", "cookie", policy.cookies),
        ("cookies.toml", "topic", policy.topics),
        ("measures.toml", "measure", policy.measures),
        (FILE, "promise", policy.promises),
        ("roles.toml", "role", policy.roles),
    )
    for file, kind, entries in groups:
        for id_, entry in entries.items():
            yield file, f"{kind}.{id_}", entry.dpv
