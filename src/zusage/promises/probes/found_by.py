"""Probes of what files are found by: keyed hashes for collection alone, none on a name alone, none without its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from zusage.models import COLLECTION, ApiToken, Case, Link
from zusage.promises.look import Look
from zusage.promises.stored import chunks, every_line, newest, newest_lines
from zusage.promises.types import Evidence, judged, probe
from zusage.vault import index
from zusage.vault.door import SYSTEM_OPENS
from zusage.vault.models import BlindIndex, MatchKey

MATCHERS = ("matching", "linking")
"""The parts of the house that open files by themselves to compare them."""
CASE = "zusage.case"
KINDS = (CASE, "zusage.submissionvalue", "zusage.assignment")
"""What they open: files, what somebody wrote into a form, and their own decisions."""
MOST = 500


@probe(quick=True)
def indexes(look: Look) -> Iterator[Evidence]:
    """Each index is declared and made of more than a name; of the newest rows none has lost its file."""
    thin = (
        f"{name} is made of {one}"
        for name, one in index.CATEGORIES.items()
        if not one or set(one) == {"name"}
    )
    yield judged("indexes", len(index.CATEGORIES), thin)
    keys = list(newest(MatchKey.objects.all()).values_list("name", "subject_id"))
    yield judged("the newest keys", len(keys), [*_unknown(keys), *_without_file({one for _, one in keys})])
    rows = list(newest(BlindIndex.objects.filter(record_type=CASE)).values_list("name", "record_id"))
    there = set(Case.objects.filter(pk__in=[pk for _, pk in rows]).values_list("pk", flat=True))
    gone = (f"a row of {name} leads to the file {pk}, which is gone" for name, pk in rows if pk not in there)
    yield judged("the newest rows that lead to a file", len(rows), [*_unknown(rows), *gone])


@probe(quick=False)
def all_indexes(look: Look) -> Iterator[Evidence]:
    """No row at all leads to a subject without files or to a file that is gone, and each is of a declared index."""
    for model in (MatchKey, BlindIndex):
        names = model._default_manager.order_by().values_list("name", flat=True).distinct()
        yield judged(f"indexes of {model._meta.label}", len(names), _unknown((one, None) for one in names))
    live = Case.objects.filter(subject_id=OuterRef("subject_id"), reference__isnull=False)
    keys = MatchKey.objects.filter(~Exists(live)).values_list("subject_id", flat=True)
    lost = list(keys.distinct()[:MOST])
    yield judged("keys", MatchKey.objects.count(), (f"a key of {one} has outlived its files" for one in lost))
    rows = BlindIndex.objects.filter(record_type=CASE)
    gone = rows.filter(~Exists(Case.objects.filter(pk=OuterRef("record_id")))).values_list(
        "record_id", flat=True
    )
    yield judged(
        "rows that lead to a file",
        rows.count(),
        (f"a row leads to {one}, which is gone" for one in gone[:MOST]),
    )


@probe(quick=True)
def for_collection(look: Look) -> Iterator[Evidence]:
    """What files are found by is kept for collection; who compares them by machine opened them for nothing else."""
    keys = list(newest(MatchKey.objects.all()).values_list("purpose", flat=True))
    yield judged("purposes of the newest keys", len(keys), _others(keys))
    links = list(newest(Link.objects.all()).values_list("purpose", flat=True))
    yield judged("purposes of the newest proposals", len(links), _others(links))
    tokens = ApiToken.objects.values_list("name", "purpose")
    alien = (f"the token {name} is for '{of}'" for name, of in tokens if of not in look.policy.purposes)
    yield judged("tokens of other software", len(tokens), alien)
    yield from _opened(look, (one for one in newest_lines(look) if one.act == "open"))


@probe(quick=False)
def all_for_collection(look: Look) -> Iterator[Evidence]:
    """So is every key, and so was every file opened that the protocol still knows."""
    for model in (MatchKey, Link):
        names = model._default_manager.order_by().values_list("purpose", flat=True).distinct()
        yield judged(f"purposes of {model._meta.label}", len(names), _others(names))
    yield from _opened(look, every_line("open"))


def _unknown(rows: Iterable[tuple[str, Any]]) -> Iterator[str]:
    return (
        f"an index {name} isn't declared"
        for name in sorted({name for name, _ in rows} - set(index.CATEGORIES))
    )


def _without_file(subjects: set[UUID]) -> Iterator[str]:
    for piece in chunks(subjects):
        files = Case.objects.filter(subject_id__in=piece, reference__isnull=False)
        lost = set(piece) - set(files.values_list("subject_id", flat=True))
        yield from (f"a key of {one} has outlived its files" for one in lost)


def _others(purposes: Iterable[str]) -> Iterator[str]:
    return (f"one is for '{of}'" for of in sorted(set(purposes) - {COLLECTION}))


def _opened(look: Look, lines: Iterable[Any]) -> Iterator[Evidence]:
    """What machines opened by themselves: files for collection, forms for the purpose that they were sent for."""
    forms = {one.id for one in look.policy.form_purposes()}
    number, faults = 0, []
    for line in lines:
        if line.actor_kind != "system" or line.actor_id not in MATCHERS:
            continue
        number += 1
        allowed = SYSTEM_OPENS[line.actor_id] if line.record_type == CASE else forms
        if line.record_type not in KINDS or line.purpose not in allowed:
            faults.append(f"{line.actor_id} opened {line.record_type} for '{line.purpose}'")
    yield judged("openings by who compares files", number, faults)
