"""Cases come in by the thousand: new, changed, closed, opened again; each in the protocol, the whole batch or nothing.

A batch is one transaction of the data store. The keys of its new subjects are on disk in the keys store before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from zusage.actions.base import repeated
from zusage.actions.cases import reindex
from zusage.actions.cases_keyed import Keyed, Keys
from zusage.actions.cases_update import Known, update
from zusage.insert import neighbours, pour
from zusage.lookup import columns
from zusage.models import COLLECTION, DEBTOR_INDEX, REFERENCE_INDEX, Case, ImportRun, Subject
from zusage.protocol.models import Outbox
from zusage.protocol.outbox import Actor
from zusage.rules.cases.checked import Term, as_debtor
from zusage.rules.cases.rows import Row
from zusage.rules.cases.same import one_debtor, other_debtor, same_reference
from zusage.rules.matching.blocks import stored
from zusage.rules.matching.person import debtor
from zusage.turns import turn
from zusage.vault import api as vault
from zusage.vault.index import CATEGORIES, index_key
from zusage.vault.models import BlindIndex, MatchKey
from zusage.vault.sealed import sealed_columns

IMPORT = Actor.system("import")
LABEL = Case._meta.label_lower
LOOKED_UP = 512
"""Values in one query: a power of two, as `lookup` makes its statements."""
ONE_BATCH = 0x7A757361
"""The number of the lock that a batch holds on PostgreSQL."""
MOST_OPENED = 5
"""Cases that are opened to see whether one debtor number is one person."""
BLOCKED = (
    "The file with this reference is blocked; nothing was changed. Ask the data protection officer about it."
)
TAKEN = (
    "The reference is in use for a debtor of another name and date of birth; nothing was changed. Check whether the "
    "reference is right; if the case was given to somebody else, it needs a reference of its own."
)
DAMAGED = "The file with this reference can't be opened; nothing was changed. Run `zusage check`, and see its backup."

_SEALED = sealed_columns(Case)
_CASE = (
    "id",
    "subject_id",
    "purpose",
    "state",
    "opened_on",
    "closed_on",
    "debtor_kind",
    "import_digest",
    *_SEALED,
)
_INDEX = ("name", "digest", "record_id", "subject_id", "purpose", "record_type")
_KEYS = ("digest", "subject_id", "purpose", "name")
_LINE = (
    "id", "at", "act", "actor_kind", "actor_id", "purpose", "subject_id", "record_type", "record_id", "recipient",
)  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """What became of rows. `names`: how often names came among new persons, as `matching.learn` counts them."""

    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    names: Counter[Term] = field(default_factory=Counter)


def house_keys() -> Keys:
    """The keys that rows are hashed with."""
    blocks = {one: index_key(one) for one in CATEGORIES if one not in (REFERENCE_INDEX, DEBTOR_INDEX)}
    return Keys(index_key(REFERENCE_INDEX), index_key(DEBTOR_INDEX), blocks, vault.root_key("import"))


@repeated
def take(
    actor: Actor,
    batch: Sequence[Keyed],
    run: ImportRun | None = None,
    before: tuple[int, int, int] = (0, 0, 0),
) -> Outcome:
    """Bring a batch in; with `run`, how far the file came is written in the same transaction.

    `before`: what came in, was changed and was unchanged in the file's batches before.
    """
    with turn(connection), transaction.atomic():
        _alone()
        found = Outcome()
        rest = batch
        while rest:
            rest = _Batch(actor, rest, found).write()
        if run is not None:
            run.imported = before[0] + found.imported
            run.updated = before[1] + found.updated
            run.unchanged = before[2] + found.unchanged
            run.save()
    return found


def _alone() -> None:
    """One batch at a time, wherever it comes from: two at once could both take a reference for new."""
    if connection.vendor == "postgresql":  # on SQLite there is one writer anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_BATCH])


def look(batch: Sequence[Keyed]) -> Outcome:
    """What `take` would do, without doing it. Files that have to be compared are opened, and that is recorded."""
    with transaction.atomic():
        found = Outcome()
        rest = batch
        while rest:
            rest = _Batch(IMPORT, rest, found).count()
        return found


class _Batch:
    """Rows sorted by what they are: known already, changed, new; those whose reference came twice wait for the next."""

    def __init__(self, actor: Actor, rows: Sequence[Keyed], found: Outcome) -> None:
        self.actor, self.found, self.now = actor, found, timezone.now()
        self.later: list[Keyed] = []
        self.new: list[Keyed] = []
        self.changed: list[Known] = []
        self._sort(rows)

    def _sort(self, rows: Sequence[Keyed]) -> None:
        by_reference: dict[bytes, Keyed] = {}
        for one in rows:
            there = by_reference.setdefault(one.reference, one)
            if there is one:
                continue
            if there.stamp == one.stamp:
                self.found.unchanged += 1
            else:
                self.later.append(one)
        at = _looked_up(REFERENCE_INDEX, list(by_reference))
        stamps = dict(_cases(at).values_list("pk", "import_digest")) if at else {}
        compare: list[Keyed] = []
        for one in by_reference.values():
            ids = at.get(one.reference, ())
            if any(stamps.get(case) and bytes(stamps[case]) == one.stamp for case in ids):
                self.found.unchanged += 1
            elif ids:
                compare.append(one)
            else:
                self.new.append(one)
        if compare:
            self._compare(compare, at)

    def _compare(self, rows: Sequence[Keyed], at: Mapping[bytes, list[UUID]]) -> None:
        """The index only narrows down: the opened reference decides, and who the debtor is."""
        wanted = {one.reference: at[one.reference] for one in rows}
        cases = {case.pk: case for case in _cases(wanted).select_for_update()}
        ordered = list(cases.values())
        opened = dict(zip(cases, vault.open_many(ordered, COLLECTION, IMPORT), strict=True))
        for one in rows:
            candidates = [(cases[pk], opened[pk]) for pk in at[one.reference] if pk in cases]
            reason, known = self._which(candidates, one.row)
            if reason:
                self.found.rejected.append((one.line, reason))
            elif known is None:
                self.new.append(one)
            else:
                self.changed.append(Known(known, opened[known.pk], one.row, one.stamp))

    def _which(self, candidates: Sequence[tuple[Case, Any]], row: Row) -> tuple[str, Case | None]:
        """The case that the row is about (None: none of them), or why it can't be taken."""
        given = as_debtor(row)
        for case, plain in candidates:
            if isinstance(plain, vault.Refused):
                if plain.reason == "erased":
                    continue
                return (DAMAGED if plain.reason == "damaged" else BLOCKED), None
            if same_reference(plain.get("reference", ""), row.values["reference"]):
                other = other_debtor({**plain, "debtor_kind": case.debtor_kind}, given)
                return (TAKEN, None) if other else ("", case)
        return "", None

    def count(self) -> list[Keyed]:
        """Count what would be done; the rows for the next round."""
        self.found.imported += len(self.new)
        self.found.updated += len(self.changed)
        return self.later

    def write(self) -> list[Keyed]:
        """Do it; the rows for the next round."""
        lines = list(self._write_new())
        anew: set[UUID] = (
            {subject for subject, _, _ in lines if subject in self.joined} if self.new else set()
        )
        for known in self.changed:
            acts = update(known)
            self.found.updated += bool(acts)
            self.found.unchanged += not acts
            if "update-case" in acts:
                anew.add(known.case.subject_id)
            lines += [(known.case.subject_id, known.case.pk, act) for act in acts]
        if anew:
            reindex(*anew)
        kind, who = self.actor.kind, self.actor.id
        pour(
            Outbox,
            _LINE,
            [
                (pk, self.now, act, kind, who, COLLECTION, subject, LABEL, str(case), "")
                for pk, (subject, case, act) in zip(neighbours(len(lines)), lines, strict=True)
            ],
        )
        return self.later

    def _write_new(self) -> Iterator[tuple[UUID, UUID, str]]:
        """The new cases: subjects, files, index rows. Gives (subject, case, act) of each."""
        if not self.new:
            return
        self.joined, whose = self._whose()
        groups: dict[Any, list[Keyed]] = defaultdict(list)
        for place, one in enumerate(self.new):
            groups[whose.get(place, place)].append(one)
        fresh = [group for group in groups if not isinstance(group, UUID)]
        made = dict(zip(fresh, vault.make(len(fresh), COLLECTION), strict=True))
        ring = vault.Keyring()
        ring.fetch((subject, COLLECTION) for subject in self.joined)
        sealer = vault.RowSealer(Case, COLLECTION)
        cases: list[tuple[Any, ...]] = []
        index: list[tuple[Any, ...]] = []
        keys: list[tuple[Any, ...]] = []
        terms: list[Term] = []
        house = house_keys()
        ids = iter(neighbours(len(self.new)))
        for group, news in groups.items():
            subject, key = made[group] if group in made else (group, ring.key(group, COLLECTION))
            whom = subject.hex  # made once for a dozen rows
            for one in news:
                case, row = next(ids), one.row
                sealed = sealer.seal(case, subject, key, row.values)
                closed_on = row.closed_on or (timezone.localdate() if row.state == "closed" else None)
                pk = case.hex
                cases.append(
                    (pk, whom, COLLECTION, row.state, row.opened_on, closed_on, row.kind, one.stamp)
                    + tuple(map(sealed.get, _SEALED))
                )
                index.append((REFERENCE_INDEX, one.reference, pk, whom, COLLECTION, LABEL))
                if one.number:
                    index.append((DEBTOR_INDEX, one.number, pk, whom, COLLECTION, LABEL))
                yield subject, case, "open-case"
            if group in made:
                found = news[0].keys
                if len(news) > 1:
                    found = house.match(stored(debtor([as_debtor(one.row) for one in news])))
                keys += [(digest, whom, COLLECTION, name) for digest, name in found]
                terms += news[0].terms
        pour(Subject, ("id", "created_at"), [(subject, self.now) for subject, _ in made.values()])
        pour(Case, _CASE, cases)
        # In the order of the trees they go into, so that a page is touched once.
        pour(BlindIndex, _INDEX, sorted(index, key=itemgetter(0, 1)))
        pour(MatchKey, _KEYS, sorted(keys, key=itemgetter(0)))
        self.found.imported += len(self.new)
        self.found.names.update(terms)
        self.found.names.update((kind, "") for kind, _ in terms)

    def _whose(self) -> tuple[set[UUID], dict[int, Any]]:
        """Which of the new cases belong to one subject by their debtor's number.

        Subjects that are there already and get a case more; and the place of a new case -> its subject, or the place of
        the first new case that it shares a fresh one with.
        """
        places: dict[bytes, list[int]] = defaultdict(list)
        for place, one in enumerate(self.new):
            if one.number:
                places[one.number].append(place)
        whose: dict[int, Any] = {}
        at = _looked_up(DEBTOR_INDEX, list(places))
        known = self._opened({number: ids[:MOST_OPENED] for number, ids in at.items()})
        for number, found in places.items():
            candidates = list(known.get(number, ()))
            for place in found:
                given = as_debtor(self.new[place].row)
                same = next((subject for subject, plain in candidates if one_debtor(plain, given)), None)
                if same is None:
                    candidates.append((place, given))
                else:
                    whose[place] = same
        return {one for one in whose.values() if isinstance(one, UUID)}, whose

    def _opened(self, at: Mapping[bytes, list[UUID]]) -> dict[bytes, list[tuple[Any, Mapping[str, str]]]]:
        """Subject and columns of the cases that have a debtor's number, as far as they may be opened."""
        if not at:
            return {}
        cases = list(_cases(at))
        opened = dict(
            zip((case.pk for case in cases), vault.open_many(cases, COLLECTION, IMPORT), strict=True)
        )
        by_id = {case.pk: case for case in cases}
        return {
            number: [
                (by_id[pk].subject_id, {**plain, "debtor_kind": by_id[pk].debtor_kind})
                for pk in ids
                if pk in by_id and not isinstance(plain := opened[pk], vault.Refused)
            ]
            for number, ids in at.items()
        }


def _looked_up(name: str, digests: Sequence[bytes]) -> dict[bytes, list[UUID]]:
    """The cases behind the digests of an index."""
    found: dict[bytes, list[UUID]] = defaultdict(list)
    for start in range(0, len(digests), LOOKED_UP):
        piece = digests[start : start + LOOKED_UP]
        wanted = ("digest", "record_id")
        for digest, case in columns(BlindIndex, wanted, "digest", piece, name=name, record_type=LABEL):
            found[bytes(digest)].append(case)
    return found


def _cases(at: Mapping[bytes, list[UUID]]) -> Any:
    return Case.objects.filter(pk__in=[case for ids in at.values() for case in ids])
